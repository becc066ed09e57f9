// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/engine.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A map that nobody observes pays one relaxed load per write.
//
// No write is missed. A writer looks for observers under the lock under which it publishes;
// attach() takes each of these locks once after it has stored the observer. Either the writer had
// the lock first: then its write is seen by whoever reads after attach(). Or it comes after: then
// the lock hands it the observer. A shard that splits meanwhile hands that on, since its halves
// are entered under its own lock.

// Throws std::bad_alloc, with no effect.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::attach(const std::shared_ptr<Observer> &observer)
{
    changeObservers([&observer](auto &all) { all.push_back(observer); });
    forEachShardLocked([](Writer &, LockedShard &, quint64) { return true; });
}

// Writers that are in one of its functions may still be there when this returns. Without memory
// the observer stays, and is told for nothing.
template <typename Key, typename T, typename Traits>
void Engine<Key, T, Traits>::detach(const Observer *observer) noexcept
{
    QT_TRY
    {
        changeObservers([observer](auto &all) {
            all.erase(std::remove_if(all.begin(), all.end(),
                                     [observer](const auto &one) { return one.get() == observer; }),
                      all.end());
        });
    }
    QT_CATCH(...) { }
}

template <typename Key, typename T, typename Traits>
template <typename Function>
void Engine<Key, T, Traits>::changeObservers(Function &&change)
{
    Writer pin(m_domain);
    const std::lock_guard lock(m_directoryLock);
    // relaxed: stored under this lock.
    Observers *old = m_observers.load(std::memory_order_relaxed);
    auto all = old ? old->all : decltype(old->all)();
    change(all);
    Observers *fresh = all.empty() ? nullptr : new Observers(std::move(all));
    // [observers] release: who sees the list sees what is in it.
    m_observers.store(fresh, std::memory_order_release);
    if (old)
        pin.retire(old, ObserversKind, sizeof(Observers));
}

template <typename Key, typename T, typename Traits>
template <typename Visit>
void Engine<Key, T, Traits>::forObservers(Visit &&visit) noexcept
{
    const Writer pin(m_domain);
    if (const Observers *observers = this->observers())
        visit(*observers);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
