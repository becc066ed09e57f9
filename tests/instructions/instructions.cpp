// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>

#include <array>
#include <cstdio>

// What check.sh counts the instructions of: each function that is called `counted_` does the same
// thing many times, on maps that stay as large as they are. Each map has a seed of its own, and keys
// that meet in it; with many of them, that evens out.

namespace {

constexpr int Entries = 1024;
constexpr int MapCount = 16;

template <typename Key>
Key made(int number)
{
    if constexpr (std::is_same_v<Key, QString>)
        return QStringLiteral("the key with the number %1").arg(number);
    else
        return Key(number) * 0x1'0001;
}

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
    QHash<Key, Key> hash;
};

template <typename Key>
std::array<Maps<Key>, MapCount> &maps()
{
    static std::array<Maps<Key>, MapCount> all;
    return all;
}

volatile qsizetype sink = 0;

qsizetype weight(quint64 value)
{
    return qsizetype(value & 1);
}
qsizetype weight(const QString &value)
{
    return value.size();
}

template <typename Key, typename Body>
void repeat(std::array<Key, Entries> Maps<Key>::*keys, Body &&body)
{
    qsizetype sum = 0;
    for (Maps<Key> &each : maps<Key>()) {
        for (const Key &key : each.*keys)
            sum += body(each, key);
    }
    sink = sink + sum;
}

} // namespace

// The name, for numbers and for texts, of what is done with a key and with all.
#define COUNTED(name, which, ...) \
  template <typename Key> \
  static void name() \
  { \
    repeat<Key>(&Maps<Key>::which, \
                [](Maps<Key> &all, const Key &key) -> qsizetype { __VA_ARGS__ }); \
  } \
  extern "C" Q_NEVER_INLINE void counted_##name##_number() \
  { \
    name<quint64>(); \
  } \
  extern "C" Q_NEVER_INLINE void counted_##name##_text() \
  { \
    name<QString>(); \
  }

COUNTED(qhash_find, keys, return weight(*all.hash.constFind(key));)
COUNTED(map_get, keys, {
    const auto guard = all.map.guard();
    return weight(*all.map.get(key, guard));
})
COUNTED(map_find, keys, return weight(*all.map.find(key));)
COUNTED(map_contains_not, others, return all.map.contains(key);)
COUNTED(map_overwrite, keys, {
    all.map.insert(key, key);
    return 0;
})
COUNTED(map_insert_and_remove, others, {
    all.map.insert(key, key);
    return all.map.remove(key);
})
COUNTED(cache_find, keys, return weight(*all.cache.find(key));)
COUNTED(cache_contains_not, others, return all.cache.contains(key);)
COUNTED(cache_overwrite, keys, return all.cache.insert(key, key);)

int main()
{
    // Once before: a map grows, a thread registers.
    maps<quint64>();
    maps<QString>();
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
    }
    std::printf("%d\n", 2 * MapCount * Entries);
    return 0;
}
