// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/valuecell.h>
#include <SyncMap/reclamation/blockcache.h>
#include <SyncMap/reclamation/retired.h>
#include <SyncMap/weight/weight.h>

namespace SyncMapInternal {

// One entry. Tables hold pointers to nodes and share them with the tables that they replace; hash,
// birth and key never change once the node is published, so that promoting a table touches no key.
template <typename Key, typename T, typename Traits>
struct Node : Retired, FromBlocks
{
    using Value = ValueCell<T, Traits>;

    quint64 hash; // finalised
    const Key key;
    Value value;
    // The number of its key in the order in which keys came into the shard. A node that replaces
    // another inherits it: an iteration recognises by it the keys that came after it began. Last,
    // since a look-up does not need it.
    quint64 birth = 0;

    template <typename K, typename V>
    Node(quint64 itsHash, K &&itsKey, V &&itsValue)
        : hash(itsHash), key(std::forward<K>(itsKey)), value(std::forward<V>(itsValue))
    {
    }

    quint64 bytes() const noexcept { return sizeof(Node) + payloadBytes(key) + nodePayload(); }

    static void destroy(Node *node)
    {
        // A reader that wrongly still looks at the node finds no hash that could be its own.
        // Volatile: the compiler would drop a store to an object that is about to end.
        *const_cast<volatile quint64 *>(&node->hash) = ~node->hash;
        delete node;
    }

private:
    quint64 nodePayload() const noexcept
    {
        if constexpr (isOverwrittenInPlace<T>)
            return 0;
        else
            return payloadBytes(*value.pointer());
    }
};

} // namespace SyncMapInternal
