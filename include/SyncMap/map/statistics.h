// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <atomic>
#include <chrono>

/*!
    \class SyncMapStatistics
    \inmodule SyncMap
    \brief What a SyncMap did and holds, as SyncMap::statistics() saw it.

    The counts are exact when no other thread uses the map.
*/
struct SyncMapStatistics
{
    quint64 promotions = 0; //!< snapshots that were replaced: growths, purges and squeezes
    quint64 purges = 0; //!< promotions that dropped the traces of removed keys
    quint64 splits = 0; //!< shards that were divided in two
    quint64 merges = 0; //!< pairs of shards that became one again
    quint64 clears = 0; //!< calls of clear()
    quint64 tableBytes = 0; //!< bytes of all snapshots, entries not included
    quint64 retiredObjects = 0; //!< replaced or removed, and not freed yet
    quint64 retiredBytes = 0; //!< bytes of those, with the heap of strings, byte arrays and lists
    quint64 oldestGuardMilliseconds = 0; //!< a lower bound, as collections saw it
};

namespace SyncMapInternal {

template <typename Engine>
SyncMapStatistics statisticsOf(const Engine &engine)
{
    const auto &counters = engine.counters();
    const auto retired = engine.domain().statistics();
    // relaxed: counts for people.
    constexpr auto order = std::memory_order_relaxed;
    SyncMapStatistics result;
    result.promotions = counters.promotions.load(order);
    result.purges = counters.purges.load(order);
    result.splits = counters.splits.load(order);
    result.merges = counters.merges.load(order);
    result.clears = counters.clears.load(order);
    result.tableBytes = counters.tableBytes.load(order);
    result.retiredObjects = retired.objects;
    result.retiredBytes = retired.bytes;
    result.oldestGuardMilliseconds = quint64(
            std::chrono::duration_cast<std::chrono::milliseconds>(retired.oldestGuard).count());
    return result;
}

} // namespace SyncMapInternal
