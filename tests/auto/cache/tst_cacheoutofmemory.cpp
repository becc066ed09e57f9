// SPDX-License-Identifier: MIT

// Memory that runs out at every place where a write to one key of a cache asks for some: it has no
// effect then, and removing needs none. News of removals may be lost, and are counted.

#include "allocations.h"
#include "lockprobe.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qscopeguard.h>
#include <QtTest/qtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <thread>

using Allocations::Failing;

namespace {

using Cache = ValidatedCache<int, QString>;
using Content = QHash<int, QString>;

constexpr int Capacity = 50; // and so many entries are there
constexpr int there = 3;
constexpr int missing = 1'000'000;

const QString tag = QStringLiteral("tag");

QString text(int number)
{
    return QStringLiteral("a text that is on the heap, number %1").arg(number);
}

enum class May : quint8 { Throw, NotThrow };

} // namespace

class tst_CacheOutOfMemory : public QObject
{
    Q_OBJECT

private:
    SyncCacheManualClock m_clock;

    void fill(Cache &cache)
    {
        cache.setClock(&m_clock);
        for (int i = 0; i < Capacity; ++i)
            cache.insert(i, text(i), SyncCacheEntryOptions().setTags({ tag }));
    }

    void sweep(const std::function<void(Cache &)> &operation, May may)
    {
        for (const bool isListenedTo : { false, true }) {
            Content after;
            {
                Cache cache(Capacity);
                fill(cache);
                operation(cache);
                after = cache.toHash();
            }
            for (qint64 n = 0;; ++n) {
                Cache cache(Capacity);
                fill(cache);
                QObject context;
                if (isListenedTo)
                    cache.onRemoved(&context, [](int, const QString &, SyncCacheRemovalCause) {});
                const Content before = cache.toHash();
                bool thrown = false;
                bool happened = false;
                {
                    const Failing failing(n);
                    try {
                        operation(cache);
                    } catch (const std::bad_alloc &) {
                        thrown = true;
                    }
                    happened = failing.happened();
                }
                QVERIFY(happened || !thrown);
                QVERIFY(may == May::Throw || !thrown);
                QVERIFY(cache.toHash() == (thrown ? before : after));
                QVERIFY(cache.isConsistent());
                operation(cache);
                QVERIFY(cache.insert(missing + 1, text(1)));
                QCoreApplication::processEvents();
                if (!happened)
                    break;
            }
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        Cache warmUp(10);
        fill(warmUp);
    }

    void writesToOneKeyHaveNoEffect()
    {
        const QString value = text(7);
        const auto options = SyncCacheEntryOptions()
                                     .setCost(3)
                                     .setTags({ QStringLiteral("one"), QStringLiteral("two") })
                                     .setTimeToLive(std::chrono::seconds(1));
        for (const int key : { there, missing }) {
            sweep([&](Cache &cache) { cache.insert(key, value); }, May::Throw);
            sweep([&](Cache &cache) { cache.insert(key, value, options); }, May::Throw);
            sweep([&](Cache &cache) { cache.tryInsert(key, value); }, May::Throw);
            sweep([&](Cache &cache) { cache.exchange(key, value); }, May::Throw);
            sweep(
                    [&](Cache &cache) {
                        cache.compute(key, [&](const QString *) { return std::optional(value); });
                    },
                    May::Throw);
        }
    }

    void whatCannotBeInsertedUnderAGuardStaysTheCallers()
    {
        using Owner = std::unique_ptr<QString>;
        const auto options =
                SyncCacheEntryOptions().setTimeToLive(std::chrono::hours(1)).setTags({ tag });
        SyncCache<int, Owner> cache;
        cache.insert(0, nullptr, options); // the first of a thread, and of a tag, needs more
        const auto guard = cache.guard();
        Owner mine = std::make_unique<QString>(text(1));
        bool isInserted = false;
        int failures = 0;
        for (qint64 n = 0; !isInserted; ++n) {
            QVERIFY(n < 1000);
            QT_TRY
            {
                const Failing failing(n);
                isInserted = cache.tryInsert(1, std::move(mine), guard, options).inserted;
            }
            QT_CATCH(const std::bad_alloc &)
            {
                ++failures;
                QVERIFY(mine);
                QVERIFY(!cache.contains(1));
            }
        }
        QVERIFY(failures >= 2); // the node's, and that of what it has beside
        QVERIFY(!mine);
        QCOMPARE(**cache.get(1, guard), text(1));
    }

    void removingNeedsNoMemory()
    {
        for (const int key : { there, missing }) {
            sweep([&](Cache &cache) { cache.remove(key); }, May::NotThrow);
            sweep([&](Cache &cache) { cache.take(key); }, May::NotThrow);
            sweep([&](Cache &cache) { cache.invalidate(key); }, May::NotThrow);
            sweep(
                    [&](Cache &cache) {
                        cache.compute(key,
                                      [](const QString *) { return std::optional<QString>(); });
                    },
                    May::NotThrow);
        }
        sweep([&](Cache &cache) { cache.removeByTag(QStringLiteral("tag")); }, May::NotThrow);
        sweep([&](Cache &cache) { cache.setMaxCost(10); }, May::NotThrow);
        sweep([&](Cache &cache) { cache.trim(SyncCacheTrimLevel::Moderate); }, May::NotThrow);
    }

    // In a thread that has not used the cache, whose first pin needs some.
    void aThreadsFirstRemovalMayFail()
    {
        for (qint64 n = 0, isOver = 0; !isOver; ++n) {
            Cache cache(Capacity);
            fill(cache);
            std::thread([&] {
                Cache(1).insert(1, text(1)); // the system's part, which cannot fail
                const Failing failing(n);
                try {
                    cache.removeByTag(QStringLiteral("tag"));
                } catch (const std::bad_alloc &) {
                }
                isOver = !failing.happened();
            }).join();
            QVERIFY(cache.isConsistent());
            cache.removeByTag(QStringLiteral("tag"));
            QCOMPARE(cache.size(), 0);
        }
    }

    // What had expired has gone, and is counted so.
    void aWriteOverAnExpiredEntryMayFail()
    {
        struct Clock : SyncCacheClock
        {
            std::chrono::nanoseconds time {};
            std::chrono::nanoseconds now() const override { return time; }
        };
        const auto options = SyncCacheEntryOptions()
                                     .setTags({ QStringLiteral("one"), QStringLiteral("two") })
                                     .setTimeToLive(std::chrono::seconds(1));
        for (qint64 n = 0, isOver = 0; !isOver; ++n) {
            Clock clock;
            Cache cache(Capacity);
            cache.setClock(&clock);
            cache.insert(1, text(1), SyncCacheEntryOptions(options).setCost(10));
            clock.time = std::chrono::seconds(2);
            {
                const Failing failing(n);
                try {
                    cache.insert(1, text(2), options);
                } catch (const std::bad_alloc &) {
                }
                isOver = !failing.happened();
            }
            QVERIFY(cache.isConsistent());
        }
    }

    // More than may wait to be told: what is dropped is counted once.
    void newsThatAreDroppedAreCounted()
    {
        constexpr int Many = 40 << 20; // bytes
        // Qt Test's own loses memory where there is none for the whole of a warning.
        const auto handler = qInstallMessageHandler(
                [](QtMsgType, const QMessageLogContext &, const QString &) {});
        const auto restore = qScopeGuard([handler] { qInstallMessageHandler(handler); });
        for (qint64 n = 0, isOver = 0; !isOver; ++n) {
            ValidatedCache<int, QByteArray> cache(Capacity);
            QObject context;
            cache.onRemoved(&context, [](int, const QByteArray &, SyncCacheRemovalCause) {});
            cache.insert(1, QByteArray(Many, Qt::Uninitialized));
            cache.insert(2, QByteArray(Many, Qt::Uninitialized));
            cache.remove(1);
            {
                const Failing failing(n);
                cache.remove(2);
                isOver = !failing.happened();
            }
            QTRY_COMPARE(cache.statistics().pendingRemovals, quint64(0));
            QCOMPARE(cache.statistics().pendingRemovalBytes, quint64(0));
        }
    }

    // What nobody can be told of ends with the write that it left with: under no lock.
    void newsThatFailEndUnderNoLock()
    {
        bool hasFailed = true;
        for (qint64 n = 0; hasFailed; ++n) {
            hasFailed = false;
            ValidatedCache<int, MeasuredValue> cache(Capacity);
            QObject context;
            cache.onRemoved(&context, [](int, const MeasuredValue &, SyncCacheRemovalCause) {});
            for (int i = 0; i < Capacity; ++i)
                cache.insert(i, {});
            LockProbe probe([&cache] { cache.remove(-1); });
            MeasuredValue::whenMeasured = [&probe] { probe.ask(); };
            // So many that the listener needs memory more than once.
            for (int i = 0; i < Capacity; ++i) {
                const Failing failing(n);
                cache.remove(i);
                hasFailed |= failing.happened();
            }
            MeasuredValue::whenMeasured = {};
            QVERIFY(!probe.wasHeld());
            QVERIFY(probe.questions() > 0);
        }
    }

    void aListenerIsToldLaterIfThereIsNoMemoryNow()
    {
        for (qint64 n = 0; n < 8; ++n) {
            ValidatedCache<int, int> cache(Capacity);
            int told = 0;
            cache.onRemoved(this, [&told](int, int, SyncCacheRemovalCause) { ++told; });
            cache.insert(1, 1);
            cache.insert(2, 2);
            {
                const Failing failing(n);
                cache.remove(1);
            }
            cache.remove(2);
            QTRY_COMPARE(quint64(told) + cache.statistics().droppedRemovals, quint64(2));
            QVERIFY(told > 0);
        }
    }

    void refusingNeedsNoMoreThanTheNode()
    {
        const QString value = text(7);
        sweep([&](Cache &cache) { cache.insert(there, value, Capacity + 1); }, May::Throw);
    }
};

QTEST_GUILESS_MAIN(tst_CacheOutOfMemory)

#include "tst_cacheoutofmemory.moc"
