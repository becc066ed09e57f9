// SPDX-License-Identifier: MIT
// needs a qHash

#include <SyncMap/SyncMap>

#include <memory>

struct Key
{
    friend bool operator==(const Key &, const Key &) { return true; }
};

void misuse();

void misuse()
{
    SyncMap<Key, int> map;
    map.insert(Key(), 1);
}
