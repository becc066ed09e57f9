// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \enum SyncCacheRemovalCause
    \inmodule SyncMap
    Why a value left a SyncCache.
*/
enum class SyncCacheRemovalCause : quint8 {
    Explicit, //!< remove(), take(), removeIf(), clear(), or compute() without a result
    Replaced, //!< by another value of the same key, also one that did not fit
    Expired, //!< its time to live or to idle was over
    Evicted, //!< to keep the cache within its bound
    Invalidated, //!< by its tag, or by a loader that found the key absent; invalidate() removes nothing
    Trimmed, //!< by trim()
};

/*! \relates SyncCache */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, SyncCacheRemovalCause cause);

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
using SyncRemovalCause = SyncCacheRemovalCause;
#endif
