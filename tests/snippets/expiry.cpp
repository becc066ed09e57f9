// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtTest/qtest.h>

using namespace std::chrono_literals;

void timesOfEntries()
{
    SyncCacheManualClock clock;
    SyncCache<QString, QString> cache;
    cache.setClock(&clock);

    //! [times]
    cache.setTimeToLive(1h); // after it was written
    cache.setTimeToIdle(10min); // after it was last used
    cache.setStaleTime(1min); // still shown, and loaded anew when it is asked for
    cache.setErrorTimeToLive(30s); // for so long a loader that failed is not asked again
    //! [times]

    //! [own]
    cache.insert(QStringLiteral("token"), QStringLiteral("…"),
                 SyncCacheEntryOptions().setTimeToLive(5min));
    cache.insert(QStringLiteral("logo"), QStringLiteral("…"),
                 SyncCacheEntryOptions().setTimeToLive(SyncCacheForever).setPinned(true));
    //! [own]

    //! [info]
    if (const std::optional<SyncCacheEntryInfo> info = cache.entryInfo(QStringLiteral("token")))
        QCOMPARE(info->timeToLiveLeft, std::chrono::milliseconds(5min));
    //! [info]
    QVERIFY(cache.entryInfo(QStringLiteral("token"))->hasOwnTimeToLive);

    clock.advance(2min);
    QVERIFY(cache.isStale(QStringLiteral("token")));
    clock.advance(3min);
    QVERIFY(!cache.contains(QStringLiteral("token")));
    QVERIFY(cache.contains(QStringLiteral("logo")));
}

void timesInTests()
{
    //! [clock]
    SyncCacheManualClock clock; // has to outlive the cache
    SyncCache<QString, int> cache;
    cache.setClock(&clock);
    cache.setTimeToLive(10s);
    cache.insert(QStringLiteral("answer"), 42);

    clock.advance(9s);
    QVERIFY(cache.contains(QStringLiteral("answer")));
    clock.suspend(1h); // the machine slept
    QVERIFY(!cache.contains(QStringLiteral("answer")));
    //! [clock]
}
