// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/hash.h>
#include <SyncMap/private/map/tagword.h>
#include <SyncMap/private/reclamation/retired.h>
#include <SyncMap/private/reclamation/traits.h>

#include <new>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Tells the processor that this line is wanted soon. Without such a thing it comes when it comes.
inline void prefetchLine(const void *address) noexcept
{
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    Q_UNUSED(address);
#endif
}

// A hash table of slots with a tag each: open addressing by groups of eight slots, triangular
// probing. One allocation:
//
//   | link, mask, slots | tags: a word per group | padding to 64 | slots: 8 per group |
//
// Published as a snapshot it is read by anybody, and changed only by the holder of the shard's
// lock, slot by slot: an empty slot becomes live, a live one is deleted, a deleted one stays so.
// Since no slot is used for a second key, a group that was once full stays full, and a reader that
// runs beside writers stops at the first group with an empty slot: a key that it has not found up
// to there was absent when that group's word was loaded, or was removed while the reader searched.
// At least one slot is always empty, so every search ends.
//
// What a slot is, and what it means to find one, is the business of the two tables that derive from
// this: Table and InlineTable.
template <typename Slot_, typename Traits>
class TaggedTable : public Retired
{
public:
    using Slot = Slot_;
    using Word = typename Traits::template Atomic<quint64>;

    static constexpr qsizetype GroupSize = 8;

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

    // Whether a slot is live at this moment.
    bool hasLive() const noexcept
    {
        for (quint64 group = 0; group < groups(); ++group) {
            if (TagWord::lives(tagsOf(group)))
                return true;
        }
        return false;
    }

    // Of a table of that capacity, roughly.
    static quint64 bytesFor(qsizetype capacity) noexcept
    {
        return sizeof(TaggedTable) + 64 + quint64(capacity / GroupSize) * sizeof(Word)
                + quint64(capacity) * sizeof(Slot);
    }

protected:
    TaggedTable(std::size_t groupMask, Slot *first) noexcept
        : m_groupMask(groupMask), m_slots(first)
    {
    }

    // A table of empty tags; its slots are raw memory. Null if there is no memory. \a capacity is a
    // power of two, at least GroupSize. \c Derived has no members of its own.
    template <typename Derived>
    static Derived *allocate(qsizetype capacity) noexcept
    {
        static_assert(sizeof(Derived) == sizeof(TaggedTable) && alignof(Slot) <= 64);
        static_assert(sizeof(TaggedTable) % alignof(Word) == 0, "the tags follow it");
        const std::size_t groups = std::size_t(capacity / GroupSize);
        if (groups > (std::size_t(1) << (sizeof(std::size_t) * 8 - 12)))
            return nullptr;
        const std::size_t slotsAt =
                (sizeof(TaggedTable) + groups * sizeof(Word) + 63) & ~std::size_t(63);
        void *memory = ::operator new(slotsAt + std::size_t(capacity) * sizeof(Slot),
                                      std::align_val_t(64), std::nothrow);
        if (!memory)
            return nullptr;
        Slot *first = reinterpret_cast<Slot *>(static_cast<char *>(memory) + slotsAt);
        Derived *table = new (memory) Derived(groups - 1, first);
        for (std::size_t i = 0; i < groups; ++i)
            new (table->tags() + i) Word(0);
        return table;
    }

    static void deallocate(TaggedTable *table) noexcept
    {
        ::operator delete(static_cast<void *>(table), std::align_val_t(64));
    }

    // The first slot with the tag of that hash for which \a accept(index) is true, or -1.
    template <typename Accept>
    qsizetype search(quint64 hash, Accept &&accept) const
    {
        const quint8 tag = tagOf(hash);
        quint64 group = hash & m_groupMask;
        // The line of the slot that is most likely the one, at the same time as that of the tag:
        // slots of a group are used in order.
        prefetchLine(m_slots + group * GroupSize);
        for (quint64 step = 0;; group = (group + ++step) & m_groupMask) {
            // [tag] acquire: the slot of a live tag is filled.
            const quint64 word = tags()[group].load(std::memory_order_acquire);
            for (quint64 bits = TagWord::matches(word, tag); bits; bits &= bits - 1) {
                const qsizetype index = qsizetype(group) * GroupSize + TagWord::firstOf(bits);
                Traits::testPoint(TestPoint::TagLoaded);
                if (accept(index))
                    return index;
            }
            if (Q_LIKELY(TagWord::empties(word)))
                return -1;
        }
    }

