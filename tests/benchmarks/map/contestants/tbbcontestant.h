// SPDX-License-Identifier: MIT

#pragma once

#include "peerhash.h"

#include <tbb/concurrent_hash_map.h>

#include <optional>

namespace Benchmark {

template <typename Key, typename Value>
class TbbContestant
{
public:
    static constexpr const char *Name = "TBB";
    static constexpr bool IsConcurrent = true;
    static constexpr bool CanIterate = false; // not while another thread inserts
    static constexpr bool CanFindAll = false;

    explicit TbbContestant(quint64) { }
    static void enterThread() { }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        typename Map::const_accessor found;
        if (!m_map.find(found, key))
            return false;
        use(found->second);
        return true;
    }
    template <typename Use>
    bool copy(const Key &key, Use &&use) const
    {
        const std::optional<Value> found = find(key);
        if (!found)
            return false;
        use(*found);
        return true;
    }
    std::optional<Value> find(const Key &key) const
    {
        typename Map::const_accessor found;
        return m_map.find(found, key) ? std::optional<Value>(found->second) : std::nullopt;
    }
    void insert(const Key &key, const Value &value)
    {
        typename Map::accessor entry;
        m_map.insert(entry, key);
        entry->second = value;
    }
    void add(const Key &key, const Value &value)
    {
        m_map.insert(typename Map::value_type(key, value));
    }
    bool remove(const Key &key) { return m_map.erase(key); }
    void settle() { }

private:
    struct HashCompare
    {
        size_t hash(const Key &key) const { return hasher(key); }
        bool equal(const Key &one, const Key &other) const { return one == other; }

        PeerHash<Key> hasher;
    };
    using Map = tbb::concurrent_hash_map<Key, Value, HashCompare>;
    Map m_map;
};

} // namespace Benchmark
