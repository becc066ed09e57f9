// SPDX-License-Identifier: MIT
// removeIf(predicate) needs

#include <SyncMap/SyncCache>

void misuse();

void misuse()
{
    SyncCache<int, int> cache;
    cache.removeIf([](int value) { return value == 1; });
}
