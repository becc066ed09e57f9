// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/taggedtable.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A table of the entries themselves. A key that is once published keeps its slot until the next
// promotion, which copies it; so no reader can pair one key with another's value. A reader that
// saw the tag alive may still read the slot after a removal: it finds the last value that the key
// had, and its read belongs to the moment before the removal.
template <typename Node_, typename Traits>
class InlineTable : public TaggedTable<Node_, Traits>
{
    using Base = TaggedTable<Node_, Traits>;

public:
    using Node = Node_;

    // What is larger splits: a promotion copies some 14,000 entries in a tenth of a millisecond.
    static constexpr qsizetype LargestCapacity = 16384;

    // Null if there is no memory. \a capacity is a power of two, at least GroupSize.
    static InlineTable *create(qsizetype capacity) noexcept
    {
        return Base::template allocate<InlineTable>(capacity);
    }

    static void destroy(InlineTable *table) noexcept
    {
        if constexpr (!std::is_trivially_destructible_v<Node>) // with other traits
            table->forEachFilled([](Node *node) { node->~Node(); });
        Base::deallocate(table);
    }

    struct Found
    {
        Node *node = nullptr;
        qsizetype index = -1;

        explicit operator bool() const noexcept { return node; }
    };

    // The node in a slot with the tag of that hash for which \a equal is true.
    template <typename Equal>
    Found find(quint64 hash, Equal &&equal) const
    {
        Found found;
        found.index = this->search(hash, [&](qsizetype index) {
            Node *node = this->slotAt(index);
            if (!equal(node))
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
            const bool goOn = Base::forEachLive(this->tagsOf(group), group, [&](qsizetype index) {
                return visit(this->slotAt(index), index);
            });
            if (!goOn)
                return false;
        }
        return true;
    }

    // The same beside writers, for an iteration that has to visit every key at most once, and every
    // key that is there all the time exactly once. It visits what was alive when it noted
    // which slots are, and still is. Proof that no key comes twice: say it comes from the slots i and j.
    // Both were alive in the copy, and each when it was visited, so each from the copying of its
    // group to its visit; both copies were taken before both visits. So both slots were alive at
    // once, which the same key never is. Throws std::bad_alloc if there is no memory for the copy
    // of a table that is larger than any but a map without memory would have it.
    template <typename Visit>
    bool forEachOnce(Visit &&visit) const
    {
        constexpr quint64 CopySize = LargestCapacity / Base::GroupSize;
        quint8 few[CopySize]; // 2 KiB
        std::unique_ptr<quint8[]> many;
        const quint64 groups = this->groups();
        if (Q_UNLIKELY(groups > CopySize))
            many.reset(new quint8[groups]);
        quint8 *const copy = many ? many.get() : few;
        for (quint64 group = 0; group < groups; ++group)
            copy[group] = TagWord::packedLives(this->tagsOf(group));
        for (quint64 group = 0; group < groups; ++group) {
            const quint64 lives = TagWord::unpackedLives(copy[group]);
            const bool goOn = Base::forEachLive(lives, group, [&](qsizetype index) {
                return !this->isLive(index) || visit(this->slotAt(index), index);
            });
            if (!goOn)
                return false;
        }
        return true;
    }

    // Whether that node, of this table, is still there.
    bool holds(qsizetype index, const Node *) const noexcept { return this->isLive(index); }

    // Brings the first cache lines that find() will touch nearer.
    void prefetch(quint64 hash) const noexcept { this->prefetchGroup(hash); }
    // The same for the node that find() will compare first.
    void prefetchNode(quint64 hash) const noexcept
    {
        const qsizetype index = this->firstCandidate(hash);
        if (index >= 0)
            prefetchLine(this->slotAt(index));
    }

    // The rest is for the holder of the shard's lock, or for the only one who knows the table.

    void addLocked(quint64 hash, const Node &node) noexcept
    {
        this->occupyLocked(hash, [&node](Node *slot) { new (slot) Node(node.key, node.value); });
    }

    void removeLocked(qsizetype index) noexcept { this->deleteLocked(index); }

private:
    template <typename, typename>
    friend class TaggedTable;
    template <typename, typename>
    friend class PlaceholderTable;

    using Base::Base;

    // Live and deleted ones: a node in a deleted slot stays as it was.
    template <typename Visit>
    void forEachFilled(Visit &&visit) const
    {
        for (quint64 group = 0; group < this->groups(); ++group) {
            quint64 bits = ~TagWord::empties(this->tagsOf(group)) & TagWord::Highs;
            for (; bits; bits &= bits - 1)
                visit(this->slotAt(qsizetype(group) * Base::GroupSize + TagWord::firstOf(bits)));
        }
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
