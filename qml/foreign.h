// SPDX-License-Identifier: MIT
#pragma once

#include "completed.h"
#include "synccacheextension.h"

#include <SyncMap/object/synccachemodel.h>

#include <QtQml/qqml.h>

namespace SyncMapQml {

struct ForeignSyncCacheObject
{
    Q_GADGET
    QML_FOREIGN(SyncCacheObject)
    QML_EXTENDED(SyncCacheExtension)
    QML_NAMED_ELEMENT(SyncCache)
    QML_ADDED_IN_VERSION(1, 0)
};

struct ForeignSyncCacheEntry
{
    Q_GADGET
    QML_FOREIGN(SyncCacheEntry)
    QML_NAMED_ELEMENT(CacheEntry)
    QML_ADDED_IN_VERSION(1, 0)
};

struct ForeignSyncCacheModel
{
    Q_GADGET
    QML_FOREIGN(SyncCacheModel)
    QML_NAMED_ELEMENT(CacheModel)
    QML_ADDED_IN_VERSION(1, 0)
};

} // namespace SyncMapQml
