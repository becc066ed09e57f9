// SPDX-License-Identifier: MIT

// Memory that runs out at every place where a member of SyncMap asks for some. Writes to one key
// have no effect then, and removing needs none.

#include "allocations.h"
#include "enginecounts.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <thread>

using Allocations::Failing;
using Allocations::Fails;

namespace {

using Numbers = SyncMap<int, int>;
using Texts = SyncMap<QString, QString>;
using Counts = SyncMap<QString, int>; // overwritten in place, but not in the table

QString text(int number)
{
    return QString("a text that is on the heap, number %1").arg(number);
}

template <typename Map>
struct Sample;
template <>
struct Sample<Numbers>
{
    static int key(int n) { return n; }
    static int value(int n) { return n * 10; }
};
template <>
struct Sample<Texts>
{
    static QString key(int n) { return text(n); }
    static QString value(int n) { return text(n * 10); }
};
template <>
struct Sample<Counts>
{
    static QString key(int n) { return text(n); }
    static int value(int n) { return n * 10; }
};

template <typename Map>
void fill(Map &map, int count)
{
    for (int i = 0; i < count; ++i)
        map.insert(Sample<Map>::key(i), Sample<Map>::value(i));
}

// Entries up to which a table of that many slots takes keys without growing.
constexpr int fullAt(int capacity)
{
    return capacity - capacity / 8;
}

// Slots of the largest table that is not split.
template <typename Map>
constexpr int largestTable =
        int(SyncMapInternal::Engine<typename Map::key_type,
                                    typename Map::mapped_type>::Table::LargestCapacity);

// What the operations have to do with.
constexpr int LargestTable = -1; // as many entries as it takes
constexpr int there = 3;
constexpr int missing = 1'000'000;

} // namespace

class tst_OutOfMemory : public QObject
{
    Q_OBJECT

    template <typename Map>
    static void
    verifyContent(const Map &map,
                  const QHash<typename Map::key_type, typename Map::mapped_type> &content);
    template <typename Map, typename Operation>
    void sweep(int count, Fails fails, Operation operation, bool isAllowedToFail = true);
    template <typename Map>
    void sweepWrites(int count, Fails fails);
    template <typename Map>
    void verifyThatAPromotionTakesTheSplitsPlace(qint64 entryAllocations);

private Q_SLOTS:
    void initTestCase();
    void cleanup() { QCOMPARE(Allocations::thread.passing, qint64(-1)); }

    void writesToOneKeyHaveNoEffect_data();
    void writesToOneKeyHaveNoEffect();
    void removingNeedsNoMemory();
    void removalsGoOnWithoutMemoryForAPurge();
    void wholeMapOperationsKeepTheEntries_data();
    void wholeMapOperationsKeepTheEntries();
    void clearNeedsNoMemory();
    void readsNeedNoMemory();
    void aNewThreadThatCannotRegisterHasNoEffect();
    void constructionLeaksNothing();
    void insertGoesOnWithoutATableWhileTwoSlotsAreEmpty();
    void aSplitWithoutMemoryFallsBackOnAPromotion();
    void aRefusedReservationKeepsTheEntries();
    void aValueThatWasNotInsertedIsNotMovedFrom();
    void anInsertionThatFailedHasOvertakenNothing();
};

// What the thread needs once: its registry and its cache.
void tst_OutOfMemory::initTestCase()
{
    Texts warmUp;
    fill(warmUp, 100);
}

template <typename Map>
void tst_OutOfMemory::verifyContent(
        const Map &map, const QHash<typename Map::key_type, typename Map::mapped_type> &content)
{
    QCOMPARE(map.size(), content.size());
    QVERIFY(map.toHash() == content);
}

