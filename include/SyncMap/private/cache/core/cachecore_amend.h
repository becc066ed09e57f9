// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>
#include <SyncMap/private/cache/core/cachecore_unlinked.h>

#include <optional>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What changes an entry and not its value: other options, or times that begin anew. Readers look at an
// entry without a lock, so what it was published with stays as it is: another one takes its place, with
// a copy of the value. That is no write: it overtakes no load, and nobody is told of a removal.

template <typename Key, typename T>
EntryPlan CacheCore<Key, T>::planOfAmendment(const LoadedOptions &options, const Entry &old,
                                             TimesOf from) const
{
    const EntryExtras *extras = old.extras.get();
    EntryPlan plan = planOf(options.entry, &old);
    plan.stale = options.stale;
    plan.loadClass = old.loadClass;
    if (from == TimesOf::Before) {
        plan.timeToIdle = extras ? extras->timeToIdle : Never;
        if (!options.entry.timeToLive && !options.entry.resetsTimeToLive)
            plan.timeToLive = extras ? extras->timeToLive : Never;
    }
    if (!options.entry.cost) {
        plan.cost = qsizetype(old.cost);
        plan.hasOwnCost = old.hasOwnCost;
    }
    if (!plan.hasOwnCost) {
        // The same value: it is not weighed again, but what it has beside.
        EntryPlan before;
        if (extras) {
            before.timeToLive = extras->timeToLive;
            before.timeToIdle = extras->timeToIdle;
            before.hasOwnTimeToLive = extras->hasOwnTimeToLive;
            before.tags = extras->tags;
        }
        const qint64 cost = old.cost - weighExtras(before) + weighExtras(plan);
        plan.cost = qsizetype(std::max<qint64>(cost, 0));
    }
    return plan;
}

// Its times go on, but for the one that was named.
template <typename Key, typename T>
void CacheCore<Key, T>::goOnLocked(const Entry &old, Entry &fresh,
                                   const SyncCacheEntryOptions &options)
{
    constexpr auto order = std::memory_order_relaxed; // times say nothing of other memory
    fresh.begun.store(old.begun.load(order), order);
    fresh.staleAt.store(old.staleAt.load(order), order);
    if (!fresh.extras || options.timeToLive || options.resetsTimeToLive)
        return;
    const qint64 latest = old.extras ? old.extras->latestDeadline.load(order) : Never;
    fresh.extras->latestDeadline.store(latest, order);
    if (!fresh.mayIdle)
        fresh.deadline.store(latest, order);
}

template <typename Key, typename T>
template <typename Wanted>
typename CacheCore<Key, T>::Amended
CacheCore<Key, T>::amend(Writer &pin, quint64 hash, const Key &key, const LoadedOptions &options,
                         TimesOf from, Wanted &&wantedLocked)
{
    for (bool mayBeCrowded = true;;) {
        const Position seen = m_map.find(hash, key);
        if (!seen || !isAlive(entryOf(seen.node)))
            return {};
        const Entry &old = entryOf(seen.node);
        const EntryPlan plan = planOfAmendment(options, old, from);
        const auto wanted = [&] { return wantedLocked(plan.tags); };
        if (plan.isOver()) {
            const auto outcome = removeIf(key, hash, SyncCacheRemovalCause::Expired, [&] {
                const bool isWanted = wanted();
                if (isWanted && from == TimesOf::Before)
                    loads.amendedLocked(hash);
                return isWanted;
            });
            if (outcome == RemovalOutcome::NothingThere)
                continue;
            return { &old, outcome == RemovalOutcome::Removed };
        }
        NodePointer fresh = makeNode(hash, Key(seen.node->key), T(old.value), plan);
        const Entry *amended = &entryOf(fresh.get());
        bool isWanted = true;
        auto result = Exchange::Missed;
        {
            Unlinked unlinked(*this, pin);
            m_mutex.run([&] {
                isWanted = wanted();
                if (!isWanted)
                    return;
                if (from == TimesOf::Before)
                    goOnLocked(old, fresh->value.mutableValue(), options.entry);
                result = replaceLocked(pin, seen, fresh,
                                       from == TimesOf::Before ? Kind::Amendment : Kind::Renewal,
                                       mayBeCrowded, unlinked);
                if (result == Exchange::Done && from == TimesOf::Before)
                    loads.amendedLocked(hash);
            });
        }
        if (!isWanted || result == Exchange::Refused)
            return { &old, false };
        if (result == Exchange::Done)
            return { amended, true };
        if (result == Exchange::Crowded) {
            mayBeCrowded = false;
            expire();
        }
    }
}

