// SPDX-License-Identifier: MIT
// takeLater(key, f) needs

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, std::unique_ptr<int>> map;
    map.takeLater(1, [](std::unique_ptr<int> &) {});
}
