// SPDX-License-Identifier: MIT

// The policy alone, on traces whose best hit ratio is known.

#include "seed.h"

#include <SyncMap/cache/policy/evictionpolicy.h>

#include <QtTest/qtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

using SyncMapInternal::EntryHook;
using SyncMapInternal::EvictionPolicy;

namespace {

quint64 seed = 0;

quint64 hashOf(int key)
{
    quint64 hash = (quint64(key) + 1) * Q_UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

// A cache that is nothing but its policy.
class Cache
{
public:
    explicit Cache(qint64 capacity) : m_capacity(capacity) { m_policy.setCapacity(capacity); }

    const EvictionPolicy &policy() const { return m_policy; }
    bool contains(int key) const { return m_entries.count(key); }
    std::size_t size() const { return m_entries.size(); }

    // True on a hit; on a miss, the key comes in.
    bool ask(int key, qint64 cost = 1)
    {
        const auto found = m_entries.find(key);
        if (found != m_entries.end()) {
            m_policy.used(found->second);
            return true;
        }
        EntryHook &entry = m_entries[key];
        entry.hash = hashOf(key);
        entry.cost = cost;
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
        while (m_policy.cost() > quint64(m_capacity)) {
            EntryHook *victim = m_policy.victim(spared);
            if (!victim)
                return;
            QVERIFY(victim != spared);
            const quint64 hash = victim->hash;
            m_policy.evicted(*victim);
            m_entries.erase(m_keys.at(hash));
        }
    }

    qint64 m_capacity;
    EvictionPolicy m_policy;
    std::unordered_map<int, EntryHook> m_entries;
    std::unordered_map<quint64, int> m_keys;
};

double hitRatio(Cache &cache, int requests, const std::function<int(int)> &trace)
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
    // What a cache that always holds the most popular ones hits.
    double best(int capacity) const { return m_sums[std::size_t(capacity) - 1] / m_sums.back(); }

private:
    std::mt19937_64 m_random;
    std::vector<double> m_sums;
};

} // namespace

