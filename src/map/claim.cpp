// SPDX-License-Identifier: MIT
#include <SyncMap/map/claim.h>

#include <atomic>

namespace SyncMapInternal {

const Computation *&currentComputation() noexcept
{
    static thread_local const Computation *current = nullptr;
    return current;
}

quint64 nextClaimAge() noexcept
{
    static std::atomic<quint64> last { 0 };
    return last.fetch_add(1, std::memory_order_relaxed) + 1; // relaxed: only its value matters
}

} // namespace SyncMapInternal
