// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <chrono>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Runs a function that logs, if there is memory for it: a category is made when it is first used.
template <typename Function>
void sayIfPossible(Function &&say) noexcept
{
    QT_TRY
    {
        say();
    }
    QT_CATCH(...) { }
}

// An id that no other domain of this process has had or will have, never 0; unique also between two
// copies of the library.
SYNCMAP_EXPORT quint64 uniqueDomainId() noexcept;

// Says once per process that memory is kept until each map is destroyed because the system refuses
// the barrier.
SYNCMAP_EXPORT void warnHeavyFenceFailed() noexcept;

// The longest that a debug build lets a guard live without a warning: 1 s, or
// SYNCMAP_GUARD_LIMIT_MS from the environment (0 for no limit). A guard is for one piece of work;
// while it is held, nothing that was replaced meanwhile is freed.
SYNCMAP_EXPORT std::chrono::milliseconds guardLimit() noexcept;
SYNCMAP_EXPORT void warnLongGuard(std::chrono::milliseconds held) noexcept;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
