// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/removal/removallistener.h>
#include <SyncMap/private/reclamation/diagnostics.h>

#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

Q_LOGGING_CATEGORY(lcCache, "syncmap.cache")

} // namespace

void reportThrowingListener(const char *what) noexcept
{
    sayIfPossible([what] {
        qCWarning(lcCache, "A listener of onRemoved() threw an exception%s%s; it is kept.",
                  what ? ": " : "", what ? what : "");
    });
}

void reportSlowListener() noexcept
{
    sayIfPossible([] {
        qCWarning(lcCache,
                  "A listener of onRemoved() is too slow, or its thread runs no event loop: its "
                  "oldest news are dropped from now on.");
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
