// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/hash.h>
#include <SyncMap/reclamation/retired.h>
#include <SyncMap/reclamation/traits.h>

#include <QtCore/qalgorithms.h>

#include <new>

namespace SyncMapInternal {

// Eight tags of one byte in a word, compared all at once. A tag is 0 for an empty slot, 1 for a
// deleted one, and 0x80 with seven bits of the hash for a live one. (The idea is Abseil's and
// Boost's; a word instead of a vector register, since a 16-byte load beside atomic stores of a byte
// is a data race.)
namespace TagWord {

inline constexpr quint64 Lows = Q_UINT64_C(0x0101010101010101);
inline constexpr quint64 Highs = Q_UINT64_C(0x8080808080808080);
inline constexpr quint8 Empty = 0;
inline constexpr quint8 Deleted = 1;

// The high bit of each byte that equals \a tag.
inline quint64 matches(quint64 word, quint8 tag) noexcept
{
    const quint64 differing = word ^ (Lows * tag);
    return ~(((differing & ~Highs) + ~Highs) | differing | ~Highs);
}
inline quint64 lives(quint64 word) noexcept
{
    return word & Highs;
}
inline quint64 empties(quint64 word) noexcept
{
    return ~word & ~(word << 7) & Highs;
}
// The byte of the lowest bit that is set.
inline int firstOf(quint64 bits) noexcept
{
    return int(qCountTrailingZeroBits(bits)) / 8;
}
inline quint64 with(quint64 word, int byte, quint8 tag) noexcept
{
    const int shift = byte * 8;
    return (word & ~(quint64(0xff) << shift)) | (quint64(tag) << shift);
}

} // namespace TagWord

// A hash table of node pointers: open addressing by groups of eight slots, triangular probing. One
// allocation:
//
//   | link, mask, slots | tags: a word per group | padding to 64 | slots: 8 pointers per group |
//
// Published as a snapshot it is read by anybody, and changed only by the holder of the shard's
// lock, slot by slot: an empty slot becomes live, a live one is overwritten or deleted, a deleted
// one stays so. Since no slot is used for a second key, a group that was once full stays full, and
// these hold for a reader that runs beside writers:
//   - it stops at the first group with an empty slot; a key that is not found up to there was
//     absent when that group's word was loaded, or was removed while the reader searched;
//   - a slot that it finds empty after its tag matched was deleted in between: the key was removed.
// At least one slot is always empty, so every search ends.
template <typename Node, typename Traits>
class Table : public Retired
{
public:
    using Word = typename Traits::template Atomic<quint64>;
    using Slot = typename Traits::template Atomic<Node *>;

    static constexpr qsizetype GroupSize = 8;

    // Null if there is no memory. \a capacity is a power of two, at least GroupSize.
    static Table *create(qsizetype capacity) noexcept
    {
        const std::size_t groups = std::size_t(capacity / GroupSize);
        if (groups > (std::size_t(1) << (sizeof(std::size_t) * 8 - 8)))
            return nullptr;
        const std::size_t slotsAt = (sizeof(Table) + groups * sizeof(Word) + 63) & ~std::size_t(63);
        void *memory = ::operator new(slotsAt + std::size_t(capacity) * sizeof(Slot),
                                      std::align_val_t(64), std::nothrow);
        if (!memory)
            return nullptr;
        Slot *pointers = reinterpret_cast<Slot *>(static_cast<char *>(memory) + slotsAt);
        Table *table = new (memory) Table(groups - 1, pointers);
        for (std::size_t i = 0; i < groups; ++i)
            new (table->tags() + i) Word(0);
        for (qsizetype i = 0; i < capacity; ++i)
            new (pointers + i) Slot(nullptr);
        return table;
    }

    static void destroy(Table *table) noexcept
    {
        ::operator delete(static_cast<void *>(table), std::align_val_t(64));
    }

    bool isPlaceholder() const noexcept { return !m_slots; }
    qsizetype capacity() const noexcept
    {
        return isPlaceholder() ? 0 : qsizetype(m_groupMask + 1) * GroupSize;
    }
    qsizetype bytes() const noexcept
    {
        return isPlaceholder() ? 0
                               : qsizetype(reinterpret_cast<const char *>(m_slots + capacity())
                                           - reinterpret_cast<const char *>(this));
    }

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
        const quint8 tag = tagOf(hash);
        for (quint64 group = hash & m_groupMask, step = 0;;
             group = (group + ++step) & m_groupMask) {
            // [tag] acquire: the slot of a live tag is filled.
            const quint64 word = tags()[group].load(std::memory_order_acquire);
            for (quint64 bits = TagWord::matches(word, tag); bits; bits &= bits - 1) {
                const qsizetype index = qsizetype(group) * GroupSize + TagWord::firstOf(bits);
                Traits::testPoint(TestPoint::TagLoaded);
                // [slot] acquire: the node is whole. Loaded once: a second load could give another
                // node, or none.
                Node *node = m_slots[index].load(std::memory_order_acquire);
                if (node && node->hash == hash && equal(node))
                    return { node, index };
            }
            if (Q_LIKELY(TagWord::empties(word)))
                return {};
        }
    }

