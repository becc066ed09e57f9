// SPDX-License-Identifier: MIT
#include "../logging.h"

#include <SyncMap/private/cache/removal/removallistener.h>
#include <SyncMap/private/reclamation/diagnostics.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

void reportThrowingListener(const char *what) noexcept
{
    sayIfPossible([what] {
        qCWarning(lcSyncMapCache, "A listener of onRemoved() threw an exception%s%s; it is kept.",
                  what ? ": " : "", what ? what : "");
    });
}

void reportSlowListener() noexcept
{
    sayIfPossible([] {
        qCWarning(lcSyncMapCache,
                  "A listener of onRemoved() is too slow, or its thread runs no event loop: its "
                  "oldest news are dropped from now on.");
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
