// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/hash.h>
#include <SyncMap/private/map/valuecell.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Entries that lie in the table itself, instead of in a node that the table points to: one cache
// miss less for each look-up, and no allocation. For keys that are numbers or pointers, which can
// be hashed and compared as often as we like without running anybody's code, with values that are
// overwritten in place.
template <typename Key, typename T>
inline constexpr bool isInline = isNumberOrPointer<Key> && (isOverwrittenInPlace<T>);

// Such an entry. The key never changes; whoever sees the slot's tag alive may read it.
template <typename Key, typename T, typename Traits>
struct InlineNode
{
    using Value = ValueCell<T, Traits>;

    const Key key;
    Value value;

    InlineNode(const Key &itsKey, const Value &itsValue) noexcept : key(itsKey), value(itsValue) { }
};

// A key and a value that are not in the map yet, with the members of a pointer to a node.
template <typename Key, typename T, typename Traits>
class PendingInlineNode
{
public:
    using Node = InlineNode<Key, T, Traits>;
    using Value = typename Node::Value;

    PendingInlineNode(quint64 itsHash, const Key &itsKey, const T &itsValue) noexcept
        : hash(itsHash), m_node(itsKey, Value(itsValue))
    {
    }

    const quint64 hash;

    const Node *get() const noexcept { return &m_node; }
    const Node *operator->() const noexcept { return &m_node; }
    const Node &operator*() const noexcept { return m_node; }

private:
    const Node m_node;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
