// SPDX-License-Identifier: MIT
#include <SyncMap/cache/policy/evictionpolicy.h>

#include <limits>
#include <utility>

namespace SyncMapInternal {

quint64 EvictionPolicy::leastProbation() const noexcept
{
    // Rounded up: one entry at least, and so in each unit of cost.
    return m_capacity / SmallestShare + (m_capacity % SmallestShare != 0 ? 1 : 0);
}

quint64 EvictionPolicy::mostGhostBytes() const noexcept
{
    const quint64 each = quint64(count()) * Ghosts::BytesOfEach;
    const quint64 enough = each * GhostsThatPay;
    if (m_maxBytes >= 0)
        return qMin(enough, quint64(m_maxBytes));
    if (m_costsAreBytes)
        return qMin(enough, m_capacity / GhostShare);
    // Where costs differ, small entries come to stay that are more than those that are held now.
    const quint64 classes = m_recurrent.classes() | m_probation.classes();
    const quint64 lowest = classes & (~classes + 1);
    return classes >> AlikeOctaves >= lowest * 2 ? enough : each * GhostsOfTheAlike;
}

void EvictionPolicy::setCapacity(qint64 capacity) noexcept
{
    m_capacity = capacity < 0 ? quint64(std::numeric_limits<qint64>::max()) : quint64(capacity);
    m_scale.setBound(m_capacity);
    m_probationTarget = leastProbation();
    demote(nullptr);
    if (m_costsAreBytes)
        shrink(Keep::ForEntries);
}

void EvictionPolicy::classify(EntryHook &entry) noexcept
{
    const bool isWorth = m_keepsSlowLoads && entry.loadClass != 0;
    const int worth = isWorth ? m_loadTimes.worthOf(entry.loadClass) : 0;
    entry.costClass = quint8(m_scale.classOf(quint64(entry.cost), -worth));
}

void EvictionPolicy::added(EntryHook &entry) noexcept
{
    m_loadTimes.add(entry.loadClass);
    classify(entry);
    entry.hits = 0;
    entry.isDemoted = false;
    bool recurs = false;
    if (const quint64 age = m_ghosts.take(entry.hash, m_uses)) {
        const SpaceTime since = { age, entry.costClass };
        if (!m_probationLength.twice().isLessThan(since))
            lengthenProbation(quint64(entry.cost), m_capacity);
        recurs = isRecent(since);
    }
    use(entry, recurs);
}

// Of an entry that is in no queue.
void EvictionPolicy::use(EntryHook &entry, bool isRecurrent) noexcept
{
    entry.lastUse = ++m_uses;
    // Until there are enough recurrent entries, everything may be one.
    if (isRecurrent || m_recurrent.cost() + quint64(entry.cost) <= recurrentTarget()) {
        m_recurrent.append(entry);
        if (m_recurrent.cost() > recurrentTarget())
            demote(&entry);
    } else {
        m_probation.append(entry);
    }
}

void EvictionPolicy::used(EntryHook &entry) noexcept
{
    const EntryHook::Queue queue = entry.queue;
    if (queue == EntryHook::Queue::None)
        return;
    const bool isRecurrent = recurs(queue, entry);
    removed(entry);
    countHit(entry, std::exchange(entry.isDemoted, false));
    use(entry, isRecurrent);
}

// The entry is used again, or what takes its place.
bool EvictionPolicy::recurs(EntryHook::Queue queue, const EntryHook &entry) const noexcept
{
    return queue == EntryHook::Queue::Recurrent || isRecent(spaceTimeOf(entry));
}

void EvictionPolicy::countHit(EntryHook &entry, bool wasDemoted) noexcept
{
    if (wasDemoted)
        shortenProbation(quint64(entry.cost));
    if (entry.hits < EntryHook::MostHits)
        ++entry.hits;
}

void EvictionPolicy::replaced(EntryHook &old, EntryHook &fresh) noexcept
{
    if (fresh.cost == old.cost && fresh.loadClass == old.loadClass) {
        fresh.costClass = old.costClass;
    } else {
        if (fresh.loadClass != old.loadClass) // else it may be the same value
            m_loadTimes.add(fresh.loadClass);
        classify(fresh);
    }
    fresh.lastUse = old.lastUse;
    fresh.hits = old.hits;
    const bool isRecurrent = recurs(old.queue, fresh);
    removed(old);
    fresh.isDemoted = false;
    countHit(fresh, old.isDemoted);
    use(fresh, isRecurrent);
}

void EvictionPolicy::removed(EntryHook &entry) noexcept
{
    (entry.queue == EntryHook::Queue::Recurrent ? m_recurrent : m_probation).remove(entry);
}

EntryHook *EvictionPolicy::victim(const EntryHook *spared) const noexcept
{
    EntryHook *entry = m_probation.largest(m_uses, spared);
    return entry ? entry : m_recurrent.largest(m_uses, spared);
}

void EvictionPolicy::evicted(EntryHook &entry) noexcept
{
    const SpaceTime since = spaceTimeOf(entry);
    const bool isRemembered = isRecent(since);
    if (cost() > m_capacity) { // and not to give back memory
        if (entry.queue == EntryHook::Queue::Recurrent)
            lengthenProbation(quint64(entry.cost), m_capacity / ShareOfTheLarge);
        else if (!entry.isDemoted)
            m_probationLength = since;
    }
    removed(entry);
    if (isRemembered)
        m_ghosts.add(entry.hash, entry.lastUse, mostGhostBytes());
}

void EvictionPolicy::setMaxBytes(qint64 bytes) noexcept
{
    m_maxBytes = bytes;
    shrink(Keep::ForEntries);
}

void EvictionPolicy::setCostsAreBytes(bool areBytes) noexcept
{
    m_costsAreBytes = areBytes;
    shrink(Keep::ForEntries);
}

void EvictionPolicy::shrink(Keep keep) noexcept
{
    m_ghosts.shrink(keep == Keep::Nothing ? 0 : mostGhostBytes());
}

// The recurrent entries that have taken most, while there are too many.
void EvictionPolicy::demote(const EntryHook *spared) noexcept
{
    while (m_recurrent.cost() > recurrentTarget()) {
        EntryHook *entry = m_recurrent.largest(m_uses, spared);
        if (!entry)
            return;
        m_recurrent.remove(*entry);
        entry->isDemoted = true;
        m_probation.append(*entry);
    }
}

// Not beyond \a most.
void EvictionPolicy::lengthenProbation(quint64 cost, quint64 most) noexcept
{
    const quint64 longer = m_probationTarget + cost;
    if (longer <= qMin(most, m_capacity - leastProbation()))
        m_probationTarget = longer;
}

void EvictionPolicy::shortenProbation(quint64 cost) noexcept
{
    const quint64 least = leastProbation();
    m_probationTarget = m_probationTarget > least + cost ? m_probationTarget - cost : least;
}

bool EvictionPolicy::isConsistent() const noexcept
{
    return m_recurrent.isConsistent(true) && m_probation.isConsistent(false)
            && m_ghosts.isConsistent() && m_probationTarget >= leastProbation()
            && m_probationTarget <= m_capacity;
}

} // namespace SyncMapInternal
