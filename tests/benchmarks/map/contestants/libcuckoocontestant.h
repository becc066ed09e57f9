// SPDX-License-Identifier: MIT

#pragma once

#include "peerhash.h"

#include <libcuckoo/cuckoohash_map.hh>

#include <algorithm>
#include <optional>

namespace Benchmark {

template <typename Key, typename Value>
class LibcuckooContestant
{
public:
    static constexpr const char *Name = "libcuckoo";
    static constexpr bool IsConcurrent = true;
    static constexpr bool CanIterate = true; // it locks the whole table for that
    static constexpr bool CanFindAll = false;

    // Without a number it takes room for some 260,000 entries at once, and megabytes for an empty
    // map.
    explicit LibcuckooContestant(quint64 expected)
        : m_map(std::min<quint64>(expected, libcuckoo::DEFAULT_SIZE))
    {
    }
    static void enterThread() { }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        return m_map.find_fn(key, use);
    }
    template <typename Use>
    bool copy(const Key &key, Use &&use) const
    {
        Value value;
        if (!m_map.find(key, value))
            return false;
        use(value);
        return true;
    }
    std::optional<Value> find(const Key &key) const
    {
        std::optional<Value> found;
        m_map.find_fn(key, [&found](const Value &value) { found = value; });
        return found;
    }
    void insert(const Key &key, const Value &value) { m_map.insert_or_assign(key, value); }
    void add(const Key &key, const Value &value) { m_map.insert(key, value); }
    bool remove(const Key &key) { return m_map.erase(key); }
    template <typename Use>
    void forEach(Use &&use) const
    {
        // Locking a table is no const operation there.
        auto locked = const_cast<Map &>(m_map).lock_table();
        for (const auto &entry : locked)
            use(entry.first, entry.second);
    }
    void settle() { }

private:
    using Map = libcuckoo::cuckoohash_map<Key, Value, PeerHash<Key>>;
    Map m_map;
};

} // namespace Benchmark
