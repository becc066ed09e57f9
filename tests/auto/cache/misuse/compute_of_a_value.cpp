// SPDX-License-Identifier: MIT
// compute(key, f) needs

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.compute(1, [](int current) { return current + 1; });
}
