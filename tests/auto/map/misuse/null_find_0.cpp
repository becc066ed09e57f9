// SPDX-License-Identifier: MIT
// deleted

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<QString, int> map;
    (void)map.find(0);
}