template <typename Map, typename Operation>
void tst_OutOfMemory::sweep(int count, Fails fails, Operation operation, bool isAllowedToFail)
{
    QHash<typename Map::key_type, typename Map::mapped_type> after;
    {
        Map map;
        fill(map, count);
        operation(map);
        after = map.toHash();
    }
    for (qint64 n = 0;; ++n) {
        Map map;
        fill(map, count);
        const auto before = map.toHash();
        bool thrown = false;
        bool happened = false;
        {
            const Failing failing(n, fails);
            try {
                operation(map);
            } catch (const std::bad_alloc &) {
                thrown = true;
            }
            happened = failing.happened();
        }
        QVERIFY(happened || !thrown);
        QVERIFY(isAllowedToFail || !thrown);
        verifyContent(map, thrown ? before : after);
        // And it is as usable as before.
        operation(map);
        map.insert(Sample<Map>::key(missing + 1), Sample<Map>::value(1));
        QVERIFY(map.remove(Sample<Map>::key(missing + 1)));
        QVERIFY(map.collect());
        if (QTest::currentTestFailed()) {
            qWarning("with %d entries, when allocation %lld failed", count,
                     static_cast<long long>(n));
            return;
        }
        if (!happened)
            return;
    }
}

template <typename Map>
void tst_OutOfMemory::sweepWrites(int count, Fails fails)
{
    using S = Sample<Map>;
    using T = typename Map::mapped_type;
    if (count == LargestTable)
        count = fullAt(largestTable<Map>);
    // Made while there is memory: the copies that a caller makes are the caller's business.
    const auto value = S::value(7);
    const auto old = S::value(there);
    for (const int number : { there, missing }) {
        const auto key = S::key(number);
        sweep<Map>(count, fails, [&](Map &map) { map.insert(key, value); });
        sweep<Map>(count, fails, [&](Map &map) { (void)map.tryInsert(key, value); });
        sweep<Map>(count, fails, [&](Map &map) {
            const auto guard = map.guard();
            (void)map.tryInsert(key, T(value), guard);
        });
        sweep<Map>(count, fails, [&](Map &map) { map.getOrInsert(key, [&] { return value; }); });
        sweep<Map>(count, fails, [&](Map &map) { map.exchange(key, value); });
        sweep<Map>(count, fails, [&](Map &map) { (void)map.compareExchange(key, old, value); });
        sweep<Map>(count, fails, [&](Map &map) {
            map.compute(key, [&](const T *) { return std::optional<T>(value); });
        });
        sweep<Map>(
                count, fails,
                [&](Map &map) { map.compute(key, [](const T *) { return std::optional<T>(); }); },
                false);
        sweep<Map>(
                count, fails, [&](Map &map) { map.remove(key); }, false);
        sweep<Map>(
                count, fails, [&](Map &map) { map.remove(key, old); }, false);
        sweep<Map>(
                count, fails, [&](Map &map) { map.take(key); }, false);
        if (QTest::currentTestFailed())
            return;
    }
}

void tst_OutOfMemory::writesToOneKeyHaveNoEffect_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("fails");
    for (const Fails fails : { Fails::One, Fails::All, Fails::AllTables }) {
        for (const int count : { 0, 1, 5, 6, 7, fullAt(64) - 1, fullAt(64), LargestTable }) {
            if (SYNCMAP_SANITIZED && count == LargestTable && fails != Fails::One)
                continue;
            static const char *const names[] = { "one", "all", "tables" };
            QTest::addRow("%d entries, %s", count, names[int(fails)]) << count << int(fails);
        }
    }
}

void tst_OutOfMemory::writesToOneKeyHaveNoEffect()
{
    QFETCH(const int, count);
    QFETCH(const int, fails);
    sweepWrites<Numbers>(count, Fails(fails));
    if (!QTest::currentTestFailed())
        sweepWrites<Texts>(count, Fails(fails));
    if (!QTest::currentTestFailed())
        sweepWrites<Counts>(count, Fails(fails));
}

