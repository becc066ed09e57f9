// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/advice.h>
#include <SyncMap/private/reclamation/diagnostics.h>

#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

Q_LOGGING_CATEGORY(lcAdvice, "syncmap.cache")

} // namespace

void reportDefaultBound() noexcept
{
    sayIfPossible([] {
        qCWarning(lcAdvice,
                  "A value was refused. The cache has a weigher, but no bound in its unit: that is "
                  "1000, the default. See SyncCache::setMaxCost() and setMaxBytes().");
    });
}

void reportNothing(const char *function, const char *what) noexcept
{
    sayIfPossible([&] {
        qCWarning(lcAdvice, "%s was called without %s: that is ignored.", function, what);
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
