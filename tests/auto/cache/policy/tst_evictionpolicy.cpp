// SPDX-License-Identifier: MIT

// The policy alone, on traces whose best hit ratio is known.

#include "policycache.h"
#include "seed.h"

#include <QtTest/qtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace {

quint64 seed = 0;

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

    // What is read ahead, and looked at once when others were read: at whatever distance, as far as there
    // is room. A probation that only knows whether it should be a little longer never finds that out.
    void whatIsReadAheadIsFound_data()
    {
        QTest::addColumn<int>("ahead");
        for (int ahead : { 5, 15, 25, 50, 100, 300 })
            QTest::addRow("%d", ahead) << ahead;
    }
    void whatIsReadAheadIsFound()
    {
        QFETCH(const int, ahead);
        Cache cache(1000);
        // Before, the cache was full of others, that were used four times.
        for (int i = 0; i < 4000; ++i)
            cache.ask(-1 - i % 1000);
        int found = 0;
        for (int i = 0; i < 60'000; ++i) {
            cache.ask(i);
            found += i >= 40'000 && cache.ask(i - ahead);
            if (i < 40'000 && i >= ahead)
                cache.ask(i - ahead);
        }
        QVERIFY2(found > 20'000 * 95 / 100, qPrintable(QString::number(found)));
    }

    // Two ghosts for each entry, and nothing before one is evicted.
    void whatIsRememberedIsBoundedByTheEntries()
    {
        std::mt19937_64 random(seed);
        Cache cache(100);
        for (int i = 0; i < 100; ++i)
            cache.ask(i);
        QCOMPARE(cache.policy().metadataBytes(), std::size_t(0));
        for (int i = 0; i < 20'000; ++i) {
            cache.ask(int(random() % 1000));
            QVERIFY(cache.policy().metadataBytes() <= 100 * 32);
        }
        QVERIFY(cache.policy().metadataBytes() > 100 * 32 * 3 / 4);
    }

    void whatIsRememberedGoesWithTheEntries()
    {
        Cache cache(1000);
        for (int i = 0; i < 10'000; ++i)
            cache.ask(i);
        QVERIFY(cache.policy().metadataBytes() > 30'000);
        cache.setCapacity(100);
        for (int i = 0; i < 3000; ++i) // in a part of a round
            cache.ask(20'000 + i);
        QVERIFY(cache.policy().metadataBytes() <= 100 * 32);
        cache.policy().setMaxBytes(1000); // at once
        QVERIFY(cache.policy().metadataBytes() <= 1000);
        cache.policy().shrink(EvictionPolicy::Keep::Nothing);
        QCOMPARE(cache.policy().metadataBytes(), std::size_t(0));
        QVERIFY(cache.policy().isConsistent());
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
