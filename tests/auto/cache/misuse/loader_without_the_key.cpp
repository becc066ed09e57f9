// SPDX-License-Identifier: MIT
// a loader is T(const Key &) or T(const Key &, const

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.setLoader([] { return 1; });
}
