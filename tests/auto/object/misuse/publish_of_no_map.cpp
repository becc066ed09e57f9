// SPDX-License-Identifier: MIT
// a SyncCacheObject shows a SyncMap or a SyncCache

#include <SyncMap/SyncCacheObject>

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>
#include <memory>

void misuse();

void misuse()
{
    SyncCacheObject::publish(QStringLiteral("map"), std::make_shared<QHash<int, int>>());
}
