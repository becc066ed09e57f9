// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/policy/costscale.h>
#include <SyncMap/private/cache/policy/entryhook.h>
#include <SyncMap/private/cache/policy/entryqueue.h>
#include <SyncMap/private/cache/policy/ghosts.h>
#include <SyncMap/private/cache/policy/loadtimes.h>
#include <SyncMap/private/cache/policy/runningmean.h>
#include <SyncMap/private/cache/policy/spacetime.h>
#include <SyncMap/syncmapglobal.h>

#include <cstddef>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which entry a cache evicts: LIRS by space-time, with an adaptive share for newcomers.
//
// LIRS (Jiang and Zhang, "LIRS: an efficient low inter-reference recency set replacement policy",
// SIGMETRICS 2002) ranks an entry by the distance between its last two uses, not by the time since
// the last one. Entries with a short distance are *recurrent* and hold most of the cache; all
// others are on *probation*, in a small queue from which entries are evicted. An entry on probation
// that is used again becomes recurrent if that distance is shorter than the time since the last use
// of the oldest recurrent entry, which then goes on probation in its place. So a scan or a loop
// passes through probation alone.
//
// The paper's entries are pages, all of one size. Here they have costs, and what counts is space
// times time, which Denning and Slutz ("Generalized working sets for segment reference strings",
// CACM 21, 1978) found to be what an entry of some size is to be charged with: a hit has to pay for
// what the entry took of the cache since the last one, and an entry that costs 16 times as much has
// to be used 16 times as often. So wherever the paper asks for the oldest, here the one is meant that
// has the largest product of cost and age. It is found among the oldest of each class of cost
// (EntryQueue), and an entry of many hits counts as of less cost (GDSF does so; Cherkasova, HP Labs,
// 1998); so does one whose load took long (LoadTimes).
//
// The paper keeps one stack of all recent uses, pruned so that a recurrent entry is at its bottom.
// Here each entry, and each ghost of an evicted one, has the number of its last use: it is *recent*
// if its product is less than the largest among the recurrent ones. The same order, with one list
// less and without pruning.
//
// The share of probation, 1 % in the paper, suits loops and scans and costs hits where what was used
// last is used next. So it adapts, as in DLIRS (Li, "DLIRS: improving low inter-reference recency set
// cache replacement policy with dynamics", SYSTOR 2018): it grows when an entry comes back that
// probation has lost, and shrinks by the cost of one that is used on probation and was recurrent
// before. What DLIRS lacks: an entry counts only if it is recent, that is worth its space more than
// some recurrent one, and in full only if it had been a hit in a probation twice as long; if that would
// have to be four times as long, it counts for half, and so on. Without that, old ghosts make probation
// grow where nothing is gained by it; without the others, what comes back after three times its length
// never finds it longer. A step is what the entry costs, or a usual one if that is less: a hit is a hit.
// And it grows, up to an eighth of the cache, where a newcomer that is larger than all of it
// displaced a recurrent entry: the next one of that size finds room.
//
// Each number here is a count of uses, or of bytes of memory, or a cost; costs are compared with
// costs and with shares of the bound alone. So what is evicted does not depend on the unit of cost.
//
// What else was measured stands in src/decisions.md.
//
// O(1) for each use, addition and eviction: a look at the classes of cost that are there, and at most
// 64 entries that change their queue; amortised where Ghosts grow. No floating-point numbers, nothing
// random. For one thread at a time: the holder of the cache's lock.
class SYNCMAP_EXPORT EvictionPolicy
{
public:
    EvictionPolicy() = default;
    Q_DISABLE_COPY_MOVE(EvictionPolicy)
    ~EvictionPolicy() = default;

    // Of all entries together. Negative: unbounded. Another one than before begins to learn anew.
    void setCapacity(qint64 capacity) noexcept;
    // What of it entries take that are not evicted, and that the policy does not know.
    void setReserved(quint64 cost) noexcept;

    // The entry is new; its hash, cost and load class are set.
    void added(EntryHook &entry) noexcept;
    // The entry was hit.
    void used(EntryHook &entry) noexcept;
    // \a fresh has taken the place of \a old, which counts as a use.
    void replaced(EntryHook &old, EntryHook &fresh) noexcept;
    // The entry has gone for another reason than that there was no room: it leaves no ghost.
    void removed(EntryHook &entry) noexcept;

