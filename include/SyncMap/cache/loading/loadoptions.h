// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

/*!
    \class SyncLoadOptions
    \inmodule SyncMap
    \brief Where, and how urgently, SyncCache::getOrLoad() runs a loader.

    If the load is under way already, it goes on as it was begun.
*/
struct SyncLoadOptions
{
    QThreadPool *pool = nullptr; //!< instead of SyncCache::setThreadPool()
    int priority = 0; //!< higher ones first; among equals, the newest

    SyncLoadOptions &setPool(QThreadPool *value)
    {
        pool = value;
        return *this;
    }
    SyncLoadOptions &setPriority(int value)
    {
        priority = value;
        return *this;
    }
};
