// SPDX-License-Identifier: MIT

// The application may end at any time, beside writers of entries that expire; and the next one's event
// loop frees what has.

#include <SyncMap/SyncCache>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

// QTest has none: each test makes its own.
struct Application
{
    int argc = 1;
    char name[5] = "test";
    char *argv[2] = { name, nullptr };
    QCoreApplication application { argc, argv };
};

} // namespace

class tst_ApplicationEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theApplicationMayEndBesideWriters()
    {
        constexpr int Rounds = SYNCMAP_SANITIZED ? 100 : 1000;
        std::atomic<bool> isOver { false };
        std::atomic<int> caches { 0 };
        std::vector<std::thread> writers;
        for (int i = 0; i < 2; ++i) {
            writers.emplace_back([&] {
                while (!isOver) {
                    SyncCache<int, int> cache(10);
                    cache.setTimeToLive(1h);
                    cache.setLoader([](int key) { return key; });
                    cache.insert(1, 1);
                    (void)cache.getOrLoad(2);
                    ++caches;
                }
            });
        }
        while (caches == 0)
            std::this_thread::yield();
        for (int round = 0; round < Rounds; ++round) {
            const Application application;
            if (round % 10 == 0)
                QCoreApplication::processEvents();
        }
        isOver = true;
        for (std::thread &writer : writers)
            writer.join();
        QVERIFY(caches > 0);
    }

    void whatExpiresIsFreedByTheNextApplication()
    {
        SyncCache<int, int> cache(10);
        cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(50ms)); // there is none
        for (int round = 0; round < 2; ++round) {
            const Application application;
            cache.insert(2, 2, SyncCacheEntryOptions().setTimeToLive(50ms));
            cache.insert(3, 3, SyncCacheEntryOptions().setTimeToLive(1h));
            QElapsedTimer timer;
            timer.start();
            while (cache.size() > 1 && timer.elapsed() < 10'000)
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            QCOMPARE(cache.size(), 1); // without a look at it
        }
    }

    // Without a write: what came when there was no application, and what one has left.
    void whatWaitsForAnApplicationIsFreedByIt()
    {
        SyncCache<int, int> before(10);
        before.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(50ms));
        SyncCache<int, int> left(10);
        {
            const Application application;
            left.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(300ms));
            QElapsedTimer timer;
            timer.start();
            while (!before.isEmpty() && timer.elapsed() < 10'000)
                QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
            QVERIFY(before.isEmpty());
            left.insert(2, 2, SyncCacheEntryOptions().setTimeToLive(50ms));
        }
        QVERIFY(left.size() > 0);
        const Application next;
        QElapsedTimer timer;
        timer.start();
        while (!left.isEmpty() && timer.elapsed() < 10'000)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        QVERIFY(left.isEmpty());
    }

    // What the main thread knows of itself goes with the application.
    void circlesAreSeenBesideTheNextApplication()
    {
        for (int round = 0; round < 2; ++round) {
            const Application application;
            QThreadPool pool;
            QObject here;
            SyncCache<int, int> inner;
            inner.setLoader(&here,
                            [](int, const SyncCacheLoadContext<int> &load) { load.finish(1); });
            SyncCache<int, int> outer;
            outer.setThreadPool(&pool, SyncCachePoolUse::OwnThreadsOnly);
            outer.setLoader([&inner](int key) {
                return int(inner.load(key, QDeadlineTimer(30s)).error.code());
            });
            const SyncCacheLoadResult<int> result = outer.load(1, QDeadlineTimer(60s));
            const int refused = SyncCacheError::RecursiveLoad; // either of the two
            QVERIFY(result.error.code() == refused || result.value == refused);
        }
    }

    // Its timer goes with it.
    void aCacheMayEndBeforeItsTimer()
    {
        const Application application;
        for (int i = 0; i < 100; ++i) {
            SyncCache<int, int> cache(10);
            cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(1ms));
            if (i % 2 == 0)
                QCoreApplication::processEvents();
        }
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 400)
            QCoreApplication::processEvents();
    }
};

QTEST_APPLESS_MAIN(tst_ApplicationEnd)

#include "tst_applicationend.moc"
