// SPDX-License-Identifier: MIT
#include <SyncMap/cache/advice.h>
#include <SyncMap/reclamation/diagnostics.h>

#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {

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

} // namespace SyncMapInternal
