// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>
#include <SyncMap/private/cache/core/cachecore_unlinked.h>

#include <chrono>
#include <thread>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How entries leave: one, those of a tag, those that the bound or a trim costs, or all.

template <typename Key, typename T>
bool CacheCore<Key, T>::remove(Writer &pin, const Position &seen, SyncCacheRemovalCause cause,
                               News news)
{
    Entry &entry = entryOf(seen.node);
    Unlinked unlinked(*this, pin);
    bool isDone = false;
    m_mutex.run([&] {
        // First, since == may throw.
        loads.supersedeLocked(entry.hash, seen.node->key, ItsLoads::Word::Removed);
        const bool alive = isAlive(entry);
        if (!unlinkLocked(pin, seen, alive ? cause : SyncCacheRemovalCause::Expired, unlinked,
                          news))
            return;
        publishTotalLocked();
        isDone = alive;
    });
    return isDone;
}

// By whoever found no such key, and removes it all the same: from loads. Within a pin. False if it has
// come meanwhile, by a load that has ended.
template <typename Key, typename T>
bool CacheCore<Key, T>::supersedeAbsent(quint64 hash, const Key &key)
{
    const typename Engine::Observers *observers = nullptr;
    {
        const std::lock_guard lock(m_mutex);
        loads.supersedeLocked(hash, key, ItsLoads::Word::Removed);
        const Position seen = m_map.find(hash, key);
        if (seen && isAlive(entryOf(seen.node)))
            return false;
        observers = m_map.observers();
    }
    if (observers)
        observers->missed(key, hash);
    return true;
}

// Takes the entry out of everything but the policy.
template <typename Key, typename T>
void CacheCore<Key, T>::forgetLocked(Entry &entry) noexcept
{
    m_cost -= quint64(entry.cost);
    if (entry.pinned) {
        m_pinnedCost -= quint64(entry.cost);
        m_policy.setReserved(m_pinnedCost);
    }
    if (entry.extras) {
        m_wheel.cancel(*entry.extras);
        m_tags.remove(entry);
    }
}

// The last word on a node that is not in the map any more.
template <typename Key, typename T>
void CacheCore<Key, T>::partLocked(Node *node, SyncCacheRemovalCause cause, Unlinked &unlinked)
{
    entryOf(node).cause = quint8(cause);
    ++m_removals[std::size_t(cause)];
    unlinked.parted(cause);
    if (m_listeners)
        unlinked.tell(m_listeners, node);
    else
        unlinked.retire(node);
}

template <typename Key, typename T>
bool CacheCore<Key, T>::unlinkLocked(Writer &pin, const Position &position,
                                     SyncCacheRemovalCause cause, Unlinked &unlinked, News news)
{
    if (!m_map.remove(pin, position))
        return false;
    if (news == News::EachKey)
        unlinked.changed(position.node, changeFor(cause));
    Entry &entry = entryOf(position.node);
    if (mayBeEvicted(entry)) {
        if (cause == SyncCacheRemovalCause::Evicted) {
            m_policy.evicted(entry, EvictionPolicy::Why::NoRoom);
            // relaxed: a hint, see handOver(); written under the lock.
            m_evictions.store(m_evictions.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
        } else if (cause == SyncCacheRemovalCause::Trimmed) {
            m_policy.evicted(entry, EvictionPolicy::Why::GivenBack);
        } else {
            m_policy.removed(entry);
        }
    }
    forgetLocked(entry);
    partLocked(position.node, cause, unlinked);
    return true;
}

// False if it ended before the limit was reached, because there were too many.
template <typename Key, typename T>
bool CacheCore<Key, T>::evictLocked(Writer &pin, quint64 limit, SyncCacheRemovalCause cause,
                                    const Entry *spared, Unlinked &unlinked, int atMost)
{
    bool isDue = m_cost > limit && !m_wheel.isEmpty();
    const qint64 time = isDue ? now() : 0;
    int steps = 0;
    while (m_cost > limit) {
        if (atMost-- <= 0)
            return false;
        // What has expired goes first, as far as it is found in a reasonable time.
        const quint64 before = m_cost;
        isDue = isDue && expireOneLocked(pin, time, unlinked);
        if (isDue && (m_cost < before || ++steps < MaximalSteps))
            continue;
        EntryHook *victim = m_policy.victim(spared);
        if (!victim)
            return true;
        unlinkLocked(pin, positionOf(*static_cast<EntryBase *>(victim)), cause, unlinked);
    }
    return true;
}

template <typename Key, typename T>
void CacheCore<Key, T>::clear()
{
    {
        const std::lock_guard lock(m_mutex);
        loads.supersedeAllLocked(ItsLoads::Word::Written);
    }
    m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        // What has other options by now is another entry.
        for (Position seen = position; seen; seen = m_map.findAgain(position.node)) {
            if (remove(pin, seen, SyncCacheRemovalCause::Explicit, News::ToldByCaller))
                break;
        }
        return true;
    });
    m_map.forObservers([](const auto &observers) { observers.cleared(); });
    shrinkPolicy(EvictionPolicy::Keep::ForEntries);
    m_map.collect();
}

