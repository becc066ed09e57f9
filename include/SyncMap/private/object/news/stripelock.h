// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/traits.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A lock that is almost always free, held for a few instructions. Unlocking is a plain store, where
// that of a QMutex is another atomic exchange: a third of what noting a key costs. Whoever finds it
// taken spins, and then sleeps, so that a holder of lower priority gets to run.
class StripeLock
{
public:
    StripeLock() = default;
    Q_DISABLE_COPY_MOVE(StripeLock)
    ~StripeLock() = default;

    void lock() noexcept
    {
        // [stripe] acquire: pairs with unlock().
        for (int i = 0; m_isTaken.exchange(true, std::memory_order_acquire); ++i) {
            if (i < SpinLimit)
                DefaultTraits::relax();
            else
                std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
    void unlock() noexcept
    {
        // [stripe] release: who takes the lock sees what was done under it.
        m_isTaken.store(false, std::memory_order_release);
    }

private:
    static constexpr int SpinLimit = 128;
    std::atomic<bool> m_isTaken { false };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
