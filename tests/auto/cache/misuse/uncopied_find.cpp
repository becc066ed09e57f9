// SPDX-License-Identifier: MIT
// this member copies values, and those of this SyncCache cannot be copied

#include <SyncMap/SyncCache>

#include <memory>

void misuse();

void misuse()
{
    SyncCache<int, std::unique_ptr<int>> cache;
    cache.find(1);
}
