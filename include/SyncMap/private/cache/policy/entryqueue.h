// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/policy/costscale.h>
#include <SyncMap/private/cache/policy/entryhook.h>
#include <SyncMap/private/cache/policy/spacetime.h>
#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Entries in a list for each class of cost, in the order in which they came. Of those of one class, the
// first has taken most of the cache since its last use, if they came with it; so that the one that has
// taken most of all is found among the first ones: a few where costs are alike, 64 at most. (On
// probation, entries that were demoted stand behind some that were used later.)
class SYNCMAP_EXPORT EntryQueue
{
public:
    explicit EntryQueue(EntryHook::Queue itsName) noexcept : m_name(itsName) { }
    Q_DISABLE_COPY_MOVE(EntryQueue)
    ~EntryQueue() = default;

    void append(EntryHook &entry) noexcept
    {
        const int index = listOf(entry);
        List &list = m_lists[index];
        entry.queue = m_name;
        entry.list = quint8(index);
        entry.previous = list.last;
        entry.next = nullptr;
        (list.last ? list.last->next : list.first) = &entry;
        list.last = &entry;
        ++list.count;
        m_used |= bitOf(index);
        ++m_count;
        m_cost += quint64(entry.cost);
    }
    void remove(EntryHook &entry) noexcept
    {
        List &list = m_lists[entry.list];
        (entry.previous ? entry.previous->next : list.first) = entry.next;
        (entry.next ? entry.next->previous : list.last) = entry.previous;
        entry.queue = EntryHook::Queue::None;
        if (--list.count == 0)
            m_used &= ~bitOf(entry.list);
        --m_count;
        m_cost -= quint64(entry.cost);
    }

    // That has the largest product, of the first ones. Other than \a spared; null if there is none.
    // \a uses is the number of the last use.
    EntryHook *largest(quint64 uses, const EntryHook *spared) const noexcept;
    bool hasLargerThan(const SpaceTime &spaceTime, quint64 uses) const noexcept;

    // Since its last use, at the moment of the next one.
    static SpaceTime spaceTimeOf(const EntryHook &entry, quint64 uses) noexcept
    {
        return { uses - entry.lastUse + 1, listOf(entry) };
    }

    // One of usual cost: the oldest in the class of the median. Null if there is none.
    const EntryHook *typical() const noexcept;

    qint64 count() const noexcept { return m_count; }
    quint64 cost() const noexcept { return m_cost; }
    // A bit for each class that is there, after hits.
    quint64 classes() const noexcept { return m_used; }
    // \a isByUse: in each list, the order is also that of the last uses.
    bool isConsistent(bool isByUse) const noexcept;

private:
    struct List
    {
        EntryHook *first = nullptr;
        EntryHook *last = nullptr;
        qint64 count = 0;
    };

    // What was hit often is as one of half the cost, or of a quarter: the square root of how often.
    static int listOf(const EntryHook &entry) noexcept
    {
        return entry.costClass - (entry.hits >= EntryHook::MostHits ? 2 : entry.hits >= 3 ? 1 : 0);
    }

    static quint64 bitOf(int list) noexcept { return Q_UINT64_C(1) << list; }

    const EntryHook::Queue m_name;
    quint64 m_used = 0; // a bit for each list that is not empty
    List m_lists[CostScale::Classes];
    qint64 m_count = 0;
    quint64 m_cost = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
