// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncMap>
#include <SyncMap/private/map/observer.h>

// What a map's engine did, beside what its users are told: another engine would count other things.
struct EngineCounts : SyncMapStatistics
{
    quint64 promotions = 0; // snapshots that were replaced: growths, purges and squeezes
    quint64 purges = 0; // promotions that dropped the traces of removed keys
    quint64 splits = 0; // shards that were divided in two
    quint64 merges = 0; // pairs of shards that became one again
    quint64 clears = 0; // calls of clear()
};

template <typename Map>
EngineCounts countsOf(const Map &map)
{
    const auto &counters = SyncMapInternal::Internals::engineOf(map).counters();
    EngineCounts result;
    static_cast<SyncMapStatistics &>(result) = map.statistics();
    result.promotions = counters.promotions;
    result.purges = counters.purges;
    result.splits = counters.splits;
    result.merges = counters.merges;
    result.clears = counters.clears;
    return result;
}
