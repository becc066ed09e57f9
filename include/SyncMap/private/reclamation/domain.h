// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/diagnostics.h>
#include <SyncMap/private/reclamation/threadslot.h>

#include <chrono>
#include <limits>
#include <new>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Epoch-based reclamation for one map (after Fraser, "Practical lock-freedom", 2004, with the
// asymmetric fence of Desnoyers et al., "User-level implementations of read-copy update", 2012).
//
// The nouns. An object is *unlinked* when no shared pointer leads to it any more; readers that
// found it earlier may still look at it. A reader *pins* an epoch while it looks. A writer
// *retires* an unlinked object into the *limbo* of its own slot. Now and then it *collects*: it
// takes a limbo, advances the epoch to a *tag*, and looks at every slot. When nobody pins an epoch
// before the tag, nobody looks at the object, and it is *destroyed*.
//
// Why that is safe. Let the collector's order be: unlinking, epoch becomes t, heavy fence, scan.
// Let the reader's be: load of epoch e, pin e, light fence, load of pointers. Then for each reader
//   1. the scan does not see the pin: by the fences, the reader's loads come after the unlinking
//      and miss the object;
//   2. the scan sees a pin e < t: the object is kept;
//   3. the scan sees a pin e >= t: the epoch that the reader loaded was stored after the unlinking,
//      which the reader therefore sees [epoch]; what it read under earlier guards is over [pin];
//   4. the scan sees 0 from the end of a guard: all that the reader read under it is over [leave].
//
// Who collects. A thread collects when what it has retired makes a batch: so many objects, or so many
// bytes; of what may be large and does not tell, a few make one, whichever threads they are of. It
// takes all batches that are full, of whichever thread, and destroys what it can after it
// has left the lock. A thread that finds the lock taken leaves its batch to the one who has it; and a
// writer whose guard held something back collects when it ends that guard. So a thread that writes no
// more keeps less than a batch, and what waits without a guard being open is less than a batch for
// each thread. Only a thread that reads, whose guard was the last to hold something back, leaves it to
// the next who writes or calls collect(): it never runs destructors.
//
// What waits. Batches that cannot be destroyed at once join one of two lists: `young`, whose tag
// moves with each addition, and `old`, which is closed. Young becomes old when old was destroyed.
// So a stream of short, overlapping guards cannot put off a batch for ever, and the state is two
// lists however long a guard lives: what waits is at most what was retired during two guards that
// follow one another, plus one batch per thread.
//
// Threads. pin(), unpin() and retire() are for the thread that owns the slot; everything else for
// any thread. pin() and unpin() are wait-free; retire() is lock-free and retries only when a
// collector took its limbo meanwhile; no reader ever frees.
template <typename Traits>
class Domain
{
public:
    using Slot = ThreadSlot<Traits>;
    using Collecting = typename Slot::Collecting;
    using Destroy = void (*)(Retired *object, unsigned kind);
    template <typename T>
    using Atomic = typename Traits::template Atomic<T>;

    struct Statistics
    {
        quint64 objects = 0;
        quint64 bytes = 0;
        std::chrono::nanoseconds oldestGuard {}; // a lower bound
    };

    // destroy() receives each retired object once, outside all locks.
    // With counting slots, readers can count what they find.
    explicit Domain(Destroy destroy, bool counting = false) noexcept
        : m_mode(Traits::fenceMode()), m_destroy(destroy), m_counting(counting)
    {
    }
    Q_DISABLE_COPY_MOVE(Domain)

    // Destroys what is retired. Nobody may hold a guard; see isPinned().
    ~Domain();

    quint64 id() const noexcept { return m_id; }
    Slot &slot() { return Traits::slot(*this); }

    void pin(Slot &slot) noexcept
    {
        if (Q_UNLIKELY(slot.depth++ != 0))
            return;
        // [epoch] acquire: pairs with advanceLocked(); case 3 above.
        const quint64 epoch = m_epoch.load(std::memory_order_acquire);
        Traits::testPoint(TestPoint::EpochLoaded);
        // [pin] release: a scan that sees this pin also knows that this thread's earlier guards are
        // over.
        slot.pinned.store(epoch, std::memory_order_release);
        // Case 1 above; pairs with the heavy fence of advanceLocked().
        Traits::lightFence(m_mode);
        Traits::testPoint(TestPoint::Pinned);
    }

    void unpin(Slot &slot) noexcept
    {
        if (Q_UNLIKELY(--slot.depth != 0))
            return;
        // [leave] release: a scan that sees the 0 comes after all that was read under the guard.
        slot.pinned.store(0, std::memory_order_release);
    }

    // Takes over an unlinked object. \a bytes is what destroying it will free, roughly; what may
    // be more than is known of it weighs as much as 1/32 of a batch for each of \a unknowns.
    void retire(Slot &slot, Retired *object, unsigned kind, quint64 bytes,
                quint32 unknowns = 0) noexcept;

