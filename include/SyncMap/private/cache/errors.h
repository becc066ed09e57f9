// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

struct CacheErrors
{
    // Those that have a text of their own, and are made where there may be no memory, or where nothing
    // may throw.
    enum class Plain : quint8 {
        OutOfMemory,
        NoLoader,
        NoAnswer,
        ContextGone,
        NothingToRenew,
        TooDeep
    };
    SYNCMAP_EXPORT static SyncCacheError plain(Plain which) noexcept;

    // What its text takes, and at a guess what was thrown; nothing for what the library has once.
    SYNCMAP_EXPORT static quint64 bytesOf(const SyncCacheError &error) noexcept;

    // With a text of the library, marked for translation in the context SyncCacheError.
    SYNCMAP_EXPORT static SyncCacheError make(SyncCacheError::Code code, const char *text,
                                              QStringList arguments = {});
    static SyncCacheError of(CacheErrorData *data) { return SyncCacheError(data); }
};

// Within a handler of exceptions: what is being handled, as an error. Needs no memory that is not
// there: without any, the error says so.
SYNCMAP_EXPORT SyncCacheError currentError() noexcept;

// Runs user code. What it throws is returned. The one ladder of handlers is in currentError().
template <typename Function>
SyncCacheError guarded(Function &&f) noexcept
{
    QT_TRY
    {
        f();
    }
    QT_CATCH(...)
    {
#ifndef QT_NO_EXCEPTIONS
        return currentError();
#endif
    }
    return {};
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
