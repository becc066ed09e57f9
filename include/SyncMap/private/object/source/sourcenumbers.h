// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

#include <QtCore/qglobal.h>

#include <chrono>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What can be counted of a map, and set. Any thread; for people: takes locks.
class SourceNumbers
{
public:
    struct Numbers
    {
        qint64 count = 0;
        qint64 maxCost = -1;
        qint64 maxBytes = -1; // -1 also if costs are no bytes
        bool weighsBytes = false;
        qint64 totalCost = 0;
        quint64 hits = 0;
        quint64 misses = 0;
        qint64 loading = 0;
        std::chrono::milliseconds timeToLive = SyncCacheForever;
        std::chrono::milliseconds timeToIdle = SyncCacheForever;
        std::chrono::milliseconds staleTime = SyncCacheForever;
        std::chrono::milliseconds errorTimeToLive {};
    };
    virtual Numbers numbers() = 0;

    enum class Time : quint8 { ToLive, ToIdle, Stale, ErrorToLive };
    // These are nothing to a plain map.
    virtual void setMaxCost(qint64) { }
    virtual void setTime(Time, std::chrono::milliseconds) { }

protected:
    SourceNumbers() = default;
    Q_DISABLE_COPY_MOVE(SourceNumbers)
    ~SourceNumbers() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
