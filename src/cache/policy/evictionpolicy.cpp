// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/policy/evictionpolicy.h>

#include <limits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Rounded up, as all targets: whole costs compare with that as with the exact one, whatever the unit.
quint64 EvictionPolicy::shareOf(quint64 cost, quint64 share) noexcept
{
    return cost / share + (cost % share != 0 ? 1 : 0);
}

quint64 EvictionPolicy::mostGhostBytes() const noexcept
{
    const quint64 most = quint64(count()) * MostGhosts * Ghosts::BytesOfEach;
    if (m_maxBytes >= 0)
        return qMin(most, quint64(m_maxBytes));
    if (m_costsAreBytes)
        return qMin(most, m_capacity / GhostShare);
    const quint64 classes = m_recurrent.classes() | m_probation.classes();
    const quint64 lowest = classes & (~classes + 1);
    if (classes >> AlikeClasses < lowest)
        return quint64(count()) * GhostsOfTheAlike * Ghosts::BytesOfEach;
    // Small entries may come to stay that are more than those that are held now.
    const int classesBelow =
            m_scale.classOf(m_capacity, 0) - m_usualClass.inUnits() / RunningMean::Unit;
    const quint64 wouldFit = Q_UINT64_C(1) << qBound(0, classesBelow, 40);
    return qMin(most,
                qMax(quint64(count()) * GhostsOfTheDifferent, wouldFit) * Ghosts::BytesOfEach);
}

void EvictionPolicy::setCapacity(qint64 capacity) noexcept
{
    const quint64 all =
            capacity < 0 ? quint64(std::numeric_limits<qint64>::max()) : quint64(capacity);
    if (all == m_capacity)
        return;
    m_capacity = all;
    m_scale.setBound(all);
    setProbationTarget(leastProbation());
    m_probationLength = {};
    if (m_costsAreBytes)
        shrink(Keep::ForEntries);
}

void EvictionPolicy::setReserved(quint64 cost) noexcept
{
    m_reserved = cost;
    setProbationTarget(m_probationTarget);
}

void EvictionPolicy::setProbationTarget(quint64 target) noexcept
{
    m_probationTarget = target;
    m_recurrentTarget = room() - qMin(target, room());
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
    m_usualClass.add(entry.costClass);
    entry.hits = 0;
    entry.isDemoted = false;
    const SpaceTime since = { m_ghosts.take(entry.hash, m_uses), entry.costClass };
    const bool recurs = since.age != 0 && isRecent(since);
    if (recurs)
        returned(entry, since);
    use(entry, recurs, since);
}

// An entry that probation has lost, and that took so much since its last use.
void EvictionPolicy::returned(const EntryHook &entry, const SpaceTime &since) noexcept
{
    quint32 part = WholeStep;
    for (SpaceTime length = m_probationLength.twice(); part != 0 && length.isLessThan(since);
         length = length.twice())
        part /= 2;
    m_growth += part;
    if (m_growth < WholeStep)
        return;
    m_growth -= WholeStep;
    lengthenProbation(quint64(qMin(entry.cost, m_recurrent.typical()->cost)), room());
}

// Of an entry that is in no queue, and that took so much since its last use.
void EvictionPolicy::use(EntryHook &entry, bool recurs, const SpaceTime &since) noexcept
{
    // Until there are enough recurrent entries, everything may be one.
    if (recurs || m_recurrent.cost() + quint64(entry.cost) <= m_recurrentTarget)
        return useRecurrent(entry, since);
    entry.lastUse = ++m_uses;
    m_probation.append(entry);
    if (Q_UNLIKELY(m_recurrent.cost() > m_recurrentTarget))
        demote(nullptr, {});
}

inline void EvictionPolicy::useRecurrent(EntryHook &entry, const SpaceTime &since) noexcept
{
    entry.lastUse = ++m_uses;
    m_recurrent.append(entry);
    if (Q_UNLIKELY(m_recurrent.cost() > m_recurrentTarget))
        demote(&entry, since);
}

