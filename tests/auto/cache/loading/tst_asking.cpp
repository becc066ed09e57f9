// SPDX-License-Identifier: MIT

// Asking is asynchronous: it runs no loader, in whatever thread, and goes to the pool that was named.
// Only a wait takes a load over that has not begun.

#include "companion.h"
#include "loading.h"
#include "lockprobe.h"
#include "runningthread.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using Context = SyncCacheLoadContext<int>;
using Result = SyncCacheLoadResult<int>;

namespace {

// A key and a value that do something when they are copied.
struct CopiedKey
{
    static inline thread_local std::function<void()> whenCopied;

    int number = 0;
    explicit CopiedKey(int itsNumber) : number(itsNumber) { }
    CopiedKey(const CopiedKey &other) : number(other.number)
    {
        if (const auto act = std::exchange(whenCopied, {}))
            act();
    }
    CopiedKey &operator=(const CopiedKey &) = default;
    ~CopiedKey() { number = -1; }
    friend bool operator==(const CopiedKey &a, const CopiedKey &b) { return a.number == b.number; }
    friend size_t qHash(const CopiedKey &key, size_t seed = 0) { return qHash(key.number, seed); }
};

struct CopiedValue
{
    static inline thread_local std::function<void()> whenCopied;

    int number = 0;
    CopiedValue() = default;
    explicit CopiedValue(int itsNumber) : number(itsNumber) { }
    CopiedValue(const CopiedValue &other) : number(other.number)
    {
        if (whenCopied)
            whenCopied();
    }
    CopiedValue &operator=(const CopiedValue &) = default;
    ~CopiedValue() { number = -1; }
};

} // namespace

