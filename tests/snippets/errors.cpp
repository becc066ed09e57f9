// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

#include <stdexcept>

using namespace std::chrono_literals;

void decideByErrors()
{
    SyncCache<QString, QString> cache;
    //! [throws]
    cache.setLoader([](const QString &key) -> QString {
        if (key == u"gone")
            throw SyncCacheException(SyncCacheError(SyncCacheError::KeyNotFound));
        if (key == u"broken")
            throw std::runtime_error("the disk is on fire");
        return key;
    });
    //! [throws]

    QString shown;
    const auto show = [&shown](const QString &text) { shown = text; };
    const QString key = QStringLiteral("broken");
    //! [result]
    const SyncCacheLoadResult<QString> result = cache.load(key);
    switch (result.error.code()) {
    case SyncCacheError::NoError:
        show(*result.value);
        break;
    case SyncCacheError::KeyNotFound:
        show(QStringLiteral("There is no such thing"));
        break;
    case SyncCacheError::Canceled:
    case SyncCacheError::CacheDestroyed:
        break; // nobody wants to know any more
    default: // there may be more in later versions
        show(result.error.message());
    }
    //! [result]
    QCOMPARE(shown, QStringLiteral("the disk is on fire"));
    QCOMPARE(cache.load(QStringLiteral("gone")).error.code(), SyncCacheError::KeyNotFound);

    QString caught;
    //! [future]
    try {
        show(cache.getOrLoad(key).result());
    } catch (const SyncCacheError &error) { // canceled, timed out, without a loader …
        show(error.message());
    } catch (const std::exception &exception) { // what the loader threw, as it was thrown
        caught = QString::fromLocal8Bit(exception.what());
    }
    //! [future]
    QCOMPARE(caught, QStringLiteral("the disk is on fire"));
}

void saveAndRestore()
{
    const QTemporaryDir folder;
    const QString fileName = folder.filePath(QStringLiteral("names.cache"));
    QObject context;
    bool isSaved = false;
    SyncCache<QString, QString> names;
    names.insert(QStringLiteral("1"), QStringLiteral("one"));

    //! [save]
    names.save(fileName, &context, [&isSaved](const SyncCacheError &error) {
        if (error)
            qWarning() << error.message();
        isSaved = !error;
    });
    //! [save]
    QTRY_VERIFY(isSaved);

    SyncCache<QString, QString> warm;
    //! [restore]
    warm.restore(fileName).waitForFinished(); // where it is wanted before anything else
    if (warm.lastFileError())
        qInfo() << "beginning cold:" << warm.lastFileError().message();
    //! [restore]
    QCOMPARE(warm.value(QStringLiteral("1")), QStringLiteral("one"));
}
