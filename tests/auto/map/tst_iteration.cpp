// SPDX-License-Identifier: MIT

// forEach() and removeIf() whose callbacks change the map that they walk.

#include "allocations.h"
#include "enginecounts.h"
#include "hashedkey.h"

#include <SyncMap/SyncMap>

#include <QtCore/qset.h>
#include <QtTest/qtest.h>

#include <algorithm>

namespace {

using Numbers = SyncMap<int, int>;
using Texts = SyncMap<int, QString>;

template <typename Map>
void fill(Map &map, int count)
{
    for (int i = 0; i < count; ++i) {
        if constexpr (std::is_same_v<typename Map::mapped_type, QString>)
            map.insert({ i }, QString::number(i));
        else
            map.insert({ i }, i);
    }
}

// Which keys an iteration showed, and how often.
class Visits
{
public:
    void add(int key) { ++m_counts[key]; }
    int distinct() const { return int(m_counts.size()); }
    int of(int key) const { return m_counts.value(key); }
    bool hasTwice() const
    {
        return std::any_of(m_counts.begin(), m_counts.end(), [](int count) { return count > 1; });
    }
    bool hasAll(int begin, int end) const
    {
        for (int i = begin; i < end; ++i) {
            if (of(i) == 0)
                return false;
        }
        return true;
    }

private:
    QHash<int, int> m_counts;
};

// Equal to nothing if its number is negative, as a NaN is.
struct Unequal
{
    int number = 0;
    friend bool operator==(Unequal a, Unequal b) { return a.number >= 0 && a.number == b.number; }
    friend size_t qHash(Unequal key, size_t seed) { return ::qHash(key.number, seed); }
};

} // namespace

class tst_Iteration : public QObject
{
    Q_OBJECT

    template <typename Map>
    static void reinsertInside(int count);
    template <typename Map>
    static void reinsertInOneTable();
    template <bool inTables>
    static void removeColliding();

private Q_SLOTS:
    void anUntouchedMapIsVisitedOnce_data();
    void anUntouchedMapIsVisitedOnce();
    void iterationAllocatesNothing();
    void iterationStopsEarly();
    void nestedIterationsWithDeletions();
    void nestedIterationsWithInsertions();
    void removedKeysThatWereNotVisitedAreNotShown();
    void removedKeysThatWereNotVisitedAreNotShownAfterAPromotion();
    void overwrittenValuesAreShownAsTheyAre();
    void reinsertedKeysAreNotShownTwice_data();
    void reinsertedKeysAreNotShownTwice();
    void reinsertedKeysAreNotShownTwiceInOneTable();
    void growthInsideTheCallbackShowsNoKeyTwice();
    void splitsInsideTheCallbackHideNoKey();
    void mergesInsideTheCallbackShowNoKeyTwice();
    void clearInsideTheCallbackEndsTheIteration();
    void clearAndRefillInsideTheCallbackShowsNoKeyTwice();
    void squeezeAndReserveInsideTheCallbackChangeNothing();
    void keysUnequalToThemselvesAreVisitedAcrossAPromotion();
    void collidingKeysAreVisitedWhileTheyAreRemoved();

    void removeIfRemovesWhatThePredicateApproved();
    void removeIfAsksAgainIfTheValueWasReplaced();
    void removeIfCountsOnlyItsOwnRemovals();
    void removeIfSparesWhatWasInsertedInside();
    void removeIfWalksPastTombstonesAndPurges();
    void removeIfWhosePredicateGrowsTheMap();
};

