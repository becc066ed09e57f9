// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QDebug)
QT_FORWARD_DECLARE_CLASS(QThreadPool)

/*!
    \enum SyncCachePoolUse
    \inmodule SyncMap
    Which threads may run the loaders of a pool.
*/
enum class SyncCachePoolUse : quint8 {
    AnyThread, //!< the pool's; and a thread that waits for a load which has not begun
    OwnThreadsOnly, //!< the pool's, as QSqlDatabase and its like need it
};

/*!
    \class SyncCacheLoadOptions
    \inmodule SyncMap
    \brief Where, and how urgently, SyncCache::getOrLoad() and SyncCache::refresh() run a loader.

    If the load is under way already, it goes on where it is; one that has not begun takes the higher
    priority of the two.
*/
struct SyncCacheLoadOptions
{
    QThreadPool *pool = nullptr; //!< instead of SyncCache::setThreadPool()
    SyncCachePoolUse poolUse = SyncCachePoolUse::AnyThread; //!< of that pool
    int priority = 0; //!< higher ones first; among equals, the newest

    /*!
        The loader runs on \a value, which must outlive the cache, in the threads that \a use
        allows.
    */
    SyncCacheLoadOptions &setPool(QThreadPool *value,
                                  SyncCachePoolUse use = SyncCachePoolUse::AnyThread)
    {
        pool = value;
        poolUse = use;
        return *this;
    }
    /*! Loads of a higher \a value begin first. */
    SyncCacheLoadOptions &setPriority(int value)
    {
        priority = value;
        return *this;
    }

    friend bool operator==(const SyncCacheLoadOptions &a, const SyncCacheLoadOptions &b) noexcept
    {
        return a.pool == b.pool && a.poolUse == b.poolUse && a.priority == b.priority;
    }
    friend bool operator!=(const SyncCacheLoadOptions &a, const SyncCacheLoadOptions &b) noexcept
    {
        return !(a == b);
    }
};

/*! \relates SyncCacheLoadOptions */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, SyncCachePoolUse use);
/*! \relates SyncCacheLoadOptions */
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncCacheLoadOptions &options);

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // their names before 1.0
using SyncPoolUse = SyncCachePoolUse;
using SyncLoadOptions = SyncCacheLoadOptions;
#endif
