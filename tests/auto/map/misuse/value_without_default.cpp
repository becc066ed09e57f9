// SPDX-License-Identifier: MIT
// needs a default constructor

#include <SyncMap/SyncMap>

#include <memory>

struct Value
{
    explicit Value(int) { }
};

void misuse();

void misuse()
{
    const SyncMap<int, Value> map;
    (void)map.value(1);
}
