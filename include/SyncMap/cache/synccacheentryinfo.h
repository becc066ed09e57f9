// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

#include <QtCore/qstringlist.h>

#include <chrono>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \class SyncCacheEntryInfo
    \inmodule SyncMap
    \brief What SyncCache::entryInfo() says of an entry.

    Spans are rounded down to milliseconds. What has no end is SyncCacheForever.
*/
struct SyncCacheEntryInfo
{
    qsizetype cost = 0; //!< in the unit of SyncCache::maxCost()
    std::chrono::milliseconds age {}; //!< since it was written, or its loader found it not modified
    std::chrono::milliseconds timeToLiveLeft = SyncCacheForever; //!< until it expires, used or not
    std::chrono::milliseconds timeToIdleLeft = SyncCacheForever; //!< unless it is used
    std::chrono::milliseconds staleTimeLeft = SyncCacheForever; //!< 0 if it is stale
    bool hasOwnTimeToLive = false; //!< and not SyncCache::timeToLive()
    bool pinned = false; //!< never evicted nor trimmed
    bool stale = false; //!< see SyncCache::isStale()
    QStringList tags = {}; //!< see SyncCache::removeByTag()

    friend bool operator==(const SyncCacheEntryInfo &a, const SyncCacheEntryInfo &b)
    {
        return a.cost == b.cost && a.age == b.age && a.timeToLiveLeft == b.timeToLiveLeft
                && a.timeToIdleLeft == b.timeToIdleLeft && a.staleTimeLeft == b.staleTimeLeft
                && a.hasOwnTimeToLive == b.hasOwnTimeToLive && a.pinned == b.pinned
                && a.stale == b.stale && a.tags == b.tags;
    }
    friend bool operator!=(const SyncCacheEntryInfo &a, const SyncCacheEntryInfo &b)
    {
        return !(a == b);
    }
};

/*! \relates SyncCacheEntryInfo */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncCacheEntryInfo &info);

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
using SyncEntryInfo = SyncCacheEntryInfo;
#endif