    // Calls \a visit(node, index) for each live slot, in order, until it returns false.
    template <typename Visit>
    bool forEach(Visit &&visit) const
    {
        if (isPlaceholder())
            return true;
        for (quint64 group = 0; group <= m_groupMask; ++group) {
            // [tag] acquire: the slots of live tags are filled.
            const quint64 word = tags()[group].load(std::memory_order_acquire);
            for (quint64 bits = TagWord::lives(word); bits; bits &= bits - 1) {
                const qsizetype index = qsizetype(group) * GroupSize + TagWord::firstOf(bits);
                // [slot] acquire: the node is whole.
                Node *node = m_slots[index].load(std::memory_order_acquire);
                if (node && !visit(node, index))
                    return false;
            }
        }
        return true;
    }

    Node *at(qsizetype index) const noexcept
    {
        // [slot] acquire: the node is whole.
        return m_slots[index].load(std::memory_order_acquire);
    }

    // Brings the first cache lines that find() will touch nearer.
    void prefetch(quint64 hash) const noexcept
    {
        Q_UNUSED(hash);
#if defined(__GNUC__)
        const quint64 group = hash & m_groupMask;
        __builtin_prefetch(tags() + group);
        __builtin_prefetch(m_slots + group * GroupSize);
#endif
    }

    // The same for the node that find() will compare first.
    void prefetchNode(quint64 hash) const noexcept
    {
        Q_UNUSED(hash);
#if defined(__GNUC__)
        const quint64 group = hash & m_groupMask;
        // [tag] acquire: the slot of a live tag is filled.
        const quint64 bits =
                TagWord::matches(tags()[group].load(std::memory_order_acquire), tagOf(hash));
        if (bits)
            __builtin_prefetch(at(qsizetype(group) * GroupSize + TagWord::firstOf(bits)));
#endif
    }

    // The rest is for the holder of the shard's lock, or for the only one who knows the table.

    void addLocked(Node *node) noexcept
    {
        for (quint64 group = node->hash & m_groupMask, step = 0;;
             group = (group + ++step) & m_groupMask) {
            // relaxed: the lock's holder is the only writer.
            const quint64 word = tags()[group].load(std::memory_order_relaxed);
            const quint64 empty = TagWord::empties(word);
            if (!empty)
                continue;
            const int byte = TagWord::firstOf(empty);
            // [slot] release: who loads the pointer sees the node.
            m_slots[qsizetype(group) * GroupSize + byte].store(node, std::memory_order_release);
            Traits::testPoint(TestPoint::SlotFilled);
            // [tag] release: who sees the tag sees the slot.
            tags()[group].store(TagWord::with(word, byte, tagOf(node->hash)),
                                std::memory_order_release);
            return;
        }
    }

    void replaceLocked(qsizetype index, Node *node) noexcept
    {
        // [slot] release: who loads the pointer sees the node.
        m_slots[index].store(node, std::memory_order_release);
    }

    void removeLocked(qsizetype index) noexcept
    {
        const quint64 group = quint64(index) / GroupSize;
        const quint64 word = tags()[group].load(std::memory_order_relaxed);
        // [tag] release: who sees the deletion sees what came before it.
        tags()[group].store(TagWord::with(word, int(index % GroupSize), TagWord::Deleted),
                            std::memory_order_release);
        Traits::testPoint(TestPoint::TagDeleted);
        // [slot] release: the same, for a reader that saw the tag alive.
        m_slots[index].store(nullptr, std::memory_order_release);
    }

private:
    template <typename, typename>
    friend class PlaceholderTable;

    Table(std::size_t groupMask, Slot *pointers) noexcept
        : m_groupMask(groupMask), m_slots(pointers)
    {
    }

    Word *tags() const noexcept
    {
        return reinterpret_cast<Word *>(const_cast<Table *>(this) + 1);
    }

    const quint64 m_groupMask;
    Slot *const m_slots; // null in a placeholder
};

// The table of a shard without entries: one group of empty tags and no slots. Each map has one of
// its own; it is never written, retired or destroyed, and no other map or module depends on it.
template <typename Node, typename Traits>
class PlaceholderTable
{
public:
    Table<Node, Traits> *table() noexcept { return &m_table; }

private:
    Table<Node, Traits> m_table { 0, nullptr };
    typename Traits::template Atomic<quint64> m_tags { 0 };
};

} // namespace SyncMapInternal
