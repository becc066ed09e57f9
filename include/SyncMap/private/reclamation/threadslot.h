// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/retired.h>
#include <SyncMap/private/reclamation/traits.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Traits>
struct CountingSlot;

// How much a limbo holds, in one word; what does not fit into its place counts as the most that does.
class LimboLoad
{
public:
    LimboLoad() = default;
    explicit LimboLoad(quint64 word) noexcept : m_word(word) { }

    quint64 word() const noexcept { return m_word; }
    quint64 bytes() const noexcept { return m_word & MaxBytes; }
    quint64 unknowns() const noexcept { return (m_word >> UnknownsShift) & MaxUnknowns; }
    quint64 objects() const noexcept { return m_word >> ObjectsShift; }

    // With one object more.
    LimboLoad with(quint64 itsBytes, quint64 itsUnknowns) const noexcept
    {
        // Where no part is near the end of its place.
        if (Q_LIKELY(itsUnknowns == 0 && itsBytes < HighBytes && !(m_word & Highs)))
            return LimboLoad(m_word + (quint64(1) << ObjectsShift) + itsBytes);
        return LimboLoad(qMin(objects() + 1, MaxObjects) << ObjectsShift
                         | qMin(unknowns() + itsUnknowns, MaxUnknowns) << UnknownsShift
                         | qMin(bytes() + qMin(itsBytes, MaxBytes), MaxBytes));
    }

    // What is not known of an object may be large: so many such make a batch.
    template <typename Traits>
    static constexpr quint32 mostUnknowns = std::min<quint32>(Traits::batchObjects, 32);

    // So many objects, or so many bytes.
    template <typename Traits>
    bool isBatch() const noexcept
    {
        return m_word >= quint64(Traits::batchObjects) << ObjectsShift
                || weight<Traits>() >= Traits::batchBytes;
    }
    template <typename Traits>
    quint64 weight() const noexcept
    {
        constexpr quint64 assumed = Traits::batchBytes / mostUnknowns<Traits>;
        return bytes() + unknowns() * assumed;
    }

private:
    static constexpr int UnknownsShift = 32;
    static constexpr int ObjectsShift = 42;
    static constexpr quint64 MaxBytes = (quint64(1) << UnknownsShift) - 1;
    static constexpr quint64 MaxUnknowns = (quint64(1) << (ObjectsShift - UnknownsShift)) - 1;
    static constexpr quint64 MaxObjects = (quint64(1) << (64 - ObjectsShift)) - 1;
    static constexpr quint64 HighBytes = quint64(1) << (UnknownsShift - 1);
    static constexpr quint64 Highs =
            HighBytes | quint64(1) << (ObjectsShift - 1) | quint64(1) << 63;

    quint64 m_word = 0;
};

// What one thread and one domain know of each other: a cache line that the thread writes and that
// collectors read.
//
// A slot is allocated when a thread meets a domain and no free slot is left, is handed from thread
// to thread for as long as the domain lives, and is deleted by the last of its two holders to let
// go: the domain when it is destroyed, or the thread when it ends. So neither needs the other to be
// alive, and a thousand threads that come and go after one another share one slot.
template <typename Traits>
struct alignas(64) ThreadSlot
{
    template <typename T>
    using Atomic = typename Traits::template Atomic<T>;

    enum Holder : quint8 { HeldByDomain = 1, HeldByThread = 2 };
    // Whether the owner collects where there is reason to, and gives a temporary slot back, or leaves
    // that to what it is in the middle of: a loop that runs destructors of retired objects, or a
    // CollectionPause. Owed: there was reason to.
    enum class Collecting : quint8 { Now, Later, Owed };