void tst_OutOfMemory::removingNeedsNoMemory()
{
    Numbers numbers;
    Texts texts;
    fill(numbers, 500);
    fill(texts, 500);
    QList<QString> keys;
    for (int i = 0; i < 500; ++i)
        keys << text(i);
    int removed = 0;
    {
        const Failing failing(0, Fails::All);
        for (int i = 0; i < 500; i += 2) {
            removed += numbers.remove(i);
            removed += texts.remove(keys[i]);
            removed += texts.take(keys[i + 1]).has_value();
            removed += numbers.take(i + 1).has_value();
        }
        QVERIFY(failing.happened()); // a purge would have liked some
    }
    QCOMPARE(removed, 1000);
    QVERIFY(numbers.isEmpty() && texts.isEmpty());
    QVERIFY(numbers.collect() && texts.collect());
    QCOMPARE(numbers.statistics().tableBytes, 0U);
}

void tst_OutOfMemory::removalsGoOnWithoutMemoryForAPurge()
{
    Numbers map;
    fill(map, 100);
    quint64 purges = 0;
    qsizetype removed = 0;
    {
        const Failing failing(0, Fails::All);
        removed = map.removeIf([](int key, int) { return key >= 10; });
        purges = countsOf(map).purges;
    }
    QCOMPARE(removed, 90);
    QCOMPARE(purges, 0U);
    QCOMPARE(map.size(), 10);
    for (int i = 0; i < 100; ++i)
        QCOMPARE(map.contains(i), i < 10);
    map.remove(0);
    QCOMPARE(countsOf(map).purges, 1U); // made up for
    QCOMPARE(map.keys().size(), 9);
}

void tst_OutOfMemory::wholeMapOperationsKeepTheEntries_data()
{
    QTest::addColumn<int>("count");
    for (const int count : { 0, 5, 100, 3000 })
        QTest::addRow("%d entries", count) << count;
}

