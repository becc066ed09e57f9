// SPDX-License-Identifier: MIT
// needs an operator==

#include <SyncMap/SyncMap>

#include <memory>

struct Key
{
    friend size_t qHash(const Key &, size_t seed) { return seed; }
};

void misuse();

void misuse()
{
    SyncMap<Key, int> map;
    map.insert(Key(), 1);
}
