// SPDX-License-Identifier: MIT
#include "../logging.h"

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/loaderrors.h>

#include <SyncMap/private/cache/loading/waits.h>
#include <SyncMap/private/reclamation/diagnostics.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

SyncCacheError noLoaderError() noexcept
{
    return CacheErrors::plain(CacheErrors::Plain::NoLoader);
}

SyncCacheError noAnswerError() noexcept
{
    return CacheErrors::plain(CacheErrors::Plain::NoAnswer);
}

SyncCacheError contextGoneError() noexcept
{
    return CacheErrors::plain(CacheErrors::Plain::ContextGone);
}

SyncCacheError nothingToRenewError() noexcept
{
    return CacheErrors::plain(CacheErrors::Plain::NothingToRenew);
}

SyncCacheError recursionError() noexcept
{
    if (LoaderFrame::depth() < LoaderFrame::MaximalDepth)
        return SyncCacheError(SyncCacheError::RecursiveLoad);
    return CacheErrors::plain(CacheErrors::Plain::TooDeep);
}

void reportForeignKey(QMetaType type) noexcept
{
    sayIfPossible([&] {
        qCWarning(
                lcSyncMapLoading,
                "A loader brought an entry with a key of type %s, which is none of the cache: it is "
                "not stored.",
                type.name() ? type.name() : "?");
    });
}

void reportWaitForOneself() noexcept
{
    sayIfPossible([&] {
        qCWarning(lcSyncMapLoading,
                  "waitForDone() was called by what it would wait for, and has not waited.");
    });
}

void reportNullContext() noexcept
{
    sayIfPossible([&] {
        qCWarning(lcSyncMapLoading, "A context must not be null: nobody will be called back.");
    });
}

void reportThrowingCallback(const SyncCacheError &thrown) noexcept
{
    sayIfPossible([&] {
        qCWarning(lcSyncMapLoading, "A callback threw an exception: %s", thrown.what());
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
