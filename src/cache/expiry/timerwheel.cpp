// SPDX-License-Identifier: MIT
#include <SyncMap/cache/expiry/timerwheel.h>

#include <QtCore/qalgorithms.h>

namespace SyncMapInternal {

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
    if (m_count == 0)
        return nullptr;
    const quint64 target = tickOf(now);
    for (int level = 0; level < LevelCount;) {
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
        // Down by at least a level, since the wheel has come to this digit.
        TimerHook *hook = head.next;
        head.previous->next = nullptr;
        head.previous = head.next = &head;
        m_buckets->used[level] &= ~(quint64(1) << digit);
        while (hook) {
            TimerHook *next = hook->next;
            place(*hook);
            hook = next;
        }
        level = 0;
    }
    return nullptr;
}

qint64 TimerWheel::nextDue() const noexcept
{
    if (m_count == 0)
        return Never;
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
            const quint64 begin = above | (quint64(digit) << shift);
            if (begin == m_tick && level == 0) {
                // Hooks may have been due before they came.
                return qint64((begin << TickBits) ^ (quint64(1) << 63));
            }
            return qint64((begin << TickBits) ^ (quint64(1) << 63));
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

} // namespace SyncMapInternal
