// SPDX-License-Identifier: MIT
// needs an operator<< to QDataStream

#include <SyncMap/SyncCache>

struct Value
{
    int number;
};

void misuse();

void misuse()
{
    SyncCache<int, Value> cache;
    cache.save({});
}