template <typename Key, typename T>
bool CacheCore<Key, T>::setOptions(quint64 hash, const Key &key,
                                   const SyncCacheEntryOptions &options)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const Amended amended = amend(pin, hash, key, { options, false }, TimesOf::Before,
                                  [](const QStringList &) { return true; });
    if (amended.entry && !amended.isDone)
        countRefused();
    return amended.isDone;
}

// By a loader: the value that is there is still right.
template <typename Key, typename T>
template <typename Wanted>
std::optional<T> CacheCore<Key, T>::renew(const Key &key, quint64 hash,
                                          const LoadedOptions &options, Wanted &&wantedLocked)
{
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    const Entry *found = nullptr;
    bool isDone = false;
    if (options.stale || !options.entry.isEmpty() || !hasTimesOfNow(hash, key)) {
        const Amended amended = amend(pin, hash, key, options, TimesOf::Now, wantedLocked);
        found = amended.entry;
        isDone = amended.isDone;
    }
    if (!isDone) { // also if the options cannot be: the value is right all the same
        Unlinked unlinked(*this, pin);
        const std::lock_guard lock(m_mutex);
        const Position seen = m_map.find(hash, key);
        found = seen && isAlive(entryOf(seen.node)) ? &entryOf(seen.node) : nullptr;
        const QStringList *tags = found ? found->tags() : nullptr;
        if (found && wantedLocked(tags ? *tags : QStringList())) {
            Entry &entry = entryOf(seen.node);
            const Moment began = { now(), entry.mayIdle ? awakeNow() : 0 };
            if (!entry.begin(began, times.toStale.load(std::memory_order_relaxed)))
                found = nullptr; // a reader has just seen it expire
            else if (const qint64 due = dueOf(entry); due != Never)
                m_wheel.schedule(*entry.extras, due);
            unlinked.changed(seen.node, MapChange::Written);
        }
    }
    return found ? std::optional<T>(found->value) : std::nullopt;
}

// What the entry would be given now is what it has: it may begin anew as it is.
template <typename Key, typename T>
bool CacheCore<Key, T>::hasTimesOfNow(quint64 hash, const Key &key)
{
    const Entry *entry = peek(hash, key);
    if (!entry)
        return true;
    const EntryPlan plan = planOf({}, entry);
    const EntryExtras *extras = entry->extras.get();
    return plan.timeToLive == (extras ? extras->timeToLive : Never)
            && plan.timeToIdle == (extras ? extras->timeToIdle : Never);
}

template <typename Key, typename T>
std::optional<SyncCacheEntryInfo> CacheCore<Key, T>::infoOf(quint64 hash, const Key &key)
{
    constexpr auto order = std::memory_order_relaxed; // times say nothing of other memory
    const Reader pin(m_map.domain());
    const Entry *entry = peek(hash, key);
    if (!entry)
        return std::nullopt;
    const qint64 time = now();
    const auto left = [time](qint64 moment) {
        return moment == Never ? SyncCacheForever
                               : toMilliseconds(qMax<qint64>(saturatingSubtract(moment, time), 0));
    };
    SyncCacheEntryInfo info;
    info.cost = qsizetype(entry->cost);
    info.age = toMilliseconds(qMax<qint64>(saturatingSubtract(time, entry->begun.load(order)), 0));
    info.staleTimeLeft = left(entry->staleAt.load(order));
    info.stale = isStale(*entry);
    info.pinned = entry->pinned;
    if (const EntryExtras *extras = entry->extras.get()) {
        info.timeToLiveLeft = left(extras->latestDeadline.load(order));
        info.hasOwnTimeToLive = extras->hasOwnTimeToLive;
        info.tags = extras->tags;
        // Of an entry that is just being replaced it is not known any more.
        const qint64 deadline = entry->deadline.load(order);
        if (entry->mayIdle && deadline != Never) {
            const bool isKnown = deadline != Entry::Gone && deadline != Entry::Held;
            const qint64 idle =
                    isKnown ? saturatingSubtract(deadline, awakeNow()) : extras->timeToIdle;
            info.timeToIdleLeft = toMilliseconds(qMax<qint64>(idle, 0));
        }
    }
    return info;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
