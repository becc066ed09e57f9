// SPDX-License-Identifier: MIT
#include "logging.h"

#include <SyncMap/private/cache/advice.h>
#include <SyncMap/private/reclamation/diagnostics.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

void reportDefaultBound() noexcept
{
    sayIfPossible([] {
        qCWarning(lcSyncMapCache,
                  "A value was refused. The cache has a weigher, but no bound in its unit: that is "
                  "1000, the default. See SyncCache::setMaxCost() and setMaxBytes().");
    });
}

void reportNothing(const char *function, const char *what) noexcept
{
    sayIfPossible([&] {
        qCWarning(lcSyncMapCache, "%s was called without %s: that is ignored.", function, what);
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
