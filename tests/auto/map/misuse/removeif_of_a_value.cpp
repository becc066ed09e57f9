// SPDX-License-Identifier: MIT
// removeIf(predicate) needs

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.removeIf([](int value) { return value == 1; });
}
