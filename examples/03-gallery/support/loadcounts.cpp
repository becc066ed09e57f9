// SPDX-License-Identifier: MIT

#include "loadcounts.h"

#include <QtGui/qimage.h>

void LoadCounts::setCache(SyncCacheObject *cache)
{
    m_cache = cache;
    Q_EMIT cacheChanged();
}

void LoadCounts::timerEvent(QTimerEvent *)
{
    const auto cache = m_cache ? m_cache->cacheAs<QString, QImage>() : nullptr;
    if (!cache)
        return;
    const SyncCacheStatistics now = cache->statistics();
    m_loading = int(now.loadsInFlight);
    m_canceled = int(now.canceledLoads);
    m_failed = int(now.loadFailures);
    Q_EMIT changed();
}
