// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/claim.h>
#include <SyncMap/private/map/table.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The lock of a shard; specialised for values whose owner has all writers of its map wait for one
// another already.
template <typename T, typename Traits>
struct ShardLock
{
    using Mutex = typename Traits::Mutex;
};

// The part of a map whose hashes begin with the same `depth` bits: a snapshot for readers, and a
// lock for writers.
//
// While a writer holds the lock it may prepare a *dirty map*, a new table that nobody else knows;
// *promotion* publishes it by one release store of the snapshot. A shard that has split,
// or was merged with its neighbour, is dead: its table stays as it was at that moment, and two shards
// of the next depth, or one of the last, have taken its place in the directory.
template <typename Table, typename Traits, typename Mutex = typename Traits::Mutex>
struct alignas(64) Shard : Retired
{
    template <typename T>
    using Atomic = typename Traits::template Atomic<T>;

    // Readers' cache line: changes with promotions and splits only.
    typename Traits::template Snapshot<Table> snapshot; // never null; constant once dead
    Atomic<bool> dead { false }; // written under the lock, once
    const quint8 depth;

    // Writers' cache line, under the lock.
    alignas(64) Mutex mutex;
    Atomic<quint64> births { 0 }; // keys that ever came in; also read by iterations
    qsizetype live = 0; // live slots of the snapshot
    qsizetype used = 0; // live and deleted slots of the snapshot
    ClaimQueue<Traits> claims;
    quint32 contention =
            0; // times that the lock was not free at once, since the last attempt to split

    Shard(Table *table, quint8 itsDepth) noexcept : snapshot(table), depth(itsDepth) { }

    qsizetype deletedLocked() const noexcept { return used - live; }

    // The hashes of the shard that \a hash belongs to are from the first of these to the second.
    quint64 firstHash(quint64 hash) const noexcept { return hash & ~(~quint64(0) >> depth); }
    bool isLowerHalf(quint64 hash) const noexcept { return !(hash & (quint64(1) << (64 - depth))); }
    quint64 lastHash(quint64 hash) const noexcept { return hash | (~quint64(0) >> depth); }

    bool isSuperseded(Table *table) const noexcept
    {
        // relaxed: a thread that wrote to the table or the shard that took this one's place knows
        // it already, by [snapshot] or [shard], and that is all that an iteration has to notice.
        return snapshot.loadRelaxed() != table || dead.load(std::memory_order_relaxed);
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
