// SPDX-License-Identifier: MIT
// needs an f(const Key &, const T &)

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, int> map;
    map.forEach([](int) {});
}