// In slices, so that no writer waits for longer than one. Those that bear the tag when it begins.
template <typename Key, typename T>
qsizetype CacheCore<Key, T>::removeByTag(const QString &tag)
{
    // The thread's first pin may throw: not when the removal has begun.
    const Writer first(m_map.domain());
    typename Tags::Removal removal;
    qsizetype removed = 0;
    {
        const std::lock_guard lock(m_mutex);
        loads.removeTagLocked(tag);
        m_tags.begin(removal, tag);
    }
    constexpr int slicesInARow = 16; // about a millisecond
    for (int i = 1;; ++i) {
        bool isDone = false;
        {
            Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
            Unlinked unlinked(*this, pin);
            m_mutex.run([&] { isDone = removeSliceLocked(pin, removal, removed, unlinked); });
        }
        if (isDone)
            return removed;
        // Who sleeps until the lock is free needs a while to get it.
        if (i % slicesInARow == 0)
            std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

template <typename Key, typename T>
bool CacheCore<Key, T>::removeSliceLocked(Writer &pin, typename Tags::Removal &removal,
                                          qsizetype &removed, Unlinked &unlinked)
{
    EntryBase *base = m_tags.first(removal);
    for (int i = 0; i < SliceSize && base; ++i, base = m_tags.first(removal)) {
        Entry &entry = static_cast<Entry &>(*base);
        const Position position = positionOf(entry);
        const bool alive = isAlive(entry);
        const auto cause =
                alive ? SyncCacheRemovalCause::Invalidated : SyncCacheRemovalCause::Expired;
        // An == that throws hides a load; what bears the tag is kept out all the same.
        (void)guarded([&] {
            loads.supersedeLocked(entry.hash, position.node->key, ItsLoads::Word::Removed);
        });
        unlinkLocked(pin, position, cause, unlinked); // and it is out of the removal, too
        removed += alive;
    }
    if (!base)
        m_tags.end(removal);
    publishTotalLocked();
    return !base;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::invalidate(quint64 hash, const Key &key)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    Unlinked unlinked(*this, pin);
    const std::lock_guard lock(m_mutex);
    loads.supersedeLocked(hash, key, ItsLoads::Word::Removed);
    const Position seen = m_map.find(hash, key);
    if (!seen || !isAlive(entryOf(seen.node))) {
        unlinked.missed(key, hash);
        return false;
    }
    // relaxed: as all deadlines.
    entryOf(seen.node).staleAt.store(Entry::Gone, std::memory_order_relaxed);
    unlinked.changed(seen.node, MapChange::Invalidated);
    return true;
}

template <typename Key, typename T>
void CacheCore<Key, T>::invalidateAll()
{
    {
        const std::lock_guard lock(m_mutex);
        loads.supersedeAllLocked(ItsLoads::Word::Removed);
    }
    m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
        // Under the lock: what has other options by now is another entry.
        const std::lock_guard lock(m_mutex);
        if (const Position seen = m_map.findAgain(position.node))
            entryOf(seen.node).staleAt.store(Entry::Gone, std::memory_order_relaxed);
        return true;
    });
    m_map.forObservers([](const auto &observers) { observers.anyChanged(); });
}

