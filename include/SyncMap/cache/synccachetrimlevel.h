// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \enum SyncCacheTrimLevel
    \inmodule SyncMap
    How much SyncCache::trim() frees. What has expired goes in any case; pinned entries stay.
*/
enum class SyncCacheTrimLevel : quint8 {
    Expired, //!< nothing else
    Light, //!< down to 75 % of the bound; without one, of the cost that is held
    Moderate, //!< down to 50 % of the bound, or of that cost
    Complete, //!< all that is not pinned, and what is remembered of what was evicted, and of failures
};

/*! \relates SyncCache */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, SyncCacheTrimLevel level);

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
using SyncTrimLevel = SyncCacheTrimLevel;
#endif
