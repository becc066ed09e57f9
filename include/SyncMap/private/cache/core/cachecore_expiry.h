// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>
#include <SyncMap/private/cache/core/cachecore_unlinked.h>

#include <QtCore/qscopeguard.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Time: deadlines as readers see them, and the timer that frees what has expired.

template <typename Key, typename T>
const typename CacheCore<Key, T>::Entry *
CacheCore<Key, T>::aliveByDeadline(const Entry *entry, qint64 deadline, bool isUse)
{
    // relaxed everywhere: deadlines say nothing of other memory, unless they are Held.
    constexpr auto order = std::memory_order_relaxed;
    for (;;) {
        auto &current = const_cast<std::atomic<qint64> &>(entry->deadline);
        if (deadline == Never)
            return entry;
        if (deadline == Entry::Gone)
            return nullptr;
        if (deadline == Entry::Held) {
            // [held] acquire: until when, and the successor as it was made.
            (void)current.load(std::memory_order_acquire);
            const EntryExtras &extras = *entry->extras;
            if (!isOver(*entry, extras.heldUntil))
                return entry;
            // The write takes effect, even if the writer has not come to publish it in the map.
            entry = static_cast<const Entry *>(extras.successor);
            deadline = entry->deadline.load(order);
        } else if (!isOver(*entry, deadline)) {
            if (!isUse || !entry->mayIdle)
                return entry;
            const qint64 idle = entry->extras->timeToIdle;
            // Rarely: a hit that wrote each time would take the line from other readers.
            const qint64 used = m_clock ? m_clock->now().count() : coarseNow();
            const qint64 later = idleEnd(used, idle);
            if (later <= deadline || later - deadline < idle / 16)
                return entry;
            if (current.compare_exchange_strong(deadline, later, order))
                return entry;
        } else if (current.compare_exchange_strong(deadline, Entry::Gone, order)) {
            return nullptr;
        }
    }
}

// Of an entry that is in the map, and is replaced by \a successor before the lock is left, whatever
// happens. False if it has expired. Otherwise a reader could miss the key while the writer goes by the
// old value, and another reader find what the writer made of it; and one that was late would find the
// deadline of the old value passed, and miss a key that was written in time.
template <typename Key, typename T>
bool CacheCore<Key, T>::holdLocked(Entry &entry, Entry &successor, Kind kind)
{
    constexpr auto order = std::memory_order_relaxed; // as above
    qint64 deadline = entry.deadline.load(order);
    // The same value with other options idles on.
    const bool idlesOn = kind == Kind::Amendment && entry.mayIdle && successor.mayIdle;
    while (deadline != Never) {
        if (!isAlive(entry))
            return false;
        if (idlesOn)
            successor.deadline.store(deadline, order); // not published yet
        entry.extras->heldUntil = deadline; // nobody looks at them before it is Held
        entry.extras->successor = &successor;
        // [held] release: until when, and the successor as it was made.
        if (entry.deadline.compare_exchange_strong(deadline, Entry::Held, std::memory_order_release,
                                                   std::memory_order_relaxed))
            return true;
    }
    return true;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::expireLocked(Writer &pin, int atMost, Unlinked &unlinked)
{
    const qint64 time = now();
    while (expireOneLocked(pin, time, unlinked)) {
        if (--atMost <= 0)
            return false;
    }
    return true;
}

// Does a bounded amount of work. False if nothing is due at that time any more.
template <typename Key, typename T>
bool CacheCore<Key, T>::expireOneLocked(Writer &pin, qint64 time, Unlinked &unlinked)
{
    TimerHook *due = m_wheel.takeExpired(time);
    if (!due)
        return m_wheel.isBehind();
    auto &entry = static_cast<Entry &>(*static_cast<EntryExtras *>(due)->entry);
    if (isAlive(entry)) // was used in time; or a clock of the user's goes back, and then it is late
        m_wheel.schedule(*due, qMax(dueOf(entry), saturatingAdd(time, 1)));
    else
        unlinkLocked(pin, positionOf(entry), SyncCacheRemovalCause::Expired, unlinked);
    return true;
}

template <typename Key, typename T>
void CacheCore<Key, T>::expire()
{
    for (bool isDone = false; !isDone;) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        m_timerDue = Never;
        isDone = expireLocked(pin, SliceSize, unlinked);
        publishTotalLocked();
        if (isDone)
            armTimerLocked(unlinked);
    }
}

