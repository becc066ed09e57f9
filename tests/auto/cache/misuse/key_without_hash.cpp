// SPDX-License-Identifier: MIT
// a key of a SyncMap needs a qHash(const Key &, size_t seed)

#include <SyncMap/SyncCache>

struct Key
{
    int number;
};

bool operator==(const Key &a, const Key &b);

void misuse();

void misuse()
{
    SyncCache<Key, int> cache;
    cache.insert({ 1 }, 1);
}
