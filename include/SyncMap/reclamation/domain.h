// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/diagnostics.h>
#include <SyncMap/reclamation/threadslot.h>

#include <limits>
#include <new>

namespace SyncMapInternal {

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

    // Takes over an unlinked object. \a bytes is what destroying it will free, roughly.
    void retire(Slot &slot, Retired *object, unsigned kind, quint64 bytes) noexcept;

    // Collects when the slot holds a full batch. For the owner of the slot, best without a guard.
    // Runs destructors.
    void collectIfDue(Slot &slot)
    {
        if (Q_UNLIKELY(slot.isDue()))
            collectFrom(slot);
    }

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

    // The sum of what the threads' writes added; linear in the number of threads that ever used the
    // domain at once.
    qint64 size() const noexcept;

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
    Statistics statistics() const;

    // For the registry of threads: a free slot or a new one. Throws std::bad_alloc, with no effect.
    Slot *claimSlot(const void *owner);

private:
    static constexpr quint64 NoPin = std::numeric_limits<quint64>::max();

    struct Waiting
    {
        RetiredList list;
        quint64 tag = 0;
    };

    void collectFrom(Slot &slot);
    RetiredList takeLocked(Slot &slot) noexcept;
    RetiredList advanceLocked(RetiredList &fresh, bool &fenced) noexcept;
    RetiredList collectFreeable(Slot *slot);
    quint64 oldestPin() const noexcept;
    void noteOldestPinLocked(quint64 oldest) noexcept;
    void destroyAll(RetiredList list);

    // Read by every guard; the epoch changes once per batch.
    Atomic<quint64> m_epoch { 1 };
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
    mutable typename Traits::Mutex m_collector;
    Waiting m_old;
    Waiting m_young;
    quint64 m_oldestPin = 0; // the smallest pin of the last scan if it holds something back, else 0
    std::chrono::steady_clock::time_point m_oldestPinSince;
};

} // namespace SyncMapInternal

#include <SyncMap/reclamation/domain_impl.h>
