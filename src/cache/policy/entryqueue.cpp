// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/policy/entryqueue.h>

#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// The lowest bit that is set; removes it.
int takeLowest(quint64 &bits) noexcept
{
    const int lowest = int(qCountTrailingZeroBits(bits));
    bits &= bits - 1;
    return lowest;
}

} // namespace

EntryHook *EntryQueue::largest(quint64 uses, const EntryHook *spared) const noexcept
{
    EntryHook *result = nullptr;
    quint64 most = 0; // in ages of the class that is looked at: see SpaceTime::isLessThan()
    int before = 0;
    for (quint64 left = m_used; left != 0;) {
        const int index = takeLowest(left);
        most >>= index - std::exchange(before, index);
        EntryHook *entry = m_lists[index].first;
        if (entry == spared && !(entry = entry->next))
            continue;
        const quint64 age = uses - entry->lastUse + 1;
        if (most < age) {
            result = entry;
            most = age;
        }
    }
    return result;
}

const EntryHook *EntryQueue::typical() const noexcept
{
    qint64 before = m_count / 2;
    for (quint64 left = m_used; left != 0;) {
        const List &list = m_lists[takeLowest(left)];
        if ((before -= list.count) < 0)
            return list.first;
    }
    return nullptr;
}

bool EntryQueue::hasLargerThan(const SpaceTime &spaceTime, quint64 uses) const noexcept
{
    for (quint64 left = m_used; left != 0;) {
        const int index = takeLowest(left);
        if (spaceTime.isLessThan({ uses - m_lists[index].first->lastUse + 1, index }))
            return true;
    }
    return false;
}

bool EntryQueue::isConsistent(bool isByUse) const noexcept
{
    qint64 itsCount = 0;
    quint64 itsCost = 0;
    for (int index = 0; index < CostScale::Classes; ++index) {
        const List &list = m_lists[index];
        const EntryHook *previous = nullptr;
        const qint64 before = itsCount;
        for (const EntryHook *entry = list.first; entry; previous = entry, entry = entry->next) {
            if (entry->previous != previous || entry->queue != m_name || entry->list != index
                || listOf(*entry) != index
                || (isByUse && previous && previous->lastUse >= entry->lastUse))
                return false;
            ++itsCount;
            itsCost += quint64(entry->cost);
        }
        if (list.last != previous || itsCount - before != list.count
            || bool(m_used & bitOf(index)) != bool(list.first))
            return false;
    }
    return m_count == itsCount && m_cost == itsCost;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
