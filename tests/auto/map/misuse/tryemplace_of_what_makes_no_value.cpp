// SPDX-License-Identifier: MIT
// tryEmplace(key, arguments...) needs

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.tryEmplace(1, "text");
}
