// SPDX-License-Identifier: MIT

#pragma once

#include <SyncMap/SyncMap>

#include <QtCore/qlist.h>

#include <optional>

namespace Benchmark {

// What each contestant offers, under the same names:
//
//   visit    calls use(value) for the value of a key, in place; false if there is none
//   copy     the same, with a copy
//   find     a copy in an optional: what the map has for that, or the same as copy
//   insert   stores a value, or replaces the one that is there
//   add      stores the value of a new key
//   remove   removes a key; true if it was there
//   forEach  calls use(key, value) for each entry, if CanIterate beside a writer
//   findAll  the values of many keys, if CanFindAll
//
// enterThread is called by each thread before its first operation, and is not timed; settle, before
// memory is counted. The number that the constructor gets is that of the entries to come, for those
// who want to know it.
//
// There is one guard, lock or accessor for each operation.
template <typename Key, typename Value>
class SyncMapContestant
{
public:
    static constexpr const char *Name = "SyncMap";
    static constexpr bool IsConcurrent = true;
    static constexpr bool CanIterate = true;
    static constexpr bool CanFindAll = true;

    explicit SyncMapContestant(quint64) { }
    static void enterThread() { }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        const auto guard = m_map.guard();
        const auto value = m_map.get(key, guard);
        if (!value)
            return false;
        use(*value);
        return true;
    }
    template <typename Use>
    bool copy(const Key &key, Use &&use) const
    {
        return visit(key, [&use](const Value &value) {
            const Value copied = value;
            use(copied);
        });
    }
    std::optional<Value> find(const Key &key) const { return m_map.find(key); }
    void insert(const Key &key, const Value &value) { m_map.insert(key, value); }
    void add(const Key &key, const Value &value) { m_map.insert(key, value); }
    bool remove(const Key &key) { return m_map.remove(key); }
    template <typename Use>
    void forEach(Use &&use) const
    {
        m_map.forEach(use);
    }
    template <typename Use>
    void findAll(const QList<Key> &keys, Use &&use) const
    {
        const QList<std::optional<Value>> found = m_map.findAll(keys);
        for (const std::optional<Value> &value : found) {
            if (value)
                use(*value);
        }
    }

    void settle() { m_map.collect(); }

private:
    SyncMap<Key, Value> m_map;
};

} // namespace Benchmark
