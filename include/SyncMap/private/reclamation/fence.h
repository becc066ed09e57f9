// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <atomic>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The store-load ordering of reclamation, and nothing else: every hand-over of data is an acquire
// load that reads a release store, so that ThreadSanitizer, which does not follow fences, can check
// it.
//
// A reader announces its pin and then loads pointers; a collector unlinks and then looks for pins.
// Each must see the other's store, or the collector would free what the reader is about to touch.
// One of two fences stands on each side:
//
//   Asymmetric   light: a compiler barrier            heavy: a barrier in every running thread
//   Symmetric    light: a sequentially consistent     heavy: the same fence
//                       fence, on each guard
//
// A light fence is ordered against a heavy one only, never against another light one.
enum class FenceMode : quint8 { Asymmetric, Symmetric };

// The mode of this process, decided at the first call: Asymmetric where the system has a
// process-wide barrier (membarrier on Linux, FlushProcessWriteBuffers on Windows) and the
// environment variable SYNCMAP_FENCE does not say "symmetric".
SYNCMAP_EXPORT FenceMode processFenceMode() noexcept;

// False if the system refused (a seccomp filter installed after the mode was decided): nothing is
// ordered then.
SYNCMAP_EXPORT bool heavyFence(FenceMode mode) noexcept;

// GCC warns about every fence under ThreadSanitizer; this is the one place, with heavyFence(), that
// has a right to one.
#if defined(__GNUC__) && !defined(__clang__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wtsan"
#endif
inline void fullFence() noexcept
{
    // seq_cst: the two-case argument stands in domain.h, at Domain::pin() and
    // Domain::advanceLocked().
    std::atomic_thread_fence(std::memory_order_seq_cst);
}
#if defined(__GNUC__) && !defined(__clang__)
#  pragma GCC diagnostic pop
#endif

inline void lightFence(FenceMode mode) noexcept
{
    if (mode == FenceMode::Asymmetric)
        std::atomic_signal_fence(std::memory_order_seq_cst);
    else
        fullFence();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
