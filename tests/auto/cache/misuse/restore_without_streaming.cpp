// SPDX-License-Identifier: MIT
// needs an operator>> from QDataStream

#include <SyncMap/SyncCache>

struct Value
{
    int number;
};

void misuse();

void misuse()
{
    SyncCache<int, Value> cache;
    cache.restore({});
}