void EvictionPolicy::used(EntryHook &entry) noexcept
{
    const EntryHook::Queue queue = entry.queue;
    if (queue == EntryHook::Queue::Recurrent) {
        m_recurrent.remove(entry);
        countHit(entry);
        useRecurrent(entry, {});
    } else if (queue == EntryHook::Queue::Probation) {
        const SpaceTime since = spaceTimeOf(entry);
        m_probation.remove(entry);
        if (std::exchange(entry.isDemoted, false))
            shortenProbation(quint64(entry.cost));
        countHit(entry);
        use(entry, isRecent(since), since);
    }
}

void EvictionPolicy::replaced(EntryHook &old, EntryHook &fresh) noexcept
{
    if (fresh.cost == old.cost && fresh.loadClass == 0 && old.loadClass == 0) {
        fresh.costClass = old.costClass; // of this bound, or of one before
    } else {
        if (fresh.loadClass != old.loadClass) // else it may be the same value
            m_loadTimes.add(fresh.loadClass);
        classify(fresh);
    }
    // Puts the new entry where the old one was, and then uses it.
    fresh.lastUse = old.lastUse;
    fresh.hits = old.hits;
    fresh.isDemoted = false;
    countHit(fresh);
    if (old.queue == EntryHook::Queue::Recurrent) {
        m_recurrent.remove(old);
        useRecurrent(fresh, {});
    } else {
        const SpaceTime since = spaceTimeOf(fresh);
        m_probation.remove(old);
        if (old.isDemoted)
            shortenProbation(quint64(fresh.cost));
        use(fresh, isRecent(since), since);
    }
}

void EvictionPolicy::removed(EntryHook &entry) noexcept
{
    Q_ASSERT(entry.queue != EntryHook::Queue::None);
    (entry.queue == EntryHook::Queue::Recurrent ? m_recurrent : m_probation).remove(entry);
}

EntryHook *EvictionPolicy::victim(const EntryHook *spared) const noexcept
{
    EntryHook *entry = m_probation.largest(m_uses, spared);
    return entry ? entry : m_recurrent.largest(m_uses, spared);
}

void EvictionPolicy::evicted(EntryHook &entry, Why why) noexcept
{
    const SpaceTime since = spaceTimeOf(entry);
    const bool isRemembered = isRecent(since);
    if (why == Why::NoRoom) {
        if (entry.queue == EntryHook::Queue::Probation) {
            if (!entry.isDemoted)
                m_probationLength = since;
        } else if (m_recurrent.cost() <= m_recurrentTarget) {
            lengthenProbation(quint64(entry.cost), shareOf(room(), ShareOfTheLarge));
        }
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

// The recurrent entries that have taken most, while there are too many; the rest of them next time.
// \a fresh took so much before it came: if the others took less, it is the one.
void EvictionPolicy::demote(EntryHook *fresh, const SpaceTime &before) noexcept
{
    for (int i = 0; i < MostDemotions && m_recurrent.cost() > m_recurrentTarget; ++i) {
        EntryHook *entry = m_recurrent.largest(m_uses, fresh);
        if (!entry || spaceTimeOf(*entry).isLessThan(before))
            entry = std::exchange(fresh, nullptr);
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
    most = qMin(most, room() - room() / SmallestShare);
    setProbationTarget(qMax(m_probationTarget, qMin(m_probationTarget + cost, most)));
}

void EvictionPolicy::shortenProbation(quint64 cost) noexcept
{
    const quint64 least = leastProbation();
    setProbationTarget(m_probationTarget > least + cost ? m_probationTarget - cost : least);
}

bool EvictionPolicy::isConsistent() const noexcept
{
    return m_recurrent.isConsistent(true) && m_probation.isConsistent(false)
            && m_ghosts.isConsistent() && m_probationTarget <= m_capacity;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
