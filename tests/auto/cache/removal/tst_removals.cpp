// SPDX-License-Identifier: MIT

// News of what leaves a cache.

#include "instances.h"
#include "lockprobe.h"
#include "seed.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <vector>

using namespace Qt::StringLiterals;

using Cause = SyncCacheRemovalCause;

namespace {

quint64 seed = 0;

struct Counted : Instances<Counted>
{
    int number = 0;
    Counted() = default;
    explicit Counted(int itsNumber) : number(itsNumber) { }
};

} // namespace

// Of what is not known, a small cache keeps few news.
template <>
struct SyncByteSize<Counted>
{
    static qsizetype of(const Counted &) { return sizeof(Counted); }
};

namespace {

void ignoreSlowListener()
{
    QTest::ignoreMessage(QtWarningMsg,
                         "A listener of onRemoved() is too slow, or its thread runs no event "
                         "loop: its oldest news are dropped from now on.");
}

void deliver()
{
    QCoreApplication::processEvents();
}

} // namespace

class tst_Removals : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        deliver();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCOMPARE(Counted::alive(), 0);
    }

    void eachCauseIsTold()
    {
        QList<std::pair<int, Cause>> news;
        QObject context;
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(3);
        cache.setClock(&clock);
        cache.onRemoved(&context, [&news](int key, int value, Cause cause) {
            QCOMPARE(value, key * 10);
            news.append({ key, cause });
        });
        const auto tell = [&](int key, Cause cause) {
            QVERIFY(news.isEmpty()); // not before the event loop
            QTRY_COMPARE(news, (QList<std::pair<int, Cause>> { { key, cause } }));
            news.clear();
        };
        cache.insert(1, 10);
        cache.remove(1);
        tell(1, Cause::Explicit);
        cache.insert(2, 20);
        cache.insert(2, 20);
        tell(2, Cause::Replaced);
        cache.insert(2, 21, 4); // cannot fit
        tell(2, Cause::Replaced);
        cache.insert(3, 30, SyncCacheEntryOptions().setTags({ u"t"_s }));
        cache.removeByTag(u"t"_s);
        tell(3, Cause::Invalidated);
        cache.insert(4, 40, SyncCacheEntryOptions().setTimeToLive(std::chrono::seconds(1)));
        clock.advance(std::chrono::seconds(1));
        tell(4, Cause::Expired);
        cache.insert(5, 50);
        cache.trim(SyncCacheTrimLevel::Complete);
        tell(5, Cause::Trimmed);
        cache.insert(6, 60, 3);
        cache.insert(7, 70, 1);
        tell(6, Cause::Evicted);
    }

    void destroyingTheCacheIsNoRemoval()
    {
        int told = 0;
        {
            ValidatedCache<int, Counted> cache;
            cache.onRemoved(this, [&told](int, const Counted &, Cause) { ++told; });
            cache.insert(1, Counted(1));
        }
        deliver();
        QCOMPARE(told, 0);
    }

    // A listener may well look at the cache that it is told about.
    void nothingIsToldOnceTheCacheHasGone()
    {
        int told = 0;
        {
            ValidatedCache<int, Counted> cache;
            cache.onRemoved(this, [&told](int, const Counted &, Cause) { ++told; });
            cache.insert(1, Counted(1));
            cache.remove(1);
        }
        QCOMPARE(Counted::alive(), 0);
        deliver();
        QCOMPARE(told, 0);
    }

    void aListenerMayDestroyItsCache()
    {
        int told = 0;
        auto cache = std::make_unique<ValidatedCache<int, Counted>>();
        cache->onRemoved(this, [&](int, const Counted &value, Cause) {
            ++told;
            cache.reset();
            QCOMPARE(value.number, 1); // still whole
        });
        for (int i = 1; i <= 5; ++i) {
            cache->insert(i, Counted(i));
            cache->remove(i);
        }
        QTRY_VERIFY(told > 0);
        deliver();
        QCOMPARE(told, 1);
    }

    // Also while they are being told.
    void whatIsNotToldYetIsShown()
    {
        QList<quint64> pending;
        ValidatedCache<int, int> cache;
        cache.onRemoved(
                this, [&](int, int, Cause) { pending.append(cache.statistics().pendingRemovals); });
        for (int i = 0; i < 4; ++i) {
            cache.insert(i, i);
            cache.remove(i);
        }
        QVERIFY(cache.statistics().pendingRemovalBytes > 0);
        QTRY_COMPARE(pending.size(), 4);
        QCOMPARE(pending, (QList<quint64> { 3, 2, 1, 0 }));
        QCOMPARE(cache.statistics().pendingRemovalBytes, quint64(0));
    }

    void newsOfOneKeyComeInTheOrderOfItsValues()
    {
        QList<int> numbers;
        ValidatedCache<int, Counted> cache;
        cache.onRemoved(this, [&numbers](int, const Counted &value, Cause) {
            numbers.append(value.number);
        });
        QList<int> expected;
        for (int i = 0; i < 50; ++i) {
            cache.insert(1, Counted(i));
            expected.append(i);
        }
        cache.remove(1);
        QTRY_COMPARE(numbers, expected);
    }

    void undeliveredNewsDoNotKeepAnythingOnceTheirContextHasGone()
    {
        int told = 0;
        {
            ValidatedCache<int, Counted> cache;
            auto context = std::make_unique<QObject>();
            cache.onRemoved(context.get(), [&told](int, const Counted &, Cause) { ++told; });
            for (int i = 0; i < 10; ++i)
                cache.insert(i, Counted(i));
            cache.clear();
            context.reset();
            deliver();
            cache.insert(1, Counted(1));
            cache.remove(1);
        }
        deliver();
        QCOMPARE(told, 0);
    }

    void aListenerMayThrowAndIsKept()
    {
        QTest::ignoreMessage(QtWarningMsg,
                             "A listener of onRemoved() threw an exception; it is kept.");
        int told = 0;
        ValidatedCache<int, int> cache;
        cache.onRemoved(this, [&told](int, int, Cause) {
            if (++told == 1)
                throw 1;
        });
        cache.insert(1, 1);
        cache.remove(1);
        cache.insert(2, 2);
        cache.remove(2);
        QTRY_COMPARE(told, 2); // in slices of time
    }

    void aListenerMayUseTheCache()
    {
        int told = 0;
        ValidatedCache<int, int> cache;
        cache.onRemoved(this, [&](int key, int value, Cause) {
            if (++told < 100) {
                cache.insert(key, value);
                cache.remove(key);
            }
        });
        cache.insert(1, 1);
        cache.remove(1);
        QTRY_COMPARE(told, 100);
    }

    void nothingIsToldAfterDisconnecting()
    {
        int told = 0;
        ValidatedCache<int, int> cache;
        auto connection = cache.onRemoved(this, [&told](int, int, Cause) { ++told; });
        QVERIFY(connection.isConnected() && connection);
        cache.insert(1, 1);
        cache.remove(1);
        connection.disconnect();
        QVERIFY(!connection.isConnected());
        deliver();
        QCOMPARE(told, 0);
    }

    void whatWasNotToldIsFreedByDisconnecting()
    {
        ValidatedCache<int, Counted> cache;
        auto connection = cache.onRemoved(this, [](int, const Counted &, Cause) {});
        for (int i = 0; i < 10; ++i) {
            cache.insert(i, Counted(i));
            cache.remove(i);
        }
        QCOMPARE(Counted::alive(), 10);
        connection.disconnect();
        QCOMPARE(Counted::alive(), 0);
        QCOMPARE(cache.statistics().pendingRemovals, quint64(0));
    }

    void whatWasNotToldIsFreedByTheEndOfItsContext()
    {
        ValidatedCache<int, Counted> cache;
        auto context = std::make_unique<QObject>();
        cache.onRemoved(context.get(), [](int, const Counted &, Cause) {});
        for (int i = 0; i < 10; ++i) {
            cache.insert(i, Counted(i));
            cache.remove(i);
        }
        QCOMPARE(Counted::alive(), 10);
        context.reset();
        QCOMPARE(Counted::alive(), 0);
        QCOMPARE(cache.statistics().pendingRemovals, quint64(0));
    }

    // Its own thread may be asleep.
    void whatWasNotToldIsFreedInTheThreadThatDisconnects()
    {
        QThread busy;
        QObject context;
        context.moveToThread(&busy); // which never runs
        ValidatedCache<int, Counted> cache;
        auto connection = cache.onRemoved(&context, [](int, const Counted &, Cause) {});
        for (int i = 0; i < 10; ++i) {
            cache.insert(i, Counted(i));
            cache.remove(i);
        }
        runInThreads(1, [&connection](int) { connection.disconnect(); });
        QCOMPARE(Counted::alive(), 0);
    }

    void nothingIsKeptForThoseWhoHaveGone_data()
    {
        QTest::addColumn<bool>("disconnects");
        QTest::newRow("disconnected") << true;
        QTest::newRow("without a context") << false;
    }

    // Also if an event for it is under way.
    void nothingIsKeptForThoseWhoHaveGone()
    {
        QFETCH(bool, disconnects);
        ValidatedCache<int, Counted> cache;
        auto context = std::make_unique<QObject>();
        auto connection = cache.onRemoved(context.get(), [](int, const Counted &, Cause) {});
        cache.insert(0, Counted(0));
        cache.remove(0);
        if (disconnects)
            connection.disconnect();
        else
            context.reset();
        for (int i = 0; i < 10; ++i) {
            cache.insert(i, Counted(i));
            cache.remove(i);
            QCOMPARE(cache.statistics().pendingRemovals, quint64(0));
        }
        cache.trim(SyncCacheTrimLevel::Expired);
        QCOMPARE(Counted::alive(), 0);
    }

    // Which goes with its function.
    void theCacheCeasesToListWhoHasGone()
    {
        const auto captured = std::make_shared<int>();
        int told = 0;
        ValidatedCache<int, int> cache;
        auto connection = cache.onRemoved(this, [captured](int, int, Cause) {});
        cache.onRemoved(this, [&told](int, int, Cause) { ++told; });
        connection.disconnect();
        QCOMPARE(captured.use_count(), 2L);
        cache.insert(1, 1);
        cache.remove(1);
        QCOMPARE(captured.use_count(), 1L);
        cache.insert(2, 2);
        cache.remove(2);
        QTRY_COMPARE(told, 2);
    }

    void newsOfWhoHasGoneEndUnderNoLock_data() { nothingIsKeptForThoseWhoHaveGone_data(); }

    // A value's end may use the cache, and disconnect what would have been told of it.
    void newsOfWhoHasGoneEndUnderNoLock()
    {
        QFETCH(bool, disconnects);
        struct Probing
        {
            std::function<void()> *whenGone = nullptr;
            explicit Probing(std::function<void()> *f) : whenGone(f) { }
            Probing(const Probing &) = default;
            Probing &operator=(const Probing &) = default;
            ~Probing()
            {
                if (*whenGone)
                    (*whenGone)();
            }
        };
        std::function<void()> whenGone;
        ValidatedCache<int, Probing> cache;
        auto context = std::make_unique<QObject>();
        auto connection = cache.onRemoved(context.get(), [](int, const Probing &, Cause) {});
        for (int i = 0; i < 10; ++i) {
            cache.insert(i, Probing(&whenGone));
            cache.remove(i);
        }
        LockProbe lock([&cache] { cache.remove(-1); });
        int gone = 0;
        whenGone = [&] {
            ++gone;
            lock.ask();
            connection.disconnect();
            (void)cache.statistics();
        };
        if (disconnects)
            connection.disconnect();
        else
            context.reset();
        whenGone = nullptr;
        QCOMPARE(gone, 10);
        QVERIFY(!lock.wasHeld());
    }

    void disconnectingLeavesNothingWhileOthersRemove()
    {
        constexpr int threadCount = 3;
        for (int round = 0; round < 20; ++round) {
            ValidatedCache<int, Counted> cache;
            auto connection = cache.onRemoved(this, [](int, const Counted &, Cause) {});
            runInThreads(threadCount, [&](int thread) {
                for (int i = 0; i < 50; ++i) {
                    cache.insert(thread, Counted(i));
                    cache.remove(thread);
                    if (thread == 0 && i == 25)
                        connection.disconnect();
                }
            });
            QCOMPARE(cache.statistics().pendingRemovals, quint64(0));
            cache.trim(SyncCacheTrimLevel::Expired);
            QCOMPARE(Counted::alive(), 0);
        }
    }

    // With nobody who uses the cache: by the event loop alone, on the system's clock.
    void whatExpiresIsToldWithoutTraffic()
    {
        QList<std::pair<int, Cause>> news;
        ValidatedCache<int, int> cache;
        cache.onRemoved(this, [&news](int key, int, Cause cause) { news.append({ key, cause }); });
        cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(std::chrono::milliseconds(5)));
        QTRY_COMPARE(news, (QList<std::pair<int, Cause>> { { 1, Cause::Expired } }));
    }

    void severalListenersAreToldTheSame()
    {
        QList<int> first;
        QList<int> second;
        ValidatedCache<int, Counted> cache;
        cache.onRemoved(this, [&](int key, const Counted &, Cause) { first.append(key); });
        cache.onRemoved(this, [&](int key, const Counted &, Cause) { second.append(key); });
        for (int i = 0; i < 10; ++i)
            cache.insert(0, Counted(i));
        QTRY_COMPARE(first.size(), 9);
        QTRY_COMPARE(second, first);
    }

    void theBacklogOfASleepingThreadIsBounded()
    {
        struct Large
        {
            qint64 sizeInBytes() const { return 1 << 20; }
            char notTrivial[1] = {};
            Large() = default;
            Large(const Large &) { }
            Large &operator=(const Large &) = default;
            ~Large() { }
        };
        QTest::ignoreMessage(QtWarningMsg,
                             "A listener of onRemoved() is too slow, or its thread runs no event "
                             "loop: its oldest news are dropped from now on.");
        quint64 told = 0;
        ValidatedCache<int, Large> cache(1);
        cache.onRemoved(this, [&told](int, const Large &, Cause) { ++told; });
        for (int i = 0; i <= 200; ++i)
            cache.insert(i, Large());
        const auto statistics = cache.statistics();
        QVERIFY(statistics.pendingRemovalBytes <= 64 << 20);
        QCOMPARE(statistics.pendingRemovals + statistics.droppedRemovals, quint64(200));
        QTRY_COMPARE(told, statistics.pendingRemovals);
        QCOMPARE(cache.statistics().pendingRemovals, quint64(0));
    }

    // What lies behind shared pointers is not looked at.
    void theBacklogOfWhatIsNotKnownIsBoundedByTheCache_data()
    {
        QTest::addColumn<int>("maxCost");
        QTest::addColumn<int>("cost");
        QTest::addColumn<int>("kept");
        QTest::newRow("of the few") << 10 << 1 << 64; // the least
        QTest::newRow("of many") << 1000 << 1 << 1000;
        QTest::newRow("by cost") << 100'000 << 1000 << 100;
        QTest::newRow("of what costs nothing") << 1000 << 0 << 1000;
    }

    void theBacklogOfWhatIsNotKnownIsBoundedByTheCache()
    {
        QFETCH(int, maxCost);
        QFETCH(int, cost);
        QFETCH(int, kept);
        ignoreSlowListener();
        int told = 0;
        int latest = 0;
        ValidatedCache<int, std::shared_ptr<Counted>> cache(maxCost);
        cache.onRemoved(this, [&](int key, const std::shared_ptr<Counted> &, Cause) {
            ++told;
            latest = key;
        });
        for (int i = 0; i < 3000; ++i) {
            cache.insert(i, std::make_shared<Counted>(i), cost);
            cache.remove(i);
        }
        const auto statistics = cache.statistics();
        QCOMPARE(statistics.pendingRemovals, quint64(kept));
        QCOMPARE(statistics.droppedRemovals, quint64(3000 - kept));
        cache.trim(SyncCacheTrimLevel::Expired); // frees what was dropped
        QCOMPARE(Counted::alive(), kept);
        QTRY_COMPARE(told, kept);
        QCOMPARE(latest, 2999);
    }

    void theBacklogOfWhatIsNotKnownIsSettable()
    {
        ignoreSlowListener();
        ValidatedCache<int, std::shared_ptr<Counted>> cache(10);
        cache.onRemoved(this, [](int, const std::shared_ptr<Counted> &, Cause) {});
        cache.setMaxPendingRemovalBytes(200 << 20);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, std::make_shared<Counted>(i));
        QCOMPARE(cache.statistics().pendingRemovals, quint64(200));
    }

    void theBacklogOfAnUnboundedCacheIsBounded()
    {
        ignoreSlowListener();
        ValidatedCache<int, std::shared_ptr<Counted>> cache(-1);
        cache.onRemoved(this, [](int, const std::shared_ptr<Counted> &, Cause) {});
        for (int i = 0; i < 66'000; ++i) {
            cache.insert(i, nullptr, 1'000'000);
            cache.remove(i);
        }
        QCOMPARE(cache.statistics().pendingRemovals, quint64(66'000));
        for (int i = 0; i < 66'000; ++i) {
            cache.insert(i, std::make_shared<Counted>(i), 1'000'000);
            cache.remove(i);
        }
        QCOMPARE(cache.statistics().pendingRemovals, quint64(65'536));
    }

    void aClearedCacheIsToldWhole()
    {
        int told = 0;
        ValidatedCache<int, std::shared_ptr<Counted>> cache(5000);
        cache.onRemoved(this, [&told](int, const std::shared_ptr<Counted> &, Cause) { ++told; });
        for (int i = 0; i < 5000; ++i)
            cache.insert(i, std::make_shared<Counted>(i));
        cache.clear();
        QCOMPARE(cache.statistics().droppedRemovals, quint64(0));
        QTRY_COMPARE(told, 5000);
    }

    void theBoundOfTheBacklogIsSettable()
    {
        ignoreSlowListener();
        ValidatedCache<int, QByteArray> cache(1);
        QCOMPARE(cache.maxPendingRemovalBytes(), qsizetype(64 << 20));
        cache.onRemoved(this, [](int, const QByteArray &, Cause) {});
        for (int i = 0; i <= 100; ++i)
            cache.insert(i, QByteArray(1000, 'x'));
        QCOMPARE(cache.statistics().pendingRemovals, quint64(100));
        cache.setMaxPendingRemovalBytes(20'000); // at once
        const quint64 kept = cache.statistics().pendingRemovals;
        QVERIFY(kept >= 10 && kept < 20);
        QVERIFY(cache.statistics().pendingRemovalBytes <= 20'000);
        for (int i = 0; i <= 100; ++i)
            cache.insert(i, QByteArray(1000, 'x'));
        QCOMPARE(cache.statistics().pendingRemovals, kept);
        cache.setMaxPendingRemovalBytes(0);
        QCOMPARE(cache.maxPendingRemovalBytes(), qsizetype(0));
        QCOMPARE(cache.statistics().pendingRemovals, quint64(1)); // the latest
        cache.insert(0, QByteArray());
        QCOMPARE(cache.statistics().pendingRemovals, quint64(1));
        cache.setMaxPendingRemovalBytes(1000'000);
        cache.insert(1, QByteArray());
        QCOMPARE(cache.statistics().pendingRemovals, quint64(2));
    }

    // To say how large a value is that others are told of is the user's, who may use the cache.
    void whatLeavesIsMeasuredUnderNoLock()
    {
        ValidatedCache<int, MeasuredValue> cache(100);
        cache.onRemoved(this, [](int, const MeasuredValue &, Cause) {});
        for (int i = 0; i < 50; ++i)
            cache.insert(i, {}, SyncCacheEntryOptions().setTags({ u"tag"_s }));
        LockProbe lock([&cache] { cache.remove(-1); });
        MeasuredValue::whenMeasured = [&lock] { lock.ask(); };
        int asked = 0;
        const auto mustAsk = [&] {
            return lock.questions() > std::exchange(asked, lock.questions());
        };
        cache.insert(0, {});
        QVERIFY(mustAsk());
        cache.remove(0);
        QVERIFY(mustAsk());
        cache.setMaxCost(40);
        QVERIFY(mustAsk());
        cache.insert(60, {});
        QVERIFY(mustAsk());
        cache.removeByTag(u"tag"_s);
        QVERIFY(mustAsk());
        cache.insert(61, {});
        cache.clear();
        QVERIFY(mustAsk());
        deliver();
        cache.remove(-2);
        MeasuredValue::whenMeasured = {};
        QVERIFY(!lock.wasHeld());
    }

    // The message handler is the application's, and may use the cache.
    void theWarningComesUnderNoLock()
    {
        struct Large
        {
            qint64 sizeInBytes() const { return 1 << 20; }
            char notTrivial[1] = {};
            Large() = default;
            Large(const Large &) { }
            Large &operator=(const Large &) = default;
            ~Large() { }
        };
        static ValidatedCache<int, Large> *used = nullptr;
        static int reports = 0;
        ValidatedCache<int, Large> cache(1);
        used = &cache;
        cache.onRemoved(this, [](int, const Large &, Cause) {});
        const QtMessageHandler before =
                qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {
                    ++reports;
                    used->insert(-1, Large());
                    used->remove(-1);
                });
        for (int i = 0; i <= 200; ++i)
            cache.insert(i, Large());
        qInstallMessageHandler(before);
        QCOMPARE(reports, 1);
    }

    // Every value that was put is at last either present or told, exactly once; and in the thread
    // of the context.
    void theLedgerBalances()
    {
        constexpr int threadCount = 3;
        constexpr int rounds = 3000;
        std::multiset<int> told;
        ValidatedCache<int, Counted> cache(50);
        cache.onRemoved(this, [&](int, const Counted &value, Cause) {
            QCOMPARE(QThread::currentThread(), thread());
            told.insert(value.number);
        });
        std::vector<std::vector<int>> put(threadCount);
        runInThreads(threadCount, [&](int thread) {
            std::mt19937_64 random(seed + quint64(thread));
            for (int i = 0; i < rounds; ++i) {
                const int key = int(random() % 100);
                const int number = thread * rounds + i;
                switch (random() % 6) {
                case 0:
                    cache.remove(key);
                    break;
                case 1:
                    if (cache.tryInsert(key, Counted(number)).inserted)
                        put[std::size_t(thread)].push_back(number);
                    break;
                case 2:
                    if (cache.compute(key, [number](const Counted *) {
                            return std::optional<Counted>(Counted(number));
                        }))
                        put[std::size_t(thread)].push_back(number);
                    break;
                case 3:
                    if (i % 500 == 0)
                        cache.clear();
                    break;
                default:
                    if (cache.insert(key, Counted(number), 1 + int(random() % 3)))
                        put[std::size_t(thread)].push_back(number);
                }
            }
        });
        QTRY_COMPARE(cache.statistics().pendingRemovals, quint64(0));
        QCOMPARE(cache.statistics().droppedRemovals, quint64(0));
        std::multiset<int> expected;
        for (const auto &numbers : put)
            expected.insert(numbers.begin(), numbers.end());
        cache.forEach([&told](int, const Counted &value) { told.insert(value.number); });
        QVERIFY(told == expected);
        QVERIFY(cache.isConsistent());
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    QCoreApplication application(argc, argv);
    tst_Removals test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_removals.moc"
