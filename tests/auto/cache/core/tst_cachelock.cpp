// SPDX-License-Identifier: MIT

// The lock of a cache's writers, whose holder does the work of those who wait.

#include "threads.h"

#include <SyncMap/private/cache/core/cachelock.h>

#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

using SyncMapInternal::CacheMutex;

namespace {

constexpr int ThreadCount = 4;
constexpr int Rounds = SYNCMAP_SANITIZED ? 2000 : 20'000;

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

    void whatWorkThrowsReachesWhoBroughtIt()
    {
        CacheMutex mutex;
        const auto bring = [&mutex](int number) {
            std::thread::id doneBy;
            try {
                mutex.run([&doneBy, number] {
                    doneBy = std::this_thread::get_id();
                    throw number;
                });
                qFatal("lost");
            } catch (int thrown) {
                if (thrown != number)
                    qFatal("somebody else's");
            }
            return doneBy;
        };
        QCOMPARE(bring(0), std::this_thread::get_id());
        // Whoever has the lock does the work of the other, which comes while it is held.
        int doneByTheHolder = 0;
        for (int round = 1; round < Rounds && doneByTheHolder < 10; ++round) {
            std::atomic<bool> comes { false };
            std::thread::id doneBy;
            std::thread other;
            mutex.run([&] {
                other = std::thread([&, round] {
                    comes = true;
                    doneBy = bring(round);
                });
                while (!comes)
                    std::this_thread::yield();
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            });
            other.join();
            doneByTheHolder += doneBy == std::this_thread::get_id();
        }
        QCOMPARE(doneByTheHolder, 10);
        mutex.run([] {}); // it is free
    }

    // Who waits sees what was done for it also if it never had the lock: not atomic, so that
    // ThreadSanitizer watches. The work comes at many a moment before the holder looks for it.
    void whatIsDoneForAnotherIsSeenByIt()
    {
        CacheMutex mutex;
        std::atomic<int> turn { 0 };
        std::atomic<int> comes { 0 };
        std::atomic<int> goes { 0 };
        const auto waitFor = [](const std::atomic<int> &number, int round) {
            for (int i = 1; number.load(std::memory_order_relaxed) < round; ++i) {
                if (i % 10'000 == 0)
                    std::this_thread::yield();
            }
        };
        std::thread other([&] {
            for (int round = 1; round <= Rounds; ++round) {
                waitFor(turn, round);
                comes.store(round, std::memory_order_relaxed);
                int done = 0;
                mutex.run([&done, round] { done = round; });
                if (done != round)
                    qFatal("came back too early");
                goes.store(round, std::memory_order_relaxed);
            }
        });
        for (int round = 1; round <= Rounds; ++round) {
            waitFor(goes, round - 1);
            mutex.run([&, round] {
                turn.store(round, std::memory_order_relaxed);
                waitFor(comes, round);
                for (int i = 0; i < round % 100; ++i)
                    SyncMapInternal::DefaultTraits::relax();
            });
        }
        other.join();
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
