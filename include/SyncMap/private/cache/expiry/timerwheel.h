// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/expiry/deadline.h>
#include <SyncMap/syncmapglobal.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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
// bucket of a higher level, its hooks move down, each at most once per level, and so many at a time:
// a bucket may hold all of a cache. A word of bits per level says which buckets are in use, so that
// time may jump, and idle hours cost nothing.
//
// Scheduling and cancelling are O(1), and so is moving on, amortised over a hook's few levels, and for
// each call besides. Allocates in
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

    // Unlinks and returns a hook whose deadline is not after \a now. Null if there is none, or, if the
    // wheel is behind then, there may be one all the same: ask again. Never early; late by a tick at
    // most. A \a now before an earlier one is taken for that one.
    TimerHook *takeExpired(qint64 now) noexcept;
    bool isBehind() const noexcept { return m_unfinished != 0; }

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
    TimerHook *moveDown(qint64 now) noexcept;

    static constexpr int MovesPerCall = 64;

    std::unique_ptr<Buckets> m_buckets;
    int m_unfinished = 0; // the level whose bucket the wheel has come to, and has not emptied
    quint64 m_tick = 0; // all buckets before it are empty
    qint64 m_count = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