// By the timer: the application's thread has other things to do. What is left is freed after those.
template <typename Key, typename T>
void CacheCore<Key, T>::expireForAWhile()
{
    using namespace std::chrono;
    constexpr milliseconds budget(4);
    constexpr int few = 16; // whose values end together, and may take their time
    constexpr qint64 soon = nanoseconds(milliseconds(1)).count();
    const auto end = steady_clock::now() + budget;
    const auto tidy = qScopeGuard([] { joinFreedMemory(); });
    for (bool isDone = false; !isDone;) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        m_timerDue = Never;
        isDone = expireLocked(pin, few, unlinked);
        publishTotalLocked();
        if (isDone) {
            armTimerLocked(unlinked);
        } else if (steady_clock::now() >= end) {
            m_timerDue = saturatingAdd(now(), soon);
            unlinked.startTimer(soon);
            return;
        }
    }
}

// One coarse timer in the application's thread, none while nothing can expire. With a clock of the
// user's own, time passes when that clock says so.
template <typename Key, typename T>
void CacheCore<Key, T>::armTimerLocked(Unlinked &unlinked) noexcept
{
    using namespace std::chrono;
    // Often enough to free memory, too seldom to be noticed.
    constexpr qint64 shortest = nanoseconds(milliseconds(250)).count();
    constexpr qint64 longest = nanoseconds(hours(1)).count();
    if (m_wheel.isEmpty() || m_clock)
        return;
    const qint64 due = m_wheel.nextDue();
    if (m_timerDue != Never && due >= m_timerDue - shortest && m_timer && m_timer->isActive())
        return;
    const qint64 time = now();
    const qint64 wait = std::clamp(saturatingSubtract(due, time), shortest, longest);
    m_timerDue = saturatingAdd(time, wait);
    unlinked.startTimer(wait);
}

// Not under the lock: it posts an event.
template <typename Key, typename T>
void CacheCore<Key, T>::startTimer(qint64 wait) noexcept
{
    using namespace std::chrono;
    QT_TRY
    {
        std::shared_ptr<ApplicationTimer> timer;
        {
            const std::lock_guard lock(m_mutex);
            timer = m_timer;
        }
        if (!timer) {
            timer = std::make_shared<ApplicationTimer>([tenure = loads.tenure()] {
                const Use self(*tenure);
                const auto kept = self ? self->weak_from_this().lock() : nullptr;
                if (self)
                    self->expireForAWhile();
            });
            const std::lock_guard lock(m_mutex);
            if (!m_timer)
                m_timer = timer;
        }
        timer->start(ceil<milliseconds>(nanoseconds(wait)));
    }
    QT_CATCH(...)
    {
        // No memory for an event: the next write tries again.
    }
}

template <typename Key, typename T>
qint64 CacheCore<Key, T>::now() const
{
    return m_clock ? m_clock->nowWithSuspension().count() : exactNowWithSuspension();
}

template <typename Key, typename T>
qint64 CacheCore<Key, T>::awakeNow() const
{
    return m_clock ? m_clock->now().count() : exactNow();
}

// Nothing that is not needed is asked for. Without times of its own, an entry has its age to know.
template <typename Key, typename T>
Moment CacheCore<Key, T>::momentFor(const EntryPlan &plan) const
{
    const bool isExact = plan.timeToLive != Never || plan.timeToStale != Never;
    const qint64 time = m_clock || isExact ? now() : coarseNowWithSuspension();
    return { time, plan.timeToIdle != Never ? awakeNow() : 0 };
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
