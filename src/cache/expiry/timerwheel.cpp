// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/expiry/timerwheel.h>

#include <QtCore/qalgorithms.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

struct TimerWheel::Buckets
{
    // A ring each, around the bucket itself. A hook that is due before the wheel's tick is placed
    // at it.
    TimerHook heads[LevelCount][BucketCount];
    quint64 used[LevelCount] = {};

    Buckets() noexcept
    {
        for (auto &level : heads) {
            for (TimerHook &head : level)
                head.previous = head.next = &head;
        }
    }
    Q_DISABLE_COPY_MOVE(Buckets)
    ~Buckets() = default;

    // A ring that has become empty says so when somebody comes along, not before: a hook does not
    // know its bucket.
    bool isEmpty(int level, int digit) const noexcept
    {
        return heads[level][digit].next == &heads[level][digit];
    }
};

TimerWheel::TimerWheel() = default;
TimerWheel::~TimerWheel() = default;

void TimerWheel::reserve()
{
    if (!m_buckets)
        m_buckets = std::make_unique<Buckets>();
}

void TimerWheel::schedule(TimerHook &hook, qint64 deadline) noexcept
{
    cancel(hook);
    hook.deadline = deadline;
    if (deadline == Never)
        return;
    ++m_count;
    place(hook);
}

void TimerWheel::place(TimerHook &hook) noexcept
{
    const quint64 tick = qMax(tickOf(hook.deadline), m_tick);
    const quint64 differing = tick ^ m_tick;
    const int level = differing == 0 ? 0 : (63 - int(qCountLeadingZeroBits(differing))) / DigitBits;
    const int digit = digitOf(tick, level);
    TimerHook &head = m_buckets->heads[level][digit];
    hook.previous = head.previous;
    hook.next = &head;
    head.previous->next = &hook;
    head.previous = &hook;
    m_buckets->used[level] |= quint64(1) << digit;
}

void TimerWheel::cancel(TimerHook &hook) noexcept
{
    if (!hook.isLinked())
        return;
    hook.previous->next = hook.next;
    hook.next->previous = hook.previous;
    hook.previous = hook.next = nullptr;
    --m_count;
}

TimerHook *TimerWheel::takeExpired(qint64 now) noexcept
{
    if (m_count == 0) {
        m_unfinished = 0;
        return nullptr;
    }
    const quint64 target = tickOf(now);
    for (int level = 0; level < LevelCount;) {
        if (m_unfinished != 0) {
            if (TimerHook *due = moveDown(now))
                return due;
            if (m_unfinished != 0)
                return nullptr;
        }
        // The next bucket in use, from the wheel's own on: all before it are empty.
        const quint64 ahead = m_buckets->used[level] & (~quint64(0) << digitOf(m_tick, level));
        if (ahead == 0) {
            ++level;
            continue;
        }
        const int digit = int(qCountTrailingZeroBits(ahead));
        if (m_buckets->isEmpty(level, digit)) {
            m_buckets->used[level] &= ~(quint64(1) << digit);
            continue;
        }
        const int shift = level * DigitBits;
        const quint64 above = level + 1 == LevelCount
                ? 0
                : (m_tick >> (shift + DigitBits)) << (shift + DigitBits);
        const quint64 begin = above | (quint64(digit) << shift);
        if (begin > target)
            return nullptr;
        m_tick = qMax(m_tick, begin);
        TimerHook &head = m_buckets->heads[level][digit];
        if (level == 0) {
            // All of them are due at this tick; those that came late, earlier. The last tick is not
            // over yet: look.
            for (TimerHook *hook = head.next; hook != &head; hook = hook->next) {
                if (hook->deadline <= now) {
                    cancel(*hook);
                    return hook;
                }
            }
            return nullptr;
        }
        m_unfinished = level;
        level = 0;
    }
    return nullptr;
}

// From the bucket that the wheel has come to, by at least a level. What is due already is returned
// instead.
TimerHook *TimerWheel::moveDown(qint64 now) noexcept
{
    const int digit = digitOf(m_tick, m_unfinished);
    TimerHook &head = m_buckets->heads[m_unfinished][digit];
    for (int moves = 0; head.next != &head; ++moves) {
        if (moves == MovesPerCall)
            return nullptr;
        TimerHook &hook = *head.next;
        const qint64 deadline = hook.deadline;
        cancel(hook);
        if (deadline <= now)
            return &hook;
        schedule(hook, deadline);
    }
    m_buckets->used[m_unfinished] &= ~(quint64(1) << digit);
    m_unfinished = 0;
    return nullptr;
}

qint64 TimerWheel::nextDue() const noexcept
{
    if (m_count == 0)
        return Never;
    const auto timeOf = [](quint64 tick) {
        return qint64((tick << TickBits) ^ (quint64(1) << 63));
    };
    if (m_unfinished != 0)
        return timeOf(m_tick); // any of them may be
    for (int level = 0; level < LevelCount; ++level) {
        quint64 ahead = m_buckets->used[level] & (~quint64(0) << digitOf(m_tick, level));
        for (; ahead != 0; ahead &= ahead - 1) {
            const int digit = int(qCountTrailingZeroBits(ahead));
            if (m_buckets->isEmpty(level, digit))
                continue;
            const int shift = level * DigitBits;
            const quint64 above = level + 1 == LevelCount
                    ? 0
                    : (m_tick >> (shift + DigitBits)) << (shift + DigitBits);
            return timeOf(above | (quint64(digit) << shift));
        }
    }
    return Never;
}

bool TimerWheel::isConsistent() const noexcept
{
    if (!m_buckets)
        return m_count == 0;
    qint64 count = 0;
    for (int level = 0; level < LevelCount; ++level) {
        for (int digit = 0; digit < BucketCount; ++digit) {
            const TimerHook &head = m_buckets->heads[level][digit];
            for (const TimerHook *hook = &head; hook->next != &head; hook = hook->next) {
                const TimerHook &next = *hook->next;
                const quint64 tick = qMax(tickOf(next.deadline), m_tick);
                if (next.previous != hook || digitOf(tick, level) != digit
                    || !(m_buckets->used[level] >> digit & 1))
                    return false;
                ++count;
            }
        }
    }
    return count == m_count;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
