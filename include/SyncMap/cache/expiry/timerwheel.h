// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/expiry/deadline.h>
#include <SyncMap/reclamation/syncmapglobal.h>

#include <memory>

namespace SyncMapInternal {

struct TimerHook
{
    TimerHook *previous = nullptr;
    TimerHook *next = nullptr;
    qint64 deadline = Never;

    bool isLinked() const noexcept { return next; }
};

// A hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987):
// finds what is due without looking at what is not.
//
// Time is counted in ticks of 2^20 nanoseconds, about a millisecond, in digits of six bits. A hook
// is on the level of the highest digit in which its tick differs from the wheel's, in the bucket of
// that digit; on level 0 all hooks of a bucket are due at the same tick. When the wheel comes to a
// bucket of a higher level, its hooks move down, each at most once per level. A word of bits per
// level says which buckets are in use, so that time may jump, and idle hours cost nothing.
//
// Scheduling, cancelling and moving on are O(1), amortised over a hook's few levels. Allocates in
// reserve() alone; a wheel that was never used is two pointers and two numbers. For one thread at a
// time.
class SYNCMAP_EXPORT TimerWheel
{
public:
    TimerWheel();
    ~TimerWheel();
    Q_DISABLE_COPY_MOVE(TimerWheel)

    // To be called before the first schedule(). Throws std::bad_alloc.
    void reserve();

    // Moves the hook if it is linked. With Never, it is cancelled.
    void schedule(TimerHook &hook, qint64 deadline) noexcept;
    void cancel(TimerHook &hook) noexcept;

    // Unlinks and returns a hook whose deadline is not after \a now, or null. Never early; late by
    // a tick at most. A \a now before an earlier one is taken for that one.
    TimerHook *takeExpired(qint64 now) noexcept;

    // Not after the next deadline. Never, if there is none.
    qint64 nextDue() const noexcept;

    bool isEmpty() const noexcept { return m_count == 0; }
    qint64 count() const noexcept { return m_count; }
    bool isConsistent() const noexcept;

private:
    static constexpr int TickBits = 20;
    static constexpr int DigitBits = 6;
    static constexpr int BucketCount = 1 << DigitBits;
    static constexpr int LevelCount = 8; // 48 bits of ticks, all that there are

    struct Buckets;

    static quint64 tickOf(qint64 time) noexcept
    {
        // Time may be negative: the order stays when its range begins at 0.
        return (quint64(time) ^ (quint64(1) << 63)) >> TickBits;
    }
    static int digitOf(quint64 tick, int level) noexcept
    {
        return int(tick >> (level * DigitBits)) & (BucketCount - 1);
    }
    void place(TimerHook &hook) noexcept;

    std::unique_ptr<Buckets> m_buckets;
    quint64 m_tick = 0; // all buckets before it are empty
    qint64 m_count = 0;
};

} // namespace SyncMapInternal
