// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>
#include <SyncMap/private/cache/core/cachecore_unlinked.h>
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qscopeguard.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Writes: a node is made outside of the lock, and comes in, or is refused, under it.

// What an entry has beside its key and value, if costs are bytes: counted as memory is, with each tag
// as if nobody else bore it.
template <typename Key, typename T>
qsizetype CacheCore<Key, T>::weighExtras(const EntryPlan &plan) const
{
    if (!m_weighsBytes || !plan.needsExtras())
        return 0;
    qsizetype sum = sizeof(EntryExtras) + AllocationBytes;
    if (!plan.tags.isEmpty())
        sum += qsizetype(AllocationBytes);
    for (const QString &tag : plan.tags)
        sum += qsizetype(sizeof(QString)) + tag.size() * qsizetype(sizeof(QChar))
                + Tags::BytesPerTag;
    return sum;
}

template <typename Key, typename T>
inline EntryPlan CacheCore<Key, T>::defaultPlan() const
{
    constexpr auto order = std::memory_order_relaxed; // see Times
    EntryPlan plan;
    plan.timeToLive = times.toLive.load(order);
    plan.timeToIdle = times.toIdle.load(order);
    plan.timeToStale = times.toStale.load(order);
    return plan;
}

template <typename Key, typename T>
EntryPlan CacheCore<Key, T>::planOf(const SyncCacheEntryOptions &options,
                                    const Entry *present) const
{
    // Neither changes once the entry is published.
    const EntryExtras *extras = present ? present->extras.get() : nullptr;
    EntryPlan plan = defaultPlan();
    plan.cost = options.cost;
    plan.hasOwnCost = options.cost.has_value();
    if (!plan.cost && present && !m_weigher) {
        plan.cost = qsizetype(present->cost);
        plan.hasOwnCost = present->hasOwnCost;
    }
    const bool staysOwn = !options.resetsTimeToLive && extras && extras->hasOwnTimeToLive;
    plan.hasOwnTimeToLive = options.timeToLive || staysOwn;
    if (options.timeToLive)
        plan.timeToLive = toNanoseconds(*options.timeToLive);
    else if (staysOwn)
        plan.timeToLive = extras->timeToLive;
    plan.pinned = options.pinned.value_or(present && present->pinned);
    if (options.tags)
        plan.tags = *options.tags;
    else if (extras)
        plan.tags = extras->tags;
    return plan;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::NodePointer
CacheCore<Key, T>::makeNode(quint64 hash, Key key, T &&value, const EntryPlan &plan)
{
    constexpr auto order = std::memory_order_relaxed; // not published yet
    qint64 itsCost = 1;
    if (plan.cost)
        itsCost = *plan.cost;
    else if (m_weigher)
        itsCost = addBytes(m_weigher(key, value), weighExtras(plan));
    Q_ASSERT_X(itsCost >= 0, "SyncCache", "a cost must not be negative");
    Entry entry(std::move(value));
    QT_TRY
    {
        entry.hash = hash;
        entry.cost = std::max<qint64>(itsCost, 0);
        entry.loadClass = plan.loadClass;
        entry.pinned = plan.pinned;
        entry.hasOwnCost = plan.hasOwnCost;
        entry.mayIdle = plan.timeToIdle != Never;
        if (plan.needsExtras()) {
            EntryExtras &extras = entry.needExtras();
            extras.timeToLive = plan.timeToLive;
            extras.timeToIdle = plan.timeToIdle;
            extras.hasOwnTimeToLive = plan.hasOwnTimeToLive;
            extras.tags = plan.tags;
        }
        entry.begin(momentFor(plan), plan.timeToStale);
        if (plan.stale)
            entry.staleAt.store(Entry::Gone, order);
        return m_map.makeNode(hash, std::move(key), std::move(entry));
    }
    QT_CATCH(...)
    {
        if constexpr (std::is_move_assignable_v<T>)
            value = std::move(entry.value);
        QT_RETHROW;
    }
    Q_UNREACHABLE();
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult CacheCore<Key, T>::store(Writer &pin, NodePointer &fresh,
                                                                 IfPresent ifPresent,
                                                                 Wanted &&wantedLocked)
{
    StoreResult result;
    for (const bool mayBeCrowded : { true, false }) {
        {
            Unlinked unlinked(*this, pin);
            m_mutex.run([&] {
                result = storeLocked(pin, fresh, ifPresent, mayBeCrowded, wantedLocked, unlinked);
            });
        }
        if (Q_LIKELY(result.outcome != Outcome::Crowded))
            break;
        expire();
    }
    return result;
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::StoreResult
CacheCore<Key, T>::storeLocked(Writer &pin, NodePointer &fresh, IfPresent ifPresent,
                               bool mayBeCrowded, const Wanted &wantedLocked, Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    if (Q_UNLIKELY(mayBeCrowded && isCrowdedLocked(entry, nullptr))) {
        const Position there = m_map.find(entry.hash, fresh->key);
        if (isCrowdedLocked(entry, there ? &entryOf(there.node) : nullptr))
            return { Outcome::Crowded, nullptr };
    }
    if (!wantedLocked())
        return { Outcome::Unwanted, nullptr };
    Position seen = m_map.find(entry.hash, fresh->key);
    if (seen && !isAlive(entryOf(seen.node))) {
        unlinkLocked(pin, seen, SyncCacheRemovalCause::Expired, unlinked);
        publishTotalLocked(); // what follows may throw
        seen = {};
    }
    Entry *present = seen ? &entryOf(seen.node) : nullptr;
    if (present && ifPresent == IfPresent::Keep)
        return { Outcome::Kept, present };
    if (!fitsLocked(entry, present)) {
        if (seen && ifPresent == IfPresent::Replace)
            unlinkLocked(pin, seen, SyncCacheRemovalCause::Replaced, unlinked);
        publishTotalLocked();
        return { Outcome::Refused, present };
    }
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    if (present && !holdLocked(*present, entry)) {
        unlinkLocked(pin, seen, SyncCacheRemovalCause::Expired, unlinked);
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
        partLocked(seen.node, SyncCacheRemovalCause::Replaced, unlinked);
    settleLocked(pin, entry, present, unlinked);
    return { Outcome::Stored, present };
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange CacheCore<Key, T>::replace(Writer &pin, const Position &seen,
                                                                NodePointer &fresh)
{
    auto result = Exchange::Missed;
    for (const bool mayBeCrowded : { true, false }) {
        {
            Unlinked unlinked(*this, pin);
            m_mutex.run([&] {
                result = replaceLocked(pin, seen, fresh, Kind::Write, mayBeCrowded, unlinked);
            });
        }
        if (Q_LIKELY(result != Exchange::Crowded))
            break;
        expire();
    }
    return result;
}

template <typename Key, typename T>
typename CacheCore<Key, T>::Exchange
CacheCore<Key, T>::replaceLocked(Writer &pin, const Position &seen, NodePointer &fresh, Kind kind,
                                 bool mayBeCrowded, Unlinked &unlinked)
{
    Entry &entry = fresh->value.mutableValue();
    Entry &present = entryOf(seen.node);
    if (!positionOf(present))
        return Exchange::Missed; // it was removed or replaced meanwhile
    if (!isAlive(present)) {
        unlinkLocked(pin, seen, SyncCacheRemovalCause::Expired, unlinked);
        publishTotalLocked();
        return Exchange::Missed;
    }
    if (Q_UNLIKELY(mayBeCrowded && isCrowdedLocked(entry, &present)))
        return Exchange::Crowded;
    // What takes no more than it did before may always stay, or go as a victim.
    const bool takesMore =
            entry.cost > present.cost || (entry.pinned && !present.pinned) || kind == Kind::Write;
    if (takesMore && !fitsLocked(entry, &present)) {
        if (kind != Kind::Write)
            return Exchange::Refused;
        loads.supersedeLocked(entry.hash, fresh->key);
        if (!unlinkLocked(pin, seen, SyncCacheRemovalCause::Replaced, unlinked))
            return Exchange::Missed;
        publishTotalLocked();
        return Exchange::Refused;
    }
    if (kind == Kind::Write)
        loads.supersedeLocked(entry.hash, seen.node->key); // first, since == may throw
    prepareLocked(entry);
    auto undo = qScopeGuard([&] { m_tags.remove(entry); });
    // What is made of a value that bears a tag is older than the removal of that tag.
    m_tags.succeed(present, entry);
    // relaxed: as all deadlines.
    const bool mayExpire = present.deadline.load(std::memory_order_relaxed) != Never;
    // What is held is in the map.
    if ((mayExpire && !holdLocked(present, entry, kind))
        || !m_map.replace(pin, seen, seen.node->value.observe(), fresh))
        return Exchange::Missed;
    undo.dismiss();
    if (kind != Kind::Amendment) // of which nobody sees anything
        unlinked.changed(seen.node, MapChange::Written); // the old node has the same key
    if (kind != Kind::Write)
        unlinked.retire(seen.node); // its value stays
    else
        partLocked(seen.node, SyncCacheRemovalCause::Replaced, unlinked);
    settleLocked(pin, entry, &present, unlinked);
    if (kind != Kind::Write && Q_UNLIKELY(m_cost > limit())) { // it was pinned, and too much
        evictLocked(pin, limit(), SyncCacheRemovalCause::Evicted, nullptr, unlinked);
        publishTotalLocked();
    }
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

// By a note.
template <typename Key, typename T>
void CacheCore<Key, T>::usedLocked(quint64 hash) noexcept
{
    if (const Position hit = m_map.findIf(hash, [](const Node *) { return true; })) {
        Entry &entry = entryOf(hit.node);
        entry.isNoted.store(false, std::memory_order_relaxed); // relaxed: see use()
        m_policy.used(entry);
    }
}

// Within a pin, by a hit whose note has no room, since nobody writes, or not enough: the policy is told by
// this thread, unless the lock is taken (also by this thread, whose == may look into the cache). No user
// code runs.
template <typename Key, typename T>
Q_NEVER_INLINE void CacheCore<Key, T>::handOver(Slot &slot, quint64 hit)
{
    // relaxed: a hint of when it is worth it.
    if (!slot.isHandOverDue(hit, m_evictions.load(std::memory_order_relaxed)) || !m_mutex.tryLock())
        return;
    const std::lock_guard lock(m_mutex, std::adopt_lock);
    slot.takeNotes([this](quint64 hash) { usedLocked(hash); });
}

// What was hit since.
template <typename Key, typename T>
void CacheCore<Key, T>::tellPolicyLocked(Writer &pin)
{
    const auto tell = [this](quint64 hash) { usedLocked(hash); };
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
    if (entry.pinned) {
        m_pinnedCost += quint64(entry.cost);
        m_policy.setReserved(m_pinnedCost);
    }
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
    const qint64 due = dueOf(entry);
    if (due != Never)
        m_wheel.schedule(*entry.extras, due);
    if (!m_wheel.isEmpty())
        expireLocked(pin, ExpiredPerWrite, unlinked);
    evictLocked(pin, limit(), SyncCacheRemovalCause::Evicted, &entry, unlinked);
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
                               const LoadedOptions &options, std::chrono::nanoseconds loadTime,
                               Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    for (;;) {
        // What is there says what the loader does not; it may be another one by the time of the lock.
        const Entry *present = peek(hash, key);
        EntryPlan plan = planOf(options.entry, present);
        plan.stale = options.stale;
        plan.loadClass = LoadTimes::classOf(loadTime.count());
        if (plan.isOver()) {
            removeIf(key, hash, SyncCacheRemovalCause::Expired,
                     [&] { return wantedLocked(plan.tags); });
            return Outcome::Over;
        }
        bool isOther = false;
        const auto wanted = [&] {
            isOther = peek(hash, key) != present;
            return !isOther && wantedLocked(plan.tags);
        };
        // What is there is better than nothing.
        NodePointer fresh = makeNode(hash, key, T(value), plan);
        const Outcome outcome = store(pin, fresh, IfPresent::ReplaceIfItFits, wanted).outcome;
        if (isOther)
            continue;
        if (outcome == Outcome::Refused)
            countRefused(*fresh);
        return outcome;
    }
}

template <typename Key, typename T>
template <typename Wanted>
void CacheCore<Key, T>::insertFromLoader(const Key &key, const T &value, Wanted &&wantedLocked)
{
    const quint64 hash = hashOf(key);
    storeLoaded(key, hash, value, {}, {}, [&](const QStringList &tags) {
        const Entry *present = peek(hash, key);
        return !(present && present->pinned) && wantedLocked(hash, tags);
    });
}

template <typename Key, typename T>
bool CacheCore<Key, T>::insert(Key &&key, T &&value, const EntryPlan &plan)
{
    const quint64 hash = hashOf(key);
    if (plan.isOver()) {
        removeIf(key, hash, SyncCacheRemovalCause::Expired, [&] {
            loads.supersedeLocked(hash, key);
            return true;
        });
        return false;
    }
    NodePointer fresh = makeNode(hash, std::move(key), std::move(value), plan);
    const Key &itsKey = fresh->key; // which nobody has seen, by the time that it wins
    const auto wins = [&] {
        loads.supersedeLocked(hash, itsKey);
        return true;
    };
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const Outcome outcome = store(pin, fresh, IfPresent::Replace, wins).outcome;
    if (outcome == Outcome::Refused)
        countRefused(*fresh);
    return outcome == Outcome::Stored;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
