// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/policy/entryhook.h>
#include <SyncMap/cache/policy/ghosts.h>

#include <limits>

namespace SyncMapInternal {

// Which entry a cache evicts: LIRS with an adaptive share for newcomers.
//
// LIRS (Jiang and Zhang, "LIRS: an efficient low inter-reference recency set replacement policy",
// SIGMETRICS 2002) ranks an entry by the distance between its last two uses, not by the time since
// the last one. Entries with a short distance are *recurrent* and hold most of the cache; all
// others are on *probation*, in a small queue from which entries are evicted. An entry on probation
// that is used again becomes recurrent if that distance is shorter than the time since the last use
// of the oldest recurrent entry, which then goes on probation in its place. So a scan or a loop
// passes through probation alone.
//
// The paper keeps one stack of all recent uses, pruned so that a recurrent entry is at its bottom.
// Here each entry, and each ghost of an evicted one, has the number of its last use: it is "in the
// stack" if that number is greater than that of the oldest recurrent entry. The same order, with one
// list less and without pruning.
//
// The share of probation, 1 % in the paper, suits loops and scans and costs hits where what was used
// last is used next. So it adapts, one entry at a time, as in DLIRS (Li, "DLIRS: improving low
// inter-reference recency set cache replacement policy with dynamics", SYSTOR 2018): it grows when
// an entry comes back that probation has just lost, and shrinks when one is used on probation that
// was recurrent before. "Just" is what DLIRS lacks: an entry counts only if it had been a hit in a
// probation twice as long. Without that, old ghosts make probation grow where nothing is gained by
// it.
//
// What else was measured stands in src/decisions.md.
//
// O(1) for each use, addition and eviction. For one thread at a time: the holder of the cache's
// lock.
class SYNCMAP_EXPORT EvictionPolicy
{
public:
    EvictionPolicy() = default;
    Q_DISABLE_COPY_MOVE(EvictionPolicy)
    ~EvictionPolicy() = default;

    // Of all entries together. Negative: unbounded.
    void setCapacity(qint64 capacity) noexcept;

    // The entry is new; its hash and cost are set.
    void added(EntryHook &entry) noexcept;
    // The entry was hit.
    void used(EntryHook &entry) noexcept;
    // \a fresh has taken the place of \a old, which counts as a use.
    void replaced(EntryHook &old, EntryHook &fresh) noexcept;
    // The entry has gone for another reason than that there was no room: it leaves no ghost.
    void removed(EntryHook &entry) noexcept;

    // The entry to evict next, other than \a spared; null if there is none.
    EntryHook *victim(const EntryHook *spared) noexcept;
    // The entry has gone, because it was the victim.
    void evicted(EntryHook &entry) noexcept;

    // Of what is kept beside the entries; negative: 32 for each entry that is held, rounded up to a
    // power of two of entries. More is forgotten at once.
    void setMaxBytes(qint64 bytes) noexcept;
    qint64 maxBytes() const noexcept { return m_maxBytes; }
    // Gives back what the entries that are held do not need, or all.
    enum class Keep : quint8 { ForEntries, Nothing };
    void shrink(Keep keep) noexcept;

    qint64 count() const noexcept { return m_recurrent.count + m_probation.count; }
    quint64 cost() const noexcept { return m_recurrent.cost + m_probation.cost; }
    qint64 ghostCount() const noexcept { return m_ghosts.count(); }
    std::size_t metadataBytes() const noexcept { return m_ghosts.bytes(); }
    bool isConsistent() const noexcept;

private:
    // From the one to be looked at first, to the one that came last.
    struct List
    {
        EntryHook *first = nullptr;
        EntryHook *last = nullptr;
        qint64 count = 0;
        quint64 cost = 0;

        void append(EntryHook &entry, EntryHook::Queue queue) noexcept;
        void remove(EntryHook &entry) noexcept;
        bool isConsistent(EntryHook::Queue queue) const noexcept;
    };

    List &listOf(const EntryHook &entry) noexcept
    {
        return entry.queue == EntryHook::Queue::Recurrent ? m_recurrent : m_probation;
    }
    quint64 recurrentTarget() const noexcept { return m_capacity - m_probationTarget; }
    bool isRecent(quint64 lastUse) const noexcept
    {
        return m_recurrent.first && lastUse > m_recurrent.first->lastUse;
    }
    void place(EntryHook &entry, bool recurs) noexcept;
    void makeRecurrent(EntryHook &entry) noexcept;
    void demote(const EntryHook *spared) noexcept;
    void lengthenProbation() noexcept;
    void shortenProbation() noexcept;
    quint64 leastProbation() const noexcept;
    quint64 mostGhosts() const noexcept
    {
        return m_maxBytes < 0 ? (std::numeric_limits<quint64>::max)()
                              : quint64(m_maxBytes) / Ghosts::BytesOfEach;
    }

    static constexpr quint64 SmallestShare = 100; // the smallest probation: 1 % of the capacity

    List m_recurrent; // by last use
    List m_probation; // by arrival, or by last use since
    Ghosts m_ghosts;
    quint64 m_uses = 0;
    quint64 m_capacity = 0;
    quint64 m_probationTarget = 0;
    qint64 m_maxBytes = -1;
};

} // namespace SyncMapInternal
