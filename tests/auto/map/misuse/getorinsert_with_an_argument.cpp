// SPDX-License-Identifier: MIT
// getOrInsert(key, make) needs

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.getOrInsert(1, [](int key) { return key; });
}
