// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmetatype.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What the library itself has to say of a load. The texts are its own, and translated there; no error
// needs memory.

SYNCMAP_EXPORT SyncCacheError noLoaderError() noexcept;
SYNCMAP_EXPORT SyncCacheError noAnswerError() noexcept;
SYNCMAP_EXPORT SyncCacheError contextGoneError() noexcept;
SYNCMAP_EXPORT SyncCacheError nothingToRenewError() noexcept;
// Of a wait that was refused in this thread.
SYNCMAP_EXPORT SyncCacheError recursionError() noexcept;

SYNCMAP_EXPORT void reportForeignKey(QMetaType type) noexcept;
SYNCMAP_EXPORT void reportWaitForOneself() noexcept;
SYNCMAP_EXPORT void reportNullContext() noexcept;
SYNCMAP_EXPORT void reportThrowingCallback(const SyncCacheError &thrown) noexcept;

// A function of the user's. What it throws is logged.
template <typename Function, typename... Arguments>
void callBack(Function &f, const Arguments &...arguments) noexcept
{
    if (const SyncCacheError thrown = guarded([&] { f(arguments...); }))
        reportThrowingCallback(thrown);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
