// SPDX-License-Identifier: MIT
#include "input.h"

#include <SyncMap/private/cache/policy/policy.h>

#include <memory>

using SyncMapInternal::EntryHook;
using SyncMapInternal::EvictionPolicy;

namespace {

constexpr int Keys = 64;

quint64 hashOf(int key)
{
    return (quint64(key) + 1) * Q_UINT64_C(0x9e3779b97f4a7c15);
}

// A cache that is nothing but its policy, in one unit of cost.
class Cache
{
public:
    Cache(qint64 factor, qint64 capacity) : m_factor(factor) { setCapacity(capacity); }

    bool contains(int key) const { return bool(m_entries[key]); }
    qint64 costOf(int key) const { return m_entries[key]->cost / m_factor; }
    EvictionPolicy &policy() { return m_policy; }

    void insert(int key, qint64 cost, quint8 loadClass)
    {
        auto entry = std::make_unique<EntryHook>();
        entry->hash = hashOf(key);
        entry->cost = cost * m_factor;
        entry->loadClass = loadClass;
        if (m_entries[key])
            m_policy.replaced(*m_entries[key], *entry);
        else
            m_policy.added(*entry);
        m_entries[key] = std::move(entry);
        m_mostCount = qMax(m_mostCount, count());
        evict(key);
    }
    void use(int key) { m_policy.used(*m_entries[key]); }
    void remove(int key)
    {
        m_policy.removed(*m_entries[key]);
        m_entries[key].reset();
    }
    void setCapacity(qint64 capacity)
    {
        m_capacity = capacity * m_factor;
        m_policy.setCapacity(m_capacity);
        evict(-1);
    }
    // As trim() does: though there is room.
    void giveBack()
    {
        if (const EntryHook *victim = m_policy.victim(nullptr))
            evictOne(victim, EvictionPolicy::Why::GivenBack);
    }
    // As pinned entries do.
    void reserve(qint64 cost)
    {
        m_reserved = cost * m_factor;
        m_policy.setReserved(quint64(m_reserved));
        evict(-1);
    }
    qint64 totalCost() const
    {
        qint64 sum = 0;
        for (const auto &entry : m_entries)
            sum += entry ? entry->cost : 0;
        return sum;
    }
    int count() const
    {
        int sum = 0;
        for (const auto &entry : m_entries)
            sum += entry ? 1 : 0;
        return sum;
    }
    void check()
    {
        require(m_policy.isConsistent(), "the policy is whole");
        require(m_policy.count() == count(), "the policy counts its entries");
        require(qint64(m_policy.cost()) == totalCost(), "and their costs");
        require(totalCost() <= m_capacity, "the bound is kept");
        require(qint64(m_policy.metadataBytes()) <= m_mostCount * 1024,
                "and that of what is kept beside");
    }

private:
    void evict(int spared)
    {
        const EntryHook *const kept = spared < 0 ? nullptr : m_entries[spared].get();
        while (qint64(m_policy.cost()) > qMax(m_capacity - m_reserved, kept ? kept->cost : 0)) {
            const EntryHook *victim = m_policy.victim(kept);
            require(victim && victim != kept, "what fits can be made room for");
            evictOne(victim, EvictionPolicy::Why::NoRoom);
        }
    }
    void evictOne(const EntryHook *victim, EvictionPolicy::Why why)
    {
        for (auto &entry : m_entries) {
            if (entry.get() == victim) {
                m_policy.evicted(*entry, why);
                entry.reset();
                return;
            }
        }
        require(false, "the victim is one of the entries");
    }

    const qint64 m_factor;
    qint64 m_capacity = 0;
    qint64 m_reserved = 0;
    int m_mostCount = 0;
    EvictionPolicy m_policy;
    std::unique_ptr<EntryHook> m_entries[Keys];
};

} // namespace

// Two caches that differ in the unit of cost alone make the same decisions.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    Input input(data, size);
    const qint64 factor = input.number(3) % (1 << 20) + 1;
    const qint64 first = 1 + input.number(2);
    qint64 capacity = first;
    Cache one(1, capacity);
    Cache scaled(factor, capacity);
    const auto both = [&](auto &&f) {
        f(one);
        f(scaled);
    };
    while (!input.isAtEnd()) {
        const int operation = input.below(16);
        const int key = input.below(Keys);
        switch (operation) {
        case 0:
            if (one.contains(key))
                both([&](Cache &cache) { cache.remove(key); });
            break;
        case 1:
            // Doubled or halved: else entries of both times are an octave apart in one unit, and not in
            // the other.
            capacity = first << input.below(12);
            both([&](Cache &cache) { cache.setCapacity(capacity); });
            break;
        case 2:
            both([](Cache &cache) { cache.giveBack(); });
            break;
        case 3: {
            const qint64 reserved = input.number(2);
            const bool keeps = input.below(2) == 0;
            both([&](Cache &cache) {
                cache.reserve(reserved);
                cache.policy().setKeepsSlowLoads(keeps);
            });
            break;
        }
        case 4: {
            const qint64 bytes = input.number(2) - 100;
            const bool isAll = input.below(2) == 0;
            both([&](Cache &cache) {
                if (isAll)
                    cache.policy().shrink(EvictionPolicy::Keep::Nothing);
                else
                    cache.policy().setMaxBytes(bytes < 0 ? -1 : bytes);
            });
            break;
        }
        case 5:
        case 6: { // another value
            const qint64 cost = qMin(input.number(3) + 1, capacity);
            const auto loadClass = quint8(input.below(24));
            if (one.contains(key))
                both([&](Cache &cache) { cache.insert(key, cost, loadClass); });
            break;
        }
        default: { // asked for
            const qint64 cost = qMin(input.number(2) + 1, capacity);
            const auto loadClass = quint8(operation < 9 ? input.below(24) : 0);
            both([&](Cache &cache) {
                if (cache.contains(key))
                    cache.use(key);
                else
                    cache.insert(key, cost, loadClass);
            });
        }
        }
        both([](Cache &cache) { cache.check(); });
        for (int i = 0; i < Keys; ++i) {
            require(one.contains(i) == scaled.contains(i), "the unit of cost changes no decision");
            require(!one.contains(i) || one.costOf(i) == scaled.costOf(i), "and no cost");
        }
        require(one.policy().ghostCount() == scaled.policy().ghostCount(),
                "nor what is remembered");
    }
    return 0;
}
