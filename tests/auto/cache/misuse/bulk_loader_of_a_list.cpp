// SPDX-License-Identifier: MIT
// a bulk loader is QHash<Key, T>(const QList<Key> &)

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.setBulkLoader([](const QList<int> &keys) { return keys; });
}
