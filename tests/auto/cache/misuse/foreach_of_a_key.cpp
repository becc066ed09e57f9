// SPDX-License-Identifier: MIT
// needs an f(const Key &, const T &)

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.forEach([](int) {});
}
