// SPDX-License-Identifier: MIT
// cannot be copied: a reader may be looking at the original

#include <SyncMap/SyncMap>

#include <memory>

void misuse();

void misuse()
{
    SyncMap<int, std::unique_ptr<int>> map;
    (void)map.toHash();
}
