// SPDX-License-Identifier: MIT
// a loader with a context is void(const Key &, const

#include <SyncMap/SyncCache>

#include <QtCore/qobject.h>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    QObject context;
    cache.setLoader(&context, [](int key) { return key; });
}
