// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheobject.h>

#include <array>
#include <chrono>
#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What was set on a SyncCacheObject, kept apart from the cache that it shows: it is for each that will
// be made for it.
struct Settings
{
    static constexpr qint64 DefaultMaxCost = 1000;

    std::optional<qint64> maxCost;
    std::optional<qint64> maxBytes;
    // By CacheSource::Time.
    std::array<std::optional<std::chrono::milliseconds>, 4> times;

    static auto timeOf(CacheSource::Time time) noexcept
    {
        using Numbers = CacheSource::Numbers;
        constexpr std::chrono::milliseconds Numbers::*all[] = { &Numbers::timeToLive,
                                                                &Numbers::timeToIdle,
                                                                &Numbers::staleTime,
                                                                &Numbers::errorTimeToLive };
        return all[std::size_t(time)];
    }

    std::shared_ptr<SyncCacheObject::Cache> makeCache() const
    {
        auto cache = std::make_shared<SyncCacheObject::Cache>(
                qsizetype(maxCost.value_or(DefaultMaxCost)));
        if (maxBytes)
            cache->setMaxBytes(qsizetype(*maxBytes));
        TypedSource<SyncCacheObject::Cache> source(cache);
        for (std::size_t i = 0; i < times.size(); ++i) {
            if (times[i])
                source.setTime(CacheSource::Time(i), *times[i]);
        }
        return cache;
    }

    // Of the cache that would be made.
    CacheSource::Numbers numbers() const
    {
        CacheSource::Numbers result;
        result.maxCost = maxBytes.value_or(maxCost.value_or(DefaultMaxCost));
        result.maxBytes = maxBytes.value_or(-1);
        for (std::size_t i = 0; i < times.size(); ++i) {
            if (times[i])
                result.*timeOf(CacheSource::Time(i)) = *times[i];
        }
        return result;
    }

    // Of a cache that somebody else has made.
    bool differFrom(const CacheSource::Numbers &numbers) const
    {
        for (std::size_t i = 0; i < times.size(); ++i) {
            if (times[i] && *times[i] != numbers.*timeOf(CacheSource::Time(i)))
                return true;
        }
        return (maxCost && *maxCost != numbers.maxCost)
                || (maxBytes && *maxBytes != numbers.maxBytes);
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
