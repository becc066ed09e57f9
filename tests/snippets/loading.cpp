// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qthread.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

QString readSlowly(const QString &key)
{
    return QStringLiteral("content of ") + key;
}

} // namespace

void loadInPool()
{
    std::atomic<int> loads { 0 };
    SyncCache<QString, QString> cache;

    //! [pool]
    cache.setLoader([&loads](const QString &key) { // in a thread of a pool, several keys at once
        ++loads;
        return readSlowly(key); // what it throws reaches all who wait
    });
    QFuture<QString> mine = cache.getOrLoad(QStringLiteral("a"));
    QFuture<QString> yours = cache.getOrLoad(QStringLiteral("a")); // joins that load, or its result
    //! [pool]
    QCOMPARE(mine.result(), yours.result());
    QCOMPARE(loads.load(), 1);

    //! [context]
    cache.setLoader([](const QString &key, const SyncCacheLoadContext<QString> &load) {
        if (key.isEmpty())
            load.finishAbsent(); // there is no such thing
        load.setTimeToLive(5min); // of the entry that will be stored
        load.setTags({ QStringLiteral("texts") });
        load.setProgressValue(50); // of 100, to those who wait
        return load.isCanceled() ? QString() : readSlowly(key);
    });
    //! [context]
    QCOMPARE(*cache.load(QStringLiteral("b")).value, QStringLiteral("content of b"));
    QCOMPARE(cache.entryInfo(QStringLiteral("b"))->tags, QStringList { QStringLiteral("texts") });
    QCOMPARE(cache.load(QString()).error.code(), SyncCacheError::KeyNotFound);

    //! [own]
    // A loader for one call, and where and how urgently it runs:
    QFuture<QString> other = cache.getOrLoad(
            QStringLiteral("c"), [](const QString &key) { return key + key; },
            SyncCacheLoadOptions().setPriority(10));
    //! [own]
    QCOMPARE(other.result(), QStringLiteral("cc"));

    //! [refresh]
    cache.invalidate(QStringLiteral("c")); // still there, and loaded anew when it is asked for
    QCOMPARE(cache.value(QStringLiteral("c")), QStringLiteral("cc"));
    cache.refresh(QStringLiteral("c"))
            .waitForFinished(); // now; until it ends, the old one is there
    QCOMPARE(cache.value(QStringLiteral("c")), QStringLiteral("content of c"));
    //! [refresh]
}

void loadInContext()
{
    QObject network; // stands for one that owns a QNetworkAccessManager
    SyncCache<QString, QString> cache;

    //! [deferred]
    cache.setLoader(&network,
                    [&network](const QString &key, const SyncCacheLoadContext<QString> &load) {
                        // In the thread of the object. The answer may come later; here, after a while.
                        QTimer::singleShot(10ms, &network, [key, load] {
                            if (key == u"missing")
                                load.fail(QStringLiteral("404"));
                            else
                                load.finish(QStringLiteral("answer to ") + key);
                        });
                    });
    //! [deferred]

    QString shown;
    QString error;
    const auto show = [&shown, &error](const SyncCacheLoadResult<QString> &result) {
        shown = result.value.value_or(QString());
        error = result.error.message();
    };
    cache.getOrLoad(QStringLiteral("a"), &network, show);
    QTRY_COMPARE(shown, QStringLiteral("answer to a"));
    cache.getOrLoad(QStringLiteral("missing"), &network, show);
    QTRY_COMPARE(error, QStringLiteral("404"));
}

void loadManyAtOnce()
{
    SyncCache<int, QString> names;

    //! [bulk]
    names.setBulkLoader([](const QList<int> &ids) { // one query for all that is missing
        QHash<int, QString> found;
        for (const int id : ids)
            found.insert(id, QStringLiteral("name %1").arg(id));
        return found;
    });
    const QHash<int, QString> all = names.getOrLoadAll({ 1, 2, 3 }).result();
    //! [bulk]
    QCOMPARE(all.size(), 3);
    QCOMPARE(all.value(2), QStringLiteral("name 2"));
    QCOMPARE(names.size(), 3);
}

void loadsAreCanceled()
{
    std::atomic<bool> wasSeen { false };
    QObject view;
    SyncCache<QString, QString> cache;

    //! [canceled]
    cache.setLoader([&wasSeen](const QString &key, const SyncCacheLoadContext<QString> &load) {
        QDeadlineTimer longest(30s);
        while (!load.isCanceled() && !longest.hasExpired())
            QThread::msleep(1); // a step of long work
        wasSeen = load.isCanceled();
        return key;
    });
    SyncCachePendingLoad<QString> pending = cache.getOrLoad(
            QStringLiteral("picture"), &view, [](const SyncCacheLoadResult<QString> &) {});
    pending.cancel(); // when all who asked have canceled, so is the load
    //! [canceled]
    QVERIFY(pending.isCanceled());
    QVERIFY(cache.waitForDone(QDeadlineTimer(30s)));

    QTRY_VERIFY(wasSeen || cache.statistics().canceledLoads == 1);
}
