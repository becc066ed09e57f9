// SPDX-License-Identifier: MIT
// must not throw when they are destroyed

#include <SyncMap/SyncMap>

#include <memory>

struct Value
{
    ~Value() noexcept(false) { }
};

void misuse();

void misuse()
{
    const SyncMap<int, Value> map;
}
