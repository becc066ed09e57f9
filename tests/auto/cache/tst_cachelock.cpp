// SPDX-License-Identifier: MIT

// The lock of a cache's writers, whose holder does the work of those who wait.

#include "threads.h"

#include <SyncMap/cache/cachelock.h>

#include <QtTest/qtest.h>

#include <atomic>
#include <mutex>
#include <thread>

using SyncMapInternal::CacheMutex;

namespace {

constexpr int ThreadCount = 4;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int Rounds = 2000;
#else
constexpr int Rounds = 20'000;
#endif

} // namespace

class tst_CacheLock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachWorkIsDoneOnceAndAlone()
    {
        CacheMutex mutex;
        int sum = 0; // not atomic: ThreadSanitizer watches
        std::atomic<int> inside { 0 };
        runInThreads(ThreadCount, [&](int thread) {
            for (int i = 0; i < Rounds; ++i) {
                bool isDone = false;
                mutex.run([&] {
                    if (inside.fetch_add(1, std::memory_order_relaxed) != 0)
                        qFatal("two at once");
                    sum += thread + 1;
                    isDone = true;
                    inside.fetch_sub(1, std::memory_order_relaxed);
                });
                if (!isDone)
                    qFatal("came back too early");
            }
        });
        QCOMPARE(sum, Rounds * (1 + 2 + 3 + 4));
    }

    void whoeverJustLocksIsAloneToo()
    {
        CacheMutex mutex;
        int sum = 0;
        runInThreads(ThreadCount, [&](int thread) {
            for (int i = 0; i < Rounds; ++i) {
                if (thread % 2) {
                    const std::lock_guard lock(mutex);
                    ++sum;
                } else {
                    mutex.run([&sum] { ++sum; });
                }
            }
        });
        QCOMPARE(sum, Rounds * ThreadCount);
    }

    // Whichever thread does the work.
    void whatWorkThrowsReachesWhoBroughtIt()
    {
        CacheMutex mutex;
        runInThreads(ThreadCount, [&mutex](int thread) {
            for (int i = 0; i < Rounds / 10; ++i) {
                const int number = thread * Rounds + i;
                bool isThrown = false;
                try {
                    mutex.run([number] {
                        if (number % 2)
                            throw number;
                    });
                } catch (int thrown) {
                    if (thrown != number)
                        qFatal("somebody else's");
                    isThrown = true;
                }
                if (isThrown != bool(number % 2))
                    qFatal("lost, or made up");
            }
        });
        mutex.run([] {}); // it is free
    }

    // The lock's holder may not be one who does the work of others, and may hold it for long.
    void whoWaitsForLongIsServedAtLast()
    {
        CacheMutex mutex;
        mutex.lock();
        std::atomic<int> done { 0 };
        std::atomic<int> begun { 0 };
        std::thread first([&] {
            ++begun;
            mutex.run([&done] { ++done; });
        });
        std::thread second([&] {
            ++begun;
            mutex.run([&done] { ++done; });
        });
        while (begun.load() < 2)
            std::this_thread::yield();
        QCOMPARE(done.load(), 0);
        mutex.unlock();
        first.join();
        second.join();
        QCOMPARE(done.load(), 2);
    }
};

QTEST_APPLESS_MAIN(tst_CacheLock)

#include "tst_cachelock.moc"
