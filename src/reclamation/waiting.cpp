// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/waiting.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

void restFor(int round) noexcept
{
    constexpr int yields = 16;
    constexpr std::chrono::microseconds step(50);
    if (round < yields)
        std::this_thread::yield();
    else
        std::this_thread::sleep_for(step * std::min(round / yields, 10));
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
