// SPDX-License-Identifier: MIT
// deleted

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<QString, int> map;
    map.compute(nullptr, [](const int *) { return std::optional<int>(1); });
}
