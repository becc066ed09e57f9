// SPDX-License-Identifier: MIT
#include "snippets.h"

//! [include]
#include <SyncMap/SyncMap>
//! [include]

#include <QtConcurrent/qtconcurrentmap.h>
#include <QtCore/qdir.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

namespace {

QString folderWithFiles(const QTemporaryDir &folder)
{
    for (const char *name : { "one", "two", "three" }) {
        QFile file(folder.filePath(QLatin1String(name)));
        if (file.open(QIODevice::WriteOnly))
            file.write(name);
    }
    return folder.path();
}

} // namespace

void startInCpp()
{
    const QTemporaryDir temporary;
    const QString folder = folderWithFiles(temporary);

    //! [workers]
    SyncMap<QString, qint64> sizes;
    const QFileInfoList files = QDir(folder).entryInfoList(QDir::Files);
    QtConcurrent::blockingMap(files, [&sizes](const QFileInfo &file) {
        sizes.insert(file.fileName(), file.size()); // from any thread
    });
    //! [workers]
    QCOMPARE(sizes.size(), 3);

    //! [copies]
    const std::optional<qint64> one = sizes.find(u"one"); // none, if it is not there
    const qint64 four = sizes.value(u"four", -1); // -1, if it is not there
    //! [copies]
    QCOMPARE(one, 3);
    QCOMPARE(four, -1);

    //! [compute]
    // Nobody else writes between what the function sees and what it makes of it.
    sizes.compute(u"total", [](const qint64 *current) -> std::optional<qint64> {
        return (current ? *current : 0) + 11;
    });
    //! [compute]
    QCOMPARE(sizes.value(u"total"), 11);

    //! [visit]
    qint64 sum = 0;
    sizes.forEach([&sum](const QString &name, qint64 size) {
        if (name != u"total")
            sum += size; // and may insert or remove in the same map
    });
    //! [visit]
    QCOMPARE(sum, 11);
}
