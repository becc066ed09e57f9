// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

namespace SyncMapInternal {

// The part of a cache's entry that the eviction policy works with, whatever the types of keys and
// values are. Belongs to the holder of the cache's lock.
struct EntryHook
{
    enum class Queue : quint8 { None, Recurrent, Probation };

    Queue queue = Queue::None;
    // Came into Probation from Recurrent.
    bool isDemoted = false;

    EntryHook *previous = nullptr;
    EntryHook *next = nullptr;
    quint64 hash = 0; // finalised: that of the entry's node
    qint64 cost = 1;
    quint64 lastUse = 0; // in the policy's count of uses

    EntryHook() = default;
    // Only before the entry is published, when it is in no queue.
    EntryHook(EntryHook &&other) noexcept : hash(other.hash), cost(other.cost) { }
    EntryHook &operator=(EntryHook &&) = delete;
    ~EntryHook() = default;
};

} // namespace SyncMapInternal