    // The epoch in which the outermost guard began, 0 without a guard. Written by the owner alone.
    Atomic<quint64> pinned { 0 };
    // Objects that the owner retired and no collector has taken. The owner pushes, whoever holds
    // the domain's collector lock takes all of them at once; so no object can be pushed and taken
    // under one another, and there is no ABA.
    Atomic<Retired *> limbo { nullptr };
    // What the limbo holds if it is not empty: a LimboLoad. Written by the owner alone, which begins
    // anew when it finds that the limbo was taken.
    Atomic<quint64> load { 0 };
    // Entries that the owner's writes put into the map, and took out. Each only rises, so that who
    // finds all of them twice the same knows a size that the map had. Written by the owner alone.
    Atomic<std::size_t> inserted { 0 };
    Atomic<std::size_t> removed { 0 };

    quint32 depth = 0; // guards that the owner holds, one in another; owner alone
    bool temporary = false; // given back with its last guard, not with its thread; owner alone
    Collecting collecting = Collecting::Now; // owner alone
    const bool counts; // it is a CountingSlot
    Atomic<quint8> holders { HeldByDomain | HeldByThread };
    // The table of the owning thread (see threadcache.h); null when the thread has let go, or could
    // not because it still held a guard.
    Atomic<const void *> owner { nullptr };
    ThreadSlot *next = nullptr; // the domain's list; never changes once the slot is in it

    explicit ThreadSlot(bool itCounts = false) noexcept : counts(itCounts) { }

    // What the limbo holds, roughly while somebody else uses it.
    LimboLoad limboLoad() const noexcept
    {
        // relaxed: a heuristic, and a count for people.
        return limbo.load(std::memory_order_relaxed)
                ? LimboLoad(load.load(std::memory_order_relaxed))
                : LimboLoad();
    }

    // The owner has retired enough to collect.
    bool isDue() const noexcept { return limboLoad().template isBatch<Traits>(); }

    // An insertion is counted before others can see it, a removal after they can: so a count is
    // never less than what is there.
    void countInserted(std::size_t entries) noexcept { count(inserted, entries); }
    void countRemoved(std::size_t entries) noexcept { count(removed, entries); }

    // The domain is gone, and with it everything that the slot was for.
    bool isAbandoned() const noexcept
    {
        // relaxed: it never changes back, and whoever acts on it goes through letGo().
        return !(holders.load(std::memory_order_relaxed) & HeldByDomain);
    }

    // One of the two holders lets go; the last one deletes the slot.
    static void letGo(ThreadSlot *slot, Holder holder) noexcept
    {
        // [slot-holders] release: the next thread that claims the slot, or the holder that deletes
        // it, sees all that this one wrote. acquire: the same from the other side.
        const quint8 before = slot->holders.fetch_and(quint8(~holder), std::memory_order_acq_rel);
        if (before == holder)
            destroy(slot);
    }

    static ThreadSlot *create(bool counting)
    {
        return counting ? new CountingSlot<Traits> : new ThreadSlot;
    }
    static void destroy(ThreadSlot *slot) noexcept
    {
        if (slot->counts)
            delete static_cast<CountingSlot<Traits> *>(slot);
        else
            delete slot;
    }

    // The owning thread leaves: the slot is free for another one. What is in its limbo stays there,
    // for whoever claims or collects it. A thread that still holds a guard keeps the slot until it
    // ends that guard.
    static void leave(ThreadSlot *slot) noexcept
    {
        // relaxed: only the leaving thread compares it with its own table.
        slot->owner.store(nullptr, std::memory_order_relaxed);
        slot->temporary = slot->depth != 0;
        if (!slot->temporary)
            letGo(slot, HeldByThread);
    }

    // A slot that a thread took after its table was emptied goes back with its last use.
    static void giveBack(ThreadSlot &slot) noexcept
    {
        if (Q_UNLIKELY(slot.temporary && slot.depth == 0 && slot.collecting == Collecting::Now)) {
            slot.temporary = false;
            slot.owner.store(nullptr, std::memory_order_relaxed);
            letGo(&slot, HeldByThread);
        }
    }

private:
    static void count(Atomic<std::size_t> &counter, std::size_t entries) noexcept
    {
        // relaxed: one writer. [count] release: who sees that a key was removed sees that it was
        // inserted, since the one came to the other by the lock of its shard.
        counter.store(counter.load(std::memory_order_relaxed) + entries, std::memory_order_release);
    }
};