    // The entry to evict next, other than \a spared; null if there is none.
    EntryHook *victim(const EntryHook *spared) const noexcept;
    // The entry has gone: as the victim, since there was no room, or to give back memory.
    enum class Why : quint8 { NoRoom, GivenBack };
    void evicted(EntryHook &entry, Why why) noexcept;

    // Whether entries that come from now on count as cheaper if their load took longer than usual.
    void setKeepsSlowLoads(bool keeps) noexcept { m_keepsSlowLoads = keeps; }
    bool keepsSlowLoads() const noexcept { return m_keepsSlowLoads; }

    // Of what is kept beside the entries, which is never more than 1 KiB for each that is held.
    // Negative: 1/64 of the capacity if costs are bytes; and if not, 32 for each entry, or 96 where costs
    // differ, or 16 for each newcomer of usual cost that would fit. More is forgotten at once.
    void setMaxBytes(qint64 bytes) noexcept;
    qint64 maxBytes() const noexcept { return m_maxBytes; }
    void setCostsAreBytes(bool areBytes) noexcept;
    // Gives back what the entries that are held do not need, or all.
    enum class Keep : quint8 { ForEntries, Nothing };
    void shrink(Keep keep) noexcept;

    qint64 count() const noexcept { return m_recurrent.count() + m_probation.count(); }
    quint64 cost() const noexcept { return m_recurrent.cost() + m_probation.cost(); }
    qint64 ghostCount() const noexcept { return m_ghosts.count(); }
    std::size_t metadataBytes() const noexcept { return m_ghosts.bytes(); }
    bool isConsistent() const noexcept;

private:
    quint64 room() const noexcept { return m_capacity - qMin(m_reserved, m_capacity); }
    void setProbationTarget(quint64 target) noexcept;
    bool isRecent(const SpaceTime &spaceTime) const noexcept
    {
        return m_recurrent.hasLargerThan(spaceTime, m_uses);
    }
    SpaceTime spaceTimeOf(const EntryHook &entry) const noexcept
    {
        return EntryQueue::spaceTimeOf(entry, m_uses);
    }
    void classify(EntryHook &entry) noexcept;
    static void countHit(EntryHook &entry) noexcept
    {
        entry.hits = quint8(qMin<int>(entry.hits + 1, EntryHook::MostHits));
    }
    void use(EntryHook &entry, bool recurs, const SpaceTime &since) noexcept;
    void useRecurrent(EntryHook &entry, const SpaceTime &since) noexcept;
    void demote(EntryHook *fresh, const SpaceTime &before) noexcept;
    void returned(const EntryHook &entry, const SpaceTime &since) noexcept;
    void lengthenProbation(quint64 cost, quint64 most) noexcept;
    void shortenProbation(quint64 cost) noexcept;
    static quint64 shareOf(quint64 cost, quint64 share) noexcept;
    quint64 leastProbation() const noexcept { return shareOf(room(), SmallestShare); }
    quint64 mostGhostBytes() const noexcept;

    // Each is a share of the capacity, or a number for each entry.
    static constexpr quint64 SmallestShare = 100; // the smallest probation: 1 %
    static constexpr quint64 ShareOfTheLarge = 8; // so far it grows for large entries
    static constexpr int MostDemotions = 64; // at once, so that nobody waits for long
    static constexpr quint32 WholeStep = 1 << 16;
    // Ghosts for each entry: where costs are alike, where they differ, and at most.
    static constexpr quint64 GhostsOfTheAlike = 2;
    static constexpr quint64 GhostsOfTheDifferent = 6;
    static constexpr quint64 MostGhosts = 64;
    static constexpr int AlikeClasses = 4; // less than so far apart, after hits and load times
    static constexpr quint64 GhostShare = 64; // of the capacity, if costs are bytes

    EntryQueue m_recurrent { EntryHook::Queue::Recurrent }; // by last use
    EntryQueue m_probation { EntryHook::Queue::Probation }; // by arrival, or by last use since
    Ghosts m_ghosts;
    CostScale m_scale;
    LoadTimes m_loadTimes;
    RunningMean m_usualClass; // of newcomers
    quint64 m_uses = 0;
    quint64 m_capacity = 0;
    quint64 m_reserved = 0;
    quint64 m_probationTarget = 0;
    quint64 m_recurrentTarget = 0; // what of the room is not that
    quint32 m_growth = 0; // towards the next step of probation, in parts of WholeStep
    // Of the last entry that probation lost and that had been new to it.
    SpaceTime m_probationLength;
    qint64 m_maxBytes = -1;
    bool m_costsAreBytes = false;
    bool m_keepsSlowLoads = true;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