    // Ends a guard under which the slot's owner has written, and collects when the slot holds a full
    // batch, or when this guard was the one that held something back: nobody else may come by to
    // free it. Runs destructors.
    void unpinWriter(Slot &slot)
    {
        // relaxed: own; it is the pin of the outermost guard.
        const quint64 pinned = slot.pinned.load(std::memory_order_relaxed);
        unpin(slot);
        // relaxed: a heuristic. A scan that is under way may have seen the pin, and say so later:
        // what it holds back then is taken by the next.
        const quint64 oldest = m_oldestPin.load(std::memory_order_relaxed);
        if (Q_UNLIKELY(slot.isDue()
                       || (oldest != 0 && slot.depth == 0
                           && (oldest == pinned || mayFreeMuch(oldest)))))
            collectFrom(slot);
    }

    // As the owner of the slot does when it has retired a batch, or later.
    void collectFrom(Slot &slot);

    // Destroys everything that was retired before the call, by whichever thread, and that no guard
    // holds; also what destructors retire meanwhile in this thread. True if nothing is left. Within
    // such a destructor it leaves the work to the call that runs it. Registers the thread, which
    // may throw std::bad_alloc.
    bool collect();

    // Destroys everything that was retired; nobody else may use the domain, or hold a guard. True
    // if there was something.
    bool drain();

    // A guard is open at this moment. Exact only when no thread uses the domain.
    bool isPinned() const noexcept { return oldestPin() != NoPin; }

    struct Size
    {
        std::size_t entries = 0; // inserted less removed: modulo the range of the type
        bool isExact = false; // it was the size at a moment of the call
    };
    // Linear in the number of threads that ever used the domain at once.
    Size size() const noexcept;

    struct Reads
    {
        quint64 hits = 0;
        quint64 misses = 0;
    };
    // What the threads counted; nothing without counting slots.
    Reads reads() const noexcept;
    // Takes the notes of all threads; with counting slots only.
    template <typename Take>
    void takeNotes(Take &&take);
    Statistics statistics() const noexcept;

    // For the registry of threads: a free slot or a new one. Throws std::bad_alloc, with no effect.
    Slot *claimSlot(const void *owner);

private:
    static constexpr quint64 NoPin = (std::numeric_limits<quint64>::max)();

    struct Waiting
    {
        RetiredList list;
        quint64 tag = 0;
    };

    struct Counts
    {
        std::size_t inserted = 0;
        std::size_t removed = 0;
    };
    Counts counts() const noexcept;

    template <typename Lock>
    bool tryLockOrAsk(Lock &lock) noexcept;
    void noteWaitingLocked() noexcept;
    bool isAlone() const noexcept;
    bool mayFreeMuch(quint64 oldest) const noexcept;
    // For both sides, whatever the mode.
    static void fullFence() noexcept { Traits::lightFence(FenceMode::Symmetric); }
    RetiredList takeLocked(Slot &slot) noexcept;
    RetiredList advanceLocked(RetiredList &fresh, bool &fenced) noexcept;
    RetiredList collectFreeable(Slot *slot);
    quint64 oldestPin() const noexcept;
    void noteOldestPinLocked(quint64 oldest) noexcept;
    bool destroyAll(RetiredList list);
    void destroyEach(const RetiredList &list);

    // Read by every guard; these two change once per batch.
    Atomic<quint64> m_epoch { 1 };
    // The smallest pin of the last scan if it holds something back, else 0.
    Atomic<quint64> m_oldestPin { 0 };
    const quint64 m_id = uniqueDomainId();
    const FenceMode m_mode;
    const Destroy m_destroy;
    const bool m_counting;
    Atomic<Slot *> m_slots { nullptr }; // grows only; see ThreadSlot

    // Keeps what collectors write off the readers' cache line. Not alignas: a map must live
    // wherever its user puts it, and QSharedPointer::create(), for one, does not allocate for
    // over-aligned types.
    char m_apart[64] = {};

    // The collector lock: held for list work and scans, never while a destructor runs.
    typename Traits::Mutex m_collector;
    Waiting m_old;
    Waiting m_young;
    // A thread with a full batch found the lock taken: whoever has it takes that batch, too.
    Atomic<bool> m_isAsked { false };
    // Things that are not known, in all limbos, since a collector took them last; roughly.
    Atomic<quint32> m_unknowns { 0 };
    // Collectors that have taken something and not yet destroyed all of it.
    Atomic<quint32> m_destroying { 0 };
    // Written under the lock, for statistics, and to know whether it is worth while to look.
    Atomic<quint64> m_waitingObjects { 0 };
    Atomic<quint64> m_waitingBytes { 0 };
    Atomic<quint64> m_waitingWeight { 0 };
    Atomic<qint64> m_oldestPinSince { 0 }; // of the steady clock, in nanoseconds
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#include <SyncMap/private/reclamation/domain_impl.h>