class tst_EvictionPolicy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // LRU hits nothing here. No policy that has to take in what it missed hits more than
    // (capacity - 1) of each round.
    void aLoopThatIsTooLongHitsWhatFits()
    {
        constexpr int capacity = 1000;
        constexpr int length = 1500;
        Cache cache(capacity);
        const auto loop = [](int i) { return i % length; };
        hitRatio(cache, 3 * length, loop);
        const double ratio = hitRatio(cache, 10 * length, loop);
        QVERIFY2(ratio > 0.98 * (capacity - 1) / length, qPrintable(QString::number(ratio)));
        QVERIFY(ratio <= double(capacity) / length);
    }

    void popularKeysStay()
    {
        constexpr int capacity = 500;
        Zipf zipf(10'000, seed);
        Cache cache(capacity);
        const auto next = [&zipf](int) { return zipf.next(); };
        hitRatio(cache, 50'000, next);
        const double ratio = hitRatio(cache, 100'000, next);
        QVERIFY2(ratio > 0.85 * zipf.best(capacity), qPrintable(QString::number(ratio)));
    }

    // A scan of keys that never come back takes the place of the least popular alone.
    void aScanPassesThrough()
    {
        constexpr int capacity = 500;
        constexpr int hot = 400;
        std::mt19937_64 random(seed);
        Cache cache(capacity);
        for (int i = 0; i < 20 * hot; ++i)
            cache.ask(int(random() % hot));
        for (int i = 0; i < 20 * capacity; ++i)
            cache.ask(1'000'000 + i);
        int kept = 0;
        for (int key = 0; key < hot; ++key)
            kept += cache.contains(key);
        QVERIFY2(kept >= hot * 95 / 100, qPrintable(QString::number(kept)));
    }

    void oneHitWondersDoNotDisplaceTheWorkingSet()
    {
        constexpr int hot = 400;
        std::mt19937_64 random(seed);
        Cache cache(500);
        int wonder = 1'000'000;
        const auto trace = [&](int i) { return i % 2 ? wonder++ : int(random() % hot); };
        hitRatio(cache, 20'000, trace);
        const double ratio = hitRatio(cache, 50'000, trace);
        QVERIFY2(ratio > 0.5 * 0.95, qPrintable(QString::number(ratio)));
    }

    // When the working set changes, the new one is in the cache after a few rounds.
    void aNewWorkingSetComesIn()
    {
        constexpr int hot = 400;
        std::mt19937_64 random(seed);
        Cache cache(500);
        for (int phase = 0; phase < 5; ++phase) {
            const auto trace = [&](int) { return phase * 10'000 + int(random() % hot); };
            hitRatio(cache, 10 * hot, trace);
            const double ratio = hitRatio(cache, 10 * hot, trace);
            QVERIFY2(ratio > 0.9, qPrintable(QStringLiteral("%1: %2").arg(phase).arg(ratio)));
        }
    }

    // Where the last used is next used, LRU is best; a fixed probation of 1 % would lose here.
    void recencyIsLearnt()
    {
        constexpr int capacity = 500;
        std::mt19937_64 random(seed);
        std::geometric_distribution<int> distance(1.0 / 150);
        Cache cache(capacity);
        // A stack of keys: the next request is the one that was used some steps ago, or a new key.
        std::vector<int> stack;
        int fresh = 0;
        const auto trace = [&](int) {
            const std::size_t depth = std::size_t(distance(random));
            int key = fresh;
            if (random() % 10 == 0 || depth >= stack.size()) {
                ++fresh;
            } else {
                const auto at = stack.end() - 1 - std::ptrdiff_t(depth);
                key = *at;
                stack.erase(at);
            }
            stack.push_back(key);
            return key;
        };
        hitRatio(cache, 50'000, trace);
        // LRU: all but the new ones, and the tail of the distribution beyond the capacity.
        const double lru = 0.9 * (1 - std::pow(1 - 1.0 / 150, capacity));
        const double ratio = hitRatio(cache, 50'000, trace);
        QVERIFY2(ratio > lru - 0.05, qPrintable(QStringLiteral("%1 of %2").arg(ratio).arg(lru)));
    }

    void ghostsAreAsManyAsEntriesAtMost()
    {
        std::mt19937_64 random(seed);
        Cache cache(100);
        for (int i = 0; i < 20'000; ++i) {
            cache.ask(int(random() % 1000));
            QVERIFY(cache.policy().ghostCount() <= 100);
        }
        // A ring of a power of two, which doubles when it is full and half of it are ghosts: 16
        // bytes for each of its places, and two of 8 in the index.
        QVERIFY(cache.policy().metadataBytes() <= 256 * 32);
    }

    void everythingFitsTogetherWhateverHappens()
    {
        std::mt19937_64 random(seed);
        for (int round = 0; round < 20; ++round) {
            qint64 capacity = qint64(random() % 200);
            Cache cache(capacity);
            for (int i = 0; i < 3000; ++i) {
                const int key = int(random() % 300);
                const qint64 cost = qint64(random() % 8);
                switch (random() % 8) {
                case 0:
                    cache.remove(key);
                    break;
                case 1:
                    if (cost <= capacity)
                        cache.replace(key, cost);
                    break;
                case 2:
                    if (random() % 50 == 0)
                        cache.setCapacity(capacity = qint64(random() % 200));
                    break;
                default:
                    if (cost <= capacity)
                        cache.ask(key, cost);
                }
                QVERIFY(cache.policy().cost() <= quint64(capacity));
                QCOMPARE(cache.policy().count(), qint64(cache.size()));
            }
            QVERIFY(cache.policy().isConsistent());
        }
    }

    void hugeCostsDoNotOverflow()
    {
        constexpr qint64 most = std::numeric_limits<qint64>::max();
        Cache cache(most);
        for (int i = 0; i < 10; ++i)
            cache.ask(i, most - i);
        QCOMPARE(cache.size(), std::size_t(1));
        QVERIFY(cache.policy().isConsistent());
        QVERIFY(cache.policy().metadataBytes() < 10'000);
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_EvictionPolicy test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_evictionpolicy.moc"
