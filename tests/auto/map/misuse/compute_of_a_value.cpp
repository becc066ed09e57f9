// SPDX-License-Identifier: MIT
// compute(key, f) needs

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.compute(1, [](int current) { return current + 1; });
}
