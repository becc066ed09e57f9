// SPDX-License-Identifier: MIT
#pragma once

#include "synccacheextension.h"

#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/object/synccachemodel.h>
#include <SyncMap/object/synccacheobject.h>

#include <QtQml/qqml.h>

struct ForeignSyncCacheObject
{
    Q_GADGET
    QML_FOREIGN(SyncCacheObject)
    QML_EXTENDED(SyncCacheExtension)
    QML_NAMED_ELEMENT(SyncCache)
    QML_ADDED_IN_VERSION(1, 0)
};

// What entry() returns, as its declaration says; CacheEntry is one of these.
struct ForeignSyncCacheEntry
{
    Q_GADGET
    QML_FOREIGN(SyncCacheEntry)
    QML_ANONYMOUS
    QML_ADDED_IN_VERSION(1, 0)
};

struct ForeignSyncCacheModel
{
    Q_GADGET
    QML_FOREIGN(SyncCacheModel)
    QML_NAMED_ELEMENT(CacheModel)
    QML_ADDED_IN_VERSION(1, 0)
};
