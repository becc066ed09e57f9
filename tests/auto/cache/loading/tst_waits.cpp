// SPDX-License-Identifier: MIT

// No call hangs: a wait is served, or refused at once; only waits make circles. What was cancelled is
// finished, and its loader told.

#include "companion.h"
#include "loading.h"
#include "runningthread.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Context = SyncCacheLoadContext<int>;
using Result = SyncCacheLoadResult<int>;

namespace {

// Within 150 ms, and some more for a machine that has other things to do.
constexpr int SoonMilliseconds = 600;

// Calls a function when the second key is hashed.
struct SlowKey
{
    int number = 0;
    static inline std::function<void()> atSecond; // once
    static inline std::atomic<bool> isArmed { false };

    friend bool operator==(const SlowKey &a, const SlowKey &b) { return a.number == b.number; }
    friend size_t qHash(const SlowKey &key, size_t seed = 0)
    {
        if (key.number == 2 && isArmed.exchange(false))
            atSecond();
        return qHash(key.number, seed);
    }
};

} // namespace

class tst_Waits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // In the thread of the context, whose event loop does not run.
    void aLoaderThatAnswersAtOnceIsServedInItsThread_data()
    {
        QTest::addColumn<bool>("isPosted");
        QTest::newRow("asked just now") << false;
        QTest::newRow("its event under way") << true;
    }
    void aLoaderThatAnswersAtOnceIsServedInItsThread()
    {
        QFETCH(const bool, isPosted);
        ValidatedCache<int, int> cache(100);
        std::atomic<int> runs { 0 };
        cache.setLoader(this, [&runs](int key, const Context &context) {
            ++runs;
            context.finish(key);
        });
        QFuture<int> future = cache.getOrLoad(1);
        if (!isPosted)
            QCOMPARE(cache.load(2).value, std::optional<int>(2));
        QCOMPARE(future.result(), 1);
        QCoreApplication::processEvents(); // the events find nothing to do
        QCOMPARE(runs.load(), isPosted ? 1 : 2);
    }

    void aLoaderThatAnswersLaterIsRefusedInItsThread()
    {
        ValidatedCache<int, int> cache(100);
        QList<Context> kept;
        cache.setLoader(this, [&kept](int, const Context &context) { kept << context; });
        QCOMPARE(errorOf(cache.getOrLoad(1)).code(), SyncCacheError::RecursiveLoad);
        QCOMPARE(cache.load(2).error.code(), SyncCacheError::RecursiveLoad);
        QCOMPARE(errorOf(cache.getAll({ 3 })).code(), SyncCacheError::RecursiveLoad);
        QCOMPARE(kept.size(), 3);
        // From another thread it may be waited for.
        QFuture<int> future = cache.getOrLoad(4);
        std::thread other([&future] { (void)QFuture<int>(future).result(); });
        QTRY_COMPARE(kept.size(), 4);
        kept.last().finish(4);
        other.join();
        QCOMPARE(future.result(), 4);
    }

    void whatWasCancelledIsFinishedWhereItIsWaitedFor()
    {
        ValidatedCache<int, int> cache(100);
        QList<Context> kept;
        cache.setLoader(this, [&kept](int, const Context &context) { kept << context; });
        QFuture<int> future = cache.getOrLoad(1);
        QTRY_COMPARE(kept.size(), 1);
        future.cancel();
        future.waitForFinished();
        QVERIFY(kept.first().isCanceled());
        // The library may have seen it first, and be about to count it.
        QTRY_COMPARE(cache.statistics().canceledLoads, quint64(1));
    }

    void whatWasCancelledIsFinishedSoon_data()
    {
        QTest::addColumn<int>("where");
        QTest::newRow("in the queue") << 0;
        QTest::newRow("running") << 1;
        QTest::newRow("to be answered later") << 2;
    }
    void whatWasCancelledIsFinishedSoon()
    {
        QFETCH(const int, where);
        expectSoon([&](qint64 &took) { cancelOnce(where, took); });
    }

    // Whatever else is asked for meanwhile.
    void aRunningLoaderIsToldSoon_data()
    {
        QTest::addColumn<bool>("isDeferred");
        QTest::newRow("pooled") << false;
        QTest::newRow("deferred") << true;
    }
    void aRunningLoaderIsToldSoon()
    {
        QFETCH(const bool, isDeferred);
        expectSoon([&](qint64 &took) { cancelRunningOnce(isDeferred, took); });
    }

    void aJobOfTheCachesOwnPoolMayWait_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("load") << 0;
        QTest::newRow("load with a deadline") << 1;
        QTest::newRow("result") << 2;
        QTest::newRow("waitForDone") << 3;
        QTest::newRow("save") << 4;
    }
    void aJobOfTheCachesOwnPoolMayWait()
    {
        QFETCH(const int, how);
        for (const SyncCachePoolUse use :
             { SyncCachePoolUse::AnyThread, SyncCachePoolUse::OwnThreadsOnly }) {
            QThreadPool pool;
            pool.setMaxThreadCount(1);
            ValidatedCache<int, int> cache(100);
            cache.setThreadPool(&pool, use);
            cache.setLoader([](int key) { return key; });
            std::atomic<int> value { -1 };
            pool.start([&] {
                switch (how) {
                case 0:
                    value = cache.load(1).value.value_or(-2);
                    break;
                case 1:
                    value = cache.load(1, QDeadlineTimer(20'000)).value.value_or(-2);
                    break;
                case 2:
                    value = cache.getOrLoad(1).result();
                    break;
                case 3:
                    cache.getOrLoad(1);
                    value = cache.waitForDone() ? 1 : -2;
                    break;
                default:
                    value = cache.save(QString()).result() ? -2 : 1;
                }
            });
            QVERIFY(pool.waitForDone(10'000));
            QCOMPARE(value.load(), 1);
        }
    }

    // All threads of a pool wait, in continuations, for what no thread is left for.
    void continuationsMayWait()
    {
        QSemaphore go;
        QThreadPool pool;
        pool.setMaxThreadCount(3);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        cache.setLoader([&go](int key) {
            if (key < 1000)
                go.acquire();
            return key;
        });
        std::atomic<int> waiting { 0 };
        std::vector<std::thread> threads;
        std::atomic<int> sum { 0 };
        for (int i = 0; i < 3; ++i) {
            cache.getOrLoad(i, [&](int key) {
                go.acquire();
                ++waiting;
                while (waiting < 3)
                    QThread::msleep(1);
                return cache.getOrLoad(key + 1000).result();
            });
        }
        go.release(3);
        QVERIFY(cache.waitForDone(QDeadlineTimer(20'000)));
        for (int i = 0; i < 3; ++i)
            sum += cache.value(i);
        QCOMPARE(sum.load(), 3003);
    }

    // A only asks for B, and goes on; B needs A.
    void whoOnlyAsksWaitsForNothing()
    {
        ValidatedCache<int, int> cache(100);
        constexpr int A = 1;
        constexpr int B = 2;
        Latch bHasBegun;
        Latch aHasAsked;
        Latch aMayGoOn;
        std::atomic<int> code { -1 };
        cache.setLoader([&](int key) {
            if (key == B) {
                bHasBegun.open();
                aHasAsked.wait();
                code = cache.load(A).error.code();
                return 2;
            }
            bHasBegun.wait();
            cache.getOrLoad(B);
            aHasAsked.open();
            aMayGoOn.wait();
            return 1;
        });
        cache.getOrLoad(B);
        cache.getOrLoad(A);
        QTest::qWait(50); // B waits for A by now
        QCOMPARE(code.load(), -1);
        aMayGoOn.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(code.load(), int(SyncCacheError::NoError));
    }

    // The other wait of the circle is refused, not this one: whoever closes it.
    void aCircleCostsOneWait()
    {
        for (int round = 0; round < 50; ++round) {
            ValidatedCache<int, int> cache(100);
            std::atomic<int> entered { 0 };
            std::atomic<int> refused { 0 };
            cache.setLoader([&](int key) {
                ++entered;
                while (entered < 3)
                    std::this_thread::yield();
                refused += cache.load((key + 1) % 3).error.code() == SyncCacheError::RecursiveLoad;
                return key;
            });
            for (int key = 0; key < 3; ++key)
                cache.getOrLoad(key);
            QVERIFY(cache.waitForDone());
            QCOMPARE(refused.load(), 1);
        }
    }

    // Two contexts' threads, each waiting for what the other one answers.
    void aCircleOfContextsFailsAtOnce()
    {
        auto first = std::make_unique<QObject>(); // end after their threads
        auto second = std::make_unique<QObject>();
        RunningThread firstThread;
        RunningThread secondThread;
        first->moveToThread(&firstThread);
        second->moveToThread(&secondThread);
        ValidatedCache<int, int> a(100);
        ValidatedCache<int, int> b(100);
        std::atomic<int> entered { 0 };
        std::atomic<int> refused { 0 };
        const auto loaderOf = [&](ValidatedCache<int, int> &other) {
            return [&](int key, const Context &context) {
                ++entered;
                while (entered < 2)
                    std::this_thread::yield();
                refused += other.load(key).error.code() == SyncCacheError::RecursiveLoad;
                context.finish(key);
            };
        };
        a.setLoader(first.get(), loaderOf(b));
        b.setLoader(second.get(), loaderOf(a));
        QFuture<int> fromA = a.getOrLoad(1);
        QFuture<int> fromB = b.getOrLoad(1);
        QCOMPARE(fromA.result(), 1);
        QCOMPARE(fromB.result(), 1);
        QCOMPARE(refused.load(), 1);
    }

    // The only thread of a pool waits for what needs that thread.
    void aCircleThroughAPoolOfItsOwnThreadsFailsAtOnce()
    {
        QThreadPool database;
        database.setMaxThreadCount(1);
        ValidatedCache<int, int> rows(100);
        ValidatedCache<int, int> pages(100);
        rows.setThreadPool(&database, SyncCachePoolUse::OwnThreadsOnly);
        std::atomic<int> refused { 0 };
        const auto count = [&refused](const Result &result) {
            refused += result.error.code() == SyncCacheError::RecursiveLoad;
        };
        Latch rowHasBegun;
        rows.setLoader([&](int key) {
            if (key < 10) {
                rowHasBegun.open();
                count(pages.load(key));
            }
            return key;
        });
        Gate gate;
        pages.setLoader([&](int key) {
            gate.pass(0);
            count(rows.load(key + 10));
            return key;
        });
        // Its loader runs in another thread than the one that waits for it.
        QFuture<int> page = pages.getOrLoad(1);
        gate.entered.wait();
        QFuture<int> row = rows.getOrLoad(1);
        rowHasBegun.wait();
        QTest::qWait(50); // the database's thread waits for the page by now, or closes the circle
        gate.mayLeave.open();
        QVERIFY(pages.waitForDone(QDeadlineTimer(10'000)));
        QCOMPARE(row.result(), 1);
        QCOMPARE(page.result(), 1);
        QCOMPARE(refused.load(), 1);
    }

    // Nobody waits; each would be answered by the callback of the other.
    void deferredLoadersThatAnswerOneAnotherFailAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader(this, [&](int key, const Context &context) {
            cache.getOrLoad(3 - key, this, [context](const Result &result) {
                if (result.value)
                    context.finish(*result.value);
                else
                    context.fail(result.error);
            });
        });
        std::optional<Result> told;
        cache.getOrLoad(1, this, [&told](const Result &result) { told = result; });
        QTRY_VERIFY(told.has_value());
        QCOMPARE(told->error.code(), SyncCacheError::RecursiveLoad);
        QVERIFY(cache.waitForDone(QDeadlineTimer(5000)));
    }
    // A chain of them is none, and neither is one that may be answered by somebody else, too.
    void deferredLoadersThatAnswerOneAfterAnotherDoNot()
    {
        ValidatedCache<int, int> cache(100);
        QList<Context> kept;
        cache.setLoader(this, [&](int key, const Context &context) {
            if (key == 0)
                return context.finish(0);
            if (key == 10 || key == 11) {
                kept << context;
                cache.getOrLoad(21 - key, this, [context](const Result &) {});
                return;
            }
            cache.getOrLoad(key - 1, this, [context](const Result &result) {
                context.finish(result.value.value_or(-100) + 1);
            });
        });
        std::optional<int> told;
        cache.getOrLoad(5, this, [&told](const Result &result) { told = result.value; });
        QTRY_COMPARE(told, std::optional<int>(5));
        QFuture<int> both = cache.getOrLoad(10);
        QTest::qWait(50);
        QVERIFY(!both.isFinished());
        for (const Context &context : std::as_const(kept))
            context.finish(7);
        QTRY_COMPARE(both.resultCount(), 1);
        kept.clear();
    }

    // Chains of many threads, in layers: asked once each.
    void layersAreLookedAtOnce()
    {
        constexpr int Layers = 24;
        QThreadPool pool;
        pool.setMaxThreadCount(2 * Layers + 4);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        Latch bottom;
        std::atomic<int> begun { 0 };
        cache.setLoader([&](int key) {
            ++begun;
            const int layer = key / 2;
            if (layer == Layers) {
                bottom.wait();
                return 1;
            }
            return int(cache.getAll({ 2 * layer + 2, 2 * layer + 3 }).result().size());
        });
        for (int layer = Layers; layer >= 0; --layer) {
            for (const int side : { 0, 1 })
                cache.getOrLoad(2 * layer + side);
            QTRY_COMPARE(begun.load(), 2 * (Layers - layer + 1));
        }
        QTest::qWait(50);
        QElapsedTimer timer;
        timer.start();
        std::thread top([&cache] { (void)cache.getAll({ 0, 1 }).result(); });
        bottom.open();
        top.join();
        QVERIFY(timer.elapsed() < (SYNCMAP_SANITIZED ? 20'000 : 5000));
        QVERIFY(cache.waitForDone());
    }

    // Two threads of a pool wait for two more loads of it, each by way of another cache.
    void aPoolAllOfWhoseThreadsWaitIsSeen()
    {
        QThreadPool database;
        database.setMaxThreadCount(2);
        ValidatedCache<int, int> rows(100);
        ValidatedCache<int, int> pages(100);
        rows.setThreadPool(&database, SyncCachePoolUse::OwnThreadsOnly);
        std::atomic<int> refused { 0 };
        Latch bothAreInPages;
        Latch bothAreInRows;
        std::atomic<int> inPages { 0 };
        std::atomic<int> inRows { 0 };
        rows.setLoader([&](int key) {
            if (key >= 10)
                return key;
            if (++inRows == 2)
                bothAreInRows.open();
            const Result page = pages.load(key);
            refused += page.error.code() == SyncCacheError::RecursiveLoad;
            return key;
        });
        pages.setLoader([&](int key) {
            if (++inPages == 2)
                bothAreInPages.open();
            bothAreInRows.wait();
            QThread::msleep(50); // and wait for the pages, most likely: it is a circle either way
            const Result row = rows.load(key + 10);
            refused += row.error.code() == SyncCacheError::RecursiveLoad;
            return key;
        });
        // The pages' loaders run in threads of their own, before the rows wait for them: a page that
        // had not begun would be taken over by a thread of the database.
        QFuture<int> firstPage = pages.getOrLoad(1);
        QFuture<int> secondPage = pages.getOrLoad(2);
        bothAreInPages.wait();
        QFuture<int> first = rows.getOrLoad(1);
        QFuture<int> second = rows.getOrLoad(2);
        QVERIFY(rows.waitForDone(QDeadlineTimer(20'000)));
        QVERIFY(pages.waitForDone(QDeadlineTimer(20'000)));
        QVERIFY2(refused >= 1 && refused <= 2, qPrintable(QString::number(refused)));
        QCOMPARE(first.result() + second.result(), 3);
    }

    // Somebody else waits for the same future at the same moment.
    void aCircleIsSeenBesideOthersWhoWait()
    {
        for (int round = 0; round < 300; ++round) {
            ValidatedCache<int, int> cache(100);
            QFuture<int> future;
            Latch isKept;
            std::atomic<bool> mayGo { false };
            const auto begin = [&mayGo] {
                while (!mayGo)
                    std::this_thread::yield();
            };
            cache.setLoader([&](int key) {
                isKept.wait();
                begin();
                return guardedResult(future, key);
            });
            future = cache.getOrLoad(1);
            isKept.open();
            std::thread other([&] {
                begin();
                (void)errorOf(future);
            });
            mayGo = true;
            const SyncCacheError error = errorOf(future);
            other.join();
            QCOMPARE(error.code(), SyncCacheError::RecursiveLoad);
        }
    }

    // A bulk loader's keys are being asked for, when somebody else waits for the first of them.
    void aBatchThatIsBeingFilledIsNotTakenOver()
    {
        Latch secondKey;
        SlowKey::atSecond = [&secondKey] {
            secondKey.open();
            QThread::msleep(100); // so that the other one waits, or has taken over what there is
        };
        SlowKey::isArmed = true;
        SyncCache<SlowKey, int> cache(-1);
        cache.setBulkLoader([](const QList<SlowKey> &keys) {
            QHash<SlowKey, int> values;
            for (const SlowKey &key : keys)
                values.insert(key, key.number);
            return values;
        });
        std::atomic<int> first { -1 };
        Companion other;
        other.post([&] {
            secondKey.wait();
            first = cache.load(SlowKey { 1 }).value.value_or(-2);
        });
        QFuture<QHash<SlowKey, int>> all = cache.getAll({ SlowKey { 1 }, SlowKey { 2 } });
        QTRY_VERIFY(all.isFinished());
        other.wait();
        QCOMPARE(all.result().size(), 2);
        QCOMPARE(first.load(), 1);
        QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
    }

    // The context lives, and its event loop will not run any more.
    void aThreadThatHasEndedIsWaitedForByNobody()
    {
        QObject context;
        std::optional<QFuture<int>> before;
        ValidatedCache<int, int> cache(100);
        cache.setLoader(&context, [](int key, const Context &load) { load.finish(key); });
        {
            RunningThread thread;
            context.moveToThread(&thread);
            QMetaObject::invokeMethod(
                    &context, [] { QThread::msleep(200); }, Qt::QueuedConnection);
            before = cache.getOrLoad(1);
            thread.quit();
            thread.wait();
            QVERIFY(errorOf(cache.getOrLoad(2)).isError());
            QVERIFY(cache.load(3).error.isError());
            QVERIFY(errorOf(*before).isError() || before->result() == 1);
        }
        QTRY_VERIFY(cache.waitForDone(QDeadlineTimer(0)));
    }

    void waitForDoneByWhatItWouldWaitFor_data()
    {
        QTest::addColumn<bool>("isDeferred");
        QTest::newRow("a loader") << false;
        QTest::newRow("the thread of a deferred loader") << true;
    }
    void waitForDoneByWhatItWouldWaitFor()
    {
        QFETCH(const bool, isDeferred);
        ValidatedCache<int, int> cache(100);
        QTest::ignoreMessage(QtWarningMsg,
                             "waitForDone() was called by what it would wait for, and has not "
                             "waited.");
        if (isDeferred) {
            std::vector<Context> kept;
            cache.setLoader(this,
                            [&kept](int, const Context &context) { kept.push_back(context); });
            cache.getOrLoad(1);
            QVERIFY(!cache.waitForDone());
            QTRY_COMPARE(kept.size(), std::size_t(1));
            kept.front().finish(1);
            kept.clear();
        } else {
            std::atomic<bool> waited { true };
            cache.setLoader([&](int key) {
                waited = cache.waitForDone();
                return key;
            });
            QCOMPARE(cache.load(1).value, std::optional<int>(1));
            QVERIFY(!waited);
        }
        QVERIFY(cache.waitForDone());
    }

    // Added to the time of now, it would be long ago.
    void aDeadlineMayBeCenturiesAway()
    {
        for (const qint64 milliseconds : { 9'200'000'000'000, 9'223'372'036'854 }) {
            ValidatedCache<int, int> cache(100);
            BusyPool busy;
            cache.setThreadPool(&busy.pool, SyncCachePoolUse::OwnThreadsOnly);
            cache.setLoader([](int key) { return key; });
            Companion other;
            other.post([&busy] {
                QThread::msleep(50);
                busy.gate.mayLeave.open();
            });
            const Result result = cache.load(1, QDeadlineTimer(milliseconds));
            QCOMPARE(result.value, std::optional<int>(1));
            QVERIFY(cache.waitForDone(QDeadlineTimer(milliseconds)));
            other.wait();
        }
    }

    // Nothing of it is in the thread of the interface.
    void manyThatAreAnsweredLaterDoNotDisturb()
    {
        constexpr int Count = SYNCMAP_SANITIZED ? 5'000 : 50'000;
        ValidatedCache<int, int> cache(-1);
        std::vector<Context> open;
        cache.setLoader(this, [&open](int, const Context &context) { open.push_back(context); });
        QList<QFuture<int>> futures;
        for (int key = 0; key < Count; ++key)
            futures << cache.getOrLoad(key);
        while (open.size() < std::size_t(Count))
            QCoreApplication::processEvents();
        qint64 longest = 0;
        QElapsedTimer beat;
        QTimer timer;
        timer.setTimerType(Qt::PreciseTimer);
        timer.callOnTimeout([&] {
            longest = qMax(longest, beat.elapsed());
            beat.start();
        });
        // What disturbs does so each time that the library looks at them, so in every window; a busy
        // machine, in some.
        qint64 least = std::numeric_limits<qint64>::max();
        for (int window = 0; window < 20 && least >= 100; ++window) {
            longest = 0;
            beat.start();
            timer.start(2);
            QTest::qWait(4 * int(SyncMapInternal::LookOut::Interval.count()));
            timer.stop();
            least = qMin(least, qMax(longest, beat.elapsed()));
        }
        qInfo("the longest pause: %lld ms", least);
        QVERIFY(least < 100);
        for (const Context &context : open)
            context.finishAbsent();
        open.clear();
        QVERIFY(cache.waitForDone());
    }

private:
    // In one of a few attempts, since the machine may have other things to do.
    template <typename Attempt>
    static void expectSoon(const Attempt &attempt)
    {
        qint64 took = SoonMilliseconds;
        for (int i = 0; i < 20 && took >= SoonMilliseconds && !QTest::currentTestFailed(); ++i)
            attempt(took);
        QVERIFY2(took < SoonMilliseconds, qPrintable(QString::number(took)));
    }

    void cancelOnce(int where, qint64 &took)
    {
        Gate gate;
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        const auto open = qScopeGuard([&gate] { gate.mayLeave.open(); });
        std::optional<Context> kept;
        if (where == 2) {
            cache.setLoader(this, [&kept](int, const Context &context) { kept = context; });
        } else {
            cache.setLoader([&gate](int key) { return gate.pass(key); });
            if (where == 0)
                cache.getOrLoad(0);
        }
        QFuture<int> future = cache.getOrLoad(1);
        if (where != 2)
            gate.entered.wait();
        else
            QTRY_VERIFY(kept);
        QFutureWatcher<int> watcher;
        QSignalSpyLike finished(watcher);
        watcher.setFuture(future);
        QElapsedTimer timer;
        timer.start();
        future.cancel();
        while (!future.isFinished() && !timer.hasExpired(60'000))
            QThread::msleep(1);
        took = timer.elapsed();
        QTRY_COMPARE(finished.count, 1);
        gate.mayLeave.open();
        kept.reset();
        QVERIFY(cache.waitForDone());
    }

    void cancelRunningOnce(bool isDeferred, qint64 &took)
    {
        ValidatedCache<int, int> cache(-1);
        Gate gate;
        std::atomic<qint64> told { -1 };
        QElapsedTimer timer;
        std::vector<Context> open;
        std::atomic<bool> isOver { false };
        Companion others;
        const auto end = qScopeGuard([&] {
            isOver = true;
            gate.mayLeave.open();
        });
        QObject there;
        if (isDeferred) {
            cache.setLoader(this, [&](int key, const Context &context) {
                if (key == 0)
                    context.onCanceled(this, [&] { told = timer.elapsed(); });
                if (key % 2 == 0)
                    open.push_back(context);
                else
                    context.finish(key);
            });
        } else {
            cache.setLoader([&](int key, const Context &context) {
                if (key != 0)
                    return key;
                context.onCanceled(this, [&] { told = timer.elapsed(); });
                return gate.pass(0);
            });
        }
        QFuture<int> future = cache.getOrLoad(0);
        if (isDeferred)
            QTRY_COMPARE(open.size(), std::size_t(1));
        else
            gate.entered.wait();
        others.post([&] {
            for (int key = 1; !isOver; key += 2) {
                cache.getOrLoad(key);
                QThread::msleep(5);
            }
        });
        timer.start();
        future.cancel();
        QTRY_VERIFY(told.load() >= 0);
        took = told;
        isOver = true;
        others.wait();
        gate.mayLeave.open();
        open.clear();
        QTRY_VERIFY(cache.waitForDone(QDeadlineTimer(0)));
    }

    static int guardedResult(QFuture<int> future, int key)
    {
        (void)key;
        return future.result(); // throws what this load is to fail with
    }

    struct QSignalSpyLike
    {
        int count = 0;
        explicit QSignalSpyLike(QFutureWatcher<int> &watcher)
        {
            connect(&watcher, &QFutureWatcherBase::finished, &watcher, [this] { ++count; });
        }
    };
};

QTEST_GUILESS_MAIN(tst_Waits)

#include "tst_waits.moc"
