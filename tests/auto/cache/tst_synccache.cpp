// SPDX-License-Identifier: MIT

// The bound, costs, pins, tags and single keys.

#include "hashedkey.h"
#include "instances.h"
#include "threads.h"
#include "throwing.h"
#include "validatedcache.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qdebug.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <thread>

using namespace Qt::StringLiterals;

namespace {

struct Counted : Instances<Counted>
{
    int number = 0;
    Counted() = default;
    explicit Counted(int itsNumber) : number(itsNumber) { }
};

// Some of them have one hash. Does something when it is compared, once.
struct ComparedKey
{
    static constexpr int Hashes = 200;
    static inline std::atomic<bool> isAsked { false };
    static inline std::function<void()> whenCompared;
    int number;

    friend bool operator==(const ComparedKey &a, const ComparedKey &b)
    {
        if (isAsked.exchange(false))
            whenCompared();
        return a.number == b.number;
    }
    friend size_t qHash(const ComparedKey &key, size_t seed) noexcept
    {
        return ::qHash(key.number % Hashes, seed);
    }
};

using namespace std::chrono_literals;

constexpr qsizetype Most = std::numeric_limits<qsizetype>::max();

} // namespace

class tst_SyncCache : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QCOMPARE(Counted::alive(), 0); }

    void theTotalNeverPassesTheBound()
    {
        ValidatedCache<int, Counted> cache(100);
        std::mt19937 random(1);
        for (int i = 0; i < 5000; ++i) {
            const int cost = int(random() % 30);
            QVERIFY(cache.insert(int(random() % 200), Counted(i), cost));
            QVERIFY(cache.totalCost() <= 100);
        }
        QVERIFY(cache.isConsistent());
        QVERIFY(Counted::alive() >= cache.size());
    }

    void anEntryIsNeverTheVictimOfItsOwnInsertion()
    {
        ValidatedCache<int, int> cache(10);
        for (int i = 0; i < 1000; ++i) {
            QVERIFY(cache.insert(i, i, 1 + i % 10));
            QCOMPARE(cache.find(i), std::optional<int>(i));
        }
    }

    void anInsertionEvictsWhatItsCostDisplaces()
    {
        ValidatedCache<int, int> cache(100);
        for (int i = 0; i < 100; ++i)
            cache.insert(i, i);
        const auto evicted = [&cache] {
            return cache.statistics().removals(SyncCacheRemovalCause::Evicted);
        };
        QCOMPARE(evicted(), quint64(0));
        cache.insert(1000, 0, 30);
        QCOMPARE(evicted(), quint64(30));
        cache.insert(1000, 0, 30); // takes its own place
        QCOMPARE(evicted(), quint64(30));
        QCOMPARE(cache.totalCost(), 100);
    }

    // For any costs: without the last victim, there would have been no room.
    void noInsertionEvictsMoreThanItNeeds()
    {
        ValidatedCache<int, int> cache(100);
        std::mt19937 random(2);
        quint64 evictedBefore = 0;
        for (int i = 0; i < 5000; ++i) {
            const qsizetype before = cache.totalCost();
            const qsizetype cost = qsizetype(random() % 20);
            QVERIFY(cache.insert(i, i, cost));
            const quint64 evicted = cache.statistics().removals(SyncCacheRemovalCause::Evicted);
            const qsizetype displaced = qMax<qsizetype>(0, before + cost - 100);
            // Each victim costs 1 at least.
            QVERIFY(evicted - evictedBefore <= quint64(displaced));
            QVERIFY(cache.totalCost() > 100 - 20 || displaced == 0);
            evictedBefore = evicted;
        }
    }

    void whatCostsNothingIsNeverInTheWay()
    {
        ValidatedCache<int, int> cache(10);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i, 0);
        for (int i = 0; i < 100; ++i)
            QVERIFY(cache.insert(10'000 + i, i));
        QCOMPARE(cache.size(), 1010);
        QCOMPARE(cache.totalCost(), 10);
        QVERIFY(cache.insert(0, 0, 3)); // costs something now
        QCOMPARE(cache.totalCost(), 10);
        QVERIFY(cache.insert(0, 0, 0)); // and does not any more
        QCOMPARE(cache.totalCost(), 7);
        cache.trim(SyncCacheTrimLevel::Complete);
        QVERIFY(cache.isEmpty());
    }

    void whatIsTooLargeIsRefusedAndItsOldValueGone()
    {
        ValidatedCache<int, int> cache(10);
        QVERIFY(cache.insert(1, 1, 4));
        QVERIFY(cache.insert(2, 2, 4));
        QVERIFY(!cache.insert(1, 3, 11));
        QVERIFY(!cache.contains(1));
        QVERIFY(cache.contains(2));
        QCOMPARE(cache.totalCost(), 4);
        QCOMPARE(cache.statistics().refused, quint64(1));
        QVERIFY(cache.isConsistent());
    }

    void pinnedEntriesStayAndLeaveLessToTheRest()
    {
        ValidatedCache<int, int> cache(10);
        QVERIFY(cache.insert(1, 1, SyncCacheEntryOptions().setCost(6).setPinned(true)));
        QVERIFY(!cache.insert(2, 2, 5));
        QVERIFY(cache.contains(1));
        for (int i = 10; i < 100; ++i)
            QVERIFY(cache.insert(i, i));
        QVERIFY(cache.contains(1));
        QCOMPARE(cache.size(), 5);
        cache.trim(SyncCacheTrimLevel::Complete);
        QCOMPARE(cache.keys(), QList<int> { 1 });
        QVERIFY(cache.insert(1, 1, 2)); // pinned no longer
        cache.trim(SyncCacheTrimLevel::Complete);
        QVERIFY(cache.isEmpty());
        QVERIFY(cache.isConsistent());
    }

    // Whichever way it is written.
    void whatPinnedEntriesLeaveIsTheBoundOfTheRest()
    {
        ValidatedCache<int, int> cache(10);
        cache.setWeigher([](int, int value) { return qsizetype(value); });
        QVERIFY(cache.insert(1, 7, SyncCacheEntryOptions().setPinned(true)));
        QVERIFY(cache.insert(2, 3));
        QVERIFY(!cache.insert(2, 4));
        QVERIFY(!cache.contains(2)); // its old value is gone
        QVERIFY(!cache.tryInsert(2, 4).inserted);
        QVERIFY(cache.insert(2, 3));
        QCOMPARE(cache.exchange(2, 4), std::optional<int>(3));
        QVERIFY(!cache.contains(2));
        QVERIFY(cache.insert(2, 3));
        QCOMPARE(cache.compute(2, [](const int *) { return std::optional<int>(4); }), std::nullopt);
        QVERIFY(!cache.contains(2));
        QVERIFY(!cache.insert(3, 4, SyncCacheEntryOptions().setPinned(true)));
        QVERIFY(cache.insert(1, 10, SyncCacheEntryOptions().setPinned(true))); // in its own place
        QCOMPARE(cache.totalCost(), 10);
        QCOMPARE(cache.statistics().refused, quint64(5));
    }

    void pinnedEntriesStayWhenTheBoundFallsBelowThem()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1, SyncCacheEntryOptions().setCost(50).setPinned(true));
        for (int i = 2; i < 52; ++i)
            cache.insert(i, i);
        cache.setMaxCost(20);
        QCOMPARE(cache.keys(), QList<int> { 1 });
        QCOMPARE(cache.totalCost(), 50);
        QVERIFY(cache.isConsistent());
        QVERIFY(!cache.insert(2, 2));
        QVERIFY(cache.remove(1));
        QVERIFY(cache.insert(2, 2, 20));
    }

    void theBoundMayBeTakenAwayAndGivenBack()
    {
        ValidatedCache<int, int> cache(10);
        cache.setMaxCost(-1);
        QCOMPARE(cache.maxCost(), -1);
        for (int i = 0; i < 1000; ++i)
            QVERIFY(cache.insert(i, i, Most / 2000));
        QCOMPARE(cache.size(), 1000);
        cache.trim(SyncCacheTrimLevel::Moderate); // half of what is held
        QCOMPARE(cache.size(), 500);
        cache.setMaxCost(Most / 200);
        QCOMPARE(cache.size(), 10);
        QVERIFY(cache.totalCost() <= cache.maxCost());
    }

    void theBoundMayBeMovedByOneThreadWhileOthersWrite()
    {
        ValidatedCache<int, int> cache(500);
        runInThreads(3, [&cache](int thread) {
            std::mt19937 random { unsigned(thread) };
            for (int i = 0; i < 3000; ++i) {
                if (thread == 0)
                    cache.setMaxCost(qsizetype(random() % 500));
                else
                    cache.insert(int(random() % 1000), i, 1 + int(random() % 9));
                if (cache.totalCost() > 500)
                    qFatal("the bound was passed");
            }
        });
        QVERIFY(cache.totalCost() <= cache.maxCost());
    }

    void aSmallerBoundEvictsAtOnce()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        cache.setMaxCost(10);
        QCOMPARE(cache.totalCost(), 10);
        QCOMPARE(cache.size(), 10);
        cache.setMaxCost(0);
        QCOMPARE(cache.size(), 0);
        QVERIFY(!cache.insert(1, 1));
        QVERIFY(cache.insert(1, 1, 0));
        QVERIFY(cache.isConsistent());
    }

    void withoutABoundNothingIsEvicted()
    {
        ValidatedCache<int, int> cache(-1);
        for (int i = 0; i < 10'000; ++i)
            QVERIFY(cache.insert(i, i, 1'000'000));
        QCOMPARE(cache.size(), 10'000);
        QVERIFY(cache.isConsistent());
    }

    void sumsOfCostsDoNotOverflow()
    {
        ValidatedCache<int, int> cache(-1);
        for (int i = 0; i < 10; ++i) {
            QVERIFY(cache.insert(i, i, Most - i));
            QVERIFY(cache.totalCost() > 0);
            QVERIFY(cache.contains(i));
        }
        QVERIFY(cache.insert(20, 20, ~quint64(0)));
        QCOMPARE(cache.totalCost(), Most);
        QVERIFY(cache.isConsistent());
    }

    void costlessEntriesAreBoundedByNothing()
    {
        ValidatedCache<int, int> cache(1);
        for (int i = 0; i < 1000; ++i)
            QVERIFY(cache.insert(i, i, 0));
        QCOMPARE(cache.size(), 1000);
        QCOMPARE(cache.totalCost(), 0);
    }

    void theWeigherIsAskedOnceForEachWrite()
    {
        ValidatedCache<int, QString> cache(100);
        int asked = 0;
        cache.setWeigher([&asked](int, const QString &text) {
            ++asked;
            return text.size();
        });
        cache.insert(1, QStringLiteral("abc"));
        QCOMPARE(cache.totalCost(), 3);
        cache.insert(2, QStringLiteral("abc"), 10);
        QCOMPARE(cache.totalCost(), 13);
        QCOMPARE(asked, 1);
        cache.exchange(1, QStringLiteral("abcdef"));
        QCOMPARE(cache.totalCost(), 16);
        QCOMPARE(asked, 2);
    }

    void aWeigherThatThrowsLeavesEverythingAsItWas()
    {
        ValidatedCache<int, int> cache(100);
        cache.insert(1, 1);
        cache.setWeigher([](int, int) -> qsizetype { throw 1; });
        QVERIFY_THROWS_EXCEPTION(int, cache.insert(1, 2));
        QVERIFY_THROWS_EXCEPTION(
                int, cache.compute(1, [](const int *) { return std::optional<int>(3); }));
        QCOMPARE(cache.peek(1), std::optional<int>(1));
        QVERIFY(cache.isConsistent());
    }

    void aThrowingKeyOrValueLeavesEverythingAsItWas()
    {
        struct K;
        struct V;
        using Key = Throwing<K>;
        using Value = Throwing<V>;
        {
            ValidatedCache<Key, Value> cache(3);
            for (int key = 0; key < 3; ++key)
                cache.insert(Key(key), Value(key));
            for (int n = 0;; ++n) {
                const Key key(1);
                const Value value(7);
                bool happened = false;
                try {
                    const Fault fault(n);
                    try {
                        cache.insert(key, value, SyncCacheEntryOptions().setTags({ u"a"_s }));
                    } catch (const Fault::Thrown &) {
                    }
                    happened = fault.happened();
                } catch (const Fault::Thrown &) {
                    QFAIL("thrown twice");
                }
                QVERIFY(cache.isConsistent());
                QCOMPARE(cache.size(), 3);
                if (!happened)
                    break;
                QCOMPARE(cache.find(Key(1))->number(), 1);
            }
            QCOMPARE(cache.find(Key(1))->number(), 7);
            QCOMPARE(cache.removeByTag(u"a"_s), 1);
        }
        QCOMPARE(Key::alive(), 0);
        QCOMPARE(Value::alive(), 0);
    }

    void whatIsUsedStays()
    {
        ValidatedCache<int, int> cache(100);
        for (int i = 0; i < 100; ++i)
            cache.insert(i, i);
        for (int round = 0; round < 50; ++round) {
            for (int i = 0; i < 30; ++i)
                QVERIFY(cache.find(i));
            for (int i = 0; i < 30; ++i)
                cache.insert(1000 + round * 30 + i, 0);
        }
    }

    // Hits are noted without a lock, and reach the policy with the next write.
    void aNewcomerThatIsUsedOutlivesThoseThatAreNot()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        cache.insert(5000, 0);
        cache.insert(5001, 0);
        QVERIFY(cache.find(5000));
        for (int i = 0; i < 50; ++i)
            cache.insert(6000 + i, 0);
        QVERIFY(cache.contains(5000));
        QVERIFY(!cache.contains(5001));
    }

    // Long ago as it may be that somebody wrote.
    void hitsReachThePolicyWithoutWriters()
    {
        constexpr int hot = 500;
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        for (int round = 0; round < 500; ++round) {
            for (int i = 0; i < hot; ++i)
                QVERIFY(cache.find(i * 2)); // each other one
        }
        for (int round = 0; round < 4; ++round) {
            for (int i = 10'000; i < 10'480; ++i) {
                if (!cache.find(i))
                    cache.insert(i, i);
            }
        }
        int left = 0;
        for (int i = 0; i < hot; ++i)
            left += cache.contains(i * 2);
        QVERIFY2(left >= hot - 5, qPrintable(QString::number(left)));
        QVERIFY(cache.isConsistent());
    }

    // While a writer has it, whose == may itself look into the cache.
    void noHitWaitsForTheLock()
    {
        ValidatedCache<ComparedKey, int> cache(1000);
        for (int i = 0; i < ComparedKey::Hashes; ++i)
            cache.insert({ i }, i);
        const auto readMany = [&cache] {
            for (int i = 0; i < 20'000; ++i)
                QVERIFY(cache.find({ i % 100 }));
        };
        bool wasCompared = false;
        bool hasWaited = false;
        std::atomic<bool> hasRead { false };
        std::thread reader;
        ComparedKey::whenCompared = [&] {
            wasCompared = true;
            reader = std::thread([&] {
                readMany();
                hasRead = true;
            });
            QDeadlineTimer patience(10'000);
            while (!hasRead && !patience.hasExpired())
                std::this_thread::yield();
            hasWaited = !hasRead;
            if (!hasWaited)
                readMany(); // nor does the one that holds the lock
        };
        ComparedKey::isAsked = true;
        cache.insert({ ComparedKey::Hashes }, 0); // compared under the lock
        ComparedKey::whenCompared = nullptr;
        if (reader.joinable())
            reader.join();
        QVERIFY(wasCompared);
        QVERIFY(!hasWaited);
        QVERIFY(cache.isConsistent());
    }

    void hitsOfManyThreadsReachThePolicyBesideWriters()
    {
        ValidatedCache<int, int> cache(300);
        for (int i = 0; i < 300; ++i)
            cache.insert(i, i);
        runInThreads(3, [&](int thread) {
            for (int i = 0; i < 30'000; ++i) {
                cache.find((i * 7 + thread) % 400);
                if (thread == 0 && i % 1000 == 0)
                    cache.insert(i % 400, i);
            }
        });
        QVERIFY(cache.isConsistent());
    }

    void whatThePolicyKeepsIsBoundedAndGivenBack()
    {
        constexpr int entries = 3000;
        ValidatedCache<int, int> cache(entries);
        QCOMPARE(cache.maxPolicyBytes(), qsizetype(-1));
        std::mt19937 random(1);
        const auto use = [&] {
            quint64 most = 0;
            for (int i = 0; i < 40'000; ++i) {
                const int key = int(random() % 5000);
                if (!cache.find(key))
                    cache.insert(key, key);
                most = qMax(most, cache.statistics().policyBytes);
            }
            return most;
        };
        const quint64 most = use();
        QVERIFY(most > entries * 16 && most <= entries * 32);
        cache.trim(SyncCacheTrimLevel::Moderate); // half of them stay
        QVERIFY(cache.statistics().policyBytes <= entries / 2 * 32);
        cache.trim(SyncCacheTrimLevel::Complete);
        QCOMPARE(cache.statistics().policyBytes, quint64(0));
        QVERIFY(use() > 0);
        cache.setMaxCost(entries / 10);
        QVERIFY(cache.statistics().policyBytes <= entries / 10 * 32);
        cache.setMaxCost(entries);
        QVERIFY(use() > entries * 16);
        cache.clear();
        QCOMPARE(cache.statistics().policyBytes, quint64(0));
        QVERIFY(cache.isConsistent());
        (void)use();
        cache.setMaxPolicyBytes(10'000); // at once
        QCOMPARE(cache.maxPolicyBytes(), qsizetype(10'000));
        QVERIFY(use() <= 10'000);
        cache.setMaxPolicyBytes(0);
        QCOMPARE(use(), quint64(0));
        QVERIFY(cache.isConsistent());
    }

    // Where costs are bytes, 1/64 of them.
    void whatThePolicyKeepsIsAShareOfTheBytes()
    {
        ValidatedCache<int, QByteArray> cache;
        constexpr int bytes = 1'000'000;
        cache.setMaxBytes(bytes);
        quint64 most = 0;
        for (int i = 0; i < 50'000; ++i) {
            cache.insert(i, QByteArray(100, 'x'));
            most = qMax(most, cache.statistics().policyBytes);
        }
        QVERIFY(most > bytes / 64 - 16 && most <= bytes / 64);
        cache.setMaxPolicyBytes(2 * bytes / 64); // more, if somebody says so
        for (int i = 0; i < 50'000; ++i)
            cache.insert(i, QByteArray(100, 'x'));
        QVERIFY(cache.statistics().policyBytes > bytes / 64);
        QVERIFY(cache.statistics().policyBytes <= 2 * bytes / 64);
    }

    // What a load took is known to the policy.
    void whatTookLongToLoadStays()
    {
        constexpr int slow = 3;
        for (const bool keeps : { true, false }) {
            ValidatedCache<int, int> cache(1000); // of which ten may be new
            cache.setKeepsSlowLoads(keeps);
            QCOMPARE(cache.keepsSlowLoads(), keeps);
            cache.setLoader([](int key) {
                if (key < slow)
                    QThread::msleep(70);
                return key;
            });
            for (int i = 0; i < 1200; ++i)
                (void)cache.load(1000 + i);
            for (int i = 0; i < slow; ++i)
                (void)cache.load(i);
            // Others, that were asked for as often, and later.
            for (int i = 0; i < 12; ++i)
                (void)cache.load(3000 + i);
            int kept = 0;
            for (int i = 0; i < slow; ++i)
                kept += cache.contains(i);
            QCOMPARE(kept, keeps ? slow : 0);
        }
    }

    // What was loaded with others took as long as all of them.
    void whatWasLoadedTogetherTookAsLongAsAll()
    {
        constexpr int together = 30;
        ValidatedCache<int, int> cache(1000); // of which ten may be new
        cache.setLoader([](int key) { return key; });
        for (int i = 0; i < 1200; ++i)
            (void)cache.load(1000 + i);
        cache.setBulkLoader([](const QList<int> &keys) {
            QThread::msleep(70);
            QHash<int, int> values;
            for (int key : keys)
                values.insert(key, key);
            return values;
        });
        QList<int> keys;
        for (int i = 0; i < together; ++i)
            keys.append(i);
        QCOMPARE(cache.getOrLoadAll(keys).result().size(), together);
        // Each alone would have taken as long as those before.
        QVERIFY(cache.statistics().loadTime < std::chrono::milliseconds(70 * together / 2));
        for (int i = 0; i < 12; ++i)
            (void)cache.load(3000 + i);
        int kept = 0;
        for (int key : keys)
            kept += cache.contains(key);
        QVERIFY2(kept >= 3, qPrintable(QString::number(kept)));
    }

    // Also those of a thousand hits in a row, between two writes.
    void longRunsOfHitsReachThePolicy()
    {
        ValidatedCache<int, int> cache(1000);
        int hits = 0;
        for (int i = 0; i < 15 * 1500; ++i) {
            const int key = i % 1500;
            if (cache.find(key))
                ++hits;
            else
                cache.insert(key, key);
        }
        QVERIFY2(hits > 15 * 1500 * 0.55, qPrintable(QString::number(hits)));
    }

    // It takes room. With the rest of it the policy does what it does with all of it elsewhere.
    void whatIsPinnedLeavesThePolicyAsItIs()
    {
        for (const int pinned : { 0, 1, 20, 300 }) {
            ValidatedCache<int, int> cache(1000);
            QVERIFY(cache.insert(-1, 0, SyncCacheEntryOptions().setPinned(true).setCost(pinned)));
            const int length =
                    (1000 - pinned) * 3 / 2; // of a loop: too long for LRU to hit anything
            int hits = 0;
            int asked = 0;
            for (int i = 0; i < 12 * length; ++i) {
                const int key = i % length;
                const bool isHit = cache.find(key).has_value();
                if (!isHit)
                    cache.insert(key, key);
                asked += i >= 2 * length;
                hits += isHit && i >= 2 * length;
            }
            QVERIFY2(hits > asked * 0.6,
                     qPrintable(QStringLiteral("%1: %2").arg(pinned).arg(hits)));
            // And it is given back.
            cache.remove(-1);
            for (int i = 0; i < 1000; ++i)
                cache.insert(100'000 + i, i);
            QCOMPARE(cache.size(), qsizetype(1000));
        }
    }

    void trimmingWithoutABoundGoesByWhatIsHeld()
    {
        ValidatedCache<int, int> cache(-1);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i, 2);
        cache.trim(SyncCacheTrimLevel::Light);
        QCOMPARE(cache.totalCost(), qsizetype(1500));
        cache.trim(SyncCacheTrimLevel::Moderate);
        QCOMPARE(cache.totalCost(), qsizetype(750));
        cache.trim(SyncCacheTrimLevel::Complete);
        QCOMPARE(cache.totalCost(), qsizetype(0));
        cache.trim(SyncCacheTrimLevel::Light);
        QVERIFY(cache.isConsistent());
    }

    void looksWithoutATraceAreNoUses()
    {
        ValidatedCache<int, int> cache(10);
        cache.insert(1, 1);
        QVERIFY(cache.peek(1));
        QVERIFY(cache.contains(1));
        cache.forEach([](int, int) {});
        QCOMPARE(cache.statistics().hits + cache.statistics().misses, quint64(0));
        cache.find(1);
        cache.find(2);
        {
            const auto guard = cache.guard();
            QVERIFY(cache.get(1, guard));
        }
        QCOMPARE(cache.findAll({ 1, 2, 3 }).size(), 3);
        QCOMPARE(cache.statistics().hits, quint64(3));
        QCOMPARE(cache.statistics().misses, quint64(3));
        QCOMPARE(cache.statistics().hitRatio(), 0.5);
    }

    void valuesStayValidUnderAGuard()
    {
        ValidatedCache<int, Counted> cache(1);
        cache.insert(1, Counted(1));
        {
            const auto guard = cache.guard();
            const Counted *value = cache.get(1, guard);
            cache.insert(2, Counted(2));
            cache.remove(2);
            QVERIFY(!cache.contains(1));
            QCOMPARE(value->number, 1);
        }
    }

    void singleKeys()
    {
        ValidatedCache<QString, int> cache(10);
        QVERIFY(cache.tryInsert(u"a"_s, 1).inserted);
        const auto second = cache.tryInsert(u"a"_s, 2);
        QVERIFY(!second.inserted);
        QCOMPARE(second.value, 1);
        QCOMPARE(cache.exchange(u"a"_s, 3), std::optional<int>(1));
        QCOMPARE(cache.exchange(u"b"_s, 4), std::nullopt);
        const auto increment = [](const int *value) {
            return std::optional<int>(value ? *value + 1 : 0);
        };
        QCOMPARE(cache.compute(u"a"_s, increment), std::optional<int>(4));
        QCOMPARE(cache.compute(u"c"_s, increment), std::optional<int>(0));
        QCOMPARE(cache.compute(u"c"_s, [](const int *) { return std::optional<int>(); }),
                 std::nullopt);
        QCOMPARE(cache.take(u"a"_s), std::optional<int>(4));
        QCOMPARE(cache.take(u"a"_s), std::nullopt);
        QVERIFY(cache.remove(u"b"_s));
        QVERIFY(!cache.remove(u"b"_s));
        QVERIFY(cache.isEmpty());
        cache.insert(u"key"_s, 5);
        QCOMPARE(cache.find(QStringView(u"key")), std::optional<int>(5));
        QCOMPARE(cache.value(QLatin1String("key")), 5);
        QCOMPARE(cache.value(u"none"_s, 7), 7);
    }

    void valuesNeedNotBeCopied()
    {
        using Owner = std::unique_ptr<Counted>;
        SyncCache<int, Owner> cache(2);
        QVERIFY(cache.insert(1, std::make_unique<Counted>(10)));
        QVERIFY(cache.insert(1, std::make_unique<Counted>(11), 1));
        QVERIFY(cache.insert(2, std::make_unique<Counted>(20),
                             SyncCacheEntryOptions().setPinned(true)));
        const auto guard = cache.guard();
        QCOMPARE((*cache.get(1, guard))->number, 11);

        Owner mine = std::make_unique<Counted>(12);
        const auto there = cache.tryInsert(1, std::move(mine), guard);
        QVERIFY(!there.inserted);
        QCOMPARE((*there.value)->number, 11);
        QCOMPARE(mine->number, 12); // which is still the caller's

        QVERIFY(cache.remove(1));
        const auto inserted = cache.tryInsert(1, std::move(mine), guard);
        QVERIFY(inserted.inserted && !mine);
        QCOMPARE(cache.get(1, guard), inserted.value);
        cache.clear();
        QCOMPARE((*inserted.value)->number, 12); // as long as the guard is open
    }

    void whatCannotBeInsertedUnderAGuardStaysTheCallers()
    {
        using Owner = std::unique_ptr<Counted>;
        SyncCache<int, Owner> cache(2);
        const auto guard = cache.guard();
        Owner mine = std::make_unique<Counted>(1);
        const auto refused =
                cache.tryInsert(1, std::move(mine), guard, SyncCacheEntryOptions().setCost(3));
        QVERIFY(!refused.inserted && !refused.value);
        QVERIFY(mine);
        const auto over = cache.tryInsert(1, std::move(mine), guard,
                                          SyncCacheEntryOptions().setTimeToLive(0ms));
        QVERIFY(!over.inserted && !over.value);
        QVERIFY(mine);
        QVERIFY(!cache.contains(1));
        QCOMPARE(cache.statistics().refused, 1U);
    }

    // What came after the first look is only seen under the lock.
    void whoComesSecondUnderAGuardKeepsHisValue()
    {
        using Owner = std::unique_ptr<Counted>;
        SyncCache<int, Owner> cache;
        cache.setWeigher([&cache](int key, const Owner &value) {
            if (value->number == 1)
                cache.insert(key, std::make_unique<Counted>(2));
            return 1;
        });
        const auto guard = cache.guard();
        Owner mine = std::make_unique<Counted>(1);
        const auto there = cache.tryInsert(1, std::move(mine), guard);
        QVERIFY(!there.inserted);
        QCOMPARE((*there.value)->number, 2);
        QVERIFY(mine);
        QCOMPARE(mine->number, 1);
    }

    void whatThrowsUnderAGuardTakesNothingFromTheCaller()
    {
        using Owner = std::unique_ptr<Counted>;
        SyncCache<int, Owner> cache;
        cache.setWeigher([](int, const Owner &) -> qsizetype { throw 1; });
        const auto guard = cache.guard();
        Owner mine = std::make_unique<Counted>(1);
        QVERIFY_THROWS_EXCEPTION(int, (void)cache.tryInsert(1, std::move(mine), guard));
        QVERIFY(mine);
        QVERIFY(!cache.contains(1));
    }

    void itIsWrittenToDebug()
    {
        SyncCache<int, QString> cache;
        cache.insert(1, QStringLiteral("one"));
        QString text;
        QDebug(&text) << cache << 2;
        QCOMPARE(text, QStringLiteral("SyncCache((1, \"one\")) 2 "));
        QCOMPARE(cache.statistics().hits, 0U);
    }

    void tagsRemoveTheirEntries()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 100; ++i) {
            const QString tag = i % 2 ? u"odd"_s : u"even"_s;
            cache.insert(i, i, SyncCacheEntryOptions().setTags({ tag, u"all"_s }));
        }
        cache.insert(1, 1); // bears no tag any more
        QCOMPARE(cache.removeByTag(u"odd"_s), 49);
        QCOMPARE(cache.removeByTag(u"odd"_s), 0);
        QCOMPARE(cache.size(), 51);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Invalidated), quint64(49));
        cache.remove(2);
        QCOMPARE(cache.removeByTag(u"all"_s), 49);
        QCOMPARE(cache.keys(), QList<int> { 1 });
        QVERIFY(cache.isConsistent());
    }

    void trimmingGoesAsFarAsItSays()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i);
        cache.trim(SyncCacheTrimLevel::Expired);
        QCOMPARE(cache.size(), 1000);
        cache.trim(SyncCacheTrimLevel::Light);
        QCOMPARE(cache.totalCost(), 750);
        cache.trim(SyncCacheTrimLevel::Moderate);
        QCOMPARE(cache.totalCost(), 500);
        cache.trim(SyncCacheTrimLevel::Complete);
        QCOMPARE(cache.size(), 0);
        QVERIFY(cache.isConsistent());
    }

    void clearAndRemoveIf()
    {
        ValidatedCache<int, Counted> cache(1000);
        for (int i = 0; i < 500; ++i)
            cache.insert(i, Counted(i));
        QCOMPARE(cache.removeIf([](int key, const Counted &) { return key % 2 == 0; }), 250);
        QCOMPARE(cache.totalCost(), 250);
        cache.clear();
        QCOMPARE(cache.size(), 0);
        QCOMPARE(Counted::alive(), 0);
        QVERIFY(cache.isConsistent());
    }

    void largeValuesAreFreedAsTheyGo()
    {
        struct Large : Instances<Large>
        {
            qint64 sizeInBytes() const { return 8 << 20; }
        };
        ValidatedCache<int, Large> cache(4);
        for (int i = 0; i < 1000; ++i) {
            cache.insert(i, Large());
            // Within a write, the new one and the victim come on top; and what one batch of
            // reclamation holds.
            QVERIFY2(Large::alive() <= 4 + 2, qPrintable(QString::number(Large::alive())));
        }
    }

    // Values of 8 MB, replaced, evicted, expired and dropped, by several threads.
    void largeValuesOfManyThreadsAreFreedAsTheyGo()
    {
        struct Large : Instances<Large>
        {
            qint64 sizeInBytes() const { return 8 << 20; }
        };
        constexpr int threadCount = 3;
        {
            SyncCacheManualClock clock;
            ValidatedCache<int, Large> cache(10);
            cache.setClock(&clock);
            cache.setTimeToLive(std::chrono::seconds(1));
            runInThreads(threadCount, [&](int thread) {
                std::mt19937 random { unsigned(thread) };
                for (int i = 0; i < 500; ++i) {
                    switch (random() % 4) {
                    case 0:
                        cache.remove(int(random() % 30));
                        break;
                    case 1:
                        clock.advance(std::chrono::milliseconds(100));
                        break;
                    default:
                        cache.insert(int(random() % 30), Large());
                    }
                }
            });
            // What is on top of those that are present is shown, and goes when asked for.
            const auto onTop = Large::alive() - int(cache.size());
            QVERIFY(cache.statistics().retiredBytes >= quint64(onTop) * (8 << 20));
            cache.trim(SyncCacheTrimLevel::Expired);
            QCOMPARE(Large::alive(), int(cache.size()));
        }
        QCOMPARE(Large::alive(), 0);
    }

    void takeHasOneWinner()
    {
        ValidatedCache<int, int> cache(1000);
        for (int i = 0; i < 500; ++i)
            cache.insert(i, i);
        std::atomic<int> taken { 0 };
        runInThreads(4, [&](int) {
            for (int i = 0; i < 500; ++i)
                taken += cache.take(i).has_value();
        });
        QCOMPARE(taken.load(), 500);
    }

    void computeLosesNoUpdate()
    {
        ValidatedCache<int, int> cache(10);
        runInThreads(4, [&cache](int) {
            for (int i = 0; i < 1000; ++i)
                cache.compute(i % 2, [](const int *value) {
                    return std::optional<int>(value ? *value + 1 : 1);
                });
        });
        QCOMPARE(cache.value(0) + cache.value(1), 4000);
    }

    void keysWhoseHashesAreEqualAreTold()
    {
        ValidatedCache<HashedKey<Hashing::Constant>, int> cache(50);
        for (int i = 0; i < 200; ++i) {
            cache.insert(HashedKey<Hashing::Constant> { i }, i);
            QCOMPARE(cache.find(HashedKey<Hashing::Constant> { i }), std::optional<int>(i));
        }
        QCOMPARE(cache.size(), 50);
        QVERIFY(cache.isConsistent());
    }

    void manyThreadsKeepTheBound()
    {
        ValidatedCache<int, Counted> cache(200);
        runInThreads(4, [&cache](int thread) {
            std::mt19937 random { unsigned(thread) };
            for (int i = 0; i < 5000; ++i) {
                const int key = int(random() % 500);
                switch (random() % 8) {
                case 0:
                    cache.remove(key);
                    break;
                case 1:
                    cache.compute(key, [](const Counted *old) {
                        return std::optional<Counted>(old ? *old : Counted(1));
                    });
                    break;
                case 2:
                    cache.insert(key, Counted(i),
                                 SyncCacheEntryOptions().setTags({ QString::number(key % 10) }));
                    break;
                case 3:
                    if (i % 100 == 0)
                        cache.removeByTag(QString::number(key % 10));
                    break;
                case 4:
                    cache.insert(key, Counted(i), 1 + int(random() % 5));
                    break;
                default:
                    cache.find(key);
                }
                if (cache.totalCost() > 200)
                    qFatal("the bound was passed");
            }
        });
        QVERIFY(cache.isConsistent());
        QVERIFY(cache.totalCost() <= 200);
    }
};

QTEST_APPLESS_MAIN(tst_SyncCache)

#include "tst_synccache.moc"
