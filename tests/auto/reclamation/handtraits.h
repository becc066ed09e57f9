// SPDX-License-Identifier: MIT
#pragma once

#include "testtraits.h"

#include <atomic>
#include <functional>

// A mutex that finds out if a thread locks it twice, instead of waiting for itself, and if a thread
// holds it.
class WatchedMutex
{
public:
    void lock()
    {
        if (isHeld())
            s_relocked.store(true);
        else
            m_mutex.lock();
        ++s_depth;
    }
    bool try_lock() // NOLINT(readability-identifier-naming): as std::unique_lock calls it
    {
        if (isHeld() || !m_mutex.try_lock())
            return false;
        ++s_depth;
        return true;
    }
    void unlock()
    {
        if (--s_depth == 0)
            m_mutex.unlock();
    }

    // By the calling thread: this mutex or another one.
    static bool isHeld() { return s_depth != 0; }
    // Whether any thread ever locked one while it held one.
    static bool wasRelocked() { return s_relocked.load(); }

private:
    static inline thread_local int s_depth = 0;
    static inline std::atomic<bool> s_relocked { false };
    QMutex m_mutex;
};

// Traits that put what happens in a domain into the hands of the test.
struct HandTraits : TestTraits<HandTraits>
{
    using Mutex = WatchedMutex;

    static constexpr quint32 batchBytes = 1000;

    static inline std::atomic<int> lightFences { 0 };
    static inline std::atomic<int> heavyFences { 0 };
    static inline bool refusesHeavyFences = false;
    static inline std::function<void()> duringHeavyFence;
    static inline std::function<void(SyncMapInternal::TestPoint)> atTestPoint;

    static void lightFence(SyncMapInternal::FenceMode mode) noexcept
    {
        ++lightFences;
        TestTraits::lightFence(mode);
    }
    static bool heavyFence(SyncMapInternal::FenceMode mode) noexcept
    {
        ++heavyFences;
        if (refusesHeavyFences)
            return false;
        const auto action = duringHeavyFence;
        if (action)
            action();
        return TestTraits::heavyFence(mode);
    }
    static void testPoint(SyncMapInternal::TestPoint point) noexcept
    {
        const auto action = atTestPoint; // a copy: it may take itself out
        if (action)
            action(point);
    }

    static void reset()
    {
        lightFences = 0;
        heavyFences = 0;
        refusesHeavyFences = false;
        duringHeavyFence = {};
        atTestPoint = {};
    }
};
