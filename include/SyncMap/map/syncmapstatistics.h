// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <atomic>
#include <chrono>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \class SyncMapStatistics
    \inmodule SyncMap
    \brief What a SyncMap holds beside its entries, as SyncMap::statistics() saw it.

    The numbers are exact when no other thread uses the map.
*/
struct SyncMapStatistics
{
    quint64 tableBytes = 0; //!< bytes of the tables that lead to the entries
    quint64 retiredObjects = 0; //!< replaced or removed, and not freed yet
    quint64 retiredBytes = 0; //!< bytes of those, with the heap of strings, byte arrays and lists
    std::chrono::nanoseconds oldestGuard {}; //!< its age: a lower bound, as collections saw it

    friend bool operator==(const SyncMapStatistics &a, const SyncMapStatistics &b) noexcept
    {
        return a.tableBytes == b.tableBytes && a.retiredObjects == b.retiredObjects
                && a.retiredBytes == b.retiredBytes && a.oldestGuard == b.oldestGuard;
    }
    friend bool operator!=(const SyncMapStatistics &a, const SyncMapStatistics &b) noexcept
    {
        return !(a == b);
    }
};

/*! \relates SyncMapStatistics */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncMapStatistics &statistics);

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Engine>
SyncMapStatistics statisticsOf(const Engine &engine)
{
    const auto retired = engine.domain().statistics();
    SyncMapStatistics result;
    // relaxed: a count for people.
    result.tableBytes = engine.counters().tableBytes.load(std::memory_order_relaxed);
    result.retiredObjects = retired.objects;
    result.retiredBytes = retired.bytes;
    result.oldestGuard = retired.oldestGuard;
    return result;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