template <typename Key, typename T>
void CacheCore<Key, T>::evictInSlices(quint64 limit, SyncCacheRemovalCause cause)
{
    for (bool isDone = false; !isDone;) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        isDone = evictLocked(pin, limit, cause, nullptr, unlinked, SliceSize);
        publishTotalLocked();
    }
}

template <typename Key, typename T>
void CacheCore<Key, T>::trim(SyncCacheTrimLevel level)
{
    expire();
    // Without a bound, of what is held.
    const quint64 bound = maxCost() < 0 ? quint64(totalCost()) : limit();
    switch (level) {
    case SyncCacheTrimLevel::Expired:
        break;
    case SyncCacheTrimLevel::Light:
        evictInSlices(bound - bound / 4, SyncCacheRemovalCause::Trimmed);
        break;
    case SyncCacheTrimLevel::Moderate:
        evictInSlices(bound / 2, SyncCacheRemovalCause::Trimmed);
        break;
    case SyncCacheTrimLevel::Complete:
        m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
            for (Position seen = position; seen && !entryOf(seen.node).pinned;
                 seen = m_map.findAgain(position.node)) {
                Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
                Unlinked unlinked(*this, pin);
                const std::lock_guard lock(m_mutex);
                const bool isDone =
                        unlinkLocked(pin, seen, SyncCacheRemovalCause::Trimmed, unlinked);
                publishTotalLocked();
                if (isDone)
                    break;
            }
            return true;
        });
        break;
    }
    using Keep = EvictionPolicy::Keep;
    if (level != SyncCacheTrimLevel::Expired)
        shrinkPolicy(level == SyncCacheTrimLevel::Complete ? Keep::Nothing : Keep::ForEntries);
    loads.forgetFailures(level == SyncCacheTrimLevel::Complete);
    m_map.collect();
}

template <typename Key, typename T>
void CacheCore<Key, T>::setMaxCost(qsizetype maxCost)
{
    maxCost = qMax<qsizetype>(maxCost, -1);
    {
        const std::lock_guard lock(m_mutex);
        m_isBoundChosen.store(true, std::memory_order_relaxed);
        m_maxCost.store(maxCost, std::memory_order_relaxed);
        m_policy.setCapacity(maxCost);
    }
    evictInSlices(limit(), SyncCacheRemovalCause::Evicted);
    shrinkPolicy(EvictionPolicy::Keep::ForEntries);
}

template <typename Key, typename T>
void CacheCore<Key, T>::shrinkPolicy(EvictionPolicy::Keep keep)
{
    const std::lock_guard lock(m_mutex);
    m_policy.shrink(keep);
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::RemovalOutcome CacheCore<Key, T>::removeIf(const Key &key, quint64 hash,
                                                                       SyncCacheRemovalCause cause,
                                                                       Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    Unlinked unlinked(*this, pin);
    const std::lock_guard lock(m_mutex);
    if (!wantedLocked())
        return RemovalOutcome::Unwanted;
    const Position seen = m_map.find(hash, key);
    const bool isThere = seen && isAlive(entryOf(seen.node));
    if (seen)
        unlinkLocked(pin, seen, isThere ? cause : SyncCacheRemovalCause::Expired, unlinked);
    if (!isThere)
        unlinked.missed(key, hash);
    publishTotalLocked();
    return isThere ? RemovalOutcome::Removed : RemovalOutcome::NothingThere;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
