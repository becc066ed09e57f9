// SPDX-License-Identifier: MIT
// a pool is no context

#include <SyncMap/SyncCache>

#include <QtCore/qthreadpool.h>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    QThreadPool pool;
    cache.getOrLoad(1, &pool, [](const auto &) {});
}
