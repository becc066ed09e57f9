// SPDX-License-Identifier: MIT
// compute(key, f) needs

#include <SyncMap/SyncMap>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.compute(1, [](const int *) {});
}
