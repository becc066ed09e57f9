// SPDX-License-Identifier: MIT
#include <SyncMap/cache/policy/evictionpolicy.h>

#include <QtCore/qglobal.h>

#include <limits>

namespace SyncMapInternal {

void EvictionPolicy::List::append(EntryHook &entry, EntryHook::Queue queue) noexcept
{
    entry.queue = queue;
    entry.previous = last;
    entry.next = nullptr;
    (last ? last->next : first) = &entry;
    last = &entry;
    ++count;
    cost += quint64(entry.cost);
}

void EvictionPolicy::List::remove(EntryHook &entry) noexcept
{
    (entry.previous ? entry.previous->next : first) = entry.next;
    (entry.next ? entry.next->previous : last) = entry.previous;
    entry.previous = entry.next = nullptr;
    entry.queue = EntryHook::Queue::None;
    --count;
    cost -= quint64(entry.cost);
}

bool EvictionPolicy::List::isConsistent(EntryHook::Queue queue) const noexcept
{
    qint64 itsCount = 0;
    quint64 itsCost = 0;
    const EntryHook *previous = nullptr;
    for (const EntryHook *entry = first; entry; previous = entry, entry = entry->next) {
        if (entry->previous != previous || entry->queue != queue)
            return false;
        if (queue == EntryHook::Queue::Recurrent && previous && previous->lastUse >= entry->lastUse)
            return false;
        ++itsCount;
        itsCost += quint64(entry->cost);
    }
    return last == previous && count == itsCount && cost == itsCost;
}

quint64 EvictionPolicy::leastProbation() const noexcept
{
    return qMin(qMax<quint64>(m_capacity / SmallestShare, 1), m_capacity);
}

void EvictionPolicy::setCapacity(qint64 capacity) noexcept
{
    m_capacity = capacity < 0 ? quint64(std::numeric_limits<qint64>::max()) : quint64(capacity);
    m_probationTarget = leastProbation();
    demote(nullptr);
}

void EvictionPolicy::added(EntryHook &entry) noexcept
{
    const Ghosts::Found ghost = m_ghosts.take(entry.hash);
    if (ghost.lastUse != 0 && ghost.age <= quint64(m_probation.count))
        lengthenProbation();
    entry.isDemoted = false;
    place(entry, ghost.lastUse != 0 && isRecent(ghost.lastUse));
}

void EvictionPolicy::place(EntryHook &entry, bool recurs) noexcept
{
    entry.lastUse = ++m_uses;
    // Until there are enough recurrent entries, everything may be one.
    if (recurs || m_recurrent.cost + quint64(entry.cost) <= recurrentTarget())
        makeRecurrent(entry);
    else
        m_probation.append(entry, EntryHook::Queue::Probation);
}

void EvictionPolicy::used(EntryHook &entry) noexcept
{
    if (entry.queue == EntryHook::Queue::None)
        return;
    const bool wasRecent = isRecent(entry.lastUse);
    List &list = listOf(entry);
    const bool wasRecurrent = &list == &m_recurrent;
    list.remove(entry);
    if (entry.isDemoted) {
        entry.isDemoted = false;
        shortenProbation();
    }
    if (wasRecurrent) {
        entry.lastUse = ++m_uses;
        m_recurrent.append(entry, EntryHook::Queue::Recurrent);
    } else {
        place(entry, wasRecent);
    }
}

void EvictionPolicy::replaced(EntryHook &old, EntryHook &fresh) noexcept
{
    // Puts the new entry where the old one was, and then uses it.
    fresh.queue = old.queue;
    fresh.isDemoted = old.isDemoted;
    fresh.lastUse = old.lastUse;
    fresh.previous = old.previous;
    fresh.next = old.next;
    List &list = listOf(old);
    (fresh.previous ? fresh.previous->next : list.first) = &fresh;
    (fresh.next ? fresh.next->previous : list.last) = &fresh;
    list.cost += quint64(fresh.cost) - quint64(old.cost);
    old.previous = old.next = nullptr;
    old.queue = EntryHook::Queue::None;
    old.isDemoted = false;
    used(fresh);
    demote(&fresh);
}

void EvictionPolicy::removed(EntryHook &entry) noexcept
{
    listOf(entry).remove(entry);
    entry.isDemoted = false;
}

EntryHook *EvictionPolicy::victim(const EntryHook *spared) noexcept
{
    for (List *list : { &m_probation, &m_recurrent }) {
        EntryHook *entry = list->first;
        if (entry && entry == spared)
            entry = entry->next;
        if (entry)
            return entry;
    }
    return nullptr;
}

void EvictionPolicy::evicted(EntryHook &entry) noexcept
{
    const bool isRemembered = isRecent(entry.lastUse);
    removed(entry);
    if (isRemembered)
        m_ghosts.add(entry.hash, entry.lastUse, count(), mostGhosts());
}

void EvictionPolicy::setMaxBytes(qint64 bytes) noexcept
{
    m_maxBytes = bytes;
    shrink(Keep::ForEntries);
}

void EvictionPolicy::shrink(Keep keep) noexcept
{
    m_ghosts.shrink(keep == Keep::Nothing ? 0 : count(), mostGhosts());
}

void EvictionPolicy::makeRecurrent(EntryHook &entry) noexcept
{
    m_recurrent.append(entry, EntryHook::Queue::Recurrent);
    demote(&entry);
}

// The oldest recurrent entry, while there are too many.
void EvictionPolicy::demote(const EntryHook *spared) noexcept
{
    while (m_recurrent.cost > recurrentTarget()) {
        EntryHook *entry = m_recurrent.first;
        if (!entry || entry == spared)
            return;
        m_recurrent.remove(*entry);
        entry->isDemoted = true;
        m_probation.append(*entry, EntryHook::Queue::Probation);
    }
}

void EvictionPolicy::lengthenProbation() noexcept
{
    m_probationTarget = qMin(m_probationTarget + 1, m_capacity - leastProbation());
    m_probationTarget = qMax(m_probationTarget, leastProbation());
}

void EvictionPolicy::shortenProbation() noexcept
{
    m_probationTarget = qMax(m_probationTarget - 1, leastProbation());
}

bool EvictionPolicy::isConsistent() const noexcept
{
    return m_recurrent.isConsistent(EntryHook::Queue::Recurrent)
            && m_probation.isConsistent(EntryHook::Queue::Probation) && m_ghosts.isConsistent()
            && m_probationTarget >= leastProbation() && m_probationTarget <= m_capacity;
}

} // namespace SyncMapInternal