void tst_OutOfMemory::wholeMapOperationsKeepTheEntries()
{
    QFETCH(const int, count);
    for (const Fails fails : { Fails::One, Fails::All }) {
        sweep<Numbers>(count, fails, [](Numbers &map) { map.reserve(500); });
        sweep<Numbers>(count, fails, [](Numbers &map) { map.reserve(10'000); });
        sweep<Numbers>(
                count, fails,
                [](Numbers &map) { map.removeIf([](int key, int) { return key % 10 == 0; }); },
                false);
        sweep<Numbers>(
                count, fails, [](Numbers &map) { map.squeeze(); }, false);
        sweep<Numbers>(
                count, fails, [](Numbers &map) { map.collect(); }, false);
    }
}

void tst_OutOfMemory::clearNeedsNoMemory()
{
    Texts map;
    fill(map, 5000);
    QVERIFY(countsOf(map).splits > 0);
    {
        const Failing failing(0, Fails::All);
        map.clear();
    }
    QVERIFY(map.isEmpty());
    QCOMPARE(map.statistics().tableBytes, 0U);
    QCOMPARE(map.statistics().retiredObjects, 0U);
    fill(map, 100);
    QCOMPARE(map.size(), 100);
}

void tst_OutOfMemory::readsNeedNoMemory()
{
    Texts map;
    fill(map, 1000);
    const QString present = text(500);
    const QString absent = text(-1);
    qsizetype sum = 0;
    {
        const Failing failing(0, Fails::All);
        const auto guard = map.guard();
        for (const QString &key : { present, absent }) {
            sum += bool(map.get(key, guard));
            sum += map.find(key).has_value();
            sum += map.contains(key);
            sum += !map.value(key).isNull();
        }
        map.forEach([&sum](const QString &, const QString &) { ++sum; });
        sum += map.size();
        QVERIFY(!failing.happened());
    }
    QCOMPARE(sum, 4 + 1000 + 1000);
}

// The thread has used another map: that a thread's very first exit hook fits into memory is up to
// the C library.
void tst_OutOfMemory::aNewThreadThatCannotRegisterHasNoEffect()
{
    Texts map;
    fill(map, 10);
    const QString present = text(5);
    bool isRight = true;
    qint64 passing = 0;
    std::thread([&] {
        Texts others[8];
        for (bool happened = true; happened; ++passing) {
            for (Texts &each : others)
                each.insert("key", "value"); // so that the thread's table is full at times
            Texts fresh;
            bool thrown = false;
            bool found = false;
            const Failing failing(passing);
            try {
                const auto guard = map.guard();
                found = map.get(present, guard);
                (void)fresh.contains(present);
                const auto another = fresh.guard();
            } catch (const std::bad_alloc &) {
                thrown = true;
            }
            happened = failing.happened();
            isRight = isRight && thrown == happened && (found || thrown);
        }
    }).join();
    QVERIFY(isRight);
    QVERIFY(passing >= 2);
    QVERIFY(map.collect());
    QCOMPARE(map.size(), 10);

    // In the order of first uses: each may fail, and works when it is tried again.
    passing = 0;
    for (bool happened = true; happened; ++passing) {
        happened = false;
        std::thread([&] {
            Texts first;
            (void)first.contains(present);
            Texts maps[16];
            for (Texts &each : maps) {
                for (int attempt = 0; attempt < 2; ++attempt) {
                    const Failing failing(attempt == 0 ? passing : -1);
                    try {
                        (void)each.contains(present);
                        break;
                    } catch (const std::bad_alloc &) {
                        happened = true;
                        isRight = isRight && attempt == 0;
                    }
                }
            }
        }).join();
    }
    QVERIFY(isRight);
    QVERIFY(passing >= 2);
}

void tst_OutOfMemory::constructionLeaksNothing()
{
    const qint64 blocks = Allocations::liveBlocks;
    for (qint64 n = 0;; ++n) {
        bool thrown = false;
        bool happened = false;
        {
            const Failing failing(n);
            try {
                const Numbers empty;
                const Numbers reserved(100);
                const Numbers listed { { 1, 1 }, { 2, 2 } };
            } catch (const std::bad_alloc &) {
                thrown = true;
            }
            happened = failing.happened();
        }
        QCOMPARE(thrown, happened);
        if (!happened)
            break;
        // The thread's table keeps the slots of dead maps until it is rebuilt.
        QVERIFY(Allocations::liveBlocks - blocks < 20);
    }
}

void tst_OutOfMemory::insertGoesOnWithoutATableWhileTwoSlotsAreEmpty()
{
    Numbers map;
    fill(map, fullAt(64));
    const quint64 tableBytes = map.statistics().tableBytes;
    int inserted = 0;
    bool thrown = false;
    {
        const Failing failing(0, Fails::AllTables);
        try {
            for (int i = 1000; i < 1100; ++i) {
                map.insert(i, i);
                ++inserted;
            }
        } catch (const std::bad_alloc &) {
            thrown = true;
        }
    }
    QVERIFY(thrown);
    QCOMPARE(inserted, 64 - fullAt(64) - 1); // the last slot stays empty
    QCOMPARE(map.statistics().tableBytes, tableBytes);
    QCOMPARE(map.size(), 63);
    for (int i = 0; i < 2000; ++i) // ends, and finds what is there
        QCOMPARE(map.contains(i), i < fullAt(64) || (i >= 1000 && i < 1000 + inserted));
    map.insert(2000, 2000);
    QCOMPARE(map.size(), 64);
    QVERIFY(map.statistics().tableBytes > tableBytes);
    QVERIFY(map.contains(2000));
}

template <typename Map>
void tst_OutOfMemory::verifyThatAPromotionTakesTheSplitsPlace(qint64 entryAllocations)
{
    using S = Sample<Map>;
    const auto key = S::key(missing);
    const auto value = S::value(missing);
    // A split asks for two tables, two shards and a directory; a promotion for one table.
    for (qint64 n = 0; n < 5; ++n) {
        Map map;
        fill(map, fullAt(largestTable<Map>));
        QCOMPARE(countsOf(map).splits, 0U);
        {
            const Failing failing(n + entryAllocations); // the entry itself comes first
            map.insert(key, value);
            QVERIFY(failing.happened());
        }
        QCOMPARE(countsOf(map).splits, 0U);
        QCOMPARE(map.size(), fullAt(largestTable<Map>) + 1);
        QVERIFY(map.contains(key));
        QCOMPARE(map.keys().size(), map.size()); // of a table larger than any that may split
        fill(map, 40'000);
        QVERIFY(countsOf(map).splits > 0);
        QCOMPARE(map.size(), 40'001);
        for (int i = 0; i < 40'000; ++i)
            QCOMPARE(map.value(S::key(i)), S::value(i));
    }
}

void tst_OutOfMemory::aSplitWithoutMemoryFallsBackOnAPromotion()
{
    verifyThatAPromotionTakesTheSplitsPlace<Numbers>(0);
    verifyThatAPromotionTakesTheSplitsPlace<Counts>(1);
    verifyThatAPromotionTakesTheSplitsPlace<Texts>(1);
}

void tst_OutOfMemory::aRefusedReservationKeepsTheEntries()
{
    Numbers map;
    fill(map, 100);
    const auto before = map.toHash();
    const qsizetype largest = std::numeric_limits<qsizetype>::max();
    for (const qint64 wanted :
         { qint64(largest), qint64(largest / 2), qint64(largest / 64 + 1), qint64(largest / 64),
           qint64(1) << 50, qint64(1) << 40, qint64(1) << 32 }) {
        const auto count = qsizetype(std::min<qint64>(wanted, largest));
        const qint64 bytes = Allocations::liveBytes;
        bool thrown = false;
        {
            const Allocations::Limit limit(8 << 20);
            try {
                map.reserve(count);
            } catch (const std::bad_alloc &) {
                thrown = true;
            }
        }
        QVERIFY(thrown);
        verifyContent(map, before);
        map.squeeze();
        QVERIFY(map.collect());
        QVERIFY(Allocations::liveBytes - bytes <= 8 << 20);
    }
    for (const qsizetype count :
         { qsizetype(0), qsizetype(-1), std::numeric_limits<qsizetype>::min() }) {
        const quint64 promotions = countsOf(map).promotions;
        map.reserve(count);
        QCOMPARE(countsOf(map).promotions, promotions);
    }
    verifyContent(map, before);
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, Numbers { largest });
}

void tst_OutOfMemory::aValueThatWasNotInsertedIsNotMovedFrom()
{
    SyncMap<int, std::unique_ptr<int>> map;
    for (int i = 0; i < fullAt(8); ++i)
        map.insert(i, nullptr);
    const auto guard = map.guard();
    const auto isRefused = [&](qint64 passing, Fails fails) {
        auto value = std::make_unique<int>(7);
        const Failing failing(passing, fails);
        try {
            (void)map.tryInsert(missing, std::move(value), guard);
            return false;
        } catch (const std::bad_alloc &) {
            return value
                    && *value == 7; // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
        }
    };
    QVERIFY(isRefused(0, Fails::One)); // no entry
    QVERIFY(isRefused(0, Fails::AllTables)); // an entry, and no table for it
    QVERIFY(!map.contains(missing));
    auto value = std::make_unique<int>(7);
    QVERIFY(map.tryInsert(missing, std::move(value), guard).inserted);
    QVERIFY(!value); // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
}

// A compute() that others have always overtaken, and then only an insertion that came to nothing.
void tst_OutOfMemory::anInsertionThatFailedHasOvertakenNothing()
{
    SyncMap<int, QString> map { { 1, "there" } };
    constexpr int claimAfter = SyncMapInternal::DefaultTraits::claimAfter;
    int calls = 0;
    bool hasFailed = false;
    const auto made = map.compute(1, [&](const QString *current) -> std::optional<QString> {
        ++calls;
        std::thread([&] {
            if (calls < claimAfter) {
                if (current)
                    map.remove(1);
                else
                    map.insert(1, "there");
            } else if (calls == claimAfter) {
                map.clear(); // it has no table any more
            } else {
                const QString value("inserted");
                const Failing failing(0, Fails::AllTables);
                try {
                    map.insert(1, value);
                } catch (const std::bad_alloc &) {
                    hasFailed = true;
                }
            }
        }).join();
        return "made";
    });
    QCOMPARE(calls, claimAfter + 1);
    QVERIFY(hasFailed);
    QCOMPARE(map.find(1), made);
}

int main(int argc, char **argv)
{
    tst_OutOfMemory test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_outofmemory.moc"
