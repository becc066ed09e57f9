// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccachetrimlevel.h>
#include <SyncMap/private/object/source/typedwrites.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The numbers of a cache, as SourceNumbers, and SourceUpkeep.
template <typename Cache>
class TypedUpkeep : public TypedWrites<Cache>
{
    using Base = TypedWrites<Cache>;

protected:
    using Base::tenure;
    using Base::with;
    using typename Base::Key;
    using typename Base::Use;

public:
    using typename Base::Numbers;
    using typename Base::Time;

    Numbers numbers() override
    {
        return with(Numbers(), [](Cache &cache) {
            const SyncCacheStatistics statistics = cache.statistics();
            Numbers result;
            result.count = cache.size();
            result.maxCost = cache.maxCost();
            result.maxBytes = cache.maxBytes();
            result.weighsBytes = Internals::coreOf(cache)->weighsBytes();
            result.totalCost = cache.totalCost();
            result.hits = statistics.hits;
            result.misses = statistics.misses;
            result.loading = qint64(statistics.loadsInFlight);
            result.timeToLive = cache.timeToLive();
            result.timeToIdle = cache.timeToIdle();
            result.staleTime = cache.staleTime();
            result.errorTimeToLive = cache.errorTimeToLive();
            return result;
        });
    }
    void setMaxCost(qint64 maxCost) override
    {
        if (const Use cache { *tenure() })
            cache->setMaxCost(qsizetype(maxCost));
    }
    void setTime(Time time, std::chrono::milliseconds span) override
    {
        const Use cache(*tenure());
        if (!cache)
            return;
        switch (time) {
        case Time::ToLive:
            return cache->setTimeToLive(span);
        case Time::ToIdle:
            return cache->setTimeToIdle(span);
        case Time::Stale:
            return cache->setStaleTime(span);
        case Time::ErrorToLive:
            return cache->setErrorTimeToLive(span);
        }
    }

    bool invalidate(const QString &key) override
    {
        return with(key, false,
                    [](Cache &cache, const Key &itsKey) { return cache.invalidate(itsKey); });
    }
    void invalidateAll() override
    {
        if (const Use cache { *tenure() })
            cache->invalidateAll();
    }
    qint64 removeByTag(const QString &tag) override
    {
        return with(qint64(0), [&tag](Cache &cache) { return qint64(cache.removeByTag(tag)); });
    }
    void trim(SyncCacheTrimLevel level) override
    {
        if (const Use cache { *tenure() })
            cache->trim(level);
    }

protected:
    using Base::Base;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
