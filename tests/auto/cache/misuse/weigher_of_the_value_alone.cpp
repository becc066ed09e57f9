// SPDX-License-Identifier: MIT
// a weigher is qsizetype(const Key &, const T &)

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.setWeigher([](int value) { return value; });
}
