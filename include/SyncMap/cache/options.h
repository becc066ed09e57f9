// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

#include <chrono>
#include <optional>
#include <utility>

/*!
    \relates SyncCache
    A span without end, wherever the library takes one. What is 0 or less is over at once.
*/
inline constexpr std::chrono::milliseconds SyncForever = (std::chrono::milliseconds::max)();

/*!
    \class SyncEntryOptions
    \inmodule SyncMap
    \brief What may be said of one entry, when it is inserted and later.

    \code
    cache.insert(key, value, SyncEntryOptions().setCost(bytes).setTags({ u"user/42"_s }));
    cache.setEntryOptions(key, SyncEntryOptions().setPinned(true)); // its tags stay
    \endcode

    Nothing has to be said. For SyncCache::insert() and tryInsert(), what is unset is the default. For
    what changes an entry that is there (compute(), exchange(), setEntryOptions(), loaders), what is
    unset stays as it is: \c{setTags({})} removes all tags, \c{setPinned(false)} unpins,
    resetTimeToLive() goes back to the cache's own time.

    Its members are optional, which is to say that \c{if (options.pinned)} asks whether something was
    said, and not what.
*/
struct SyncEntryOptions
{
    //! In the unit of SyncCache::maxCost(). By default the weigher's; without one, 1.
    std::optional<qsizetype> cost = {};
    //! Instead of SyncCache::timeToLive(); SyncForever is without end, 0 or less is over at once.
    std::optional<std::chrono::milliseconds> timeToLive = {};
    //! Never evicted nor trimmed. Counts towards the bound: what is pinned leaves less to the rest.
    std::optional<bool> pinned = {};
    //! See SyncCache::removeByTag().
    std::optional<QStringList> tags = {};
    //! It has no time to live of its own any more. See resetTimeToLive().
    bool resetsTimeToLive = false;
    //! For what comes later: the layout of this type stays as it is.
    quintptr reserved[4] = {};

    SyncEntryOptions &setCost(qsizetype value)
    {
        cost = value;
        return *this;
    }
    SyncEntryOptions &setTimeToLive(std::chrono::milliseconds value)
    {
        timeToLive = value;
        resetsTimeToLive = false;
        return *this;
    }
    //! SyncCache::timeToLive() counts, beginning anew.
    SyncEntryOptions &resetTimeToLive()
    {
        timeToLive.reset();
        resetsTimeToLive = true;
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

    //! Nothing was said.
    bool isEmpty() const noexcept
    {
        return !cost && !timeToLive && !pinned && !tags && !resetsTimeToLive;
    }

    friend bool operator==(const SyncEntryOptions &a, const SyncEntryOptions &b)
    {
        return a.cost == b.cost && a.timeToLive == b.timeToLive && a.pinned == b.pinned
                && a.tags == b.tags && a.resetsTimeToLive == b.resetsTimeToLive;
    }
    friend bool operator!=(const SyncEntryOptions &a, const SyncEntryOptions &b)
    {
        return !(a == b);
    }
};

/*!
    \class SyncEntryInfo
    \inmodule SyncMap
    \brief What SyncCache::entryInfo() says of an entry.

    Spans are rounded down to milliseconds. What has no end is SyncForever.
*/
struct SyncEntryInfo
{
    qsizetype cost = 0;
    std::chrono::milliseconds age {}; //!< since it was written, or its loader found it not modified
    std::chrono::milliseconds timeToLiveLeft = SyncForever;
    std::chrono::milliseconds timeToIdleLeft = SyncForever; //!< unless it is used
    std::chrono::milliseconds staleTimeLeft = SyncForever; //!< 0 if it is stale
    bool hasOwnTimeToLive = false; //!< and not SyncCache::timeToLive()
    bool pinned = false;
    bool stale = false; //!< see SyncCache::isStale()
    QStringList tags = {};
};

/*!
    \enum SyncRemovalCause
    \inmodule SyncMap
    Why a value left a SyncCache.
*/
enum class SyncRemovalCause : quint8 {
    Explicit, //!< remove(), take(), removeIf(), clear(), or compute() without a result
    Replaced, //!< by another value of the same key, also one that did not fit
    Expired, //!< its time to live or to idle was over
    Evicted, //!< to keep the cache within its bound
    Invalidated, //!< by its tag, or by a loader that found the key absent; invalidate() removes nothing
    Trimmed, //!< by trim()
};

/*!
    \enum SyncTrimLevel
    \inmodule SyncMap
    How much SyncCache::trim() frees. What has expired goes in any case; pinned entries stay.
*/
enum class SyncTrimLevel : quint8 {
    Expired, //!< nothing else
    Light, //!< down to 75 % of the bound; without one, of the cost that is held
    Moderate, //!< down to 50 % of the bound, or of that cost
    Complete, //!< all that is not pinned, and what is remembered of what was evicted, and of failures
};
