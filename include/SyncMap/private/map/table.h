// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/taggedtable.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A table of pointers to nodes. Further to TaggedTable, a live slot may be overwritten with another
// node of the same key, and the slot of a key that is removed becomes null: a reader that finds it
// so after its tag matched knows that the key was removed in between.
template <typename Node_, typename Traits>
class Table : public TaggedTable<typename Traits::template Atomic<Node_ *>, Traits>
{
    using Base = TaggedTable<typename Traits::template Atomic<Node_ *>, Traits>;

public:
    using Node = Node_;
    using Slot = typename Base::Slot;

    // What is larger splits: a promotion reads some 3,600 nodes in some 20 microseconds.
    static constexpr qsizetype LargestCapacity = 4096;

    // Null if there is no memory. \a capacity is a power of two, at least GroupSize.
    static Table *create(qsizetype capacity) noexcept
    {
        Table *table = Base::template allocate<Table>(capacity);
        if (table) {
            for (qsizetype i = 0; i < capacity; ++i)
                new (table->slotAt(i)) Slot(nullptr);
        }
        return table;
    }

    static void destroy(Table *table) noexcept { Base::deallocate(table); }

    struct Found
    {
        Node *node = nullptr;
        qsizetype index = -1;

        explicit operator bool() const noexcept { return node; }
    };

    // The node with that hash for which \a equal is true.
    template <typename Equal>
    Found find(quint64 hash, Equal &&equal) const
    {
        Found found;
        found.index = this->search(hash, [&](qsizetype index) {
            // Loaded once: a second load could give another node, or none.
            Node *node = at(index);
            if (!node || node->hash != hash || !equal(node))
                return false;
            found.node = node;
            return true;
        });
        return found;
    }

    // Calls \a visit(node, index) for each live slot, in order, until it returns false.
    template <typename Visit>
    bool forEach(Visit &&visit) const
    {
        for (quint64 group = 0; group < this->groups(); ++group) {
            prefetchNodes(group + PrefetchedGroups);
            const bool goOn = Base::forEachLive(this->tagsOf(group), group, [&](qsizetype index) {
                Node *node = at(index);
                return !node || visit(node, index);
            });
            if (!goOn)
                return false;
        }
        return true;
    }

    // Whether that node is still there.
    bool holds(qsizetype index, const Node *node) const noexcept { return at(index) == node; }

    // Brings the first cache lines that find() will touch nearer.
    void prefetch(quint64 hash) const noexcept { this->prefetchGroup(hash); }
    // The same for the node that find() will compare first.
    void prefetchNode(quint64 hash) const noexcept
    {
        const qsizetype index = this->firstCandidate(hash);
        if (index >= 0)
            prefetchLine(at(index));
    }

    // The rest is for the holder of the shard's lock, or for the only one who knows the table.

    void addLocked(Node *node) noexcept
    {
        this->occupyLocked(node->hash, [node](Slot *slot) {
            // [slot] release: who loads the pointer sees the node.
            slot->store(node, std::memory_order_release);
        });
    }

    void replaceLocked(qsizetype index, Node *node) noexcept
    {
        // [slot] release: who loads the pointer sees the node.
        this->slotAt(index)->store(node, std::memory_order_release);
    }

    void removeLocked(qsizetype index) noexcept
    {
        this->deleteLocked(index);
        // [slot] release: as for the tag, for a reader that saw it alive.
        this->slotAt(index)->store(nullptr, std::memory_order_release);
    }

private:
    template <typename, typename>
    friend class TaggedTable;
    template <typename, typename>
    friend class PlaceholderTable;

    using Base::Base;

    // So many groups ahead of a walk, which is limited by the cache misses of its nodes.
    static constexpr quint64 PrefetchedGroups = 2;

    void prefetchNodes(quint64 group) const noexcept
    {
        if (group >= this->groups())
            return;
        for (qsizetype i = 0; i < Base::GroupSize; ++i) {
            // relaxed: nothing is read through it.
            const Node *node = this->slotAt(qsizetype(group) * Base::GroupSize + i)
                                       ->load(std::memory_order_relaxed);
            if (!node)
                continue;
            prefetchLine(node);
            prefetchLine(reinterpret_cast<const char *>(node + 1) - 1);
        }
    }

    Node *at(qsizetype index) const noexcept
    {
        // [slot] acquire: the node is whole.
        return this->slotAt(index)->load(std::memory_order_acquire);
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
