// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

#include <chrono>
#include <optional>
#include <utility>

/*!
    \class SyncEntryOptions
    \inmodule SyncMap
    \brief What SyncCache::insert() may be told about one entry.

    \code
    cache.insert(key, value, SyncEntryOptions().setCost(bytes).setTags({ u"user/42"_s }));
    \endcode
*/
struct SyncEntryOptions
{
    //! In the unit of SyncCache::maxCost(); without one, the weigher's, else 1.
    std::optional<qsizetype> cost = {};
    //! Instead of SyncCache::timeToLive(); 0 is without end.
    std::optional<std::chrono::milliseconds> timeToLive = {};
    //! Never evicted nor trimmed. Counts towards the bound: what is pinned leaves less to the rest.
    bool pinned = false;
    //! See SyncCache::removeByTag().
    QStringList tags = {};

    SyncEntryOptions &setCost(qsizetype value)
    {
        cost = value;
        return *this;
    }
    SyncEntryOptions &setTimeToLive(std::chrono::milliseconds value)
    {
        timeToLive = value;
        return *this;
    }
    SyncEntryOptions &setPinned(bool value)
    {
        pinned = value;
        return *this;
    }
    SyncEntryOptions &setTags(QStringList value)
    {
        tags = std::move(value);
        return *this;
    }
};

/*!
    \enum SyncRemovalCause
    \inmodule SyncMap
    Why a value left a SyncCache.
*/
enum class SyncRemovalCause : quint8 {
    Explicit, //!< remove(), take(), removeIf(), clear(), or compute() without a result
    Replaced, //!< by another value of the same key
    Expired, //!< its time to live or to idle was over
    Evicted, //!< to keep the cache within its bound
    Invalidated, //!< by its tag, or by a loader that found the key absent
    Trimmed, //!< by trim()
};

/*!
    \enum SyncTrimLevel
    \inmodule SyncMap
    How much SyncCache::trim() frees. What has expired goes in any case; pinned entries stay.
*/
enum class SyncTrimLevel : quint8 {
    Expired, //!< nothing else
    Light, //!< down to 75 % of the bound
    Moderate, //!< down to 50 % of the bound
    Complete, //!< all that is not pinned
};
