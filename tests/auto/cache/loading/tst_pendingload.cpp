// SPDX-License-Identifier: MIT

// What a caller has who gave a function: it cancels, also without a future, and becomes one.

#include "loading.h"
#include "runningthread.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <any>
#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;

using Pending = SyncCachePendingLoad<int>;
using Result = SyncCacheLoadResult<int>;
using Cache = ValidatedCache<int, int>;

class tst_PendingLoad : public QObject
{
    Q_OBJECT

private:
    // What the function of a caller counts, and what it keeps alive.
    struct Caller
    {
        std::atomic<int> told { 0 };
        std::optional<Result> result;
        std::shared_ptr<int> kept = std::make_shared<int>(0);

        auto function()
        {
            return [this, kept = kept](const Result &its) {
                result = its;
                ++told;
            };
        }
        bool isFunctionGone() const { return kept.use_count() == 1; }
    };

    // Which leaves nothing to be told.
    static void finish(Cache &cache)
    {
        QVERIFY(cache.waitForDone());
        QCoreApplication::processEvents();
    }

private Q_SLOTS:
    void whatIsThereIsTold()
    {
        Cache cache(100);
        cache.insert(1, 10);
        Caller caller;
        Pending pending = cache.getOrLoad(1, this, caller.function());
        QCOMPARE(caller.told, 1);
        QVERIFY(pending.isFinished());
        QVERIFY(!pending.isCanceled());
        QCOMPARE(pending.result(), 10);
        pending.cancel(); // too late
        QCOMPARE(pending.future().result(), 10);
    }

    void noneIsACanceledOne()
    {
        Pending none;
        QVERIFY(none.isFinished());
        QVERIFY(none.isCanceled());
        none.cancel();
        none.waitForFinished();
        QVERIFY(none.future().isCanceled());
    }

