// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuturewatcher.h>
#include <QtTest/qtest.h>

using namespace std::chrono_literals;

void readWithGuard()
{
    SyncMap<QString, QByteArray> pages;
    pages.insert(QStringLiteral("index"), QByteArray("<html>"));

    //! [guard]
    const auto guard = pages.guard(); // locks nothing, blocks nobody
    const auto page = pages.get(u"index", guard);
    pages.remove(u"index"); // here, or in another thread
    const qsizetype size = page ? page->size() : 0; // still what it was, until the guard ends
    //! [guard]
    QCOMPARE(size, 6);

    //! [generic]
    SyncMap<QString, int> counts({ { QStringLiteral("a"), 1 } });
    const auto held = counts.guard();
    if (const auto found = counts.get(u"a", held)) { // for an int, what was loaded once
        const auto &value = *found; // right for every type
        QCOMPARE(value, 1);
    }
    //! [generic]
}

void waitForLoads()
{
    SyncCache<QString, QString> cache;
    cache.setLoader([](const QString &key) { return key.toUpper(); });

    //! [waits]
    // Blocks, and is complete without exceptions. Runs the loader here, if no thread has begun it.
    const SyncCacheLoadResult<QString> result =
            cache.load(QStringLiteral("a"), QDeadlineTimer(10s));
    if (result)
        QCOMPARE(*result.value, QStringLiteral("A"));

    // Blocks, too, and throws what the loader threw.
    const QString value = cache.getOrLoad(QStringLiteral("b")).result();
    //! [waits]
    QVERIFY(result);
    QCOMPARE(value, QStringLiteral("B"));

    QObject context;
    QString shown;
    //! [callback]
    // Blocks nobody, and is right on every Qt. On a hit it is called at once.
    cache.getOrLoad(QStringLiteral("c"), &context,
                    [&shown](const SyncCacheLoadResult<QString> &loaded) {
                        shown = loaded.value.value_or(QString());
                    });
    //! [callback]
    QTRY_COMPARE(shown, QStringLiteral("C"));

    QString watched;
    //! [watcher]
    // Where a future is needed on Qt before 6.6: a watcher instead of then().
    QFutureWatcher<QString> watcher;
    QObject::connect(&watcher, &QFutureWatcherBase::finished, &context,
                     [&watcher, &watched] { watched = watcher.result(); });
    watcher.setFuture(cache.getOrLoad(QStringLiteral("d")));
    //! [watcher]
    QTRY_COMPARE(watched, QStringLiteral("D"));
}
