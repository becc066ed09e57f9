// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore.h>

#include <QtCore/qdatetime.h>

#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Entries on their way to a file, and back.

// As long as it is open, what is written, removed, invalidated and tagged away, and whose options are
// set, is remembered. Opened when restore() is called.
template <typename Core>
class RestoreWatch
{
public:
    explicit RestoreWatch(Core &core) : m_tenure(core.loads.tenure())
    {
        const typename Core::Lock lock(core);
        epoch = core.loads.watchLocked();
    }
    Q_DISABLE_COPY_MOVE(RestoreWatch)
    ~RestoreWatch()
    {
        const typename Core::Use core(*m_tenure);
        if (!core)
            return;
        const typename Core::Lock lock(*core);
        core->loads.unwatchLocked();
    }

    typename WriteLog::Epoch epoch = 0;

private:
    const std::shared_ptr<typename Core::ItsTenure> m_tenure;
};

template <typename Key, typename T>
qint64 CacheCore<Key, T>::wallTime() const
{
    return m_clock ? m_clock->currentDateTime().toMSecsSinceEpoch()
                   : QDateTime::currentMSecsSinceEpoch();
}

// Under a pin.
template <typename Key, typename T>
StoredOptions CacheCore<Key, T>::describe(const Entry &entry) const
{
    constexpr auto order = std::memory_order_relaxed; // times say nothing of other memory
    const qint64 time = now();
    const auto left = [time](qint64 moment) {
        return moment == Never ? Never : qMax<qint64>(saturatingSubtract(moment, time), 0);
    };
    StoredOptions stored;
    stored.cost = entry.cost;
    stored.hasOwnCost = entry.hasOwnCost;
    stored.pinned = entry.pinned;
    stored.age = qMax<qint64>(saturatingSubtract(time, entry.begun.load(order)), 0);
    stored.freshLeft = left(entry.staleAt.load(order));
    if (const EntryExtras *extras = entry.extras.get()) {
        stored.hasOwnTimeToLive = extras->hasOwnTimeToLive;
        stored.timeToLive = extras->timeToLive;
        stored.tags = extras->tags;
        stored.lifeLeft = left(extras->latestDeadline.load(order));
    }
    stored.writtenAt = wallTime();
    return stored;
}

// What is there and not older stays. Times are its own and the cache's, from when it was written, and
// not longer than they were going to be.
template <typename Key, typename T>
void CacheCore<Key, T>::restore(Key &&key, T &&value, StoredOptions &&stored,
                                const RestoreWatch<CacheCore> &watch)
{
    constexpr auto order = std::memory_order_relaxed; // not published yet
    const quint64 hash = hashOf(key);
    SyncCacheEntryOptions options;
    options.setPinned(stored.pinned).setTags(stored.tags);
    if (stored.hasOwnCost) // else it is weighed here, in this cache's unit
        options.setCost(qsizetype(stored.cost));
    EntryPlan plan = planOf(options, nullptr);
    plan.hasOwnTimeToLive = stored.hasOwnTimeToLive;
    if (stored.hasOwnTimeToLive) {
        plan.timeToLive = stored.timeToLive;
    } else if (plan.timeToLive != Never) {
        // From when its life began, which may be later than when it was written.
        const bool isKnown = stored.timeToLive != Never && stored.lifeLeft != Never;
        const qint64 lived =
                isKnown ? saturatingSubtract(stored.timeToLive, stored.lifeLeft) : stored.age;
        stored.lifeLeft = qMin(stored.lifeLeft, saturatingSubtract(plan.timeToLive, lived));
    }
    if (plan.timeToStale != Never)
        stored.freshLeft = qMin(stored.freshLeft, saturatingSubtract(plan.timeToStale, stored.age));
    if (stored.lifeLeft <= 0 || plan.isOver())
        return;
    // So that there is a place for the deadline, if what it was saved with has an end.
    if (plan.timeToLive == Never)
        plan.timeToLive = stored.lifeLeft;

    NodePointer fresh = makeNode(hash, std::move(key), std::move(value), plan);
    Entry &entry = fresh->value.mutableValue();
    const qint64 time = now();
    const qint64 begun = saturatingSubtract(time, stored.age);
    entry.begun.store(begun, order);
    entry.staleAt.store(stored.freshLeft <= 0 ? Entry::Gone : endOf(time, stored.freshLeft), order);
    if (entry.extras) {
        const qint64 latest = endOf(time, stored.lifeLeft);
        entry.extras->latestDeadline.store(latest, order);
        if (!entry.mayIdle)
            entry.deadline.store(latest, order);
    }
    const Key &itsKey = fresh->key;
    const auto wins = [&] {
        if (loads.wasAnythingSaidSinceLocked(hash, stored.tags, watch.epoch))
            return false;
        const Entry *present = peek(hash, itsKey);
        // Moments of the coarse clock may be late by so much.
        return !present || saturatingAdd(present->begun.load(order), CoarseLag) < begun;
    };
    Writer pin(m_map.domain(), Writer::Unlinked::LeftToCaller);
    if (store(pin, fresh, IfPresent::ReplaceIfItFits, wins).outcome == Outcome::Refused)
        countRefused(*fresh);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
