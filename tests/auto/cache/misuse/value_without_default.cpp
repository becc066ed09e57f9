// SPDX-License-Identifier: MIT
// value(key) needs a default constructor

#include <SyncMap/SyncCache>

struct Value
{
    explicit Value(int number);
    int number;
};

void misuse();

void misuse()
{
    SyncCache<int, Value> cache;
    cache.value(1);
}
