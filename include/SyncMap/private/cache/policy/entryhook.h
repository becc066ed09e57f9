// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The part of a cache's entry that the eviction policy works with, whatever the types of keys and
// values are. Belongs to the holder of the cache's lock.
struct EntryHook
{
    enum class Queue : quint8 { None, Recurrent, Probation };

    Queue queue = Queue::None;
    // Came into Probation from Recurrent.
    bool isDemoted = false;
    quint8 costClass = 0; // by the bound of that time; see CostScale
    quint8 list = 0; // of its queue
    quint8 hits = 0; // that the policy was told of, up to MostHits
    quint8 loadClass =
            0; // how long its load took, see LoadTimes; never changes once it is published

    EntryHook *previous = nullptr;
    EntryHook *next = nullptr;
    quint64 hash = 0; // finalised: that of the entry's node; never changes once that is published
    qint64 cost = 1; // likewise
    quint64 lastUse = 0; // in the policy's count of uses

    static constexpr quint8 MostHits = 15;

    EntryHook() = default;
    // Only before the entry is published, when it is in no queue.
    EntryHook(EntryHook &&other) noexcept
        : loadClass(other.loadClass), hash(other.hash), cost(other.cost)
    {
    }
    EntryHook &operator=(EntryHook &&) = delete;
    ~EntryHook() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
