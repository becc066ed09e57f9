// SPDX-License-Identifier: MIT
// onRemoved(context, f) needs

#include <SyncMap/SyncCache>

#include <QtCore/qobject.h>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    QObject context;
    cache.onRemoved(&context, [](int) {});
}