    // The tags of a group, at this moment.
    quint64 tagsOf(quint64 group) const noexcept
    {
        // [tag] acquire: the slots of live tags are filled.
        return tags()[group].load(std::memory_order_acquire);
    }

    bool isLive(qsizetype index) const noexcept
    {
        return TagWord::lives(tagsOf(quint64(index) / GroupSize)) >> (index % GroupSize * 8) & 0x80;
    }

    // Calls \a visit(index) for each slot that is live in \a word, in order, until it returns false.
    template <typename Visit>
    static bool forEachLive(quint64 word, quint64 group, Visit &&visit)
    {
        for (quint64 bits = TagWord::lives(word); bits; bits &= bits - 1) {
            if (!visit(qsizetype(group) * GroupSize + TagWord::firstOf(bits)))
                return false;
        }
        return true;
    }

    // Brings the first cache lines that a search will touch nearer.
    void prefetchGroup(quint64 hash) const noexcept
    {
        const quint64 group = hash & m_groupMask;
        prefetchLine(tags() + group);
        prefetchLine(m_slots + group * GroupSize);
    }

    // The slot that a search will ask first, or -1.
    qsizetype firstCandidate(quint64 hash) const noexcept
    {
        const quint64 group = hash & m_groupMask;
        const quint64 bits = TagWord::matches(tagsOf(group), tagOf(hash));
        return bits ? qsizetype(group) * GroupSize + TagWord::firstOf(bits) : -1;
    }

    // The rest is for the holder of the shard's lock, or for the only one who knows the table.

    // Calls \a fill(slot) for an empty slot, and makes it live.
    template <typename Fill>
    void occupyLocked(quint64 hash, Fill &&fill) noexcept
    {
        for (quint64 group = hash & m_groupMask, step = 0;;
             group = (group + ++step) & m_groupMask) {
            // relaxed: the lock's holder is the only writer.
            const quint64 word = tags()[group].load(std::memory_order_relaxed);
            const quint64 empty = TagWord::empties(word);
            if (!empty)
                continue;
            const int byte = TagWord::firstOf(empty);
            fill(m_slots + qsizetype(group) * GroupSize + byte);
            Traits::testPoint(TestPoint::SlotFilled);
            // [tag] release: who sees the tag sees the slot.
            tags()[group].store(TagWord::with(word, byte, tagOf(hash)), std::memory_order_release);
            return;
        }
    }

    void deleteLocked(qsizetype index) noexcept
    {
        const quint64 group = quint64(index) / GroupSize;
        const quint64 word = tags()[group].load(std::memory_order_relaxed);
        // [tag] release: who sees the deletion sees what came before it.
        tags()[group].store(TagWord::with(word, int(index % GroupSize), TagWord::Deleted),
                            std::memory_order_release);
        Traits::testPoint(TestPoint::TagDeleted);
    }

    quint64 groups() const noexcept { return isPlaceholder() ? 0 : m_groupMask + 1; }
    Slot *slotAt(qsizetype index) const noexcept { return m_slots + index; }

private:
    Word *tags() const noexcept
    {
        return reinterpret_cast<Word *>(const_cast<TaggedTable *>(this) + 1);
    }

    const quint64 m_groupMask;
    Slot *const m_slots; // null in a placeholder
};

// The table of a shard without entries: one group of empty tags and no slots. Each map has one of
// its own; it is never written, retired or destroyed, and no other map or module depends on it.
template <typename Table, typename Traits>
class PlaceholderTable
{
public:
    Table *table() noexcept { return &m_table; }

private:
    Table m_table { 0, nullptr };
    typename Traits::template Atomic<quint64> m_tags { 0 };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
