// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/policy/policy.h>

#include <QtTest/qtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

using SyncMapInternal::EntryHook;
using SyncMapInternal::EvictionPolicy;

inline quint64 hashOf(int key)
{
    quint64 hash = (quint64(key) + 1) * Q_UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

// A cache that is nothing but its policy.
class Cache
{
public:
    explicit Cache(qint64 capacity) : m_capacity(capacity) { m_policy.setCapacity(capacity); }

    EvictionPolicy &policy() { return m_policy; }
    bool contains(int key) const { return m_entries.count(key); }
    std::size_t size() const { return m_entries.size(); }

    // True on a hit; on a miss, the key comes in.
    bool ask(int key, qint64 cost = 1, quint8 loadClass = 0)
    {
        const auto found = m_entries.find(key);
        if (found != m_entries.end()) {
            m_policy.used(found->second);
            return true;
        }
        EntryHook &entry = m_entries[key];
        entry.hash = hashOf(key);
        entry.cost = cost;
        entry.loadClass = loadClass;
        m_keys[entry.hash] = key;
        m_policy.added(entry);
        evict(&entry);
        return false;
    }

    void setCapacity(qint64 capacity)
    {
        m_capacity = capacity;
        m_policy.setCapacity(capacity);
        evict(nullptr);
    }

    // By entries that the policy does not know.
    void setPinned(qint64 cost)
    {
        m_pinned = cost;
        m_policy.setReserved(quint64(cost));
        evict(nullptr);
    }

    void remove(int key)
    {
        const auto found = m_entries.find(key);
        if (found == m_entries.end())
            return;
        m_policy.removed(found->second);
        m_entries.erase(found);
    }

    void replace(int key, qint64 cost)
    {
        const auto found = m_entries.find(key);
        if (found == m_entries.end())
            return;
        EntryHook fresh;
        fresh.hash = hashOf(key);
        fresh.cost = cost;
        m_policy.replaced(found->second, fresh);
        // Back, because the map's nodes stay where they are.
        found->second.cost = cost;
        m_policy.replaced(fresh, found->second);
        evict(&found->second);
    }

private:
    void evict(const EntryHook *spared)
    {
        while (m_policy.cost() > quint64(m_capacity - m_pinned)) {
            EntryHook *victim = m_policy.victim(spared);
            if (!victim)
                return;
            QVERIFY(victim != spared);
            const quint64 hash = victim->hash;
            m_policy.evicted(*victim, EvictionPolicy::Why::NoRoom);
            m_entries.erase(m_keys.at(hash));
        }
    }

    qint64 m_capacity;
    qint64 m_pinned = 0;
    EvictionPolicy m_policy;
    std::unordered_map<int, EntryHook> m_entries;
    std::unordered_map<quint64, int> m_keys;
};

inline double hitRatio(Cache &cache, int requests, const std::function<int(int)> &trace)
{
    int hits = 0;
    for (int i = 0; i < requests; ++i)
        hits += cache.ask(trace(i));
    return double(hits) / requests;
}

// The numbers 0 to count-1, the n-th with a probability in proportion to 1/(n+1).
class Zipf
{
public:
    Zipf(int count, quint64 itsSeed) : m_random(itsSeed)
    {
        double sum = 0;
        for (int i = 0; i < count; ++i)
            m_sums.push_back(sum += 1.0 / (i + 1));
    }
    int next()
    {
        const double at = std::uniform_real_distribution<>(0, m_sums.back())(m_random);
        return int(std::lower_bound(m_sums.begin(), m_sums.end(), at) - m_sums.begin());
    }
    double probabilityOf(int key) const { return 1.0 / (key + 1) / m_sums.back(); }
    // What a cache that always holds the most popular ones hits.
    double best(int capacity) const { return m_sums[std::size_t(capacity) - 1] / m_sums.back(); }

private:
    std::mt19937_64 m_random;
    std::vector<double> m_sums;
};