    // At once, since nobody else has to be told.
    void cancellingLeavesTheQueue()
    {
        BusyPool busy;
        Cache cache(100);
        cache.setThreadPool(&busy.pool);
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int key) {
            ++runs;
            return key;
        });
        Caller caller;
        Caller other;
        Pending pending = cache.getOrLoad(1, this, caller.function());
        Pending second = cache.getOrLoad(1, this, other.function());
        Pending copy = pending;
        QVERIFY(!pending.isFinished());
        copy.cancel();
        QVERIFY(pending.isFinished());
        QVERIFY(pending.isCanceled());
        QVERIFY(caller.isFunctionGone());
        QVERIFY(!second.isFinished());
        QCOMPARE(cache.statistics().canceledLoads, quint64(0));
        second.cancel();
        // At once, unless the library's thread is about to do it.
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(1));
        QTRY_COMPARE(cache.statistics().loadsInFlight, qsizetype(0));
        busy.gate.mayLeave.open();
        finish(cache);
        QCOMPARE(runs, 0);
        QCOMPARE(caller.told, 0);
        QCOMPARE(other.told, 0);
    }

    void aRunningLoaderIsTold()
    {
        Cache cache(100);
        Gate gate;
        std::atomic<bool> sawIt { false };
        cache.setLoader([&](int key, const SyncCacheLoadContext<int> &context) {
            gate.pass(0);
            sawIt = context.isCanceled();
            return key;
        });
        Caller caller;
        Pending pending = cache.getOrLoad(1, this, caller.function());
        gate.entered.wait();
        pending.cancel();
        QVERIFY(pending.isFinished());
        gate.mayLeave.open();
        finish(cache);
        QVERIFY(sawIt);
        QCOMPARE(caller.told, 0);
        QVERIFY(!cache.contains(1));
    }

    void whoHasCanceledIsNotCalled()
    {
        Cache cache(100);
        cache.setLoader([](int key) -> int {
            if (key == 2)
                throw SyncCacheException(SyncCacheError(SyncCacheError::LoadFailed));
            return key;
        });
        for (const int key : { 1, 2 }) {
            Caller caller;
            Pending pending = cache.getOrLoad(key, this, caller.function());
            QVERIFY(cache.waitForDone());
            QVERIFY(pending.isFinished()); // its event is under way
            pending.cancel();
            QCoreApplication::processEvents();
            QCOMPARE(caller.told, 0);
            QVERIFY(caller.isFunctionGone());
        }
    }

    // With no future that the library could look at.
    void theEndOfTheContextIsNoticed()
    {
        BusyPool busy;
        Cache cache(1000);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        Caller caller;
        auto context = std::make_unique<QObject>();
        std::vector<Pending> pending;
        for (int key = 0; key < 500; ++key) {
            pending.push_back(cache.getOrLoad(key, context.get(), caller.function()));
            (void)cache.getOrLoad(500 + key, context.get(), caller.function());
        }
        context.reset();
        // By nothing else: the pool is busy, and nobody asks.
        QTRY_VERIFY(std::all_of(pending.cbegin(), pending.cend(),
                                [](const Pending &each) { return each.isFinished(); }));
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(1000));
        QTRY_COMPARE(cache.statistics().loadsInFlight, qsizetype(0));
        QVERIFY(caller.isFunctionGone());
        busy.gate.mayLeave.open();
        finish(cache);
        QCOMPARE(caller.told, 0);
    }

    // Also if the load ends before anybody has noticed.
    void whatTheContextsEndHasCanceledStaysSo()
    {
        for (const bool fails : { false, true }) {
            BusyPool busy;
            Cache cache(100);
            cache.setThreadPool(&busy.pool);
            cache.setLoader([fails](int key, const SyncCacheLoadContext<int> &load) {
                if (fails)
                    load.fail(u"no"_s);
                return key;
            });
            Caller caller;
            auto context = std::make_unique<QObject>();
            const Pending pending = cache.getOrLoad(1, context.get(), caller.function());
            QFuture<int> other = cache.getOrLoad(1);
            context.reset();
            QVERIFY(pending.isCanceled());
            QVERIFY(pending.isFinished());
            busy.gate.mayLeave.open();
            QCOMPARE(errorOf(other).isError(), fails);
            QVERIFY(pending.isCanceled());
            QVERIFY(pending.isFinished());
            finish(cache);
            QCOMPARE(caller.told, 0);
        }
    }

    void aFutureIsMadeAtAnyTime_data()
    {
        QTest::addColumn<int>("moment");
        QTest::newRow("before it has begun") << 0;
        QTest::newRow("while it runs") << 1;
        QTest::newRow("when it has ended") << 2;
        QTest::newRow("when it has been told") << 3;
    }
    void aFutureIsMadeAtAnyTime()
    {
        QFETCH(int, moment);
        Gate gate;
        std::optional<BusyPool> busy;
        Cache cache(100);
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        Caller caller;
        if (moment == 0) {
            busy.emplace();
            cache.setThreadPool(&busy->pool);
        }
        Pending pending = cache.getOrLoad(1, this, caller.function());
        if (moment != 0)
            gate.entered.wait();
        if (moment >= 2) {
            gate.mayLeave.open();
            QVERIFY(cache.waitForDone());
        }
        if (moment == 3)
            QCoreApplication::processEvents();
        const QFuture<int> future = pending;
        QCOMPARE(future.isFinished(), moment >= 2);
        gate.mayLeave.open();
        QCOMPARE(future.result(), 1); // if it has not begun, in this thread
        QCOMPARE(pending.result(), 1);
        QVERIFY(pending.isFinished());
        if (busy)
            busy->gate.mayLeave.open();
        finish(cache);
        QCOMPARE(caller.told, 1);
        QCOMPARE(caller.result->value, std::optional<int>(1));
    }

    void toCancelOneIsToCancelTheOther()
    {
        BusyPool busy;
        Cache cache(100);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        Caller first;
        Pending byFuture = cache.getOrLoad(1, this, first.function());
        QFuture<int> its = byFuture;
        its.cancel();
        QVERIFY(byFuture.isCanceled());
        QTRY_VERIFY(byFuture.isFinished());
        Caller second;
        Pending byItself = cache.getOrLoad(2, this, second.function());
        its = byItself;
        byItself.cancel();
        QVERIFY(its.isCanceled());
        QTRY_VERIFY(its.isFinished());
        Caller third;
        Pending late = cache.getOrLoad(3, this, third.function());
        late.cancel();
        its = late;
        QVERIFY(its.isCanceled());
        QVERIFY(its.isFinished());
        QCOMPARE(cache.statistics().canceledLoads, quint64(3));
        busy.gate.mayLeave.open();
        finish(cache);
        QCOMPARE(first.told + second.told + third.told, 0);
    }

    // Where Qt asks for a future, it is one.
    void itConverts()
    {
        Cache cache(100);
        cache.setLoader([](int key) { return key; });
        const auto ignore = [](const Result &) {};
        QFutureWatcher<int> watcher;
        watcher.setFuture(cache.getOrLoad(1, this, ignore));
        QTRY_VERIFY(watcher.isFinished());
        QCOMPARE(watcher.result(), 1);
        QList<QFuture<int>> all { cache.getOrLoad(2, this, ignore) };
        all << cache.getOrLoad(3, this, ignore);
        all.append(cache.getOrLoad(4, this, ignore));
        for (const QFuture<int> &each : std::as_const(all))
            QVERIFY(each.result() > 1);
        finish(cache);
    }

    // Who has been told has not cancelled, whatever ends afterwards.
    void whatHasBeenToldStays()
    {
        Cache cache(100);
        cache.setLoader([](int key) { return key; });
        auto context = std::make_unique<QObject>();
        Caller caller;
        Pending pending = cache.getOrLoad(1, context.get(), caller.function());
        QTRY_COMPARE(caller.told, 1);
        pending.cancel();
        QVERIFY(!pending.isCanceled());
        context.reset();
        QVERIFY(!pending.isCanceled());
        QCOMPARE(pending.result(), 1);
        // Also by its own function.
        Pending self;
        bool isTold = false;
        self = cache.getOrLoad(2, this, [&](const Result &) {
            self.cancel();
            isTold = true;
        });
        QTRY_VERIFY(isTold);
        QVERIFY(!self.isCanceled());
    }

    // Its event goes with the context, and the function with that, though the handle stays.
    void whatIsNotToldKeepsNothing()
    {
        Cache cache(100);
        cache.setLoader([](int key) { return key; });
        auto context = std::make_unique<QObject>();
        Caller caller;
        Pending pending = cache.getOrLoad(1, context.get(), caller.function());
        QVERIFY(cache.waitForDone());
        QVERIFY(pending.isFinished());
        QVERIFY(!caller.isFunctionGone());
        context.reset();
        QVERIFY(caller.isFunctionGone());
        QCOMPARE(caller.told, 0);
        QCOMPARE(pending.result(), 1);
    }

    // Nor does a handle keep what loads, once the cache has gone.
    void aHandleKeepsNoLoader_data()
    {
        QTest::addColumn<bool>("many");
        QTest::newRow("one by one") << false;
        QTest::newRow("many at once") << true;
    }
    void aHandleKeepsNoLoader()
    {
        QFETCH(bool, many);
        const auto kept = std::make_shared<int>(0);
        Gate gate;
        QThreadPool pool;
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&pool);
        if (many)
            cache->setBulkLoader([kept, &gate](const QList<int> &keys) {
                gate.pass(0);
                return QHash<int, int> { { keys.first(), 1 } };
            });
        else
            cache->setLoader([kept, &gate](int key) { return gate.pass(key); });
        QFuture<QHash<int, int>> all;
        if (many)
            all = cache->getAll({ 1 });
        Pending pending = cache->getOrLoad(1, this, [](const Result &) {});
        gate.entered.wait();
        cache.reset();
        QVERIFY(pending.isFinished());
        gate.mayLeave.open();
        QVERIFY(pool.waitForDone());
        QCOMPARE(kept.use_count(), 1L);
    }

    // A callback is told of the value that there is, however it was made.
    void valuesThatCannotBeCopiedJustNow()
    {
        struct Value
        {
            std::shared_ptr<std::atomic<bool>> fails;

            Value() = default;
            explicit Value(std::shared_ptr<std::atomic<bool>> flag) : fails(std::move(flag)) { }
            Value(const Value &other) : fails(other.fails)
            {
                if (fails && *fails)
                    throw std::bad_alloc();
            }
            Value(Value &&) noexcept = default;
            Value &operator=(const Value &) = default;
            Value &operator=(Value &&) noexcept = default;
            ~Value() = default;
        };
        const auto fails = std::make_shared<std::atomic<bool>>(false);
        SyncCache<int, Value> cache(100);
        cache.setLoader([fails](int) { return Value(fails); });
        int told = 0;
        (void)cache.getOrLoad(1, this, [&told](const SyncCacheLoadResult<Value> &result) {
            told += result.value.has_value();
        });
        QVERIFY(cache.waitForDone());
        *fails = true;
        QCoreApplication::processEvents();
        *fails = false;
        QCOMPARE(told, 1);
    }

    // Values that are made of whatever there is.
    void valuesOfGreedyTypes()
    {
        SyncCache<int, std::any> anything(10);
        anything.setLoader([](int key) { return std::any(key); });
        SyncCache<int, std::shared_ptr<void>> pointers(10);
        pointers.setLoader([](int key) { return std::make_shared<int>(key); });
        int told = 0;
        SyncCachePendingLoad<std::any> first =
                anything.getOrLoad(1, this, [&told](const auto &result) {
                    told += std::any_cast<int>(*result.value);
                });
        auto second = pointers.getOrLoad(
                2, this, [&told](const SyncCacheLoadResult<std::shared_ptr<void>> &result) {
                    told += *std::static_pointer_cast<int>(*result.value);
                });
        QCOMPARE(std::any_cast<int>(first.result()), 1);
        QVERIFY(second.result());
        QTRY_COMPARE(told, 3);
    }

    // Qt tells an object that somebody connects to it: it may do anything then.
    void aContextThatAsksTheCache()
    {
        class Asking : public QObject
        {
        public:
            explicit Asking(Cache &itsCache) : cache(itsCache) { }
            Cache &cache;
            std::atomic<int> asked { 0 };

        protected:
            void connectNotify(const QMetaMethod &) override { asked += cache.hasLoader(); }
            void disconnectNotify(const QMetaMethod &) override { asked += cache.hasLoader(); }
        };
        Cache cache(100);
        cache.setLoader([](int key) { return key; });
        std::vector<std::unique_ptr<Asking>> contexts;
        std::atomic<int> told { 0 };
        for (int key = 0; key < 50; ++key) {
            contexts.push_back(std::make_unique<Asking>(cache));
            (void)cache.getOrLoad(key, contexts.back().get(), [&told](const Result &) { ++told; });
            QVERIFY(contexts.back()->asked > 0);
        }
        QTRY_COMPARE(told, 50);
    }

    // They are told in a thread of the library, as always, and not by whoever is the last to cancel.
    void othersThatHaveCanceled()
    {
        BusyPool busy;
        Cache cache(100);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        std::atomic<bool> isHere { false };
        QFuture<int> other = cache.getOrLoad(1);
        Pending pending = cache.getOrLoad(1, this, [](const Result &) {});
        QFuture<void> continued =
                other.then([](int) {}).onCanceled([&, itself = QThread::currentThread()] {
                    isHere = QThread::currentThread() == itself;
                });
        other.cancel();
        pending.cancel();
        QTRY_VERIFY(continued.isFinished());
        QVERIFY(!isHere);
        QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
    }

    void everyOneIsToldOnce()
    {
        constexpr int Rounds = SYNCMAP_SANITIZED ? 2000 : 20'000;
        Cache cache(100);
        cache.setLoader([](int) -> int { throw 42; });
        std::atomic<int> told { 0 };
        for (int i = 0; i < Rounds; ++i) {
            const Pending pending = cache.getOrLoad(i, this, [&told](const Result &) { ++told; });
            if (i % 2 == 0)
                std::this_thread::yield();
            QVERIFY(errorOf(pending.future()));
        }
        finish(cache);
        QCOMPARE(told, Rounds);
    }

    void aFailureIsTheSameEverywhere()
    {
        Cache cache(100);
        cache.setLoader([](int) -> int { throw 42; });
        Caller caller;
        Pending pending = cache.getOrLoad(1, this, caller.function());
        QVERIFY(cache.waitForDone());
        bool isThrown = false;
        try {
            pending.waitForFinished();
            (void)pending.result();
        } catch (int number) {
            isThrown = number == 42;
        }
        QVERIFY(isThrown);
        QTRY_COMPARE(caller.told, 1);
        QVERIFY(caller.result->error.cause());
    }

    // Where Qt would return what is not there.
    void aResultThatThereIsNotIsThrown()
    {
        BusyPool busy;
        Cache cache(100);
        cache.setThreadPool(&busy.pool);
        cache.setLoader([](int key) { return key; });
        const auto errorOfResult = [](const Pending &pending) {
            try {
                (void)pending.result();
            } catch (const SyncCacheException &thrown) {
                return thrown.code();
            }
            return SyncCacheError::NoError;
        };
        QCOMPARE(errorOfResult(Pending()), SyncCacheError::Canceled);
        Pending before = cache.getOrLoad(1, this, [](const Result &) {});
        before.cancel();
        QCOMPARE(errorOfResult(before), SyncCacheError::Canceled);
        // While somebody waits for it.
        Gate gate;
        QThreadPool pool;
        cache.setThreadPool(&pool);
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        Pending running = cache.getOrLoad(2, this, [](const Result &) {});
        gate.entered.wait();
        SyncCacheError::Code seen = SyncCacheError::NoError;
        std::thread waiting([&] { seen = errorOfResult(running); });
        running.cancel();
        waiting.join();
        QCOMPARE(seen, SyncCacheError::Canceled);
        gate.mayLeave.open();
        finish(cache);
    }

    void noContextIsRefused()
    {
        Cache cache(100);
        cache.insert(1, 1);
        cache.setLoader([](int key) { return key; });
        QObject *none = nullptr;
        for (const int key : { 1, 2 }) {
            QTest::ignoreMessage(QtWarningMsg,
                                 "A context must not be null: nobody will be called back.");
            const Pending pending = cache.getOrLoad(key, none, [](const Result &) { QFAIL(""); });
            QVERIFY(pending.isCanceled());
            QVERIFY(pending.isFinished());
        }
    }

    void anotherThreadIsTold()
    {
        QObject context;
        RunningThread thread;
        context.moveToThread(&thread);
        Cache cache(100);
        cache.insert(1, 10);
        cache.setLoader([](int key) { return 10 * key; });
        for (const int key : { 1, 2 }) {
            std::atomic<bool> isTold { false };
            Pending pending = cache.getOrLoad(key, &context, [&](const Result &result) {
                isTold = result.value == 10 * key && QThread::currentThread() == &thread;
            });
            QCOMPARE(pending.result(), 10 * key);
            QTRY_VERIFY(isTold);
        }
    }

    void itOutlivesTheCache()
    {
        BusyPool busy;
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&busy.pool);
        cache->setLoader([](int key) { return key; });
        Caller caller;
        Pending pending = cache->getOrLoad(1, this, caller.function());
        Pending withFuture = cache->getOrLoad(2, this, [](const Result &) {});
        const QFuture<int> future = withFuture;
        cache.reset();
        QVERIFY(pending.isFinished());
        QVERIFY(!pending.isCanceled());
        QCOMPARE(errorOf(pending.future()).code(), SyncCacheError::CacheDestroyed);
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
        QCoreApplication::processEvents();
        QCOMPARE(caller.told, 1);
        QCOMPARE(caller.result->error.code(), SyncCacheError::CacheDestroyed);
        pending.cancel();
        withFuture.cancel();
        QVERIFY(caller.isFunctionGone());
    }

    // Ends of all kinds, and futures, beside each other.
    void allAtOnce()
    {
        constexpr int Rounds = SYNCMAP_SANITIZED ? 300 : 3000;
        std::vector<std::unique_ptr<QObject>> contexts;
        for (int i = 0; i < Rounds; ++i)
            contexts.push_back(std::make_unique<QObject>());
        Cache cache(100);
        cache.setLoader([](int key) { return key; });
        std::atomic<int> wrong { 0 };
        for (int i = 0; i < Rounds; ++i) {
            Pending pending =
                    cache.getOrLoad(i, contexts[std::size_t(i)].get(),
                                    [&, i](const Result &result) { wrong += result.value != i; });
            runInThreads(3, [&](int thread) {
                if (thread == 0 && i % 3 != 0)
                    contexts[std::size_t(i)].reset();
                else if (thread == 1 && i % 2 == 0)
                    pending.cancel();
                else if (const SyncCacheError error = errorOf(pending.future()))
                    wrong += error.code() != SyncCacheError::Canceled;
            });
            if (i % 100 == 0)
                QCoreApplication::processEvents();
        }
        finish(cache);
        QCOMPARE(wrong, 0);
    }
};

QTEST_GUILESS_MAIN(tst_PendingLoad)

#include "tst_pendingload.moc"
