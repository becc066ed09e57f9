// SPDX-License-Identifier: MIT

// The end of a cache is the end: when its destructor has returned, all callers were told, what it held
// was destroyed, there, and nothing of the user's is touched any more but loaders that run.

#include "companion.h"
#include "loading.h"
#include "runningthread.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

// Counts itself, and those that end in another thread than the one that says it is home.
struct Counted
{
    static inline std::atomic<int> alive { 0 };
    static inline std::atomic<int> copies { 0 };
    static inline std::atomic<int> endedElsewhere { 0 };
    static inline std::atomic<Qt::HANDLE> home { nullptr };
    int number = 0;

    explicit Counted(int itsNumber = 0) : number(itsNumber) { ++alive; }
    Counted(const Counted &other) : number(other.number)
    {
        ++alive;
        ++copies;
    }
    Counted &operator=(const Counted &) = default;
    ~Counted()
    {
        --alive;
        if (home && home != QThread::currentThreadId())
            ++endedElsewhere;
    }

    static void reset()
    {
        copies = 0;
        endedElsewhere = 0;
    }
    friend QDataStream &operator<<(QDataStream &stream, const Counted &value)
    {
        return stream << value.number;
    }
    friend QDataStream &operator>>(QDataStream &stream, Counted &value)
    {
        return stream >> value.number;
    }
};

using Cache = SyncCache<int, Counted>;

// Says whether it is asked.
class WatchedClock : public SyncCacheClock
{
public:
    mutable std::atomic<int> asked { 0 };
    std::chrono::nanoseconds now() const override
    {
        ++asked;
        return 1s;
    }
};

} // namespace

