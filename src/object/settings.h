// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheobject.h>

#include <chrono>
#include <optional>

namespace SyncMapInternal {

// What was set on a SyncCacheObject, kept apart from the cache that it shows: it is for each that will
// be made for it.
struct Settings
{
    static constexpr qint64 DefaultMaxCost = 1000;

    std::optional<qint64> maxCost;
    std::optional<qint64> maxBytes;
    std::optional<std::chrono::milliseconds> timeToLive;

    std::shared_ptr<SyncCacheObject::Cache> makeCache() const
    {
        const auto cache = std::make_shared<SyncCacheObject::Cache>(
                qsizetype(maxCost.value_or(DefaultMaxCost)));
        if (maxBytes)
            cache->setMaxBytes(qsizetype(*maxBytes));
        if (timeToLive)
            cache->setTimeToLive(*timeToLive);
        return cache;
    }

    // Of the cache that would be made.
    CacheSource::Numbers numbers() const
    {
        CacheSource::Numbers result;
        result.maxCost = maxBytes.value_or(maxCost.value_or(DefaultMaxCost));
        result.maxBytes = maxBytes.value_or(-1);
        result.timeToLive = timeToLive.value_or(SyncForever);
        return result;
    }

    // Of a cache that somebody else has made.
    bool differFrom(const CacheSource::Numbers &numbers) const
    {
        return (maxCost && *maxCost != numbers.maxCost)
                || (maxBytes && *maxBytes != numbers.maxBytes)
                || (timeToLive && *timeToLive != numbers.timeToLive);
    }
};

} // namespace SyncMapInternal
