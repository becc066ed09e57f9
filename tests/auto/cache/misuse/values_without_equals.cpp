// SPDX-License-Identifier: MIT
// this member needs an operator==

#include <SyncMap/SyncCache>

struct Value
{
    int number;
};

void misuse();

void misuse()
{
    SyncCache<int, Value> cache;
    (void)cache.compareExchange(1, {}, {});
}