class tst_Asking : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noCallThatAsksRunsALoader()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&busy.pool);
        std::atomic<int> runs { 0 };
        const auto loader = [&runs](int key) {
            ++runs;
            return key;
        };
        cache.setLoader(loader);
        cache.insert(7, 7);
        cache.invalidate(7);
        QList<QFuture<int>> futures;
        futures << cache.getOrLoad(1) << cache.getOrLoad(2, loader) << cache.refresh(3)
                << cache.getOrLoad(4, this, [](const Result &) {}) << cache.getOrLoad(7);
        const QFuture<QHash<int, int>> all = cache.getAll({ 5, 6 });
        QCOMPARE(runs.load(), 0);
        busy.gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 7);
    }

    // Who looks again under the lock copies after it: what a copy does is the user's.
    void whatHasComeMeanwhileIsCopiedUnderNoLock()
    {
        ValidatedCache<CopiedKey, CopiedValue> cache(100);
        cache.setLoader([](const CopiedKey &) { return CopiedValue(1); });
        LockProbe lock([&cache] { cache.remove(CopiedKey(-1)); });
        // It is made for the load that is going to be entered, after the first look.
        CopiedKey::whenCopied = [&] {
            cache.insert(CopiedKey(1), CopiedValue(2));
            CopiedValue::whenCopied = [&lock] { lock.ask(); };
        };
        const auto future = cache.getOrLoad(CopiedKey(1));
        CopiedValue::whenCopied = {};
        QVERIFY(future.isFinished());
        QCOMPARE(future.result().number, 2);
        QVERIFY(lock.questions() > 0);
        QVERIFY(!lock.wasHeld());
    }

    // Who is told of one of many keys copies its value beside those who are told of the others.
    void valuesOfOneFutureAreCopiedBesideOneAnother()
    {
        constexpr int Count = 20;
        ValidatedCache<int, CopiedValue> cache(100);
        std::vector<std::optional<SyncCacheLoadContext<CopiedValue>>> begun(Count);
        int beginnings = 0;
        cache.setLoader(this, [&](int key, const SyncCacheLoadContext<CopiedValue> &context) {
            begun[std::size_t(key)] = context;
            ++beginnings;
        });
        QList<int> keys;
        for (int key = 0; key < Count; ++key)
            keys << key;
        const auto future = cache.getAll(keys);
        QTRY_COMPARE(beginnings, Count);
        std::size_t next = 0;
        {
            std::size_t byOthers = Count - 1;
            LockProbe others([&begun, &byOthers] { begun[byOthers--]->finish(CopiedValue(1)); });
            CopiedValue::whenCopied = [&] {
                if (others.questions() < Count / 2)
                    others.ask();
            };
            begun[next++]->finish(CopiedValue(1));
            CopiedValue::whenCopied = {};
            QVERIFY(others.questions() > 1);
            QVERIFY(!others.wasHeld());
            while (next <= byOthers)
                begun[next++]->finish(CopiedValue(1));
        }
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(future.result().size(), Count);
    }

    // Prefetching the next key, and the next, needs no stack.
    void aLoaderThatAsksGoesOn()
    {
        constexpr int Count = 20'000;
        ValidatedCache<int, int> cache(-1);
        static thread_local int depth = 0;
        std::atomic<int> deepest { 0 };
        cache.setLoader([&](int key) {
            ++depth;
            deepest = qMax(deepest.load(), depth);
            if (key < Count)
                cache.getOrLoad(key + 1);
            --depth;
            return key;
        });
        cache.getOrLoad(0);
        QVERIFY(cache.waitForDone(QDeadlineTimer(60'000)) || cache.waitForDone());
        QTRY_COMPARE(cache.size(), Count + 1);
        QCOMPARE(deepest.load(), 1);
    }

    // A's loader asks B, whose loaders have a pool of their own: asked, and waited for.
    void eachCacheHasItsPool()
    {
        QThreadPool poolOfB;
        poolOfB.setMaxThreadCount(1);
        ValidatedCache<int, int> a(100);
        ValidatedCache<int, int> b(100);
        std::atomic<int> elsewhere { 0 };
        b.setThreadPool(&poolOfB, SyncCachePoolUse::OwnThreadsOnly);
        b.setLoader([&](int key) {
            elsewhere += !poolOfB.contains(QThread::currentThread());
            return key;
        });
        a.setLoader([&b](int key) {
            b.getOrLoad(key + 100);
            return *b.load(key).value + b.getOrLoad(key + 200).result();
        });
        for (int key = 1; key <= 20; ++key)
            QCOMPARE(a.getOrLoad(key).result(), 2 * key + 200);
        QCOMPARE(b.getOrLoad(500).result(), 500);
        QCOMPARE(b.load(501).value, std::optional<int>(501));
        QVERIFY(b.waitForDone());
        QCOMPARE(elsewhere.load(), 0);
    }

    // Whoever waits runs what no thread of the pool has begun: exactly his own load.
    void aWaitTakesOverItsOwnLoad_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("result") << 0;
        QTest::newRow("waitForFinished") << 1;
        QTest::newRow("load") << 2;
        QTest::newRow("a copy of the future") << 3;
        QTest::newRow("refresh") << 4;
        QTest::newRow("a callback's future") << 5;
        QTest::newRow("a watcher's future") << 6;
    }
    void aWaitTakesOverItsOwnLoad()
    {
        QFETCH(const int, how);
        BusyPool busy;
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&busy.pool);
        std::atomic<int> others { 0 };
        std::atomic<QThread *> ran { nullptr };
        cache.setLoader([&](int key) {
            if (key == 5)
                ran = QThread::currentThread();
            else
                ++others;
            return key * 10;
        });
        for (int key = 0; key < 5; ++key)
            cache.getOrLoad(key);
        QFuture<int> future;
        QFutureWatcher<int> watcher;
        switch (how) {
        case 2:
            QCOMPARE(cache.load(5).value, std::optional<int>(50));
            break;
        case 4:
            future = cache.refresh(5);
            break;
        case 5:
            future = cache.getOrLoad(5, this, [](const Result &) {});
            break;
        default:
            future = cache.getOrLoad(5);
        }
        for (int key = 6; key < 10; ++key)
            cache.getOrLoad(key);
        if (how == 1)
            future.waitForFinished();
        if (how == 6) {
            watcher.setFuture(future);
            watcher.waitForFinished();
        }
        if (how != 2)
            QCOMPARE(QFuture<int>(future).result(), 50);
        QCOMPARE(ran.load(), QThread::currentThread());
        QCOMPARE(others.load(), 0);
        QVERIFY(busy.gate.runs.load() == 1);
    }

    // Several threads wait for one future: it is found by each of them, though one has taken it over.
    void manyWaitForOneFuture()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&busy.pool);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        const QFuture<int> future = cache.getOrLoad(1);
        std::atomic<int> sum { 0 };
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { sum += QFuture<int>(future).result(); });
        gate.entered.wait();
        gate.mayLeave.open();
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(sum.load(), 4);
        QCOMPARE(gate.runs.load(), 1);
    }

    void aBatchIsTakenOverByWhoWaitsForOneOfIt()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&busy.pool);
        std::atomic<int> batches { 0 };
        cache.setBulkLoader([&batches](const QList<int> &keys) {
            ++batches;
            QHash<int, int> values;
            for (const int key : keys)
                values.insert(key, key);
            return values;
        });
        const QFuture<QHash<int, int>> all = cache.getAll({ 1, 2, 3 });
        QCOMPARE(cache.getAll({ 2, 3 }).result().size(), 2);
        QVERIFY(all.isFinished());
        QCOMPARE(batches.load(), 1);
    }

    void deepChainsOfWaitsEndInAnErrorAndNotInTheStack()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        cache.setLoader([&cache](int key) -> int {
            const Result next = cache.load(key + 1);
            return next.error.code() == SyncCacheError::RecursiveLoad ? key : *next.value;
        });
        const int deepest = *cache.load(0).value;
        QVERIFY(deepest >= 100 && deepest <= 1000);
    }

    // One start of four takes what has waited longest; newest first would let it wait for ever.
    void theOldestIsNotForgotten()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        Gate gate;
        int next = 100;
        int startsBefore = 0;
        bool isLoaded = false;
        cache.setLoader([&](int key) {
            if (key == 0)
                return gate.pass(0);
            isLoaded = isLoaded || key == 1;
            if (!isLoaded && startsBefore < 100) {
                ++startsBefore;
                cache.getOrLoad(next++); // there is always something newer
            }
            return key;
        });
        cache.getOrLoad(0);
        gate.entered.wait();
        cache.getOrLoad(1);
        cache.getOrLoad(2);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY2(startsBefore <= 4, qPrintable(QString::number(startsBefore)));
    }

    void aLaterAskerRaisesThePriority_data()
    {
        QTest::addColumn<bool>("isBatch");
        QTest::newRow("a load") << false;
        QTest::newRow("one of a batch") << true;
    }
    void aLaterAskerRaisesThePriority()
    {
        QFETCH(const bool, isBatch);
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        Gate gate;
        QList<int> order; // by the pool's thread alone
        const auto loader = [&](int key) {
            if (key == 0)
                return gate.pass(0);
            order.append(key);
            return key;
        };
        cache.setLoader(loader);
        cache.getOrLoad(0);
        gate.entered.wait();
        if (isBatch) {
            cache.setBulkLoader([&order](const QList<int> &keys) {
                order.append(keys);
                return QHash<int, int>();
            });
            cache.getAll({ 7 });
        } else {
            cache.getOrLoad(7, SyncCacheLoadOptions().setPriority(-1));
        }
        for (int key = 100; key < 120; ++key)
            cache.getOrLoad(key, SyncCacheLoadOptions().setPriority(1));
        cache.getOrLoad(7, SyncCacheLoadOptions().setPriority(1000));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(order.first(), 7);
    }

    void aRefreshTakesOptions()
    {
        BusyPool busy;
        QThreadPool other;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&busy.pool);
        QList<int> order; // by the pool's thread alone
        std::atomic<QThreadPool *> pool { nullptr };
        cache.setLoader([&](int key) {
            if (key == 0)
                pool = other.contains(QThread::currentThread()) ? &other : &busy.pool;
            else
                order.append(key);
            return key;
        });
        for (int key = 0; key < 4; ++key)
            cache.insert(key, -1);
        cache.refresh(2, SyncCacheLoadOptions().setPriority(1));
        cache.refresh(3, SyncCacheLoadOptions().setPriority(2));
        cache.refresh(1);
        cache.refresh(0, SyncCacheLoadOptions().setPool(&other));
        QTRY_COMPARE(pool.load(), &other);
        busy.gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(order, (QList<int> { 3, 2, 1 }));
    }

    void tooManyThatWaitAreCancelledTheOldestFirst()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        QCOMPARE(cache.maxQueuedLoads(), -1);
        cache.setMaxQueuedLoads(3);
        QCOMPARE(cache.maxQueuedLoads(), 3);
        QList<QFuture<int>> futures;
        for (int key = 0; key < 5; ++key)
            futures << cache.getOrLoad(key);
        for (int key = 0; key < 5; ++key)
            QCOMPARE(futures.at(key).isFinished(), key < 2);
        QCOMPARE(errorOf(futures.at(0)).code(), SyncCacheError::Canceled);
        QCOMPARE(cache.statistics().loadsInFlight, quint64(3));
        cache.setMaxQueuedLoads(1);
        QVERIFY(futures.at(3).isFinished());
        busy.gate.mayLeave.open();
        QCOMPARE(futures.at(4).result(), 4);
    }

    // Whether a thread is free or not.
    void whereNoneMayWaitNoneIsLoaded()
    {
        QThreadPool pool;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int key) {
            ++runs;
            return key;
        });
        cache.setMaxQueuedLoads(0);
        for (int key = 0; key < 2000; ++key) {
            QFuture<int> future = cache.getOrLoad(key);
            QVERIFY(future.isFinished());
            QCOMPARE(errorOf(future).code(), SyncCacheError::Canceled);
        }
        QCOMPARE(runs.load(), 0);
        cache.setMaxQueuedLoads(1);
        QCOMPARE(cache.getOrLoad(1).result(), 1);
    }

    // What everybody has given up leaves the queue, and takes nothing of it along.
    void cancelledLoadsLeaveTheQueue()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&busy.pool);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int key) {
            ++runs;
            return key;
        });
        for (int key = 0; key < 1000; ++key) {
            QFuture<int> future = cache.getOrLoad(key);
            future.cancel();
        }
        QFuture<int> kept = cache.getOrLoad(5000);
        QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(1));
        busy.gate.mayLeave.open();
        QCOMPARE(kept.result(), 5000);
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 1);
        QCOMPARE(cache.statistics().canceledLoads, quint64(1000));
    }

    // Whatever is outstanding, one more takes as long as the first: asked, ended, taken over, and
    // cancelled. The bound is for a walk over all, which takes a hundred times as long and more.
    void timesDoNotGrowWithWhatIsOutstanding()
    {
        constexpr int Many = SYNCMAP_SANITIZED ? 5'000 : 50'000;
        constexpr int Few = 200;
        BusyPool busy;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        int next = 0;
        // Nanoseconds for each, the best of several.
        const auto measure = [&](auto &&finish) {
            qint64 best = std::numeric_limits<qint64>::max();
            for (int round = 0; round < 5; ++round) {
                QList<QFuture<int>> futures;
                QElapsedTimer timer;
                timer.start();
                for (int i = 0; i < Few; ++i)
                    futures << cache.getOrLoad(next++);
                for (QFuture<int> &future : futures)
                    finish(future);
                best = qMin(best, timer.nsecsElapsed() / Few);
            }
            return best;
        };
        const auto steal = [](QFuture<int> &future) { (void)future.result(); };
        const auto cancel = [](QFuture<int> &future) {
            future.cancel();
            future.waitForFinished();
        };
        const qint64 stolenAlone = measure(steal);
        const qint64 cancelledAlone = measure(cancel);
        QList<QFuture<int>> outstanding;
        for (int i = 0; i < Many; ++i)
            outstanding << cache.getOrLoad(next++);
        qint64 stolen = measure(steal);
        qint64 cancelled = measure(cancel);
        const qint64 mostStolen = 10 * stolenAlone + 20'000;
        const qint64 mostCancelled = 10 * cancelledAlone + 20'000;
        // The machine may have had other things to do; a walk would take long each time.
        for (int i = 0; i < 10 && (stolen >= mostStolen || cancelled >= mostCancelled); ++i) {
            stolen = measure(steal);
            cancelled = measure(cancel);
        }
        qInfo("result: %lld and %lld ns, cancel: %lld and %lld ns", stolenAlone, stolen,
              cancelledAlone, cancelled);
        QVERIFY(stolen < mostStolen);
        QVERIFY(cancelled < mostCancelled);
        for (QFuture<int> &future : outstanding)
            future.cancel();
        QTRY_COMPARE_WITH_TIMEOUT(cache.statistics().loadsInFlight, quint64(0), 60'000);
        for (const QFuture<int> &future : outstanding)
            QTRY_VERIFY(future.isFinished());
    }

    // Futures that are parked for long beside many that come and go are still found.
    void whatIsParkedForLongIsFound()
    {
        BusyPool busy;
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        QList<QFuture<int>> old;
        for (int key = 0; key < 10; ++key)
            old << cache.getOrLoad(key);
        constexpr int Count = SYNCMAP_SANITIZED ? 2'000 : 10'000;
        for (int key = 100; key < 100 + Count; ++key)
            QCOMPARE(cache.getOrLoad(key).result(), key);
        for (int key = 0; key < 10; ++key)
            QCOMPARE(old[key].result(), key);
        QVERIFY(!cache.waitForDone(QDeadlineTimer(0)) || cache.waitForDone());
    }

    void aLoaderRunsWhereItsContextLivesByThen()
    {
        auto object = std::make_unique<QObject>(); // ends after its thread
        RunningThread worker;
        ValidatedCache<int, int> cache(100);
        QThread *ran = nullptr;
        cache.setLoader(object.get(), [&ran](int key, const Context &context) {
            ran = QThread::currentThread();
            context.finish(key);
        });
        const QFuture<int> before = cache.getOrLoad(1); // posted, and moved along
        object->moveToThread(&worker);
        QCOMPARE(QFuture<int>(before).result(), 1);
        QCOMPARE(ran, static_cast<QThread *>(&worker));
        QCOMPARE(cache.getOrLoad(2).result(), 2);
        QCOMPARE(ran, static_cast<QThread *>(&worker));
    }

    void aCallbackFormHasAFutureToo()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        int told = 0;
        QFuture<int> future = cache.getOrLoad(1, this, [&told](const Result &) { ++told; });
        QCOMPARE(future.result(), 1);
        QTRY_COMPARE(told, 1);
        QCOMPARE(cache.getOrLoad(1, this, [&told](const Result &) { ++told; }).result(), 1);
        QCOMPARE(told, 2);
        // Who cancels is not called back.
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        future = cache.getOrLoad(2, this, [&told](const Result &) { ++told; });
        gate.entered.wait();
        future.cancel();
        QTRY_VERIFY(future.isFinished());
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCoreApplication::processEvents();
        QCOMPARE(told, 2);
    }

    void whoCancelsIsNotCalledBackAlsoIfItsEventIsUnderWay()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        int told = 0;
        QFuture<int> future = cache.getOrLoad(1, this, [&told](const Result &) { ++told; });
        QVERIFY(cache.waitForDone());
        future.cancel();
        QCoreApplication::processEvents();
        QCOMPARE(told, 0);
    }

    void theEndOfAContextIsACancellation()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> sawIt { false };
        cache.setLoader([&](int key, const Context &context) {
            gate.pass(0);
            sawIt = context.isCanceled();
            return key;
        });
        auto context = std::make_unique<QObject>();
        QFuture<int> future = cache.getOrLoad(1, context.get(), [](const Result &) {});
        gate.entered.wait();
        context.reset();
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(cache.statistics().canceledLoads, quint64(1));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(sawIt);
    }
};

QTEST_GUILESS_MAIN(tst_Asking)

#include "tst_asking.moc"
