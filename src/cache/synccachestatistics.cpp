// SPDX-License-Identifier: MIT
#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/cache/synccachestatistics.h>

#include <QtCore/qdebug.h>

SyncCacheStatistics operator-(const SyncCacheStatistics &later,
                              const SyncCacheStatistics &earlier) noexcept
{
    SyncCacheStatistics result = later;
    result.hits -= earlier.hits;
    result.misses -= earlier.misses;
    result.refused -= earlier.refused;
    result.loads -= earlier.loads;
    result.coalescedLoads -= earlier.coalescedLoads;
    result.loadFailures -= earlier.loadFailures;
    result.canceledLoads -= earlier.canceledLoads;
    result.loadTime -= earlier.loadTime;
    for (std::size_t cause = 0; cause < SyncCacheStatistics::CauseCount; ++cause)
        result.evictions[cause] -= earlier.evictions[cause];
    result.droppedRemovals -= earlier.droppedRemovals;
    return result;
}

QDebug operator<<(QDebug debug, const SyncCacheStatistics &statistics)
{
    const QDebugStateSaver saver(debug);
    const auto removals = [&statistics](SyncCacheRemovalCause cause) {
        return statistics.removals(cause);
    };
    debug.nospace() << "SyncCacheStatistics(hits " << statistics.hits << ", misses "
                    << statistics.misses << ", loads " << statistics.loads << ", failures "
                    << statistics.loadFailures << ", in flight " << statistics.loadsInFlight
                    << ", refused " << statistics.refused << ", evicted "
                    << removals(SyncCacheRemovalCause::Evicted) << ", expired "
                    << removals(SyncCacheRemovalCause::Expired) << ", pending news "
                    << statistics.pendingRemovals << ", retired bytes " << statistics.retiredBytes
                    << ')';
    return debug;
}