void tst_Iteration::anUntouchedMapIsVisitedOnce_data()
{
    QTest::addColumn<int>("count");
    for (const int count : { 0, 1, 2, 7, 8, 9, 100, 3584, 3585, 20'000 })
        QTest::addRow("%d keys", count) << count;
}

void tst_Iteration::anUntouchedMapIsVisitedOnce()
{
    QFETCH(const int, count);
    Texts map;
    fill(map, count);
    Visits visits;
    map.forEach([&visits](int key, const QString &value) {
        visits.add(key);
        QCOMPARE(value, QString::number(key));
    });
    QCOMPARE(visits.distinct(), count);
    QVERIFY(visits.hasAll(0, count));
    QVERIFY(!visits.hasTwice());
}

void tst_Iteration::iterationAllocatesNothing()
{
    Texts texts;
    Numbers numbers;
    fill(texts, 10'000);
    fill(numbers, 10'000);
    QVERIFY(countsOf(texts).splits > 0);
    qsizetype length = 0;
    const Allocations::Watch watch;
    texts.forEach([&length](int, const QString &value) { length += value.size(); });
    numbers.forEach([&length](int, int) { ++length; });
    QCOMPARE(texts.removeIf([](int, const QString &) { return false; }), 0);
    QCOMPARE(watch.calls(), 0U);
    QCOMPARE(length, 10 + 90 * 2 + 900 * 3 + 9000 * 4 + 10'000);
}

void tst_Iteration::iterationStopsEarly()
{
    Numbers map;
    fill(map, 10'000);
    for (const int wanted : { 1, 2, 100, 9999 }) {
        int visited = 0;
        map.forEach([&visited, wanted](int, int) -> bool { return ++visited < wanted; });
        QCOMPARE(visited, wanted);
    }
    // Nothing is left behind.
    QVERIFY(map.remove(1));
    QVERIFY(map.collect());
}

// The shape of Go's TestIssue40999 and of its nested ranges (golang/go 46399).
void tst_Iteration::nestedIterationsWithDeletions()
{
    for (const int count : { 10, 300, SYNCMAP_SANITIZED ? 300 : 1000 }) {
        Texts map;
        fill(map, count);
        int outer = 0;
        map.forEach([&](int key, const QString &value) {
            ++outer;
            map.forEach([&](int innerKey, const QString &innerValue) -> bool {
                // The value that the outer iteration shows outlives its key.
                if (innerKey == key)
                    map.remove(key);
                return innerKey != key && !innerValue.isNull();
            });
            QVERIFY(!map.contains(key));
            QCOMPARE(value, QString::number(key));
        });
        QCOMPARE(outer, count);
        QVERIFY(map.isEmpty());
        QVERIFY(map.collect());
    }
}

void tst_Iteration::nestedIterationsWithInsertions()
{
    Numbers map;
    fill(map, 30);
    Visits visits;
    map.forEach([&](int key, int) {
        visits.add(key);
        map.forEach([&](int innerKey, int innerValue) {
            map.insert(innerKey + 100'000, innerValue); // also what was inserted so
            return innerKey < 300'000;
        });
    });
    QVERIFY(visits.hasAll(0, 30));
    QVERIFY(!visits.hasTwice());
    QVERIFY(map.contains(100'000));
}

void tst_Iteration::removedKeysThatWereNotVisitedAreNotShown()
{
    for (const int count : { 2, 7, 100, 5000 }) {
        Numbers map;
        fill(map, count);
        QSet<int> removed;
        map.forEach([&](int key, int) {
            QVERIFY(!removed.contains(key));
            // One that most likely comes later, and one that most likely was there.
            for (const int other : { (key + count / 2) % count, (key + 1) % count }) {
                if (other != key && map.remove(other))
                    removed.insert(other);
            }
        });
        QCOMPARE(map.size() + removed.size(), count);
    }
}

void tst_Iteration::removedKeysThatWereNotVisitedAreNotShownAfterAPromotion()
{
    for (const int count : { 3, 7, 50, 3000 }) {
        Texts map;
        fill(map, count);
        int visited = 0;
        int kept = -1;
        map.forEach([&](int key, const QString &) {
            ++visited;
            kept = key;
            // So many that the table is built anew, and the walk goes on in the old one.
            for (int i = 0; i < count; ++i) {
                if (i != key)
                    map.remove(i);
            }
            for (int i = 0; i < count * 2; ++i)
                map.insert(count + i, "new");
        });
        QCOMPARE(visited, 1);
        QVERIFY(map.contains(kept));
        QCOMPARE(map.size(), 1 + count * 2);
    }
}

void tst_Iteration::overwrittenValuesAreShownAsTheyAre()
{
    Texts texts;
    Numbers numbers;
    fill(texts, 2000);
    fill(numbers, 2000);
    const quint64 promotions = countsOf(texts).promotions;
    bool isFirst = true;
    int visited = 0;
    texts.forEach([&](int, const QString &value) {
        ++visited;
        if (isFirst) {
            for (int i = 0; i < 2000; ++i)
                texts.insert(i, "overwritten");
        } else {
            QCOMPARE(value, QString("overwritten"));
        }
        isFirst = false;
    });
    QCOMPARE(visited, 2000);
    QCOMPARE(countsOf(texts).promotions, promotions);
    visited = 0;
    numbers.forEach([&](int, int value) {
        if (++visited > 1) {
            QCOMPARE(value, -1);
            return;
        }
        for (int i = 0; i < 2000; ++i)
            numbers.insert(i, -1);
        for (int i = 2000; i < 6000; ++i) // and in a table that is history
            numbers.insert(i, -2);
    });
    QVERIFY(visited >= 2000);
}

void tst_Iteration::reinsertedKeysAreNotShownTwice_data()
{
    QTest::addColumn<int>("count");
    for (const int count : { 1, 2, 3, 5, 6, 20, 60, 500, 4000 })
        QTest::addRow("%d keys", count) << count;
}

template <typename Map>
void tst_Iteration::reinsertInside(int count)
{
    Map map;
    fill(map, count);
    Visits visits;
    map.forEach([&](int key, const auto &) {
        visits.add(key);
        // The key that is being shown, and another one, which may come earlier or later.
        const int other = (key + count / 3 + 1) % count;
        for (const int each : { key, other }) {
            map.remove(each);
            map.insert(each, {});
        }
    });
    QVERIFY(!visits.hasTwice());
    QVERIFY(visits.distinct() >= 1);
    QCOMPARE(map.size(), count);
}

void tst_Iteration::reinsertedKeysAreNotShownTwice()
{
    QFETCH(const int, count);
    reinsertInside<Texts>(count);
    reinsertInside<Numbers>(count);
}

template <typename Map>
void tst_Iteration::reinsertInOneTable()
{
    for (int hash = 0; hash < 4; ++hash) {
        Map map;
        map.reserve(600); // 64 groups of 16 slots
        for (int i = 0; i < 20; ++i)
            map.insert({ 4 * i + hash }, {});
        const quint64 promotions = countsOf(map).promotions;
        Visits visits;
        int moved = 0;
        map.forEach([&](auto key, const auto &) {
            visits.add(key.number);
            if (++moved <= 20 && map.remove(key))
                map.insert(key, {});
        });
        QCOMPARE(countsOf(map).promotions, promotions);
        QCOMPARE(visits.distinct(), 20);
        QVERIFY(!visits.hasTwice());
    }
}

// In the table that the walk is in: nothing is promoted while the keys change places. They all have
// one hash, so that they come to lie in groups that the walk has not reached yet; or has left, where
// they began in the last one. That depends on the seed of the process, and is not so for each of
// four hashes.
void tst_Iteration::reinsertedKeysAreNotShownTwiceInOneTable()
{
    reinsertInOneTable<SyncMap<HashedKey<Hashing::TwoBits>, QString>>();
    reinsertInOneTable<SyncMap<HashedKey<Hashing::TwoBits, true>, int>>();
}

void tst_Iteration::growthInsideTheCallbackShowsNoKeyTwice()
{
    const int growth = SYNCMAP_SANITIZED ? 20'000 : 100'000;
    for (const int count : { 1, 6, 100 }) {
        Numbers map;
        fill(map, count);
        Visits visits;
        int inserted = 0;
        map.forEach([&](int key, int) {
            visits.add(key);
            for (int i = 0; i < growth / count; ++i) {
                if (inserted < growth)
                    map.insert(1'000'000 + inserted++, 0);
            }
        });
        QVERIFY(countsOf(map).splits > 0);
        QVERIFY(visits.hasAll(0, count));
        QVERIFY(!visits.hasTwice());
        QCOMPARE(map.size(), count + inserted);
    }
}

void tst_Iteration::splitsInsideTheCallbackHideNoKey()
{
    Texts map;
    fill(map, 10'000);
    const quint64 splits = countsOf(map).splits;
    Visits visits;
    int next = 10'000;
    map.forEach([&](int key, const QString &) {
        visits.add(key);
        for (int i = 0; next < 30'000 && i < 3; ++i, ++next)
            map.insert(next, "new");
    });
    QVERIFY(countsOf(map).splits > splits);
    QVERIFY(visits.hasAll(0, 10'000));
    QVERIFY(!visits.hasTwice());
}

// What was visited and what was not come together in one shard; and of the visited, some come in anew.
void tst_Iteration::mergesInsideTheCallbackShowNoKeyTwice()
{
    const auto check = [](auto &map, int count) {
        for (int i = 0; i < count; ++i)
            map.insert(i, {});
        for (const int mergesAt : { 1, count / 8, count / 2, count - count / 8 }) {
            map.reserve(count * 8); // as many shards as before
            const quint64 merges = countsOf(map).merges;
            Visits visits;
            int visited = 0;
            map.forEach([&](int key, const auto &) {
                visits.add(key);
                if (++visited == mergesAt)
                    map.squeeze();
                if (visited % 3 == 0) {
                    map.remove(key);
                    map.insert(key, {});
                }
            });
            QVERIFY(countsOf(map).merges > merges);
            QVERIFY(visits.hasAll(0, count));
            QVERIFY(!visits.hasTwice());
        }
    };
    SyncMap<int, QString> nodes;
    check(nodes, 4000);
    SyncMap<int, int> inTables;
    check(inTables, 16'000);
}

void tst_Iteration::clearInsideTheCallbackEndsTheIteration()
{
    for (const int count : { 1, 7, 100, 10'000 }) {
        Texts map;
        fill(map, count);
        int visited = 0;
        map.forEach([&](int key, const QString &value) {
            ++visited;
            map.clear();
            QCOMPARE(value, QString::number(key)); // still there, under the iteration's guard
        });
        QCOMPARE(visited, 1);
        QVERIFY(map.isEmpty());
    }
}

void tst_Iteration::clearAndRefillInsideTheCallbackShowsNoKeyTwice()
{
    Texts map;
    fill(map, 100);
    Visits visits;
    map.forEach([&](int key, const QString &) {
        visits.add(key);
        map.clear();
        fill(map, 100);
    });
    QVERIFY(!visits.hasTwice());
    QCOMPARE(map.size(), 100);
}

void tst_Iteration::squeezeAndReserveInsideTheCallbackChangeNothing()
{
    Texts map;
    fill(map, 500);
    Visits visits;
    int step = 0;
    map.forEach([&](int key, const QString &) {
        visits.add(key);
        switch (++step % 4) {
        case 0:
            map.reserve(step * 20);
            break;
        case 2:
            map.squeeze();
            break;
        default:
            map.collect();
        }
    });
    QVERIFY(countsOf(map).splits > 0);
    QVERIFY(visits.hasAll(0, 500));
    QVERIFY(!visits.hasTwice());
}

void tst_Iteration::keysUnequalToThemselvesAreVisitedAcrossAPromotion()
{
    SyncMap<Unequal, int> map;
    for (int i = 0; i < 50; ++i)
        map.insert(Unequal { -1 }, i);
    Visits visits;
    map.forEach([&](Unequal key, int value) {
        if (key.number >= 0)
            return;
        visits.add(value);
        if (visits.distinct() == 5) {
            for (int i = 0; i < 10'000; ++i)
                map.insert(Unequal { i }, -1);
        }
    });
    QVERIFY(countsOf(map).splits > 0);
    QVERIFY(visits.hasAll(0, 50));
    QVERIFY(!visits.hasTwice());
}

template <bool inTables>
void tst_Iteration::removeColliding()
{
    using Key = HashedKey<Hashing::Constant, inTables>;
    SyncMap<Key, int> map;
    fill(map, 200);
    Visits visits;
    map.forEach([&](Key key, int value) {
        visits.add(value);
        QVERIFY(map.remove(key));
        map.insert({ key.number + 1000 }, -1);
    });
    QVERIFY(visits.hasAll(0, 200));
    QVERIFY(!visits.hasTwice());
    QCOMPARE(map.size(), 200);
}

void tst_Iteration::collidingKeysAreVisitedWhileTheyAreRemoved()
{
    removeColliding<false>();
    removeColliding<true>();
}

void tst_Iteration::removeIfRemovesWhatThePredicateApproved()
{
    for (const int count : { 0, 1, 8, 1000, 10'000 }) {
        Texts map;
        fill(map, count);
        Visits asked;
        const qsizetype removed = map.removeIf([&](int key, const QString &value) {
            asked.add(key);
            return value.endsWith(u'0');
        });
        QCOMPARE(removed, (count + 9) / 10);
        QCOMPARE(map.size(), count - removed);
        QVERIFY(asked.hasAll(0, count));
        QVERIFY(!asked.hasTwice());
        map.forEach([](int key, const QString &) { QVERIFY(key % 10 != 0); });
    }
}

void tst_Iteration::removeIfAsksAgainIfTheValueWasReplaced()
{
    Texts texts { { 1, "old" } };
    int asked = 0;
    qsizetype removed = texts.removeIf([&](int, const QString &value) {
        if (++asked == 1)
            texts.insert(1, "new");
        return value == "old";
    });
    QCOMPARE(asked, 2);
    QCOMPARE(removed, 0);
    QCOMPARE(texts.value(1), QString("new"));

    Numbers numbers { { 1, 1 } };
    asked = 0;
    removed = numbers.removeIf([&](int, int value) {
        if (++asked == 1)
            numbers.insert(1, 2);
        return value == 1;
    });
    QCOMPARE(asked, 2);
    QCOMPARE(removed, 0);
    QCOMPARE(numbers.value(1), 2);

    asked = 0;
    removed = numbers.removeIf([&](int, int value) {
        if (++asked < 5)
            numbers.insert(1, value + 1);
        return true;
    });
    QCOMPARE(asked, 5);
    QCOMPARE(removed, 1);
    QVERIFY(numbers.isEmpty());
}

void tst_Iteration::removeIfCountsOnlyItsOwnRemovals()
{
    Texts map;
    fill(map, 100);
    qsizetype others = 0;
    const qsizetype removed = map.removeIf([&](int key, const QString &) {
        others += key % 2 && map.remove(key); // the predicate was faster
        return true;
    });
    QCOMPARE(others, 50);
    QCOMPARE(removed, 50);
    QVERIFY(map.isEmpty());
}

void tst_Iteration::removeIfSparesWhatWasInsertedInside()
{
    Numbers map;
    fill(map, 100);
    int next = 1000;
    const qsizetype removed = map.removeIf([&](int key, int) {
        map.insert(next++, -1);
        return key < 1000;
    });
    QCOMPARE(removed, 100);
    QCOMPARE(map.size(), next - 1000);
    for (int i = 0; i < 100; ++i)
        QVERIFY(!map.contains(i));
}

void tst_Iteration::removeIfWalksPastTombstonesAndPurges()
{
    Texts map;
    fill(map, 3000);
    for (int i = 0; i < 3000; i += 3)
        map.remove(i);
    const quint64 purges = countsOf(map).purges;
    Visits asked;
    const qsizetype removed = map.removeIf([&](int key, const QString &value) {
        asked.add(key);
        return value.toInt() >= 10;
    });
    QVERIFY(countsOf(map).purges > purges);
    QCOMPARE(asked.distinct(), 2000);
    QVERIFY(!asked.hasTwice());
    QCOMPARE(removed, 2000 - 6);
    QCOMPARE(map.size(), 6);
}

void tst_Iteration::removeIfWhosePredicateGrowsTheMap()
{
    Texts map;
    fill(map, 1000);
    Visits asked;
    int next = 1000;
    const qsizetype removed = map.removeIf([&](int key, const QString &) {
        if (key < 1000)
            asked.add(key);
        for (int i = 0; next < 20'000 && i < 20; ++i, ++next)
            map.insert(next, "new");
        return key < 1000 && key % 2 == 0;
    });
    QVERIFY(countsOf(map).splits > 0);
    QVERIFY(asked.hasAll(0, 1000));
    QVERIFY(!asked.hasTwice());
    QCOMPARE(removed, 500);
    QCOMPARE(map.size(), next - 500);
}

int main(int argc, char **argv)
{
    tst_Iteration test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_iteration.moc"