class tst_Ends : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        Counted::home = nullptr;
        Counted::reset();
        QCOMPARE(Counted::alive.load(), 0);
    }

    void whatItHeldIsDestroyedBeforeTheDestructorReturns()
    {
        QThreadPool pool;
        Gate gate;
        QObject listener;
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&pool);
        cache->setLoader([&gate](int key) { return Counted(gate.pass(key)); });
        cache->onRemoved(&listener, [](int, const Counted &, SyncCacheRemovalCause) {});
        for (int key = 0; key < 200; ++key) // half of them are news that nobody fetches
            cache->insert(key, Counted(key));
        QFuture<Counted> future = cache->getOrLoad(1000);
        gate.entered.wait();
        Counted::home = QThread::currentThreadId();
        Counted::reset();
        cache.reset();
        QCOMPARE(Counted::alive.load(), 0);
        QCOMPARE(Counted::endedElsewhere.load(), 0);
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
        Counted::home = nullptr;
        gate.mayLeave.open();
        pool.waitForDone();
        QCoreApplication::processEvents();
        QCOMPARE(Counted::alive.load(), 0);
    }

    // The clock, the weigher and what they refer to end right after the cache; a loader still runs.
    void nothingOfTheUsersIsTouchedAfterwards()
    {
        QThreadPool pool;
        Gate gate;
        auto clock = std::make_unique<WatchedClock>();
        auto weights = std::make_unique<std::atomic<int>>(0);
        auto loaderData = std::make_shared<int>(1);
        {
            Cache cache(100);
            cache.setThreadPool(&pool);
            cache.setClock(clock.get());
            cache.setWeigher(
                    [&weights](int, const Counted &) -> qsizetype { return ++*weights, 1; });
            cache.setTimeToLive(1h);
            cache.setErrorTimeToLive(1h);
            cache.setLoader([&gate, loaderData](int key) { return Counted(gate.pass(key)); });
            cache.setBulkLoader([loaderData](const QList<int> &) { return QHash<int, Counted>(); });
            cache.insert(1, Counted(1));
            cache.getOrLoad(2);
            gate.entered.wait();
        }
        QCOMPARE(loaderData.use_count(), 2); // that of the loader that runs
        const int asked = clock->asked;
        const int weighed = *weights;
        Counted::reset();
        gate.mayLeave.open();
        pool.waitForDone();
        QCOMPARE(clock->asked.load(), asked);
        QCOMPARE(weights->load(), weighed);
        QVERIFY(Counted::copies <= 1); // what the loader returns, as it does
        QCOMPARE(loaderData.use_count(), 1);
    }

    // What of a loader's answer is under way is waited for: here, the weighing of its value.
    void anAnswerUnderWayIsWaitedFor()
    {
        QThreadPool pool;
        Gate weighing;
        const auto open = qScopeGuard([&weighing] { weighing.mayLeave.open(); });
        std::atomic<bool> isGone { false };
        std::atomic<bool> wasLate { false };
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&pool);
        cache->setWeigher([&](int, const Counted &) -> qsizetype {
            weighing.pass(0);
            wasLate = wasLate || isGone;
            return 1;
        });
        cache->setLoader([](int key) { return Counted(key); });
        QFuture<Counted> future = cache->getOrLoad(1);
        weighing.entered.wait();
        const auto tenure = SyncMapInternal::Internals::coreOf(*cache)->loads.tenure();
        Companion destroyer;
        destroyer.post([&] {
            cache.reset();
            isGone = true;
        });
        QTRY_VERIFY(tenure->isClosed());
        QTest::qWait(50);
        QVERIFY(!isGone);
        weighing.mayLeave.open();
        destroyer.wait();
        QVERIFY(!wasLate);
        QVERIFY(future.isFinished());
        future = {};
        pool.waitForDone();
        QCOMPARE(Counted::alive.load(), 0);
    }

    // By a continuation that runs meanwhile.
    void nothingIsInFlightAnyMore()
    {
        Gate gate;
        QThreadPool pool;
        auto cache = std::make_unique<ValidatedCache<int, int>>(100);
        cache->setThreadPool(&pool);
        cache->setLoader([&gate](int key) { return gate.pass(key); });
        std::optional<quint64> inFlight;
        const auto told = cache->getOrLoad(1).onFailed([&](const SyncCacheException &) {
            gate.mayLeave.open();
            pool.waitForDone();
            inFlight = cache->statistics().loadsInFlight;
            return 0;
        });
        gate.entered.wait();
        const auto *const itself = cache.get();
        delete itself;
        (void)cache.release();
        QVERIFY(told.isFinished());
        QVERIFY(inFlight.has_value());
        QCOMPARE(*inFlight, quint64(0));
    }

    void aListenerUnderWayIsWaitedFor()
    {
        auto listener = std::make_unique<QObject>(); // ends after its thread
        RunningThread thread;
        listener->moveToThread(&thread);
        Gate gate;
        auto cache = std::make_unique<Cache>(100);
        std::atomic<int> told { 0 };
        cache->onRemoved(listener.get(), [&](int, const Counted &, SyncCacheRemovalCause) {
            ++told;
            gate.pass(0);
        });
        cache->insert(1, Counted(1));
        cache->insert(2, Counted(2));
        cache->clear();
        gate.entered.wait();
        std::atomic<bool> isGone { false };
        const auto tenure = SyncMapInternal::Internals::coreOf(*cache)->loads.tenure();
        Companion destroyer;
        destroyer.post([&] {
            cache.reset();
            isGone = true;
        });
        QTRY_VERIFY(tenure->isClosed());
        QTest::qWait(50);
        QVERIFY(!isGone);
        gate.mayLeave.open();
        destroyer.wait();
        QCOMPARE(Counted::alive.load(), 0);
        QCOMPARE(told.load(), 1); // the rest is dropped
    }

    // Whoever is called by the cache may end it.
    void itMayBeEndedByACall_data()
    {
        QTest::addColumn<int>("who");
        QTest::newRow("a listener") << 0;
        QTest::newRow("a callback") << 1;
        QTest::newRow("a callback on a hit") << 2;
        QTest::newRow("a loader") << 3;
        QTest::newRow("a deferred loader") << 4;
        QTest::newRow("a canceled load") << 5;
        QTest::newRow("a bulk loader") << 6;
    }
    void itMayBeEndedByACall()
    {
        QFETCH(const int, who);
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        std::atomic<bool> isDone { false };
        Latch isKept;
        std::optional<SyncCacheLoadContext<Counted>> kept;
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&pool);
        cache->insert(1, Counted(1));
        const auto end = [&](auto &&...) {
            isKept.wait();
            cache.reset();
            isDone = true;
        };
        switch (who) {
        case 0:
            cache->onRemoved(this, end);
            cache->remove(1);
            break;
        case 1:
            cache->setLoader([](int key) { return Counted(key); });
            cache->getOrLoad(2, this, end);
            break;
        case 2:
            isKept.open();
            cache->getOrLoad(1, this, end);
            break;
        case 3:
            cache->setLoader([end](int key) {
                end();
                return Counted(key);
            });
            cache->getOrLoad(2);
            break;
        case 4:
            cache->setLoader(this, [end](int, const SyncCacheLoadContext<Counted> &) { end(); });
            cache->getOrLoad(2);
            break;
        case 5: {
            cache->setLoader(this, [&, end](int, const SyncCacheLoadContext<Counted> &load) {
                load.onCanceled(this, end);
                kept = load;
            });
            QFuture<Counted> future = cache->getOrLoad(2);
            QTRY_VERIFY(kept);
            future.cancel();
            break;
        }
        default:
            cache->setBulkLoader([end](const QList<int> &) {
                end();
                return QHash<int, Counted> { { 2, Counted(2) } };
            });
            cache->getAll({ 2, 3 });
        }
        isKept.open();
        QTRY_VERIFY(isDone);
        kept.reset();
        pool.waitForDone();
        QCoreApplication::processEvents();
        QCOMPARE(Counted::alive.load(), 0);
    }

    // A load that has lost its place after its time is not forgotten.
    void whoWaitsForALoadThatWasOvertakenIsToldToo()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(2);
        Gate gate;
        const auto open = qScopeGuard([&gate] { gate.mayLeave.open(); });
        QFuture<Counted> first;
        QFuture<Counted> second;
        {
            Cache cache(100);
            cache.setThreadPool(&pool);
            cache.setSupersededLoadTime(0ms);
            cache.setLoader([&gate](int key) { return Counted(gate.pass(key)); });
            first = cache.getOrLoad(1);
            gate.entered.wait();
            cache.remove(1);
            second = cache.getOrLoad(1);
            QTRY_COMPARE(gate.runs.load(), 2);
            QVERIFY(!first.isFinished());
        }
        QVERIFY(first.isFinished() && second.isFinished());
        QCOMPARE(errorOf(first).code(), SyncCacheError::CacheDestroyed);
        QCOMPARE(errorOf(second).code(), SyncCacheError::CacheDestroyed);
        gate.mayLeave.open();
        pool.waitForDone();
    }

    void aCallOfThePoolMayEndIt()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        Gate gate;
        pool.start([&gate] { gate.pass(0); });
        gate.entered.wait();
        auto cache = std::make_unique<Cache>(100);
        cache->setThreadPool(&pool);
        cache->setLoader([](int key) { return Counted(key); });
        // A direct one, in the thread that finishes the future.
        QFutureWatcher<Counted> watcher;
        QFuture<Counted> future = cache->getOrLoad(1);
        auto continuation = future.then([](Counted value) {
                                      return value;
                                  }).onFailed([&cache](const SyncCacheException &) {
            cache.reset();
            return Counted(-1);
        });
        pool.clear();
        QVERIFY(continuation.isFinished());
        QVERIFY(!cache);
        gate.mayLeave.open();
        pool.waitForDone();
    }

    void anAnswerAfterTheEndIsNone()
    {
        std::optional<SyncCacheLoadContext<int>> kept;
        QFuture<int> future;
        int told = 0;
        {
            SyncCache<int, int> cache(100);
            cache.setLoader(this, [&kept](int, const SyncCacheLoadContext<int> &context) {
                kept = context;
            });
            cache.getOrLoad(1, this, [&told](const SyncCacheLoadResult<int> &result) {
                told += result.error.code() == SyncCacheError::CacheDestroyed;
            });
            future = cache.getOrLoad(1);
            QTRY_VERIFY(kept);
            kept->onCanceled(this, [&told] { told += 10; });
        }
        QVERIFY(future.isFinished());
        QVERIFY(kept->isCanceled());
        kept->setProgressValue(5);
        kept->insert(2, 2);
        kept->finish(1);
        kept.reset();
        QTRY_COMPARE(told, 11);
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
    }

    void savingIsFinishedFirst_data()
    {
        QTest::addColumn<bool>("hasBegun");
        QTest::newRow("under way") << true;
        QTest::newRow("in the queue") << false;
    }
    void savingIsFinishedFirst()
    {
        QFETCH(const bool, hasBegun);
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("cache"));
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        Gate gate;
        std::optional<SyncCacheError> told;
        QFuture<bool> saved;
        {
            SyncCache<int, Counted> cache(100);
            cache.setThreadPool(&pool);
            cache.insert(1, Counted(1));
            if (!hasBegun) {
                pool.start([&gate] { gate.pass(0); });
                gate.entered.wait();
            }
            saved = cache.save(file, this, [&told](const SyncCacheError &error) { told = error; });
        }
        QVERIFY(saved.isFinished());
        QVERIFY(saved.result());
        gate.mayLeave.open();
        pool.waitForDone();
        QTRY_VERIFY(told);
        QVERIFY(!told->isError());
        SyncCache<int, Counted> restored(100);
        QVERIFY(restored.restore(file).result());
        QCOMPARE(restored.size(), 1);
    }

    // In every order: what a cache was told of may end before it, but for pool, clock and weigher.
    void contextsMayEndFirst()
    {
        SyncCache<int, int> cache(100);
        RunningThread thread;
        for (const bool inAThread : { false, true }) {
            auto context = std::make_unique<QObject>();
            if (inAThread)
                context->moveToThread(&thread);
            cache.setLoader(context.get(), [](int, const SyncCacheLoadContext<int> &) {});
            cache.onRemoved(context.get(), [](int, int, SyncCacheRemovalCause) {});
            QFuture<int> asked = cache.getOrLoad(1);
            cache.insert(2, 2);
            cache.remove(2);
            if (inAThread)
                QMetaObject::invokeMethod(context.release(), &QObject::deleteLater);
            else
                context.reset();
            QTRY_VERIFY(asked.isFinished());
            QVERIFY(errorOf(asked).isError());
            QTRY_COMPARE(cache.getOrLoad(1).isFinished(), true);
            cache.insert(3, 3);
            cache.remove(3);
        }
        QVERIFY(cache.waitForDone());
    }
};

QTEST_GUILESS_MAIN(tst_Ends)

#include "tst_ends.moc"
