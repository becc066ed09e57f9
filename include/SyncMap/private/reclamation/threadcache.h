// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/domain.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How a thread finds its slot in a domain.
//
// Each copy of the library has one ThreadTable per thread: a hash table from domain id to slot,
// owned by the compiled part, emptied when the thread ends. In front of it each module (executable,
// library, plugin) has a cache of one entry and a pointer to the table, in thread-local storage
// that needs neither construction nor destruction: a look-up is a few instructions in line and
// works before the first and after the last thread-local object. Ids are never used again, so an
// entry of a dead domain is never found.

struct ThreadTableEntry
{
    quint64 id;
    ThreadSlot<DefaultTraits> *slot;
};

struct ThreadTable
{
    const ThreadTableEntry *entries;
    quint64 mask; // the number of entries, a power of two, less one
};

SYNCMAP_MODULE_LOCAL inline constexpr ThreadTableEntry emptyThreadTableEntry = { 0, nullptr };
SYNCMAP_MODULE_LOCAL inline constexpr ThreadTable emptyThreadTable = { &emptyThreadTableEntry, 0 };

struct ThreadCache
{
    quint64 id;
    ThreadSlot<DefaultTraits> *slot;
    const ThreadTable *table;
};

SYNCMAP_MODULE_LOCAL inline thread_local ThreadCache threadCache = { 0, nullptr,
                                                                     &emptyThreadTable };

// Registers the calling thread with the domain, or finds an entry that is not in its first place. A
// thread that has emptied its table because it is ending gets a temporary slot. Throws
// std::bad_alloc, with no effect.
SYNCMAP_EXPORT ThreadSlot<DefaultTraits> &registerThread(Domain<DefaultTraits> &domain,
                                                         ThreadCache &cache);

inline ThreadSlot<DefaultTraits> &DefaultTraits::slot(Domain<DefaultTraits> &domain)
{
    ThreadCache &cache = threadCache;
    const quint64 id = domain.id();
    // relaxed: the table's address is this thread's mark; if the slot bears it, this thread put it
    // there. It is missing once the thread's table was emptied, which this module's cache was not
    // told of.
    if (Q_LIKELY(cache.id == id
                 && cache.slot->owner.load(std::memory_order_relaxed) == cache.table))
        return *cache.slot;
    const ThreadTable *table = cache.table;
    const ThreadTableEntry &entry = table->entries[id & table->mask];
    if (Q_LIKELY(entry.id == id)) {
        cache.id = id;
        cache.slot = entry.slot;
        return *entry.slot;
    }
    return registerThread(domain, cache);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
