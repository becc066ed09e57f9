// SPDX-License-Identifier: MIT

// A write wins over loads. One load of a key runs, and one waits; what fails in the background waits
// longer each time.

#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Context = SyncCacheLoadContext<int>;

class tst_Superseded : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // What a loader brings beside its own key loses to whatever happened to that key meanwhile.
    // The later load has brought it: the one that began before it has an older value.
    void whatIsBroughtUnaskedWinsOverOlderLoads()
    {
        Gate gate;
        QThreadPool pool;
        pool.setMaxThreadCount(2);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        cache.setLoader([&gate](int key, const Context &context) {
            if (key == 10)
                gate.pass(0);
            context.insert(1, key * 100);
            context.insert(1, key * 100 + 1); // its own may be written again
            return key;
        });
        const auto open = qScopeGuard([&gate] { gate.mayLeave.open(); });
        QFuture<int> older = cache.getOrLoad(10);
        gate.entered.wait();
        QCOMPARE(cache.load(20).value, std::optional<int>(20));
        QCOMPARE(cache.peek(1), std::optional<int>(2001));
        gate.mayLeave.open();
        QCOMPARE(older.result(), 10);
        QCOMPARE(cache.peek(1), std::optional<int>(2001));
    }

    void whatIsBroughtUnaskedLosesToWrites_data()
    {
        QTest::addColumn<int>("loader");
        QTest::addColumn<int>("write");
        const char *const loaders[] = { "bulk", "context", "typed context" };
        const char *const writes[] = { "insert",      "remove", "invalidate", "clear",  "tag",
                                       "loaded anew", "pinned", "compute",    "nothing" };
        for (int loader = 0; loader < 3; ++loader) {
            for (int write = 0; write < 9; ++write)
                QTest::addRow("%s, %s", loaders[loader], writes[write]) << loader << write;
        }
    }
    void whatIsBroughtUnaskedLosesToWrites()
    {
        QFETCH(const int, loader);
        QFETCH(const int, write);
        static constexpr int Own = 1;
        static constexpr int Other = 2;
        ValidatedCache<int, int> cache(100);
        cache.insert(Other, 10,
                     SyncCacheEntryOptions().setTags({ u"tag"_s }).setPinned(write == 6));
        Gate gate;
        if (loader == 0) {
            cache.setBulkLoader([&gate](const QList<int> &) {
                gate.pass(0);
                return QHash<int, int> { { Own, 1 }, { Other, 99 } };
            });
        } else if (loader == 1) {
            cache.setLoader([&gate](int key, const Context &context) {
                gate.pass(0);
                context.insert(Other, 99);
                return key;
            });
        } else {
            cache.setLoader([&gate](int key, const SyncCache<int, int>::LoadContext &context) {
                gate.pass(0);
                context.insert(Other, 99);
                return key;
            });
        }
        QFuture<QHash<int, int>> all = cache.getAll({ Own });
        gate.entered.wait();
        std::optional<int> expected;
        switch (write) {
        case 0:
            cache.insert(Other, 20);
            expected = 20;
            break;
        case 1:
            cache.remove(Other);
            break;
        case 2:
            cache.invalidate(Other);
            expected = 10;
            break;
        case 3:
            cache.clear();
            break;
        case 4:
            cache.removeByTag(u"tag"_s);
            break;
        case 5:
            cache.remove(Other);
            QCOMPARE(cache.getOrLoad(Other, [](int) { return 30; }).result(), 30);
            expected = 30;
            break;
        case 6: // a pin stays
            expected = 10;
            break;
        case 7:
            expected = cache.compute(Other, [](const int *old) { return std::optional(*old + 1); });
            break;
        default:
            expected = 99; // it is welcome
        }
        gate.mayLeave.open();
        QCOMPARE(all.result(), (QHash<int, int> { { Own, 1 } }));
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(Other), expected);
    }

    void aKeyOfAnotherTypeIsConverted()
    {
        ValidatedCache<qint64, int> cache(100);
        cache.setLoader([](qint64 key, const Context &context) {
            context.insert(5, 55);
            context.insert(quint8(6), 66);
            return int(key);
        });
        QCOMPARE(cache.load(1).value, std::optional<int>(1));
        QCOMPARE(cache.peek(5), std::optional<int>(55));
        QCOMPARE(cache.peek(6), std::optional<int>(66));
        QTest::ignoreMessage(QtWarningMsg,
                             "A loader brought an entry with a key of type QObject*, which is none "
                             "of the cache: it is not stored.");
        cache.setLoader([](qint64 key, const Context &context) {
            context.insert(static_cast<QObject *>(nullptr), 77);
            return int(key);
        });
        QCOMPARE(cache.load(2).value, std::optional<int>(2));
        QCOMPARE(cache.size(), 4);
    }

    // It found nothing, and then a load of what was there before ended.
    void aRemovalThatFoundNothingWins_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("remove") << 0;
        QTest::newRow("take") << 1;
        QTest::newRow("compute") << 2;
    }
    void aRemovalThatFoundNothingWins()
    {
        QFETCH(const int, how);
        ValidatedCache<int, int> cache(100);
        std::atomic<int> row { 0 };
        cache.setLoader([&row](int) { return row.load(); });
        std::atomic<int> confirmed { 0 };
        std::atomic<bool> isOver { false };
        std::thread writer([&] {
            for (int n = 1; !isOver; ++n) {
                row = n;
                if (how == 0)
                    cache.remove(1);
                else if (how == 1)
                    (void)cache.take(1);
                else
                    cache.compute(1, [](const int *) { return std::optional<int>(); });
                confirmed = n;
                std::this_thread::sleep_for(50us);
            }
        });
        int stale = 0;
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 500) {
            const int atLeast = confirmed;
            stale += cache.load(1).value.value_or(atLeast) < atLeast;
        }
        isOver = true;
        writer.join();
        QCOMPARE(stale, 0);
        QVERIFY(cache.waitForDone());
    }
    void aComputationThatRemovesWins()
    {
        ValidatedCache<int, int> cache(100);
        cache.setLoader([](int key) { return key; });
        int calls = 0;
        const auto made = cache.compute(1, [&](const int *current) -> std::optional<int> {
            // As another thread would, between the look and the removal.
            if (++calls == 1)
                (void)cache.load(1);
            else if (!current)
                calls = -1;
            return std::nullopt;
        });
        QVERIFY(!made);
        QCOMPARE(calls, 2);
        QVERIFY(!cache.contains(1));
    }

    // Invalidated and asked for again and again.
    void oneLoadOfAKeyRunsAndOneWaits()
    {
        Gate gate;
        ValidatedCache<int, int> cache(100);
        std::atomic<int> runs { 0 };
        std::atomic<int> now { 0 };
        std::atomic<int> most { 0 };
        cache.setSupersededLoadTime(1h); // however long a loader loses its processor
        cache.setLoader([&](int key) {
            ++runs;
            most = qMax(most.load(), ++now);
            QThread::msleep(20);
            --now;
            return key;
        });
        cache.insert(1, 1);
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 400) {
            cache.invalidate(1);
            cache.getOrLoad(1);
            QThread::msleep(1);
        }
        QVERIFY(cache.waitForDone());
        QCOMPARE(most.load(), 1);
        QVERIFY2(runs <= 25, qPrintable(QString::number(runs)));

        // Beside one that runs for long, one that waits; what nobody needs is not counted any more.
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        cache.invalidate(1);
        cache.getOrLoad(1);
        gate.entered.wait();
        quint64 inFlight = 0;
        for (int i = 0; i < 100; ++i) {
            cache.invalidate(1);
            cache.getOrLoad(1);
            inFlight = qMax(inFlight, cache.statistics().loadsInFlight);
        }
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY2(inFlight <= 2, qPrintable(QString::number(inFlight)));
    }

    // One that has not begun reads after the removal, and is right; one that runs is not.
    void aLoadThatHasNotBegunOutlivesARemoval()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        cache.setLoader([&gate](int key) { return key == 0 ? gate.pass(0) : key; });
        cache.getOrLoad(0);
        gate.entered.wait();
        cache.getOrLoad(1);
        cache.getOrLoad(2);
        cache.invalidate(1);
        cache.remove(0);
        cache.insert(2, 20); // a write is another thing
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(1), std::optional<int>(1));
        QVERIFY(!cache.contains(0));
        QCOMPARE(cache.peek(2), std::optional<int>(20));
    }

    void aSupersededLoadThatNobodyWaitsForLeavesTheQueue()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&pool);
        Gate gate;
        std::atomic<int> runs { 0 };
        cache.setLoader([&](int key) {
            ++runs;
            return key == 0 ? gate.pass(0) : key;
        });
        cache.insert(1, 1);
        cache.invalidate(1);
        cache.getOrLoad(0);
        gate.entered.wait();
        cache.getOrLoad(1); // in the background
        QCOMPARE(cache.statistics().loadsInFlight, quint64(2));
        cache.insert(1, 2);
        QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(1));
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 1);
    }

    // Its loader is told.
    void aSupersededRefreshIsToldSo()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> sawIt { false };
        cache.setLoader([&](int key, const Context &context) {
            gate.entered.open();
            QElapsedTimer timer;
            timer.start();
            while (!context.isCanceled() && timer.elapsed() < 60'000)
                QThread::msleep(1);
            sawIt = context.isCanceled();
            return key;
        });
        cache.insert(1, 1);
        cache.invalidate(1);
        cache.getOrLoad(1);
        gate.entered.wait();
        cache.insert(1, 5);
        QVERIFY(cache.waitForDone());
        QVERIFY(sawIt);
        QCOMPARE(cache.peek(1), std::optional<int>(5));
        QCOMPARE(cache.statistics().canceledLoads, quint64(0)); // nobody cancelled
    }

    // A loader that does not listen is in the way for so long, and not longer.
    void aLoadThatIsNotWantedIsInTheWayForItsTime_data()
    {
        QTest::addColumn<bool>("isCancelled");
        QTest::newRow("cancelled") << true;
        QTest::newRow("overtaken") << false;
    }
    void aLoadThatIsNotWantedIsInTheWayForItsTime()
    {
        QFETCH(const bool, isCancelled);
        ValidatedCache<int, int> cache(100);
        QCOMPARE(cache.supersededLoadTime(), 1s);
        cache.setSupersededLoadTime(300ms);
        QCOMPARE(cache.supersededLoadTime(), 300ms);
        Gate gate;
        std::atomic<int> runs { 0 };
        cache.setLoader([&](int) { return ++runs == 1 ? gate.pass(1) : 2; });
        QFuture<int> first = cache.getOrLoad(1);
        gate.entered.wait();
        QElapsedTimer timer;
        timer.start();
        if (isCancelled)
            first.cancel();
        else
            cache.remove(1);
        QFuture<int> second = cache.getOrLoad(1);
        QTest::qWait(100);
        const int early = runs;
        if (timer.elapsed() < 290)
            QCOMPARE(early, 1);
        QCOMPARE(second.result(), 2);
        QVERIFY(timer.elapsed() >= 290);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(1), std::optional<int>(2)); // not what came late
    }
    void whatWaitsBeginsAtOnceWhenTheOtherOneEnds()
    {
        ValidatedCache<int, int> cache(100);
        cache.setSupersededLoadTime(1h);
        Gate gate;
        std::atomic<int> runs { 0 };
        cache.setLoader([&](int) { return ++runs == 1 ? gate.pass(1) : 2; });
        QFuture<int> first = cache.getOrLoad(1);
        gate.entered.wait();
        cache.clear();
        QFuture<int> second = cache.getOrLoad(1);
        std::thread waiting([&second] { (void)QFuture<int>(second).result(); });
        QTest::qWait(20);
        QCOMPARE(runs.load(), 1);
        gate.mayLeave.open();
        waiting.join();
        QCOMPARE(second.result(), 2);
        QCOMPARE(first.result(), 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(cache.peek(1), std::optional<int>(2));
    }

    void aCancelledRefreshTakesNobodyElsesAlong()
    {
        ValidatedCache<int, int> cache(100);
        Gate gate;
        std::atomic<bool> sawIt { false };
        cache.setLoader([&](int key, const Context &context) {
            gate.pass(0);
            sawIt = context.isCanceled();
            return key + 100;
        });
        cache.insert(1, 1);
        cache.invalidate(1);
        cache.getOrLoad(1); // in the background
        gate.entered.wait();
        QFuture<int> refresh = cache.refresh(1);
        refresh.cancel();
        QTRY_VERIFY(refresh.isFinished());
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(!sawIt);
        QCOMPARE(cache.peek(1), std::optional<int>(101));
    }

    void failuresInTheBackgroundAreTriedLessAndLess()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setStaleTime(1ms);
        std::atomic<int> runs { 0 };
        std::atomic<bool> isOnline { false };
        cache.setLoader([&](int) -> int {
            ++runs;
            if (!isOnline)
                throw std::runtime_error("down");
            return 2;
        });
        cache.insert(1, 1);
        clock.advance(5ms);
        const auto askFor = [&](std::chrono::milliseconds span) {
            const int before = runs;
            for (std::chrono::milliseconds passed {}; passed < span; passed += 100ms) {
                if (cache.getOrLoad(1).result() != 1)
                    break;
                cache.waitForDone();
                clock.advance(100ms);
            }
            return runs - before;
        };
        QCOMPARE(askFor(1s), 1);
        QCOMPARE(askFor(2s), 1);
        QCOMPARE(askFor(4s), 1);
        QCOMPARE(askFor(8s), 1);
        QVERIFY(askFor(60s) <= 3);
        QCOMPARE(askFor(120s), 2); // a minute at most
        isOnline = true;
        askFor(120s);
        QCOMPARE(cache.getOrLoad(1).result(), 2);
        // A write ends it, too; and who waits is not bound by it.
        isOnline = false;
        QVERIFY(cache.waitForDone());
        const int before = runs;
        QVERIFY(errorOf(cache.refresh(1)).isError());
        QVERIFY(errorOf(cache.refresh(1)).isError());
        QCOMPARE(runs.load(), before + 2);
    }

    void aReloadThatDoesNotFitLeavesWhatWasThere()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, QByteArray> cache(10);
        cache.setClock(&clock);
        cache.setWeigher([](int, const QByteArray &value) { return value.size(); });
        std::atomic<int> runs { 0 };
        cache.setLoader([&runs](int) {
            ++runs;
            return QByteArray(100, 'x');
        });
        cache.insert(1, "ok");
        cache.invalidate(1);
        for (int i = 0; i < 5; ++i) {
            QCOMPARE(cache.getOrLoad(1).result(), QByteArray("ok"));
            QVERIFY(cache.waitForDone());
        }
        QCOMPARE(runs.load(), 1);
        QCOMPARE(cache.peek(1), std::optional<QByteArray>("ok"));
        QVERIFY(!cache.lastError(1).isError());
        clock.advance(1s);
        cache.getOrLoad(1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(runs.load(), 2);
        QCOMPARE(cache.refresh(1).result().size(), 100);
        QCOMPARE(cache.peek(1), std::optional<QByteArray>("ok"));
    }

    // A failure is of the loader that failed.
    void anotherLoaderIsTriedThoughTheFirstHasFailed()
    {
        ValidatedCache<int, int> cache(100);
        cache.setErrorTimeToLive(1h);
        std::atomic<int> primary { 0 };
        std::atomic<int> backup { 0 };
        cache.setLoader([&primary](int) -> int {
            ++primary;
            throw std::runtime_error("primary");
        });
        QVERIFY(cache.load(1).error.isError());
        QVERIFY(cache.load(1).error.isError());
        QCOMPARE(primary.load(), 1);
        const auto fallback = [&backup](int) -> int {
            ++backup;
            throw std::runtime_error("backup");
        };
        QCOMPARE(errorOf(cache.getOrLoad(1, fallback)).message(), u"backup"_s);
        QCOMPARE(errorOf(cache.getOrLoad(1, fallback)).message(), u"backup"_s);
        QCOMPARE(backup.load(), 1);
        QCOMPARE(cache.lastError(1).message(), u"backup"_s);
        QCOMPARE(cache.load(1).error.message(), u"primary"_s); // both are known
        QCOMPARE(primary.load(), 1);
        const std::function<int(const int &)> other = [](const int &) { return 42; };
        QCOMPARE(cache.getOrLoad(1, other).result(), 42);
        cache.remove(1);
        QCOMPARE(cache.getOrLoad(1, &tst_Superseded::loadSeven).result(), 7);
    }

    void tagsCostNothingForEachLoad()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(1);
        ValidatedCache<int, int> cache(-1);
        cache.setThreadPool(&pool);
        Gate gate;
        cache.setLoader([&gate](int key, const Context &context) {
            context.setTags({ u"tag %1"_s.arg(key % 3) });
            return key == 0 ? gate.pass(0) : key;
        });
        cache.getOrLoad(0);
        gate.entered.wait();
        constexpr int Count = 5'000;
        for (int key = 1; key < Count; ++key)
            cache.getOrLoad(key);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 10'000; ++i)
            cache.removeByTag(u"tag of nobody %1"_s.arg(i));
        cache.removeByTag(u"tag 0"_s);
        qInfo("%lld us for 10,000 tags beside %d loads", timer.nsecsElapsed() / 1000, Count);
        QVERIFY(timer.elapsed() < 2000);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QVERIFY(!cache.contains(0)); // it ran, and its tag is among those that were removed
        QVERIFY(cache.contains(3)); // it had not begun
    }

    // Many entries of one tag: other writers get their turn, and what comes in between stays.
    void writersGetTheirTurnBesideARemovalByTag()
    {
        constexpr int Count = SYNCMAP_SANITIZED ? 10'000 : 100'000;
        ValidatedCache<int, int> cache(-1);
        for (int key = 0; key < Count; ++key)
            cache.insert(key, key,
                         SyncCacheEntryOptions().setTags({ u"all"_s, u"half %1"_s.arg(key % 2) }));
        std::atomic<bool> isOver { false };
        qint64 longest = 0;
        std::atomic<int> written { 0 };
        std::thread writer([&] {
            QElapsedTimer timer;
            for (; !isOver; ++written) {
                timer.start();
                cache.insert(Count + written % 100, 0,
                             SyncCacheEntryOptions().setTags({ u"all"_s }));
                cache.remove(written % Count);
                longest = qMax(longest, timer.nsecsElapsed());
            }
        });
        while (written == 0)
            std::this_thread::yield();
        QElapsedTimer timer;
        timer.start();
        cache.removeByTag(u"all"_s);
        const qint64 took = timer.nsecsElapsed();
        isOver = true;
        writer.join();
        qInfo("%lld ms, the longest write beside it %lld us", took / 1'000'000, longest / 1000);
        QVERIFY(cache.isConsistent());
        for (int key = 0; key < Count; ++key)
            QVERIFY(!cache.contains(key));
        cache.removeByTag(u"all"_s);
        QVERIFY(cache.isEmpty());
        QCOMPARE(cache.removeByTag(u"half 0"_s), 0);
    }

private:
    static int loadSeven(const int &) { return 7; }
};

QTEST_GUILESS_MAIN(tst_Superseded)

#include "tst_superseded.moc"
