// SPDX-License-Identifier: MIT

// The policy where entries differ: in what they cost, and in what it takes to load them.

#include "policycache.h"
#include "seed.h"

#include <QtTest/qtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <vector>

namespace {

quint64 seed = 0;

// The same for each run of a trace.
struct Request
{
    int key;
    qint64 cost;
};
using Trace = std::vector<Request>;

double hitRatio(const Trace &trace, qint64 capacity, qint64 factor = 1, bool areBytes = false)
{
    Cache cache(capacity * factor);
    cache.policy().setCostsAreBytes(areBytes);
    int hits = 0;
    for (const Request &request : trace)
        hits += cache.ask(request.key, request.cost * factor);
    return double(hits) / double(trace.size());
}

// Least recently used, by cost, to compare with.
double hitRatioOfLru(const Trace &trace, qint64 capacity)
{
    std::unordered_map<int, std::pair<quint64, qint64>> held; // key: last use, cost
    std::map<quint64, int> order;
    qint64 total = 0;
    quint64 now = 0;
    int hits = 0;
    for (const Request &request : trace) {
        ++now;
        const auto found = held.find(request.key);
        if (found != held.end()) {
            ++hits;
            order.erase(found->second.first);
        } else {
            total += request.cost;
        }
        held[request.key] = { now, request.cost };
        order[now] = request.key;
        while (total > capacity) {
            const int gone = order.begin()->second;
            order.erase(order.begin());
            total -= held[gone].second;
            held.erase(gone);
        }
    }
    return double(hits) / double(trace.size());
}

// What a cache hits that always holds the keys of which a unit of cost is asked for most: nothing that
// does not know the future, nor replaces, hits more in the long run.
double bestOf(const Zipf &zipf, const std::vector<qint64> &costs, qint64 capacity)
{
    std::vector<int> keys(costs.size());
    std::iota(keys.begin(), keys.end(), 0);
    const auto density = [&](int key) {
        return zipf.probabilityOf(key) / double(costs[std::size_t(key)]);
    };
    std::sort(keys.begin(), keys.end(), [&](int a, int b) { return density(a) > density(b); });
    double sum = 0;
    for (int key : keys) {
        if ((capacity -= costs[std::size_t(key)]) < 0)
            break;
        sum += zipf.probabilityOf(key);
    }
    return sum;
}

} // namespace

