// SPDX-License-Identifier: MIT

// Who may cancel a load, where that is seen, and what comes after.

#include "companion.h"
#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <optional>
#include <thread>

using Context = SyncCacheLoadContext<int>;

class tst_Cancellation : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsToldOfACancellationMayThrow()
    {
        SyncCache<int, int> cache(10);
        Gate gate;
        int told = 0;
        cache.setLoader([&](int key, const SyncCacheLoadContext<int> &context) {
            context.onCanceled(this, [&told] {
                ++told;
                throw 42;
            });
            return gate.pass(key);
        });
        QFuture<int> future = cache.getOrLoad(1);
        gate.entered.wait();
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("^A callback threw")));
        future.cancel();
        QTRY_COMPARE(told, 1);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
    }

    void aCancelledLoadThatWaitsForItsTurnNeverRuns()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        std::atomic<int> runs { 0 };
        cache.setLoader([&](int key) {
            if (key == 0)
                return gate.pass(0);
            ++runs;
            return key;
        });
        cache.getOrLoad(0);
        gate.entered.wait();
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        first.cancel();
        second.cancel();
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 0);
        QTRY_VERIFY(first.isFinished() && second.isFinished()); // by the library's thread, perhaps
        QVERIFY(!cache.contains(1));
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(1));
        QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
    }

    // Whoever comes after everybody has cancelled does not bring the old load back to life.
    void aCancelledLoadStaysCancelledAndNewCallersStartAnew()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> wasCanceled { false };
        QFuture<int> first = cache.getOrLoad(1, [&](int, Context &context) {
            gate.pass(0);
            wasCanceled = context.isCanceled();
            return 1;
        });
        gate.entered.wait();
        first.cancel();
        QCOMPARE(cache.getOrLoad(1, [](int) { return 2; }).result(), 2);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(wasCanceled);
        QCOMPARE(cache.peek(1), std::optional<int>(2));
        QCOMPARE(cache.statistics().loads, quint64(2));
        QVERIFY(cache.isConsistent());
    }

    void aNewCallerOfALoadThatWaitsForItsTurnStartsAnewToo()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        cache.setLoader([&gate](int key) { return key == 0 ? gate.pass(0) : key; });
        cache.getOrLoad(0);
        gate.entered.wait();
        QFuture<int> first = cache.getOrLoad(1);
        first.cancel();
        QFuture<int> second = cache.getOrLoad(1);
        gate.mayLeave.open();
        QCOMPARE(second.result(), 1);
        QVERIFY(cache.waitForDone());
        QVERIFY(first.isCanceled());
    }

    // With refresh() and callbacks among those who wait.
    void oneCallerOfAnyKindKeepsTheLoad()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<int> canceled { 0 };
        cache.setLoader([&](int, Context &context) {
            gate.pass(0);
            canceled += context.isCanceled();
            return 1;
        });
        std::optional<int> told;
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.refresh(1);
        cache.getOrLoad(1, this,
                        [&told](const SyncCacheLoadResult<int> &result) { told = result.value; });
        gate.entered.wait();
        first.cancel();
        second.cancel();
        gate.mayLeave.open();
        QTRY_COMPARE(told, std::optional<int>(1));
        QCOMPARE(canceled.load(), 0);
    }

    void aCallerWhoseContextHasGoneHasCancelled()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> wasCanceled { false };
        cache.setLoader([&](int, Context &context) {
            gate.pass(0);
            wasCanceled = context.isCanceled();
            return 1;
        });
        auto context = std::make_unique<QObject>();
        cache.getOrLoad(1, context.get(), [](const SyncCacheLoadResult<int> &) {});
        gate.entered.wait();
        context.reset();
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(wasCanceled);
    }

    // The thread that did not wait longer comes back for the value.
    void aDeadlineOfACallerIsNoCancellation()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> wasCanceled { false };
        cache.setLoader([&](int key, Context &context) {
            gate.pass(0);
            wasCanceled = context.isCanceled();
            return key;
        });
        QCOMPARE(cache.load(1, QDeadlineTimer(1)).error.code(), SyncCacheError::TimedOut);
        QCOMPARE(cache.load(1, QDeadlineTimer(1)).error.code(), SyncCacheError::TimedOut);
        gate.mayLeave.open();
        QCOMPARE(*cache.load(1).value, 1);
        QCOMPARE(gate.runs.load(), 1);
        QVERIFY(!wasCanceled);
    }

    // Nobody asks a load that is answered later whether it was cancelled: a coarse poll does.
    void aLoadThatIsAnsweredLaterIsPolled()
    {
        ValidatedCache<int, int> cache(100);
        QObject context;
        std::optional<Context> kept;
        cache.setLoader(&context, [&](int, const Context &request) { kept = request; });
        QFuture<int> future = cache.getOrLoad(1);
        QTRY_VERIFY(kept.has_value());
        future.cancel();
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(cache.statistics().canceledLoads, quint64(1));
        QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
        kept->finish(1);
        QVERIFY(!cache.contains(1));
        QVERIFY(cache.waitForDone());
    }

    void cancelThenJoin()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int, Context &context) {
            gate.pass(0);
            return context.isCanceled() ? -1 : 1;
        });
        QFuture<int> future = cache.getOrLoad(1);
        gate.entered.wait();
        future.cancel();
        std::thread other([&gate] { gate.mayLeave.open(); });
        future.waitForFinished();
        other.join();
        QVERIFY(future.isCanceled());
        QVERIFY(cache.waitForDone());
    }

    void aCancelledBatchIsNotLoaded()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        std::atomic<int> batches { 0 };
        cache.setLoader([&gate](int) { return gate.pass(0); });
        cache.setBulkLoader([&batches](const QList<int> &) {
            ++batches;
            return QHash<int, int>();
        });
        cache.getOrLoad(0);
        gate.entered.wait();
        QFuture<QHash<int, int>> all = cache.getAll({ 1, 2 });
        all.cancel();
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(batches.load(), 0);
        QTRY_VERIFY(all.isFinished());
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(2));
    }

    void progressIsSeenByAllWhoWait()
    {
        ValidatedCache<int, int> cache(100);
        Latch reported;
        Latch mayGoOn;
        Gate gate;
        cache.setLoader([&](int, Context &context) {
            gate.pass(0);
            context.setProgressValue(42);
            reported.open();
            mayGoOn.wait();
            return 1;
        });
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        gate.entered.wait();
        gate.mayLeave.open();
        reported.wait();
        QCOMPARE(first.progressValue(), 42);
        QCOMPARE(second.progressValue(), 42);
        QCOMPARE(second.progressMaximum(), 100);
        mayGoOn.open();
        QCOMPARE(first.result(), 1);
    }

    void aBatchThatIsClearedFromThePoolIsCancelled()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        std::atomic<int> batches { 0 };
        cache.setBulkLoader([&batches](const QList<int> &) {
            ++batches;
            return QHash<int, int>();
        });
        const QFuture<int> first = cache.getOrLoad(0);
        gate.entered.wait();
        const QFuture<QHash<int, int>> batch = cache.getAll({ 1, 2 });
        pool.clear();
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(errorOf(batch).code(), SyncCacheError::Canceled);
        QCOMPARE(batches.load(), 0);
        QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
        QCOMPARE(first.result(), 0);
    }

    // Whoever is first to see that nobody waits: its thread, as it begins, or whoever has cancelled.
    // Both wait for the cache's lock, which a writer holds who looks at the clock.
    void aLoadIsCountedOnce()
    {
        struct Clock : SyncCacheClock
        {
            Gate gate;
            std::atomic<bool> isArmed { false };
            mutable std::atomic<bool> isLooking { false };
            std::chrono::nanoseconds now() const override
            {
                if (isArmed && !isLooking.exchange(true))
                    const_cast<Gate &>(gate).pass(0);
                return {};
            }
        };
        for (int round = 0; round < 20; ++round) {
            Clock clock;
            BusyPool busy;
            ValidatedCache<int, int> cache(100);
            cache.setClock(&clock);
            cache.setThreadPool(&busy.pool, SyncCachePoolUse::OwnThreadsOnly);
            cache.setTimeToLive(std::chrono::hours(1));
            cache.insert(1, 1);
            cache.setLoader([](int key) { return key; });
            auto pending = cache.getOrLoad(2, this, [](const SyncCacheLoadResult<int> &) {});
            Companion writer;
            clock.isArmed = true;
            writer.post([&cache] { cache.invalidate(1); });
            clock.gate.entered.wait();
            clock.isArmed = false;
            Companion canceling;
            canceling.post([&pending] { pending.cancel(); });
            busy.gate.mayLeave.open();
            QThread::msleep(5); // so that both wait
            clock.gate.mayLeave.open();
            writer.wait();
            canceling.wait();
            QVERIFY(cache.waitForDone());
            QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
            QCOMPARE(cache.statistics().canceledLoads, quint64(1));
        }
    }
};

QTEST_GUILESS_MAIN(tst_Cancellation)

#include "tst_cancellation.moc"
