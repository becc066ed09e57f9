// SPDX-License-Identifier: MIT

// Loading: one load for all who ask, and what happens when it goes wrong.

#include "loading.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Context = SyncCacheLoadContext<int>;
using Result = SyncCacheLoadResult<int>;

class tst_Loads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // What the loader was called with, and itself, stay until it returns.
    void aLoaderGoesOnAfterItsAnswer()
    {
        const QString name = QStringLiteral("a key that is on the heap");
        std::atomic<bool> isSame { false };
        QThreadPool pool;
        SyncCache<QString, int> cache(100);
        cache.setThreadPool(&pool);
        const auto its = std::make_shared<const QString>(name);
        (void)errorOf(cache.getOrLoad(
                name, [&isSame, its](const QString &key, const SyncCacheLoadContext<int> &context) {
                    context.finish(1);
                    isSame = key == *its;
                    return 2;
                }));
        QVERIFY(pool.waitForDone());
        QVERIFY(isSame);
        QCOMPARE(cache.value(name), 1);
        // By another thread, while it still runs.
        isSame = false;
        cache.clear();
        cache.setLoader(
                this, [&isSame, its](const QString &key, SyncCacheLoadContext<int> context) {
                    std::thread([context = std::move(context)] { context.finish(3); }).join();
                    isSame = key == *its;
                });
        const QFuture<int> future = cache.getOrLoad(name);
        cache.setLoader([](const QString &) { return 4; }); // the load has the only one
        QTRY_VERIFY(future.isFinished());
        QVERIFY(isSame);
    }

    void aMissIsLoadedAndKept()
    {
        ValidatedCache<QString, int> cache(100);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](const QString &key) {
            ++runs;
            return int(key.size());
        });
        QCOMPARE(cache.getOrLoad(u"four"_s).result(), 4);
        QCOMPARE(cache.getOrLoad(u"four"_s).result(), 4);
        QCOMPARE(*cache.load(u"four"_s).value, 4);
        QCOMPARE(runs.load(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.statistics().loads, quint64(1));
    }

    void manyAskAndOneLoads()
    {
        for (int round = 0; round < 20; ++round) {
            ValidatedCache<int, int> cache(100);
            std::atomic<int> runs { 0 };
            cache.setLoader([&runs](int key) {
                ++runs;
                return key * 2;
            });
            runInThreads(4, [&cache](int thread) {
                for (int key = 0; key < 20; ++key) {
                    const int value =
                            thread % 2 ? cache.getOrLoad(key).result() : *cache.load(key).value;
                    if (value != key * 2)
                        qFatal("a wrong value");
                }
            });
            QCOMPARE(runs.load(), 20);
            QVERIFY(cache.waitForDone());
        }
    }

    void whoAsksWhileItLoadsWaitsForThatLoad()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<int> runs { 0 };
        cache.setLoader([&](int key) {
            ++runs;
            gate.pass(0);
            return key * 2;
        });
        QList<QFuture<int>> futures;
        for (int i = 0; i < 4; ++i)
            futures << cache.getOrLoad(1);
        gate.entered.wait();
        gate.mayLeave.open();
        for (const QFuture<int> &future : std::as_const(futures))
            QCOMPARE(future.result(), 2);
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 1);
    }

    void aFailureReachesAllWhoWaitAndTheNextLoadsAnew()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> fails { true };
        cache.setLoader([&](int) {
            gate.pass(0);
            if (fails)
                throw std::runtime_error("broken");
            return 7;
        });
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        gate.entered.wait();
        gate.mayLeave.open();
        for (const QFuture<int> &future : { first, second }) {
            const SyncCacheError error = errorOf(future);
            QCOMPARE(error.code(), SyncCacheError::LoadFailed);
            QCOMPARE(error.message(), u"broken"_s);
        }
        QCOMPARE(cache.lastError(1).message(), u"broken"_s);
        QVERIFY(!cache.contains(1));
        fails = false;
        QCOMPARE(cache.getOrLoad(1).result(), 7);
        QCOMPARE(gate.runs.load(), 2);
        QVERIFY(!cache.lastError(1));
    }

    void aLoaderMayThrowAnything()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) -> int {
            if (key == 1)
                throw 1;
            if (key == 2)
                throw SyncCacheError(SyncCacheError::KeyNotFound, u"own"_s);
            if (key == 3)
                throw QException();
            throw std::runtime_error("what");
        });
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::LoadFailed);
        QCOMPARE(cache.load(2).error.message(), u"own"_s);
        QCOMPARE(cache.load(3).error.code(), SyncCacheError::LoadFailed);
        QCOMPARE(cache.load(4).error.message(), u"what"_s);
        QCOMPARE(cache.statistics().loadFailures, quint64(4));
    }

    void failuresAreRememberedForTheirTimeAndNotLonger()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setErrorTimeToLive(10s);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int, Context &context) {
            ++runs;
            context.absent();
            return 0;
        });
        for (int i = 0; i < 5; ++i)
            QCOMPARE(cache.load(1).error.code(), SyncCacheError::KeyNotFound);
        QCOMPARE(runs.load(), 1);
        clock.advance(10s);
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::KeyNotFound);
        QCOMPARE(runs.load(), 2);
    }

    void writesDuringALoadWin_data()
    {
        QTest::addColumn<int>("write");
        QTest::newRow("insert") << 0;
        QTest::newRow("remove") << 1;
        QTest::newRow("invalidate") << 2;
        QTest::newRow("clear") << 3;
        QTest::newRow("compute") << 4;
    }
    void writesDuringALoadWin()
    {
        QFETCH(const int, write);
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int) { return gate.pass(1); });
        const QFuture<int> future = cache.getOrLoad(5);
        gate.entered.wait();
        switch (write) {
        case 0:
            cache.insert(5, 2);
            break;
        case 1:
            cache.remove(5);
            break;
        case 2:
            cache.invalidate(5);
            break;
        case 3:
            cache.clear();
            break;
        default:
            cache.compute(5, [](const int *) { return std::optional<int>(2); });
        }
        gate.mayLeave.open();
        QCOMPARE(QFuture<int>(future).result(), 1); // who waited gets what was loaded
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(5), write == 0 || write == 4 ? std::optional<int>(2) : std::nullopt);
    }

    // The same for a load of what is there.
    void writesDuringARefreshWin_data() { writesDuringALoadWin_data(); }
    void writesDuringARefreshWin()
    {
        QFETCH(const int, write);
        ValidatedCache<int, int> cache(100);
        cache.insert(5, 0);
        Gate gate;
        cache.setLoader([&gate](int) { return gate.pass(1); });
        QFuture<int> future = cache.refresh(5);
        gate.entered.wait();
        QCOMPARE(cache.peek(5), std::optional<int>(0)); // the old value, meanwhile
        std::optional<int> expected;
        switch (write) {
        case 0:
            cache.insert(5, 2);
            expected = 2;
            break;
        case 1:
            cache.remove(5);
            break;
        case 2:
            cache.invalidate(5);
            expected = 0;
            break;
        case 3:
            cache.clear();
            break;
        default:
            expected = cache.compute(5, [](const int *old) { return std::optional(*old + 3); });
        }
        gate.mayLeave.open();
        QCOMPARE(future.result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(5), expected);
    }

    void aLoadIsCancelledWhenAllWhoWaitHaveCancelled()
    {
        ValidatedCache<int, int> cache(100);
        Latch entered;
        Latch mayLook;
        std::atomic<bool> sawIt { false };
        cache.setLoader([&](int, Context &context) {
            entered.open();
            mayLook.wait();
            sawIt = context.isCanceled();
            return 1;
        });
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        entered.wait();
        first.cancel();
        second.cancel();
        mayLook.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(sawIt);
        QVERIFY(!cache.contains(1));
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(1));
    }

    void oneWhoStillWaitsKeepsTheLoad()
    {
        ValidatedCache<int, int> cache(100);
        Latch entered;
        Latch mayLook;
        cache.setLoader([&](int, Context &context) {
            entered.open();
            mayLook.wait();
            return context.isCanceled() ? -1 : 1;
        });
        QFuture<int> first = cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        entered.wait();
        first.cancel();
        mayLook.open();
        QCOMPARE(second.result(), 1);
    }

    void droppingAFutureCancelsNothing()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        (void)cache.getOrLoad(3);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(3), std::optional<int>(3));
    }

    void aLoaderMayAskForOtherKeysOnAPoolOfOne()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        cache.setLoader([&cache](int key) -> int {
            return key < 2 ? 1 : cache.getOrLoad(key - 1).result() + *cache.load(key - 2).value;
        });
        QCOMPARE(cache.getOrLoad(20).result(), 10946);
        QVERIFY(cache.waitForDone());
    }

    void aLoaderThatAsksForItselfFailsAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([&cache](int key) -> int {
            return cache.getOrLoad(key == 3 ? 1 : key + 1).result();
        });
        const SyncCacheError error = cache.load(1).error;
        QCOMPARE(error.code(), SyncCacheError::RecursiveLoad);
        QVERIFY(cache.waitForDone());
    }

    // Two loads, each on a thread of its own, that ask for one another.
    void aCircleOfThreadsFailsAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> entered { 0 };
        cache.setLoader([&](int key) -> int {
            ++entered;
            while (entered.load() < 2)
                QThread::yieldCurrentThread();
            return cache.getOrLoad(1 - key).result();
        });
        QFuture<int> first = cache.getOrLoad(0);
        QFuture<int> second = cache.getOrLoad(1);
        const SyncCacheError a = errorOf(first);
        const SyncCacheError b = errorOf(second);
        QCOMPARE(a.code(), SyncCacheError::RecursiveLoad);
        QCOMPARE(b.code(), SyncCacheError::RecursiveLoad);
    }

    void theNewestIsLoadedFirstAndTheUrgentBeforeAndEachFourthTimeTheOldest()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        QMutex mutex;
        QList<int> order;
        cache.setLoader([&](int key) {
            if (key == 0)
                return gate.pass(0);
            const std::lock_guard lock(mutex);
            order.append(key);
            return key;
        });
        cache.getOrLoad(0);
        gate.entered.wait();
        cache.getOrLoad(1);
        cache.getOrLoad(2);
        cache.getOrLoad(3, SyncCacheLoadOptions().setPriority(-1));
        cache.getOrLoad(4, SyncCacheLoadOptions().setPriority(1));
        cache.getOrLoad(5);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(order, (QList<int> { 4, 5, 1, 2, 3 })); // the fourth start: the oldest
    }

    void aPoolThatIsClearedCancelsItsLoads()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        QFuture<int> running = cache.getOrLoad(1);
        gate.entered.wait();
        QFuture<int> waiting = cache.getOrLoad(2);
        pool.clear();
        QCOMPARE(errorOf(waiting).code(), SyncCacheError::Canceled);
        gate.mayLeave.open();
        QCOMPARE(running.result(), 1);
        QVERIFY(cache.waitForDone());
    }

    void destroyingTheCacheAnswersAllAtOnce()
    {
        Gate gate;
        QThreadPool pool;
        QFuture<int> future;
        {
            ValidatedCache<int, int> cache(100);
            cache.setThreadPool(&pool);
            cache.setLoader([&gate](int) { return gate.pass(1); });
            future = cache.getOrLoad(1);
            gate.entered.wait();
        }
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
        gate.mayLeave.open();
        pool.waitForDone();
    }

    void destroyingTheCacheAnswersAlsoThoseWhoseKeyWasWrittenMeanwhile_data()
    {
        QTest::addColumn<bool>("clears");
        QTest::newRow("insert") << false;
        QTest::newRow("clear") << true;
    }
    void destroyingTheCacheAnswersAlsoThoseWhoseKeyWasWrittenMeanwhile()
    {
        QFETCH(const bool, clears);
        Gate gate;
        QThreadPool pool;
        auto cache = std::make_unique<SyncCache<int, int>>(100);
        cache->setThreadPool(&pool);
        cache->setLoader([&gate](int) { return gate.pass(1); });
        const QFuture<int> future = cache->getOrLoad(1);
        gate.entered.wait();
        if (clears)
            cache->clear();
        else
            cache->insert(1, 2);
        cache.reset();
        const bool isAnswered = future.isFinished();
        gate.mayLeave.open();
        pool.waitForDone();
        QVERIFY(isAnswered);
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
    }
    void aLoaderMayDestroyItsCache()
    {
        QThreadPool pool;
        auto cache = std::make_unique<ValidatedCache<int, int>>(100);
        cache->setThreadPool(&pool);
        Latch isKept;
        cache->setLoader([&](int) {
            isKept.wait();
            cache.reset();
            return 1;
        });
        QFuture<int> future = cache->getOrLoad(1);
        isKept.open();
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
        pool.waitForDone();
    }

    void callbacksRunInTheThreadOfTheirContext()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        int told = 0;
        const auto f = [&](const Result &result) {
            QCOMPARE(QThread::currentThread(), thread());
            QCOMPARE(*result.value, 5);
            ++told;
        };
        cache.getOrLoad(5, this, f);
        QCOMPARE(told, 0);
        QTRY_COMPARE(told, 1);
        cache.getOrLoad(5, this, f);
        QCOMPARE(told, 2); // a hit: at once
    }

    void noCallbackOnceItsContextHasGone()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        auto context = std::make_unique<QObject>();
        bool told = false;
        cache.getOrLoad(1, context.get(), [&told](const Result &) { told = true; });
        gate.entered.wait();
        context.reset();
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCoreApplication::processEvents();
        QVERIFY(!told);
    }

    void aLoadDoesNotOutwaitItsDeadline()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        QCOMPARE(cache.load(1, QDeadlineTimer(10)).error.code(), SyncCacheError::TimedOut);
        QVERIFY(!cache.waitForDone(QDeadlineTimer(0)));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
    }

    void aRefreshReplacesAndAFailedOneKeeps()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> next { 1 };
        cache.setLoader([&next](int) -> int {
            if (next < 0)
                throw std::runtime_error("offline");
            return next;
        });
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        next = 2;
        QCOMPARE(cache.refresh(1).result(), 2);
        QCOMPARE(cache.peek(1), std::optional<int>(2));
        next = -1;
        QCOMPARE(errorOf(cache.refresh(1)).message(), u"offline"_s);
        QCOMPARE(cache.peek(1), std::optional<int>(2));
        QCOMPARE(cache.lastError(1).message(), u"offline"_s);
    }

    void aStaleValueIsReturnedAndLoadedAnew()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setStaleTime(10s);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int) { return ++runs; });
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        clock.advance(9s);
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 1);
        clock.advance(1s);
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.getOrLoad(1).result(), 2);
        cache.invalidate(1);
        QCOMPARE(cache.find(1), std::optional<int>(2));
        QCOMPARE(cache.getOrLoad(1).result(), 2);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(1), std::optional<int>(3));
    }

    void whatALoaderSaysOfItsEntryCounts()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setLoader([](int key, Context &context) {
            context.setCost(7);
            context.setTags({ u"t"_s });
            context.setTimeToLive(5s);
            context.insert(key + 1, 99);
            return key;
        });
        QCOMPARE(cache.getOrLoad(1).result(), 1);
        QCOMPARE(cache.totalCost(), 8);
        QCOMPARE(cache.peek(2), std::optional<int>(99));
        clock.advance(5s);
        QCOMPARE(cache.keys(), QList<int> { 2 });
        cache.getOrLoad(1).waitForFinished();
        QCOMPARE(cache.removeByTag(u"t"_s), 1);
    }

    void notModifiedBeginsTheTimesAnew()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        cache.insert(1, 1);
        cache.setLoader([](int, Context &context) {
            context.notModified();
            return 0;
        });
        clock.advance(9s);
        QCOMPARE(cache.refresh(1).result(), 1);
        clock.advance(9s);
        QCOMPARE(cache.peek(1), std::optional<int>(1));
        clock.advance(1s);
        QVERIFY(!cache.contains(1));
    }

    void absentRemovesWhatIsThere()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.setLoader([](int, Context &context) {
            context.absent();
            return 0;
        });
        QCOMPARE(errorOf(cache.refresh(1)).code(), SyncCacheError::KeyNotFound);
        QVERIFY(!cache.contains(1));
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Invalidated), quint64(1));
    }

    void loadersMayAnswerLater()
    {
        QObject context;
        ValidatedCache<int, int> cache(100);
        cache.getOrLoad(0, &context, [](const auto &) {}); // compiles: it is not taken for a loader
        cache.setLoader(&context, [&](int key, Context request) {
            QCOMPARE(QThread::currentThread(), thread());
            QTimer::singleShot(1, &context, [key, request] { request.finish(key * 3); });
        });
        QFutureWatcher<int> watcher;
        watcher.setFuture(cache.getOrLoad(2));
        QTRY_VERIFY(watcher.isFinished());
        QCOMPARE(watcher.result(), 6);
        // The thread that would answer cannot wait for itself.
        QCOMPARE(cache.load(3).error.code(), SyncCacheError::RecursiveLoad);
    }

    void aRequestThatIsDroppedHasFailed()
    {
        auto context = std::make_unique<QObject>();
        ValidatedCache<int, int> cache(100);
        cache.setLoader(context.get(), [](int, const Context &) {});
        QFuture<int> future = cache.getOrLoad(1);
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(errorOf(future).code(), SyncCacheError::LoadFailed);
        QFuture<int> second = cache.getOrLoad(2);
        context.reset(); // before the request was delivered
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QTRY_VERIFY(second.isFinished());
        QCOMPARE(cache.getOrLoad(3).isFinished(), true);
    }

    void loadsThatAreAnsweredLaterAreCancelled()
    {
        QObject context;
        ValidatedCache<int, int> cache(100);
        std::optional<Context> kept;
        bool told = false;
        cache.setLoader(&context, [&](int, Context request) {
            request.onCanceled(&context, [&told] { told = true; });
            kept = request;
        });
        QFuture<int> future = cache.getOrLoad(1);
        QTRY_VERIFY(kept.has_value());
        future.cancel();
        QTRY_VERIFY(told);
        QVERIFY(kept->isCanceled());
        kept->finish(1);
        QVERIFY(!cache.contains(1));
    }

    void manyAreLoadedAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 10);
        QList<int> asked;
        cache.setBulkLoader([&asked](const QList<int> &keys) {
            asked = keys;
            QHash<int, int> values;
            for (const int key : keys) {
                if (key != 3)
                    values.insert(key, key * 10);
            }
            values.insert(77, 770); // welcome
            return values;
        });
        const QHash<int, int> expected = { { 1, 10 }, { 2, 20 }, { 4, 40 } };
        QCOMPARE(cache.getAll({ 1, 2, 3, 4 }).result(), expected);
        std::sort(asked.begin(), asked.end());
        QCOMPARE(asked, (QList<int> { 2, 3, 4 }));
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(77), std::optional<int>(770));
        QVERIFY(cache.getAll({}).result().isEmpty());
    }

    void withoutABulkLoaderEachIsLoaded()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) -> int {
            if (key == 9)
                throw std::runtime_error("nine");
            return key;
        });
        QCOMPARE(cache.getAll({ 1, 2, 2 }).result(), (QHash<int, int> { { 1, 1 }, { 2, 2 } }));
        QCOMPARE(cache.getAll({ 1, 9 }).result(), (QHash<int, int> { { 1, 1 } }));
        QCOMPARE(cache.lastError(9).message(), u"nine"_s);
        QCOMPARE(errorOf(cache.getAll({ 9 })).message(), u"nine"_s);
    }

    void withoutALoaderAMissSaysSo()
    {
        ValidatedCache<int, int> cache(100);
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::KeyNotFound);
        QCOMPARE(cache.getOrLoad(1, [](int key) { return key; }).result(), 1);
    }

    // Loads, cancellations and writes of all kinds at once.
    void aLoaderThatNeverAnswersIsInNobodysWay()
    {
        Gate gate;
        ValidatedCache<int, int> cache(100);
        cache.setLoader([&gate](int key) { return key == 0 ? gate.pass(0) : key; });
        QFuture<int> never = cache.getOrLoad(0);
        gate.entered.wait();
        for (int key = 1; key < 50; ++key)
            QCOMPARE(cache.load(key).value, std::optional<int>(key));
        QVERIFY(!never.isFinished());
        never.cancel();
        QCOMPARE(cache.getOrLoad(0, [](int) { return 5; }).result(), 5);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(0), std::optional<int>(5));
    }

    // A request may be kept, and answered by any thread.
    void aRequestMayBeAnsweredByAnotherThread()
    {
        QObject context;
        ValidatedCache<int, int> cache(100);
        std::thread worker;
        cache.setLoader(&context, [&worker](int key, const Context &request) {
            worker = std::thread([key, request] { request.finish(key * 2); });
        });
        QFuture<int> future = cache.getOrLoad(4);
        QTRY_VERIFY(future.isFinished());
        worker.join();
        QCOMPARE(future.result(), 8);
        QCOMPARE(cache.peek(4), std::optional<int>(8));
    }

    // In the thread that runs the event loop, and without it.
    void aFutureMayBeWaitedForInTheMainThread()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        QCOMPARE(QThread::currentThread(), qApp->thread());
        for (int key = 0; key < 100; ++key)
            QCOMPARE(cache.getOrLoad(key).result(), key);
        QCOMPARE(cache.refresh(1).result(), 1);
        QCOMPARE(cache.getAll({ 1, 200 }).result().size(), 2);
    }

    void aPoolMayBeGivenForOneLoad()
    {
        QThreadPool pool;
        ValidatedCache<int, int> cache(100);
        const auto loader = [&pool](int) { return int(pool.contains(QThread::currentThread())); };
        const auto isIn = [](QFuture<int> future) { // without a wait, which would take it over
            while (!future.isFinished())
                QThread::msleep(1);
            return future.result();
        };
        QCOMPARE(isIn(cache.getOrLoad(&pool, 1, loader)), 1);
        QCOMPARE(isIn(cache.getOrLoad(2, loader, SyncCacheLoadOptions().setPool(&pool))), 1);
        QCOMPARE(isIn(cache.getOrLoad(3, loader)), 0); // the library's own
        cache.setThreadPool(&pool);
        QCOMPARE(isIn(cache.getOrLoad(4, loader)), 1);
        cache.setLoader(loader);
        QCOMPARE(isIn(cache.getOrLoad(5)), 1);
        QVERIFY(cache.waitForDone());
    }

    // The number of loads of a key at a time is one, and no value is stored that was not wanted.
    void loadsInFlightAreShownUntilTheyEnd()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        cache.getOrLoad(1);
        QFuture<int> second = cache.getOrLoad(1);
        gate.entered.wait();
        auto statistics = cache.statistics();
        QCOMPARE(statistics.loadsInFlight, quint64(1));
        QCOMPARE(statistics.coalescedLoads, quint64(1));
        QVERIFY(!cache.waitForDone(QDeadlineTimer(0)));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        statistics = cache.statistics();
        QCOMPARE(statistics.loadsInFlight, quint64(0));
        QCOMPARE(statistics.loads, quint64(1));
        QVERIFY(statistics.loadTime.count() > 0);
        QCOMPARE(gate.runs.load(), 1);
    }

    void everythingAtOnce()
    {
        ValidatedCache<int, int> cache(50);
        cache.setLoader([](int key) -> int {
            if (key % 7 == 0)
                throw std::runtime_error("seven");
            return key;
        });
        runInThreads(4, [&cache](int thread) {
            for (int i = 0; i < 500; ++i) {
                const int key = (i * 7 + thread * 3) % 100;
                switch (i % 6) {
                case 0:
                    cache.remove(key);
                    break;
                case 1: {
                    QFuture<int> future = cache.getOrLoad(key);
                    future.cancel();
                    break;
                }
                case 2:
                    cache.insert(key, key);
                    break;
                case 3:
                    cache.refresh(key);
                    break;
                default: {
                    const Result result = cache.load(key);
                    if (result.value && *result.value != key)
                        qFatal("a wrong value");
                }
                }
            }
        });
        QVERIFY(cache.waitForDone());
        QVERIFY(cache.isConsistent());
        QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
    }

    void aHitIsToldInTheReceiversThread()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 10);
        QThread thread;
        QObject receiver;
        receiver.moveToThread(&thread);
        thread.start();
        QThread *toldIn = nullptr;
        std::optional<int> told;
        QSemaphore done;
        cache.getOrLoad(1, &receiver, [&](const Result &result) {
            toldIn = QThread::currentThread();
            told = result.value;
            done.release();
        });
        QVERIFY(done.tryAcquire(1, 10'000));
        thread.quit();
        thread.wait();
        QCOMPARE(toldIn, &thread);
        QCOMPARE(told, std::optional<int>(10));
    }

    void optionsAreOfNoUseToAHit()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 10);
        const QFuture<int> future = cache.getOrLoad(
                1, [](int) { return 20; }, SyncCacheLoadOptions().setPriority(5));
        QVERIFY(future.isFinished());
        QCOMPARE(future.result(), 10);
    }
};

QTEST_GUILESS_MAIN(tst_Loads)

#include "tst_loads.moc"
