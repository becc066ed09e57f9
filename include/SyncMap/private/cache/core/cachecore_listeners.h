// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The end, the listeners and the numbers.

template <typename Key, typename T>
void CacheCore<Key, T>::close()
{
    m_map.forObservers([](const auto &observers) { observers.closing(); });
    // Everybody is told. A file that was to be written is, by this thread if no other one has begun.
    loads.close();
    // What is under way ends: answers of loaders, a listener that is being told, a file.
    loads.tenure()->close();
    std::shared_ptr<const Listeners> listeners;
    std::shared_ptr<ApplicationTimer> timer;
    {
        const Lock lock(*this);
        listeners.swap(m_listeners);
        timer.swap(m_timer);
    }
    // What was posted already would be told after the end of the cache that it is about.
    if (listeners) {
        for (const auto &listener : *listeners)
            listener->close();
    }
    loads.clear();
    // If it is a call of this cache's own that has ended it, the core outlives this.
    if (this->weak_from_this().use_count() > 1)
        discard();
}

// What it holds goes, without a word to anybody.
template <typename Key, typename T>
void CacheCore<Key, T>::discard()
{
    m_weigher = nullptr;
    m_map.template forEach<Reader>([this](const Reader &, const Position &position) {
        Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        unlinkLocked(pin, position, SyncCacheRemovalCause::Explicit, unlinked, News::ToldByCaller);
        return true;
    });
    m_map.collect();
}

// Leaves out those that have been disconnected, or whose context has gone, and does \a change to the
// rest. Throws std::bad_alloc, with no effect.
template <typename Key, typename T>
template <typename Change>
void CacheCore<Key, T>::changeListeners(Change &&change)
{
    std::shared_ptr<const Listeners> old; // outlives the lock, as all it was
    for (;;) {
        old.reset(); // perhaps the last one who knew of a listener that has been disconnected
        {
            const std::lock_guard lock(m_mutex);
            old = m_listeners;
        }
        auto listeners = std::make_shared<Listeners>();
        if (old) {
            for (const auto &other : *old) {
                if (other->isOpen())
                    listeners->push_back(other);
            }
        }
        change(*listeners);
        if (listeners->empty())
            listeners.reset();
        const std::lock_guard lock(m_mutex);
        if (m_listeners == old) {
            m_listeners = std::move(listeners);
            return;
        }
    }
}

template <typename Key, typename T>
auto CacheCore<Key, T>::addListener(QObject *context, typename Listener::Function function)
        -> std::shared_ptr<Listener>
{
    const auto listener = Listener::on(context, std::move(function), loads.tenure());
    changeListeners([&listener](Listeners &listeners) { listeners.push_back(listener); });
    return listener;
}

// What is not known of the news may be as much as the cache holds, and not more.
template <typename Key, typename T>
auto CacheCore<Key, T>::newsBound() const noexcept -> typename Listener::Bound
{
    constexpr auto any = (std::numeric_limits<quint64>::max)();
    const quint64 bytes = quint64(maxPendingBytes());
    const qint64 cost = maxCost();
    return cost < 0 ? typename Listener::Bound { bytes, any, Listener::MostGuessed }
                    : typename Listener::Bound { bytes, quint64(cost), any };
}

template <typename Key, typename T>
void CacheCore<Key, T>::setMaxPendingBytes(qsizetype bytes)
{
    Q_ASSERT_X(bytes >= 0, "SyncCache", "a bound in bytes must not be negative");
    m_maxPendingBytes.store(qMax<qsizetype>(bytes, 0), std::memory_order_relaxed);
    std::shared_ptr<const Listeners> listeners;
    {
        const std::lock_guard lock(m_mutex);
        listeners = m_listeners;
    }
    if (!listeners)
        return;
    for (const auto &listener : *listeners)
        listener->limit(newsBound());
}

template <typename Key, typename T>
SyncCacheStatistics CacheCore<Key, T>::statistics() const
{
    SyncCacheStatistics result;
    const auto reads = m_map.domain().reads();
    result.hits = reads.hits;
    result.misses = reads.misses;
    result.refused = m_refused.load(std::memory_order_relaxed);
    const auto loading = loads.statistics();
    result.loads = loading.loads;
    result.coalescedLoads = loading.coalesced;
    result.loadFailures = loading.loadFailures;
    result.canceledLoads = loading.canceledLoads;
    result.loadsInFlight = quint64(loading.inFlight);
    result.loadTime = loading.loadTime;
    result.errorBytes = loads.errorBytes();
    static_cast<SyncMapStatistics &>(result) = statisticsOf(m_map);
    std::shared_ptr<const Listeners> listeners;
    {
        const std::lock_guard lock(m_mutex);
        result.evictions = m_removals;
        result.policyBytes = m_policy.metadataBytes();
        listeners = m_listeners;
    }
    if (listeners) {
        for (const auto &listener : *listeners) {
            const auto backlog = listener->backlog();
            result.pendingRemovals += backlog.count;
            result.pendingRemovalBytes += backlog.bytes;
            result.droppedRemovals += backlog.dropped;
        }
    }
    return result;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::isConsistent()
{
    quint64 cost = 0;
    quint64 pinned = 0;
    qint64 evictable = 0;
    m_map.template forEach<Reader>([&](const Reader &, const Position &position) {
        const Entry &entry = entryOf(position.node);
        cost += quint64(entry.cost);
        if (entry.pinned)
            pinned += quint64(entry.cost);
        evictable += mayBeEvicted(entry);
        return true;
    });
    const std::lock_guard lock(m_mutex);
    return cost == m_cost && pinned == m_pinnedCost && evictable == m_policy.count()
            && cost - pinned == m_policy.cost() && m_cost <= qMax(limit(), m_pinnedCost)
            && qint64(m_cost) == totalCost() && m_policy.isConsistent() && m_wheel.isConsistent();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
