// SPDX-License-Identifier: MIT
// a SyncCacheObject copies the values

#include <SyncMap/SyncCacheObject>

#include <QtCore/qstring.h>
#include <SyncMap/SyncCache>
#include <memory>

void misuse();

void misuse()
{
    SyncCacheObject::publish(QStringLiteral("map"),
                             std::make_shared<SyncCache<int, std::unique_ptr<int>>>());
}
