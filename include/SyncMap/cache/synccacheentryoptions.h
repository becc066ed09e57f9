// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>
#include <QtCore/qstringlist.h>

#include <chrono>
#include <optional>
#include <utility>

QT_FORWARD_DECLARE_CLASS(QDebug)

/*!
    \relates SyncCache
    A span without end, wherever the library takes one. What is 0 or less is over at once.
*/
inline constexpr std::chrono::milliseconds SyncCacheForever = (std::chrono::milliseconds::max)();

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
/*!
    \relates SyncCache
    Another name of SyncCacheForever.
*/
inline constexpr std::chrono::milliseconds SyncForever = SyncCacheForever;
#endif

/*!
    \class SyncCacheEntryOptions
    \inmodule SyncMap
    \brief What may be said of one entry, when it is inserted and later.

    \code
    cache.insert(key, value, SyncCacheEntryOptions().setCost(bytes).setTags({ u"user/42"_s }));
    cache.setEntryOptions(key, SyncCacheEntryOptions().setPinned(true)); // its tags stay
    \endcode

    Nothing has to be said. For SyncCache::insert() and tryInsert(), what is unset is the default. For
    what changes an entry that is there (compute(), exchange(), setEntryOptions(), loaders), what is
    unset stays as it is: \c{setTags({})} removes all tags, \c{setPinned(false)} unpins,
    resetTimeToLive() goes back to the cache's own time.

    Its members are optional, which is to say that \c{if (options.pinned)} asks whether something was
    said, and not what.
*/
struct SyncCacheEntryOptions
{
    //! In the unit of SyncCache::maxCost(). By default the weigher's; without one, 1.
    std::optional<qsizetype> cost = {};
    //! Instead of SyncCache::timeToLive(); SyncCacheForever is without end, 0 or less is over at once.
    std::optional<std::chrono::milliseconds> timeToLive = {};
    //! Never evicted nor trimmed. Counts towards the bound: what is pinned leaves less to the rest.
    std::optional<bool> pinned = {};
    //! See SyncCache::removeByTag().
    std::optional<QStringList> tags = {};
    //! It has no time to live of its own any more. See resetTimeToLive().
    bool resetsTimeToLive = false;
    //! For what comes later: the layout of this type stays as it is.
    quintptr reserved[4] = {};

    /*! The entry costs \a value; it must not be negative. */
    SyncCacheEntryOptions &setCost(qsizetype value)
    {
        cost = value;
        return *this;
    }
    /*! The entry expires \a value after it was written. */
    SyncCacheEntryOptions &setTimeToLive(std::chrono::milliseconds value)
    {
        timeToLive = value;
        resetsTimeToLive = false;
        return *this;
    }
    //! SyncCache::timeToLive() counts, beginning anew.
    SyncCacheEntryOptions &resetTimeToLive()
    {
        timeToLive.reset();
        resetsTimeToLive = true;
        return *this;
    }
    /*! Whether the entry is never evicted nor trimmed: \a value. */
    SyncCacheEntryOptions &setPinned(bool value)
    {
        pinned = value;
        return *this;
    }
    /*! The entry bears the tags \a value, and no others. */
    SyncCacheEntryOptions &setTags(QStringList value)
    {
        tags = std::move(value);
        return *this;
    }

    //! Returns true if nothing was said.
    bool isEmpty() const noexcept
    {
        return !cost && !timeToLive && !pinned && !tags && !resetsTimeToLive;
    }

    friend bool operator==(const SyncCacheEntryOptions &a, const SyncCacheEntryOptions &b)
    {
        return a.cost == b.cost && a.timeToLive == b.timeToLive && a.pinned == b.pinned
                && a.tags == b.tags && a.resetsTimeToLive == b.resetsTimeToLive;
    }
    friend bool operator!=(const SyncCacheEntryOptions &a, const SyncCacheEntryOptions &b)
    {
        return !(a == b);
    }
};

/*! \relates SyncCacheEntryOptions */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncCacheEntryOptions &options);

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
using SyncEntryOptions = SyncCacheEntryOptions;
#endif