// The slot of a domain whose readers also count, and note, what they find: lines that only its
// thread writes, so that it costs a reader a few instructions and other readers nothing.
template <typename Traits>
struct CountingSlot : ThreadSlot<Traits>
{
    template <typename T>
    using Atomic = typename Traits::template Atomic<T>;

    // Written by the owner alone, and never reset: the next owner counts on.
    alignas(64) Atomic<quint64> hits { 0 };
    Atomic<quint64> misses { 0 };
    // When the owner looks next whether it has to hand over its notes; and when it does in any case: both
    // in hits; and for how many times in a row. Owner alone.
    quint64 lookAt = 0;
    quint64 handOverAt = 4096;
    quint64 demandSeen = 0;
    quint32 handOversLeft = 0;

    // A ring of notes from the owner to whoever holds the lock that notes are taken under. What
    // does not fit is lost.
    static constexpr quint32 NoteCount = 64;
    Atomic<quint32> noted { 0 }; // written by the owner
    Atomic<quint32> taken { 0 }; // written under that lock
    Atomic<quint64> notes[NoteCount] = {};

    CountingSlot() noexcept : ThreadSlot<Traits>(true) { }

    // The number of hits, or of misses.
    quint64 count(bool hit) noexcept
    {
        Atomic<quint64> &counter = hit ? hits : misses;
        // relaxed: one writer; the sum over all slots is a number for people.
        const quint64 number = counter.load(std::memory_order_relaxed) + 1;
        counter.store(number, std::memory_order_relaxed);
        return number;
    }

    // Where nobody takes notes, the owner sees to it itself: each so many hits, about 4,096, and never in
    // step with a loop; and while they are asked for, each 64. \a hit: the number of this one.
    bool isLookDue(quint64 hit) const noexcept { return hit >= lookAt; }
    // \a demand: has risen since somebody could have made use of notes. Then for the next 1,024 hits, too.
    bool isHandOverDue(quint64 hit, quint64 demand) noexcept
    {
        constexpr quint64 golden = Q_UINT64_C(0x9e3779b97f4a7c15);
        if (std::exchange(demandSeen, demand) != demand)
            handOversLeft = 16;
        const bool isDue = handOversLeft != 0 || hit >= handOverAt;
        if (isDue)
            handOverAt = hit + 3840 + ((hit * golden) >> 55);
        handOversLeft -= handOversLeft != 0 ? 1 : 0;
        lookAt = (std::min)(hit + NoteCount, handOverAt);
        return isDue;
    }

    bool hasRoom() const noexcept
    {
        // [note-room] acquire: the note in this place was read before it is overwritten. relaxed:
        // own.
        return noted.load(std::memory_order_relaxed) - taken.load(std::memory_order_acquire)
                != NoteCount;
    }

    // Only if there is room.
    void note(quint64 value) noexcept
    {
        const quint32 end = noted.load(std::memory_order_relaxed); // relaxed: own
        // relaxed: carried by the next line.
        notes[end % NoteCount].store(value, std::memory_order_relaxed);
        // [note] release: who sees the new end sees the note.
        noted.store(end + 1, std::memory_order_release);
    }

    // Under the lock that notes are taken under.
    template <typename Take>
    void takeNotes(Take &&take)
    {
        quint32 begin = taken.load(std::memory_order_relaxed); // relaxed: under the lock
        // [note] acquire: pairs with note().
        const quint32 end = noted.load(std::memory_order_acquire);
        if (begin == end)
            return;
        for (; begin != end; ++begin)
            take(notes[begin % NoteCount].load(std::memory_order_relaxed));
        // [note-room] release: the places may be used again.
        taken.store(end, std::memory_order_release);
    }
};

static_assert(sizeof(ThreadSlot<DefaultTraits>) == 64,
              "a slot is one cache line: scans touch one line per thread");

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
