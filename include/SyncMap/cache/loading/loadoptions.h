// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

/*!
    \enum SyncPoolUse
    \inmodule SyncMap
    Which threads may run the loaders of a pool.
*/
enum class SyncPoolUse : quint8 {
    AnyThread, //!< the pool's; and a thread that waits for a load which has not begun
    OwnThreadsOnly, //!< the pool's, as QSqlDatabase and its like need it
};

/*!
    \class SyncLoadOptions
    \inmodule SyncMap
    \brief Where, and how urgently, SyncCache::getOrLoad() and SyncCache::refresh() run a loader.

    If the load is under way already, it goes on where it is; one that has not begun takes the higher
    priority of the two.
*/
struct SyncLoadOptions
{
    QThreadPool *pool = nullptr; //!< instead of SyncCache::setThreadPool()
    SyncPoolUse poolUse = SyncPoolUse::AnyThread; //!< of that pool
    int priority = 0; //!< higher ones first; among equals, the newest

    SyncLoadOptions &setPool(QThreadPool *value, SyncPoolUse use = SyncPoolUse::AnyThread)
    {
        pool = value;
        poolUse = use;
        return *this;
    }
    SyncLoadOptions &setPriority(int value)
    {
        priority = value;
        return *this;
    }
};
