// SPDX-License-Identifier: MIT
// a SyncCacheObject shows a SyncMap or a SyncCache

#include <SyncMap/SyncCacheObject>

#include <QtCore/qhash.h>

void misuse();

void misuse()
{
    QHash<int, int> hash;
    SyncCacheObject::wrap(&hash);
}
