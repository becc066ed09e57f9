// SPDX-License-Identifier: MIT
// deleted

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<QByteArray, int> map;
    map.insert(0, 1);
}
