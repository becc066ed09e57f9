// SPDX-License-Identifier: MIT
// getOrInsert(key, make) needs

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.getOrInsert(1, [](int key) { return key; });
}
