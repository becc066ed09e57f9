// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/fence.h>
#include <SyncMap/private/reclamation/waiting.h>

#include <QtCore/qatomic.h>
#include <QtCore/qmutex.h>

#include <atomic>
#include <thread>

#if defined(_MSC_VER) && (defined(_M_IX86) || defined(_M_X64))
#  include <intrin.h>
#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Traits>
class Domain;
template <typename Traits>
struct ThreadSlot;

// Where a test may stop, delay or reorder a thread. A traits class decides what happens there; the
// shipped one does nothing.
enum class TestPoint : quint8 {
    EpochLoaded, // a reader is about to announce its pin
    Pinned, // a reader has announced its pin, and has loaded nothing yet
    TagLoaded, // a reader saw a tag that matches, and has not loaded the slot
    ShardLocked, // a writer holds a shard
    SlotFilled, // a writer has filled a slot whose tag is still empty
    TagDeleted, // a writer has deleted a tag whose slot is still filled
    Promoting, // a writer has built a dirty map and not published it
    Succeeding, // a writer has entered a dead shard's successor in one place of the directory
    Unlinked, // a writer has unlinked an object and not retired it
    Scanning, // a collector is about to look for pins
    CollectorBusy, // a thread with a full batch found another one collecting
    Counted, // the size is being found, and one thread's part was read
};

// What the engine is made of. The same source runs on other traits under a model checker, with
// counting atomics or with random yields.
struct DefaultTraits
{
    template <typename T>
    using Atomic = std::atomic<T>;
    template <typename T>
    using Snapshot = QAtomicPointer<T>;
    using Mutex = QMutex;

    // Retired objects and bytes in one thread's hands that make it collect. Where a fence has to
    // interrupt a virtual processor, it takes 10 microseconds, which is a third of the time of two
    // writers of nodes with batches of 64, and a tenth with 512; larger ones leave the first-level
    // cache, and a single writer, whose fences are cheap, becomes slower. Small under
    // sanitizers, so that tests of modest size free memory under their readers.
    static constexpr quint32 batchObjects = SYNCMAP_SANITIZED ? 4 : 512;
    static constexpr quint32 batchBytes = 1U << 20; // 1 MiB
    // How often a thread with a full batch lets others run, when many bytes wait for their guards.
    static constexpr quint32 patience = 4;

    static FenceMode fenceMode() noexcept { return processFenceMode(); }
    static void lightFence(FenceMode mode) noexcept { SyncMapInternal::lightFence(mode); }
    static bool heavyFence(FenceMode mode) noexcept { return SyncMapInternal::heavyFence(mode); }

    static void testPoint(TestPoint) noexcept { }

    // How often a read-modify-write tries before it claims its key, see map/claim.h.
    static constexpr int claimAfter = 7;

    // Where a thread waits until it is its turn; and how it passes the time if it may not wait.
    using Parking = SyncMapInternal::Parking;
    static void rest(int round) noexcept { restFor(round); }

    static void yield() noexcept { std::this_thread::yield(); }

    // Tells the processor that this thread spins.
    static void relax() noexcept
    {
#if defined(__GNUC__) && (defined(__i386__) || defined(__x86_64__))
        __builtin_ia32_pause();
#elif defined(__GNUC__) && defined(__aarch64__)
        __asm__ __volatile__("isb");
#elif defined(_MSC_VER) && (defined(_M_IX86) || defined(_M_X64))
        _mm_pause();
#endif
    }

    // The calling thread's slot in the domain; registers the thread at its first call. Defined in
    // threadcache.h.
    static ThreadSlot<DefaultTraits> &slot(Domain<DefaultTraits> &domain);
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
