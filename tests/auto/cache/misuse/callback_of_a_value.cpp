// SPDX-License-Identifier: MIT
// getOrLoad(key, context, f) needs

#include <SyncMap/SyncCache>

#include <QtCore/qobject.h>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    QObject context;
    cache.getOrLoad(1, &context, [](int) {});
}
