// SPDX-License-Identifier: MIT
// a key of a SyncMap needs an operator==

#include <SyncMap/SyncCache>

struct Key
{
    int number;
};

size_t qHash(const Key &key, size_t seed);

void misuse();

void misuse()
{
    SyncCache<Key, int> cache;
    cache.insert({ 1 }, 1);
}
