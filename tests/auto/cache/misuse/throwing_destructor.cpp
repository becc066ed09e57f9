// SPDX-License-Identifier: MIT
// must not throw when they are destroyed

#include <SyncMap/SyncCache>

struct Value
{
    ~Value() noexcept(false);
};

void misuse();

void misuse()
{
    SyncCache<int, Value> cache;
}
