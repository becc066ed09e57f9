// SPDX-License-Identifier: MIT

#pragma once

#include "peerhash.h"

#include <QtCore/qlist.h>

#include <boost/unordered/concurrent_flat_map.hpp>

#include <optional>

namespace Benchmark {

template <typename Key, typename Value>
class BoostContestant
{
public:
    static constexpr const char *Name = "boost";
    static constexpr bool IsConcurrent = true;
    static constexpr bool CanIterate = true;
    static constexpr bool CanFindAll = true;

    explicit BoostContestant(quint64) { }
    static void enterThread() { }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        return m_map.cvisit(key, [&use](const auto &entry) { use(entry.second); }) != 0;
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
        std::optional<Value> found;
        m_map.cvisit(key, [&found](const auto &entry) { found = entry.second; });
        return found;
    }
    void insert(const Key &key, const Value &value) { m_map.insert_or_assign(key, value); }
    void add(const Key &key, const Value &value) { m_map.emplace(key, value); }
    bool remove(const Key &key) { return m_map.erase(key) != 0; }
    template <typename Use>
    void forEach(Use &&use) const
    {
        m_map.cvisit_all([&use](const auto &entry) { use(entry.first, entry.second); });
    }
    template <typename Use>
    void findAll(const QList<Key> &keys, Use &&use) const
    {
        QList<std::optional<Value>> found;
        found.reserve(keys.size());
        m_map.cvisit(keys.begin(), keys.end(),
                     [&found](const auto &entry) { found.append(entry.second); });
        for (const std::optional<Value> &value : found)
            use(*value);
    }
    void settle() { }

private:
    boost::concurrent_flat_map<Key, Value, PeerHash<Key>> m_map;
};

} // namespace Benchmark
