// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/loaderrors.h>

#include <SyncMap/cache/loading/waits.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {

namespace {

Q_LOGGING_CATEGORY(lcLoading, "syncmap.cache")

} // namespace

SyncCacheError noLoaderError()
{
    return CacheErrors::make(
            SyncCacheError::KeyNotFound,
            QT_TRANSLATE_NOOP("SyncCacheError",
                              "the key is not in the cache, and no loader is set"));
}

SyncCacheError noAnswerError()
{
    return CacheErrors::make(
            SyncCacheError::LoadFailed,
            QT_TRANSLATE_NOOP("SyncCacheError", "the loader ended without an answer"));
}

SyncCacheError contextGoneError()
{
    return CacheErrors::make(
            SyncCacheError::LoadFailed,
            QT_TRANSLATE_NOOP("SyncCacheError", "the context of the loader has gone"));
}

SyncCacheError recursionError()
{
    SyncCacheError error(SyncCacheError::RecursiveLoad);
    if (LoaderFrame::depth() < LoaderFrame::MaximalDepth)
        return error;
    (void)guarded([&error] {
        error = CacheErrors::make(
                SyncCacheError::RecursiveLoad,
                QT_TRANSLATE_NOOP("SyncCacheError", "too many loaders run one within another"));
    });
    return error;
}

SyncCacheError nothingToRenewError()
{
    return CacheErrors::make(
            SyncCacheError::KeyNotFound,
            QT_TRANSLATE_NOOP("SyncCacheError", "not modified, but the old value has gone"));
}

void reportForeignKey(QMetaType type) noexcept
{
    qCWarning(lcLoading,
              "A loader brought an entry with a key of type %s, which is none of the cache: it is "
              "not stored.",
              type.name() ? type.name() : "?");
}

void reportWaitForOneself() noexcept
{
    qCWarning(lcLoading, "waitForDone() was called by what it would wait for, and has not waited.");
}

void reportNullContext() noexcept
{
    qCWarning(lcLoading, "A context must not be null: nobody will be called back.");
}

void reportThrowingCallback(const SyncCacheError &thrown) noexcept
{
    qCWarning(lcLoading, "A callback threw an exception: %s", thrown.what());
}

} // namespace SyncMapInternal
