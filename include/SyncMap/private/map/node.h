// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/valuecell.h>
#include <SyncMap/private/reclamation/blockcache.h>
#include <SyncMap/private/reclamation/retired.h>
#include <SyncMap/private/weight/weight.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What was measured when a node was made; nothing where a look at key and value tells it at any
// time. In one word: more than the largest address space, and more things than fit in there.
template <bool IsStored>
class StoredBytes
{
public:
    void store(const ByteCount &) noexcept { }
    ByteCount stored() const noexcept { return {}; }
};
template <>
class StoredBytes<true>
{
public:
    void store(const ByteCount &count) noexcept
    {
        m_bytes = qMin(count.bytes, MostBytes) & MostBytes;
        m_unknown = qMin(count.unknown, MostUnknown) & MostUnknown;
    }
    ByteCount stored() const noexcept { return { m_bytes, m_unknown }; }

private:
    static constexpr quint64 MostBytes = ByteCount::Most - 1;
    static constexpr quint64 MostUnknown = 0xffff;
    quint64 m_bytes : 47;
    quint64 m_unknown : 16;
};

// Takes the value of a node that has left the map, when the node is freed.
template <typename T>
class ValueTaker
{
public:
    ValueTaker() = default;
    Q_DISABLE_COPY_MOVE(ValueTaker)
    virtual ~ValueTaker() = default;
    virtual void take(T &&value) = 0;
};

// Values that can be moved, but not copied: only they are worth waiting for.
template <typename T>
inline constexpr bool isTakenLater =
        std::is_move_constructible_v<T> && !std::is_copy_constructible_v<T>;

template <typename T, bool IsTakenLater = isTakenLater<T>>
class TakenLater
{
};
template <typename T>
class TakenLater<T, true>
{
public:
    // Under the pin under which the node was removed.
    void setTaker(std::unique_ptr<ValueTaker<T>> taker) noexcept { m_taker = std::move(taker); }
    void giveAway(T &value)
    {
        if (m_taker)
            m_taker->take(std::move(value));
    }

private:
    std::unique_ptr<ValueTaker<T>> m_taker;
};

// One entry. Tables hold pointers to nodes and share them with the tables that they replace; hash,
// birth and key never change once the node is published, so that promoting a table touches no key.
template <typename Key, typename T, typename Traits>
struct NodeFields : Retired, FromBlocks
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
    NodeFields(quint64 itsHash, K &&itsKey, V &&itsValue)
        : hash(itsHash), key(std::forward<K>(itsKey)), value(std::forward<V>(itsValue))
    {
    }
    template <typename K, typename... Arguments>
    NodeFields(std::in_place_t inPlace, quint64 itsHash, K &&itsKey, Arguments &&...arguments)
        : hash(itsHash),
          key(std::forward<K>(itsKey)),
          value(inPlace, std::forward<Arguments>(arguments)...)
    {
    }
};

// A value that is overwritten in place keeps nothing on the heap.
template <typename Key, typename T>
inline constexpr bool
        isNodeMeasuredOnce = isMeasuredOnce<Key> || (!isOverwrittenInPlace<T> && isMeasuredOnce<T>);

template <typename Key, typename T, typename Traits>
struct Node : NodeFields<Key, T, Traits>, StoredBytes<isNodeMeasuredOnce<Key, T>>, TakenLater<T>
{
    template <typename K, typename V>
    Node(quint64 itsHash, K &&itsKey, V &&itsValue)
        : NodeFields<Key, T, Traits>(itsHash, std::forward<K>(itsKey), std::forward<V>(itsValue))
    {
        if constexpr (isNodeMeasuredOnce<Key, T>)
            this->store(payload<true>());
    }
    template <typename K, typename... Arguments>
    Node(std::in_place_t inPlace, quint64 itsHash, K &&itsKey, Arguments &&...arguments)
        : NodeFields<Key, T, Traits>(inPlace, itsHash, std::forward<K>(itsKey),
                                     std::forward<Arguments>(arguments)...)
    {
        if constexpr (isNodeMeasuredOnce<Key, T>)
            this->store(payload<true>());
    }

    // With what key and value keep on the heap. Asked when the node is already unlinked.
    ByteCount bytes() const noexcept
    {
        return ByteCount { sizeof(Node), 0 }
                .addPresent(this->stored())
                .addPresent(payload<false>());
    }

    static void destroy(Node *node)
    {
        // A reader that wrongly still looks at the node finds no hash that could be its own.
        // Volatile: the compiler would drop a store to an object that is about to end.
        *const_cast<volatile quint64 *>(&node->hash) = ~node->hash;
        if constexpr (isTakenLater<T>)
            node->giveAway(node->value.mutableValue());
        delete node;
    }

private:
    // Of what is measured once, or of the rest.
    template <bool Once>
    ByteCount payload() const noexcept
    {
        ByteCount sum;
        if constexpr (isMeasuredOnce<Key> == Once)
            sum.addPresent(measure(this->key));
        if constexpr (!isOverwrittenInPlace<T>) {
            if constexpr (isMeasuredOnce<T> == Once)
                sum.addPresent(measure(*this->value.pointer()));
        }
        return sum;
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
