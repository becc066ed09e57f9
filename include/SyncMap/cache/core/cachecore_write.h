// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/core/cachecore.h>
#include <SyncMap/cache/core/cachecore_unlinked.h>

#include <QtCore/qscopeguard.h>

#include <algorithm>

namespace SyncMapInternal {

// Writes: a node is made outside of the lock, and comes in, or is refused, under it.

template <typename Key, typename T>
qsizetype CacheCore<Key, T>::weigh(const Key &key, const T &value) const
{
    return m_weigher ? m_weigher(key, value) : 1;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer
CacheCore<Key, T>::makeNode(quint64 hash, Key &&key, T &&value, std::optional<qsizetype> cost,
                            std::optional<Milliseconds> timeToLive, bool pinned,
                            const QStringList &tags, bool stale)
{
    constexpr auto order = std::memory_order_relaxed; // not published yet
    const qint64 itsCost = cost ? *cost : weigh(key, value);
    Q_ASSERT_X(itsCost >= 0, "SyncCache", "a cost must not be negative");
    Entry entry(std::move(value));
    entry.hash = hash;
    entry.cost = std::max<qint64>(itsCost, 0);
    entry.pinned = pinned;

    const qint64 toLive = timeToLive ? toNanoseconds(*timeToLive) : times.toLive.load(order);
    const qint64 toIdle = times.toIdle.load(order);
    const qint64 toStale = times.toStale.load(order);
    if (toLive != 0 || toIdle != 0 || !tags.isEmpty()) {
        EntryExtras &extras = entry.needExtras();
        extras.timeToLive = toLive;
        extras.timeToIdle = toIdle;
        entry.mayIdle = toIdle != 0;
        extras.tags = tags;
    }
    if (toLive != 0 || toIdle != 0 || toStale != 0)
        entry.begin(now(), toStale);
    if (stale)
        entry.staleAt.store(Entry::Gone, order);
    return m_map.makeNode(hash, std::move(key), std::move(entry));
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer CacheCore<Key, T>::makeNode(quint64 hash, Key key, T value,
                                                                    const SyncEntryOptions &options)
{
    return makeNode(hash, std::move(key), std::move(value), options.cost, options.timeToLive,
                    options.pinned, options.tags, false);
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer CacheCore<Key, T>::makeNode(quint64 hash, Key key, T value,
                                                                    const LoadedOptions &options)
{
    return makeNode(hash, std::move(key), std::move(value), options.cost, options.timeToLive, false,
                    options.tags, options.stale);
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult
CacheCore<Key, T>::store(Writer &pin, NodePointer fresh, IfPresent ifPresent, Wanted &&wantedLocked)
{
    Unlinked unlinked(*this, pin);
    StoreResult result;
    m_mutex.run([&] { result = storeLocked(pin, fresh, ifPresent, wantedLocked, unlinked); });
    return result;
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult
CacheCore<Key, T>::storeLocked(Writer &pin, NodePointer &fresh, IfPresent ifPresent,
                               const Wanted &wantedLocked, Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    if (!wantedLocked())
        return { Outcome::Unwanted, nullptr };
    Position seen = m_map.find(entry.hash, fresh->key);
    if (seen && !isAlive(entryOf(seen.node))) {
        unlinkLocked(pin, seen, SyncRemovalCause::Expired, unlinked);
        publishTotalLocked(); // what follows may throw
        seen = {};
    }
    Entry *present = seen ? &entryOf(seen.node) : nullptr;
    if (present && ifPresent == IfPresent::Keep)
        return { Outcome::Kept, present };
    if (!fitsLocked(entry, present)) {
        if (seen && ifPresent == IfPresent::Replace)
            unlinkLocked(pin, seen, SyncRemovalCause::Replaced, unlinked);
        publishTotalLocked();
        return { Outcome::Refused, present };
    }
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    if (present && !holdLocked(*present, entry)) {
        unlinkLocked(pin, seen, SyncRemovalCause::Expired, unlinked);
        publishTotalLocked(); // likewise
        seen = {};
        present = nullptr;
    }
    const Node *stored = fresh.get();
    // Nobody else writes to the map meanwhile.
    if (seen)
        m_map.replace(pin, seen, seen.node->value.observe(), fresh);
    else
        m_map.add(pin, fresh);
    undo.dismiss();
    unlinked.changed(stored, MapChange::Written);
    if (seen)
        partLocked(seen.node, SyncRemovalCause::Replaced, unlinked);
    settleLocked(pin, entry, present, unlinked);
    return { Outcome::Stored, present };
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange CacheCore<Key, T>::replace(Writer &pin, const Position &seen,
                                                                NodePointer &fresh)
{
    Unlinked unlinked(*this, pin);
    auto result = Exchange::Missed;
    m_mutex.run([&] { result = replaceLocked(pin, seen, fresh, unlinked); });
    return result;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange
CacheCore<Key, T>::replaceLocked(Writer &pin, const Position &seen, NodePointer &fresh,
                                 Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    Entry &present = entryOf(seen.node);
    if (!isAlive(present)) {
        unlinkLocked(pin, seen, SyncRemovalCause::Expired, unlinked);
        publishTotalLocked();
        return Exchange::Missed;
    }
    if (!fitsLocked(entry, &present)) {
        loads.supersedeLocked(entry.hash, fresh->key);
        if (!unlinkLocked(pin, seen, SyncRemovalCause::Replaced, unlinked))
            return Exchange::Missed;
        publishTotalLocked();
        return Exchange::Refused;
    }
    loads.supersedeLocked(entry.hash, seen.node->key); // first, since == may throw
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    // relaxed: as all deadlines.
    const bool mayExpire = present.deadline.load(std::memory_order_relaxed) != Never;
    // It has expired, or was removed or replaced meanwhile: what is held has to be in the map.
    if ((mayExpire && (!positionOf(present) || !holdLocked(present, entry)))
        || !m_map.replace(pin, seen, seen.node->value.observe(), fresh))
        return Exchange::Missed;
    undo.dismiss();
    unlinked.changed(seen.node, MapChange::Written); // the old node has the same key
    partLocked(seen.node, SyncRemovalCause::Replaced, unlinked);
    settleLocked(pin, entry, &present, unlinked);
    return Exchange::Done;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::fitsLocked(const Entry &entry, const Entry *replaced) const noexcept
{
    quint64 pinned = m_pinnedCost;
    if (replaced && replaced->pinned)
        pinned -= quint64(replaced->cost);
    const quint64 most = limit();
    return pinned <= most && quint64(entry.cost) <= most - pinned;
}

// All that may fail for lack of memory.
template <typename Key, typename T>
void CacheCore<Key, T>::prepareLocked(Entry &entry)
{
    if (!entry.extras)
        return;
    if (entry.deadline.load(std::memory_order_relaxed) != Never)
        m_wheel.reserve();
    m_tags.add(entry);
}

// What was hit since.
template <typename Key, typename T>
void CacheCore<Key, T>::tellPolicyLocked(Writer &pin)
{
    const auto tell = [this](quint64 hash) {
        if (const Position hit = m_map.findIf(hash, [](const Node *) { return true; })) {
            Entry &entry = entryOf(hit.node);
            entry.isNoted.store(false, std::memory_order_relaxed); // relaxed: see use()
            m_policy.used(entry);
        }
    };
    if (++m_writes % WritesPerRound == 0)
        m_map.domain().takeNotes(tell);
    else
        static_cast<Slot &>(pin.slot()).takeNotes(tell);
}

// After \a entry came into the map, in place of \a replaced if there was one.
template <typename Key, typename T>
void CacheCore<Key, T>::settleLocked(Writer &pin, Entry &entry, Entry *replaced, Unlinked &unlinked)
{
    tellPolicyLocked(pin);
    m_cost += quint64(entry.cost);
    if (entry.pinned)
        m_pinnedCost += quint64(entry.cost);
    if (replaced && mayBeEvicted(*replaced) && mayBeEvicted(entry)) {
        m_policy.replaced(*replaced, entry);
    } else {
        if (replaced && mayBeEvicted(*replaced))
            m_policy.removed(*replaced);
        if (mayBeEvicted(entry))
            m_policy.added(entry);
    }
    if (replaced)
        forgetLocked(*replaced);
    const qint64 deadline = entry.deadline.load(std::memory_order_relaxed);
    if (deadline != Never)
        m_wheel.schedule(*entry.extras, deadline);
    if (!m_wheel.isEmpty())
        expireLocked(pin, ExpiredPerWrite, unlinked);
    evictLocked(pin, limit(), SyncRemovalCause::Evicted, &entry, unlinked);
    publishTotalLocked();
    if (Q_UNLIKELY(!m_wheel.isEmpty()))
        armTimerLocked(unlinked);
}

template <typename Key, typename T>
void CacheCore<Key, T>::publishTotalLocked() noexcept
{
    // relaxed: a number for people; written under the lock.
    m_totalCost.store(qint64(m_cost), std::memory_order_relaxed);
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::Outcome
CacheCore<Key, T>::storeLoaded(const Key &key, quint64 hash, const T &value,
                               const LoadedOptions &options, Wanted &&wantedLocked)
{
    NodePointer fresh = makeNode(hash, key, value, options);
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    // What is there is better than nothing.
    const Outcome outcome = store(pin, std::move(fresh), IfPresent::ReplaceIfItFits,
                                  std::forward<Wanted>(wantedLocked))
                                    .outcome;
    if (outcome == Outcome::Refused)
        countRefused();
    return outcome;
}

template <typename Key, typename T>
template <typename Wanted>
void CacheCore<Key, T>::insertFromLoader(const Key &key, const T &value, Wanted &&wantedLocked)
{
    const quint64 hash = hashOf(key);
    NodePointer fresh = makeNode(hash, key, value, SyncEntryOptions());
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const auto wanted = [&] {
        const Entry *present = peek(hash, key);
        return wantedLocked(hash) && !(present && present->pinned);
    };
    if (store(pin, std::move(fresh), IfPresent::ReplaceIfItFits, wanted).outcome
        == Outcome::Refused)
        countRefused();
}

template <typename Key, typename T>
template <typename Wanted>
std::optional<T> CacheCore<Key, T>::renew(const Key &key, quint64 hash, Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const Entry *found = nullptr;
    {
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        const Position seen = m_map.find(hash, key);
        if (seen && isAlive(entryOf(seen.node)))
            found = &entryOf(seen.node);
        if (found && wantedLocked()) {
            Entry &entry = entryOf(seen.node);
            if (!entry.begin(now(), times.toStale.load(std::memory_order_relaxed)))
                found = nullptr; // a reader has just seen it expire
            else if (entry.deadline.load(std::memory_order_relaxed) != Never)
                m_wheel.schedule(*entry.extras, entry.deadline.load(std::memory_order_relaxed));
            unlinked.changed(seen.node, MapChange::Written);
        }
    }
    return found ? std::optional<T>(found->value) : std::nullopt;
}

template <typename Key, typename T>
bool CacheCore<Key, T>::insert(const Key &key, const T &value, const SyncEntryOptions &options,
                               bool isStale)
{
    const quint64 hash = hashOf(key);
    NodePointer fresh = makeNode(hash, Key(key), T(value), options.cost, options.timeToLive,
                                 options.pinned, options.tags, isStale);
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const auto wins = [&] {
        loads.supersedeLocked(hash, key);
        return true;
    };
    const Outcome outcome = store(pin, std::move(fresh), IfPresent::Replace, wins).outcome;
    if (outcome == Outcome::Refused)
        countRefused();
    return outcome == Outcome::Stored;
}

} // namespace SyncMapInternal
