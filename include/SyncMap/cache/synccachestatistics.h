// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/map/syncmapstatistics.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <array>
#include <chrono>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \class SyncCacheStatistics
    \inmodule SyncMap
    \brief What a SyncCache did and holds, as SyncCache::statistics() saw it.

    Counts are exact when no other thread uses the cache. What it holds beside its entries is said as
    of a map: \c retiredBytes and the like.
*/
struct SyncCacheStatistics : SyncMapStatistics
{
    /*! The size of \c evictions: there is room for causes to come. */
    static constexpr std::size_t CauseCount = 16; // there is room for causes to come

    quint64 hits = 0; //!< reads that count as a use and found a value
    quint64 misses = 0; //!< reads that count as a use and found none, or one that had expired
    quint64 refused = 0; //!< values that could not fit
    quint64 loads = 0; //!< loads that began
    quint64 coalescedLoads = 0; //!< callers that joined a load of somebody else
    quint64 loadFailures = 0; //!< loads that ended without a value
    quint64 canceledLoads = 0; //!< loads that every caller had cancelled
    quint64 loadsInFlight = 0; //!< loads under way
    std::chrono::nanoseconds loadTime {}; //!< of all loads together
    //! Values that left, by SyncCacheRemovalCause: \c{evictions[std::size_t(SyncCacheRemovalCause::Evicted)]}
    std::array<quint64, CauseCount> evictions = {};
    quint64 pendingRemovals = 0; //!< news for onRemoved() that were not delivered yet
    quint64 pendingRemovalBytes = 0; //!< what their keys and values hold, as far as known
    quint64 droppedRemovals = 0; //!< news that a listener was too slow for, see onRemoved()
    quint64 policyBytes = 0; //!< what the eviction policy keeps beside the entries
    quint64 errorBytes = 0; //!< what failures take that are remembered, see setErrorTimeToLive()

    //! Of the reads that count, 0 to 1; 0 without any.
    double hitRatio() const noexcept
    {
        const double reads = double(hits) + double(misses);
        return reads > 0 ? double(hits) / reads : 0;
    }
    /*! How many values left for \a cause. */
    quint64 removals(SyncCacheRemovalCause cause) const noexcept
    {
        return evictions[std::size_t(cause)];
    }

    friend bool operator==(const SyncCacheStatistics &a, const SyncCacheStatistics &b) noexcept
    {
        return static_cast<const SyncMapStatistics &>(a)
                == static_cast<const SyncMapStatistics &>(b)
                && a.hits == b.hits && a.misses == b.misses && a.refused == b.refused
                && a.loads == b.loads && a.coalescedLoads == b.coalescedLoads
                && a.loadFailures == b.loadFailures && a.canceledLoads == b.canceledLoads
                && a.loadsInFlight == b.loadsInFlight && a.loadTime == b.loadTime
                && a.evictions == b.evictions && a.pendingRemovals == b.pendingRemovals
                && a.pendingRemovalBytes == b.pendingRemovalBytes
                && a.droppedRemovals == b.droppedRemovals && a.policyBytes == b.policyBytes
                && a.errorBytes == b.errorBytes;
    }
    friend bool operator!=(const SyncCacheStatistics &a, const SyncCacheStatistics &b) noexcept
    {
        return !(a == b);
    }
};

/*!
    \relates SyncCacheStatistics
    What happened between \a earlier and \a later: counts are subtracted, and what the cache holds is
    that of \a later.
*/
SYNCMAP_EXPORT SyncCacheStatistics operator-(const SyncCacheStatistics &later,
                                             const SyncCacheStatistics &earlier) noexcept;
/*!
    \relates SyncCacheStatistics
    Writes \a statistics to \a debug, in words.
*/
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncCacheStatistics &statistics);
