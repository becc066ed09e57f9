// SPDX-License-Identifier: MIT
// needs an operator== of the values

#include <SyncMap/SyncMap>

#include <memory>

struct Value
{
};

void misuse();

void misuse()
{
    SyncMap<int, Value> map;
    map.remove(1, Value());
}
