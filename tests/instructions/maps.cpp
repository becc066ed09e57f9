// SPDX-License-Identifier: MIT
#include "counted.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qhash.h>

// Maps and caches that stay as large as they are. Each has a seed of its own, and keys that meet in it;
// with many of them, that evens out.

namespace {

template <typename Key>
struct Maps
{
    Maps()
    {
        for (int i = 0; i < Entries; ++i) {
            keys[std::size_t(i)] = made<Key>(i);
            others[std::size_t(i)] = made<Key>(Entries + i);
            map.insert(keys[std::size_t(i)], keys[std::size_t(i)]);
            cache.insert(keys[std::size_t(i)], keys[std::size_t(i)]);
            hash.insert(keys[std::size_t(i)], keys[std::size_t(i)]);
        }
    }

    std::array<Key, Entries> keys;
    std::array<Key, Entries> others; // in none of them
    SyncMap<Key, Key> map;
    SyncCache<Key, Key> cache { Entries };
    SyncCache<Key, Key> small { Entries / 8 };
    QHash<Key, Key> hash;
};

} // namespace

COUNTED(qhash_find, Maps, keys, return weight(*all.hash.constFind(key));)
COUNTED(map_get, Maps, keys, {
    const auto guard = all.map.guard();
    return weight(*all.map.get(key, guard));
})
COUNTED(map_find, Maps, keys, return weight(*all.map.find(key));)
COUNTED(map_contains_not, Maps, others, return all.map.contains(key);)
COUNTED(map_overwrite, Maps, keys, {
    all.map.insert(key, key);
    return 0;
})
COUNTED(map_insert_and_remove, Maps, others, {
    all.map.insert(key, key);
    return all.map.remove(key);
})
COUNTED(cache_find, Maps, keys, return weight(*all.cache.find(key));)
COUNTED(cache_contains_not, Maps, others, return all.cache.contains(key);)
COUNTED(cache_overwrite, Maps, keys, return all.cache.insert(key, key);)
// An eighth of them are there; for each of the others, another one goes.
COUNTED(cache_insert_and_evict, Maps, keys, return all.small.insert(key, key);)

int main()
{
    // Once before: a map grows, a thread registers.
    maps<Maps<quint64>>();
    maps<Maps<QString>>();
    for (int turn = 0; turn < 2; ++turn) {
        counted_qhash_find_number();
        counted_qhash_find_text();
        counted_map_get_number();
        counted_map_get_text();
        counted_map_find_number();
        counted_map_find_text();
        counted_map_contains_not_number();
        counted_map_contains_not_text();
        counted_map_overwrite_number();
        counted_map_overwrite_text();
        counted_map_insert_and_remove_number();
        counted_map_insert_and_remove_text();
        counted_cache_find_number();
        counted_cache_find_text();
        counted_cache_contains_not_number();
        counted_cache_contains_not_text();
        counted_cache_overwrite_number();
        counted_cache_overwrite_text();
        counted_cache_insert_and_evict_number();
        counted_cache_insert_and_evict_text();
    }
    printTimes();
    return 0;
}
