// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <QtTest/qtest.h>

// What the pages show does what they say. A function here for each of snippets.h.
class TestSnippets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void startInCpp() { ::startInCpp(); }
    void startInQml() { ::startInQml(); }
    void startInWidgets() { ::startInWidgets(); }
    void mentalModel() { ::mentalModel(); }
    void publishForQml() { ::publishForQml(); }
    void readWithGuard() { ::readWithGuard(); }
    void waitForLoads() { ::waitForLoads(); }
    void loadInPool() { ::loadInPool(); }
    void loadInContext() { ::loadInContext(); }
    void loadManyAtOnce() { ::loadManyAtOnce(); }
    void loadsAreCanceled() { ::loadsAreCanceled(); }
    void timesOfEntries() { ::timesOfEntries(); }
    void timesInTests() { ::timesInTests(); }
    void costsAndBytes() { ::costsAndBytes(); }
    void bytesOfOwnTypes() { ::bytesOfOwnTypes(); }
    void comeFromQCache() { ::comeFromQCache(); }
    void comeFromQHash() { ::comeFromQHash(); }
    void comeFromQPixmapCache() { ::comeFromQPixmapCache(); }
    void comeFromQQmlPropertyMap() { ::comeFromQQmlPropertyMap(); }
    void comeFromModel() { ::comeFromModel(); }
    void decideByErrors() { ::decideByErrors(); }
    void saveAndRestore() { ::saveAndRestore(); }
    void showToInterface() { ::showToInterface(); }
    void useQmlTypes() { ::useQmlTypes(); }
    void showPictures() { ::showPictures(); }
};

QTEST_MAIN(TestSnippets)
#include "tst_snippets.moc"
