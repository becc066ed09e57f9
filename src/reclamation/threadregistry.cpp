// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/threadcache.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

using Slot = ThreadSlot<DefaultTraits>;

// What other modules' caches point to. Plain data without a destructor: it can be read as long as
// the thread runs any code at all.
thread_local ThreadTable threadTable = emptyThreadTable;
thread_local bool threadIsLeaving = false;

// The slots that the thread took while leaving, by id: while one is in use, what runs inside (a
// destructor that uses the same map, say) finds it here. Old entries are harmless: an id that is
// asked for belongs to a domain that lives, and so does its slot, which then tells its owner.
constexpr quint64 TemporaryCount = 8;
thread_local ThreadTableEntry temporaries[TemporaryCount] = {};

// Owns the entries of the thread's table. Built at the thread's first registration, destroyed when
// the thread ends, before the thread-local objects that are older than it, whose destructors may
// still use maps.
class ThreadRegistry
{
public:
    ThreadRegistry() = default;
    Q_DISABLE_COPY_MOVE(ThreadRegistry)
    ~ThreadRegistry()
    {
        threadIsLeaving = true;
        threadTable = emptyThreadTable;
        for (quint64 i = 0; i < m_capacity; ++i) {
            if (m_entries[i].slot)
                Slot::leave(m_entries[i].slot);
        }
    }

    Slot &slot(Domain<DefaultTraits> &domain)
    {
        const quint64 id = domain.id();
        if (const ThreadTableEntry *found = find(id))
            return *found->slot;
        if ((m_count + 1) * 4 > m_capacity * 3)
            rebuild();
        Slot *slot = domain.claimSlot(&threadTable);
        *place(m_entries.get(), m_capacity, id) = { id, slot };
        ++m_count;
        return *slot;
    }

private:
    static constexpr quint64 SmallestCapacity = 4;

    // The entry with that id, or the empty one that ends its search.
    static ThreadTableEntry *place(ThreadTableEntry *entries, quint64 capacity, quint64 id) noexcept
    {
        quint64 index = id & (capacity - 1);
        while (entries[index].slot && entries[index].id != id)
            index = (index + 1) & (capacity - 1);
        return &entries[index];
    }

    const ThreadTableEntry *find(quint64 id) const noexcept
    {
        if (m_capacity == 0)
            return nullptr;
        const ThreadTableEntry *entry = place(m_entries.get(), m_capacity, id);
        return entry->slot ? entry : nullptr;
    }

    // Drops the slots of dead domains and makes room for at least as many entries as are left: a
    // thread that outlives a million short-lived maps keeps a handful of entries.
    void rebuild()
    {
        quint64 live = 0;
        for (quint64 i = 0; i < m_capacity; ++i)
            live += m_entries[i].slot && !m_entries[i].slot->isAbandoned();
        quint64 capacity = SmallestCapacity;
        while (capacity * 3 < (live + 1) * 5)
            capacity *= 2;
        std::unique_ptr<ThreadTableEntry[]> entries(new ThreadTableEntry[capacity] {});
        // A domain may have died since it was counted; there is room for it, and it is dropped next
        // time.
        m_count = 0;
        for (quint64 i = 0; i < m_capacity; ++i) {
            const ThreadTableEntry &entry = m_entries[i];
            if (!entry.slot)
                continue;
            if (entry.slot->isAbandoned()) {
                Slot::leave(entry.slot);
            } else {
                *place(entries.get(), capacity, entry.id) = entry;
                ++m_count;
            }
        }
        m_entries = std::move(entries);
        m_capacity = capacity;
        threadTable = { m_entries.get(), capacity - 1 };
    }

    std::unique_ptr<ThreadTableEntry[]> m_entries;
    quint64 m_capacity = 0;
    quint64 m_count = 0;
};

Slot &temporarySlot(Domain<DefaultTraits> &domain)
{
    ThreadTableEntry &entry = temporaries[domain.id() % TemporaryCount];
    // relaxed: this thread's own mark, as in DefaultTraits::slot().
    if (entry.id != domain.id()
        || entry.slot->owner.load(std::memory_order_relaxed) != &threadTable) {
        Slot *slot = domain.claimSlot(&threadTable);
        slot->temporary = true;
        entry = { domain.id(), slot };
    }
    return *entry.slot;
}

} // namespace

ThreadSlot<DefaultTraits> &registerThread(Domain<DefaultTraits> &domain, ThreadCache &cache)
{
    if (threadIsLeaving)
        return temporarySlot(domain);
    static thread_local ThreadRegistry registry;
    Slot &slot = registry.slot(domain);
    cache = { domain.id(), &slot, &threadTable };
    return slot;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