class tst_EvictionByCost : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // The one law: costs and bound in another unit are the same decisions. Bounds that the share of
    // probation does not divide are where roundings would show.
    void theUnitOfCostDoesNotMatter_data()
    {
        QTest::addColumn<qint64>("capacity");
        QTest::addColumn<qint64>("mostCost");
        for (const qint64 capacity : { 50, 99, 149, 1000, 4096 }) {
            for (const qint64 mostCost : { 1, 40 })
                QTest::addRow("%lld-%lld", capacity, mostCost) << capacity << mostCost;
        }
    }
    void theUnitOfCostDoesNotMatter()
    {
        QFETCH(const qint64, capacity);
        QFETCH(const qint64, mostCost);
        std::mt19937_64 random(seed);
        Zipf zipf(10'000, seed);
        Trace trace;
        int scanned = 100'000;
        for (int i = 0; i < 30'000; ++i) {
            // Popular keys, a loop, and what never comes back.
            const int key = i % 3 == 0 ? zipf.next() : i % 3 == 1 ? 50'000 + i % 3000 : scanned++;
            trace.push_back({ key, qint64(hashOf(key) % quint64(mostCost)) + 1 });
        }
        const double one = hitRatio(trace, capacity);
        QVERIFY(one > 0);
        for (const qint64 factor : { Q_INT64_C(3), Q_INT64_C(100), Q_INT64_C(65'536),
                                     Q_INT64_C(1) << 20, Q_INT64_C(999'999'937) }) {
            const double scaled = hitRatio(trace, capacity, factor);
            QVERIFY2(std::abs(scaled - one) <= 0.005,
                     qPrintable(QStringLiteral("%1: %2, not %3").arg(factor).arg(scaled).arg(one)));
        }
    }

    // Popular keys of costs that say nothing of how popular they are; that are less the more popular
    // a key is; and that are more.
    void popularKeysStayWhateverTheyCost_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("independent") << 0;
        QTest::newRow("small are popular") << 1;
        QTest::newRow("large are popular") << 2;
    }
    void popularKeysStayWhateverTheyCost()
    {
        QFETCH(const int, kind);
        constexpr int count = 10'000;
        Zipf zipf(count, seed);
        std::vector<qint64> costs;
        qint64 sum = 0;
        for (int key = 0; key < count; ++key) {
            const int octave = int(kind == 0           ? hashOf(key) % 8
                                           : kind == 1 ? 8 * key / count
                                                       : 7 - 8 * key / count);
            costs.push_back((qint64(hashOf(key + count) % 1000) + 1000) << octave);
            sum += costs.back();
        }
        for (const int share : { 5, 20 }) {
            const qint64 capacity = sum * share / 100;
            Trace trace;
            for (int i = 0; i < 100'000; ++i) {
                const int key = zipf.next();
                trace.push_back({ key, costs[std::size_t(key)] });
            }
            const double best = bestOf(zipf, costs, capacity);
            const double ratio = hitRatio(trace, capacity);
            const double lru = hitRatioOfLru(trace, capacity);
            const auto seen = QStringLiteral("%1 %: %2, LRU %3, best %4")
                                      .arg(share)
                                      .arg(ratio)
                                      .arg(lru)
                                      .arg(best);
            QVERIFY2(ratio > 0.8 * best, qPrintable(seen));
            QVERIFY2(ratio > lru - 0.005, qPrintable(seen));
        }
    }

    // Documents of a MiB are read through, once each, while thumbnails of some KiB are looked at.
    void aScanOfLargeEntriesPassesThrough()
    {
        constexpr qint64 capacity = 64 << 20;
        constexpr int hot = 1000;
        const auto costOf = [](int key) { return qint64(10'000 + hashOf(key) % 40'000); };
        std::mt19937_64 random(seed);
        Cache cache(capacity);
        for (int i = 0; i < 20 * hot; ++i) {
            const int key = int(random() % hot);
            cache.ask(key, costOf(key));
        }
        int hits = 0;
        for (int i = 0; i < 20'000; ++i) {
            const int key = int(random() % hot);
            hits += cache.ask(key, costOf(key));
            if (i % 10 == 0)
                cache.ask(1'000'000 + i, 1 << 20);
        }
        QVERIFY2(hits > 20'000 * 98 / 100, qPrintable(QString::number(hits)));
    }

    // It is held, for it was put; what it displaced is back when it was asked for twice.
    void oneVeryLargeEntryDoesNotSweepTheCache_data()
    {
        QTest::addColumn<int>("percent");
        for (int percent : { 2, 12, 50, 90, 100 })
            QTest::addRow("%d %%", percent) << percent;
    }
    void oneVeryLargeEntryDoesNotSweepTheCache()
    {
        QFETCH(const int, percent);
        constexpr qint64 capacity = 1'000'000;
        constexpr int hot = 900;
        std::mt19937_64 random(seed);
        Cache cache(capacity);
        const auto rounds = [&](int count) {
            int hits = 0;
            for (int i = 0; i < count * hot; ++i)
                hits += cache.ask(int(random() % hot), 1000);
            return double(hits) / (count * hot);
        };
        rounds(20);
        const qint64 large = capacity * percent / 100;
        QVERIFY(!cache.ask(5000, large));
        QVERIFY(cache.contains(5000));
        int kept = 0;
        for (int key = 0; key < hot; ++key)
            kept += cache.contains(key);
        // No more than it takes.
        QVERIFY2(kept >= qMin(hot, hot * (100 - percent) / 100 - 1),
                 qPrintable(QString::number(kept)));
        rounds(3);
        const double ratio = rounds(5);
        QVERIFY2(ratio > 0.97, qPrintable(QString::number(ratio)));
    }

    // One that is larger than the probation, and is asked for all the time.
    void aLargeEntryThatIsUsedStays()
    {
        constexpr qint64 capacity = 1'000'000;
        for (const int percent : { 5, 10, 20 }) {
            std::mt19937_64 random(seed);
            Cache cache(capacity);
            int hits = 0;
            int asked = 0;
            for (int i = 0; i < 100'000; ++i) {
                if (i % 10 == 0) {
                    const bool isHit = cache.ask(-1, capacity * percent / 100);
                    asked += i >= 50'000;
                    hits += isHit && i >= 50'000;
                } else {
                    cache.ask(int(random() % 3000), 1000);
                }
            }
            QVERIFY2(
                    hits > asked * 98 / 100,
                    qPrintable(QStringLiteral("%1 %: %2 of %3").arg(percent).arg(hits).arg(asked)));
        }
    }

    // Documents that return soon, beside thumbnails that return later: a document that returns within 100
    // requests takes the room of a hundred thumbnails of which each returns within 625.
    void largeEntriesThatReturnDoNotDisplaceManySmall()
    {
        constexpr qint64 capacity = 1'000'000;
        std::mt19937_64 random(seed);
        Cache cache(capacity);
        int asked = 0;
        int hits = 0;
        for (int i = 0; i < 100'000; ++i) {
            if (random() % 5 == 0) {
                cache.ask(10'000 + int(random() % 20), 100'000);
            } else {
                const bool isHit = cache.ask(int(random() % 500), 1000);
                asked += i >= 20'000;
                hits += i >= 20'000 && isHit;
            }
        }
        QVERIFY2(hits > asked * 95 / 100,
                 qPrintable(QStringLiteral("%1 of %2").arg(hits).arg(asked)));
    }

    // LRU hits nothing in a loop that is too long. Here more of the small ones stay than the
    // cache's share of all; and nearly so many where each of the large ones is larger than the smallest
    // probation.
    void aLoopOfDifferentCostsHitsTheSmall()
    {
        constexpr int length = 1000;
        std::vector<qint64> costs;
        qint64 sum = 0;
        for (int key = 0; key < length; ++key) {
            costs.push_back(Q_INT64_C(1000) << (hashOf(key) % 5));
            sum += costs.back();
        }
        for (const int share : { 5, 25, 50 }) {
            Trace trace;
            for (int i = 0; i < 30 * length; ++i)
                trace.push_back({ i % length, costs[std::size_t(i % length)] });
            const double ratio = hitRatio(trace, sum * share / 100, 1, true);
            QVERIFY2(ratio > (share < 10 ? 0.7 : 1) * share / 100,
                     qPrintable(QStringLiteral("%1 %: %2").arg(share).arg(ratio)));
        }
    }

    // A bound in bytes: what is remembered is within 1/64 of it, and not more than pays.
    void whatIsRememberedIsWithinAShareOfTheBytes()
    {
        constexpr qint64 capacity = 1'000'000;
        for (const qint64 cost : { 100, 1000, 10'000 }) {
            Cache cache(capacity);
            cache.policy().setCostsAreBytes(true);
            for (int i = 0; i < 50'000; ++i)
                cache.ask(int(hashOf(i) % 40'000), cost);
            const qint64 most = qMin(capacity / 64, capacity / cost * 1024);
            const auto bytes = qint64(cache.policy().metadataBytes());
            QVERIFY2(bytes <= most && bytes > most * 3 / 4 - 16,
                     qPrintable(QString::number(bytes)));
            cache.setCapacity(capacity / 10); // at once
            QVERIFY(qint64(cache.policy().metadataBytes()) <= capacity / 640);
            cache.policy().setMaxBytes(capacity / 10); // more, if somebody says so
            cache.setCapacity(capacity);
            for (int i = 0; i < 50'000; ++i)
                cache.ask(int(hashOf(i) % 40'000), cost);
            QVERIFY(qint64(cache.policy().metadataBytes())
                    <= qMin(capacity / 10, capacity / cost * 1024));
            QVERIFY(cache.policy().isConsistent());
        }
    }

    // What is pinned is not the policy's: of the rest, it does with what is left what it does with all.
    void whatIsPinnedTakesRoomAndNothingElse()
    {
        for (const int percent : { 0, 2, 10, 50 }) {
            constexpr qint64 capacity = 1000;
            const qint64 pinned = capacity * percent / 100;
            const qint64 room = capacity - pinned;
            std::mt19937_64 random(seed);
            // A loop that is too long.
            Cache loop(capacity);
            loop.setPinned(pinned);
            const auto next = [&](int i) { return i % int(room * 3 / 2); };
            hitRatio(loop, 5000, next);
            const double looped = hitRatio(loop, 20'000, next);
            // A scan through what is hot.
            Cache scanned(capacity);
            scanned.setPinned(pinned);
            const int hot = int(room * 8 / 10);
            for (int i = 0; i < 20 * hot; ++i)
                scanned.ask(int(random() % hot));
            for (int i = 0; i < 20'000; ++i)
                scanned.ask(1'000'000 + i);
            int kept = 0;
            for (int key = 0; key < hot; ++key)
                kept += scanned.contains(key);
            const auto seen = QStringLiteral("%1 %: %2, %3 of %4")
                                      .arg(percent)
                                      .arg(looped)
                                      .arg(kept)
                                      .arg(hot);
            QVERIFY2(looped > 0.95 * 2 / 3, qPrintable(seen));
            QVERIFY2(kept >= hot * 95 / 100, qPrintable(seen));
        }
    }

    // A folder of thumbnails and videos, gone through again and again: nearly all of the thumbnails fit,
    // and few of the videos.
    void theManySmallOnesStayThatWouldFit()
    {
        for (const bool areBytes : { true, false }) {
            Trace trace;
            for (int i = 0; i < 150'000; ++i) {
                const int key = i % 5000;
                trace.push_back({ key, key % 10 == 0 ? 5'000'000 : 16'000 });
            }
            const double ratio = hitRatio(trace, 100'000'000, 1, areBytes);
            QVERIFY2(ratio > 0.8, qPrintable(QString::number(ratio)));
        }
    }

    // Small entries come to stay that are more than those that are held now.
    void moreIsRememberedWhereCostsDiffer()
    {
        const auto bytesPerEntry = [](int octaves) {
            Cache cache(100'000);
            for (int i = 0; i < 20'000; ++i)
                cache.ask(i, Q_INT64_C(100) << (i % (octaves + 1)));
            return double(cache.policy().metadataBytes()) / double(cache.policy().count());
        };
        // Within a quarter, since the number of entries goes up and down.
        for (const int octaves : { 0, 1, 3, 4 }) {
            const double most = octaves < 4 ? 32 : 96;
            const double bytes = bytesPerEntry(octaves);
            QVERIFY2(bytes > most * 0.75 && bytes < most * 1.25,
                     qPrintable(QStringLiteral("%1: %2").arg(octaves).arg(bytes)));
        }
    }

    // Where the bound changes a thousandfold and back, entries of both times live together.
    void theBoundMayChangeInAnyWay()
    {
        std::mt19937_64 random(seed);
        Cache cache(1000);
        for (int round = 0; round < 60; ++round) {
            const qint64 capacity = qint64(1000) << (random() % 20);
            cache.setCapacity(capacity + qint64(random() % 1000));
            for (int i = 0; i < 500; ++i) {
                const int key = int(random() % 300);
                const qint64 cost = qint64(random() % quint64(capacity)) >> (random() % 12);
                if (random() % 3)
                    cache.ask(key, cost);
                else
                    cache.replace(key, cost);
            }
            QVERIFY(cache.policy().isConsistent());
        }
        // And what is popular stays, as ever.
        cache.setCapacity(500);
        Zipf zipf(10'000, seed);
        const auto next = [&zipf](int) { return 1000 + zipf.next(); };
        hitRatio(cache, 50'000, next);
        QVERIFY(hitRatio(cache, 100'000, next) > 0.85 * zipf.best(500));
    }

    // Of keys that are asked for alike, those whose load takes a hundred times as long stay, and less
    // is waited for; with the setter off, none is preferred.
    void whatTookLongToLoadStaysLonger()
    {
        constexpr int keys = 3000;
        const auto isSlow = [](int key) { return hashOf(key) % 10 == 0; };
        const auto waiting = [&](bool keepsSlowLoads) {
            std::mt19937_64 random(seed);
            Cache cache(1000);
            cache.policy().setKeepsSlowLoads(keepsSlowLoads);
            int missedSlow = 0;
            int missedQuick = 0;
            for (int i = 0; i < 200'000; ++i) {
                const int key = int(random() % keys);
                if (!cache.ask(key, 1, isSlow(key) ? 10 : 3))
                    ++(isSlow(key) ? missedSlow : missedQuick);
            }
            return std::make_pair(100 * missedSlow + missedQuick, missedSlow + missedQuick);
        };
        const auto with = waiting(true);
        const auto without = waiting(false);
        const auto seen = QStringLiteral("%1 of %2, misses %3 of %4")
                                  .arg(with.first)
                                  .arg(without.first)
                                  .arg(with.second)
                                  .arg(without.second);
        QVERIFY2(with.first < without.first * 0.6, qPrintable(seen));
        QVERIFY2(with.second < without.second * 1.1, qPrintable(seen));
    }

    // Where loads are alike, within a factor of four, they change nothing at all.
    void loadsThatAreAlikeChangeNothing()
    {
        std::mt19937_64 random(seed);
        Zipf zipf(10'000, seed);
        Cache with(500);
        Cache without(500);
        without.policy().setKeepsSlowLoads(false);
        for (int i = 0; i < 50'000; ++i) {
            const int key = zipf.next();
            const auto loadClass = quint8(6 + random() % 2);
            QCOMPARE(with.ask(key, 1, loadClass), without.ask(key, 1, loadClass));
        }
    }

    // Nothing random, nothing of time: the same requests are the same decisions.
    void theSameRequestsAreTheSameDecisions()
    {
        Zipf zipf(10'000, seed);
        Cache one(100'000);
        Cache other(100'000);
        for (int i = 0; i < 50'000; ++i) {
            const int key = zipf.next();
            const auto cost = qint64(hashOf(key) % 2000);
            QCOMPARE(one.ask(key, cost), other.ask(key, cost));
        }
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_EvictionByCost test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_evictionbycost.moc"
