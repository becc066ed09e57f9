// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/expiry/freedmemory.h>

#include <cstdlib>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

void joinFreedMemory() noexcept
{
#ifdef __GLIBC__
    // FASTBIN_CONSOLIDATION_THRESHOLD is 64 KiB. Less than what is mapped by itself.
    void *volatile block = std::malloc(81920);
    std::free(block);
#endif
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
