// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

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
    quint64 clears = 0; //!< calls of clear()
    quint64 tableBytes = 0; //!< bytes of all snapshots, entries not included
    quint64 retiredObjects = 0; //!< replaced or removed, and not freed yet
    quint64 retiredBytes = 0; //!< bytes of those, with the heap of strings, byte arrays and lists
    quint64 oldestGuardMilliseconds = 0; //!< a lower bound, as collections saw it
};
