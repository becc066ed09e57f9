// SPDX-License-Identifier: MIT

// What a map keeps, and for how long: nothing of keys that went, little of what was replaced, and
// nothing of itself.

#include "allocations.h"
#include "enginecounts.h"
#include "instances.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtCore/qelapsedtimer.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <new>
#include <vector>

namespace {

constexpr int million = SYNCMAP_SANITIZED ? 100'000 : 1'000'000;

class Counted : public Instances<Counted>
{
public:
    explicit Counted(int number = 0) : m_number(number) { }
    int number() const { return m_number; }
    qint64 sizeInBytes() const { return 0; } // of the unknown, more would be assumed

private:
    int m_number;
};

class CountedKey : public Instances<CountedKey>
{
public:
    explicit CountedKey(int number) : m_number(number) { }
    qint64 sizeInBytes() const { return 0; }
    friend bool operator==(const CountedKey &a, const CountedKey &b)
    {
        return a.m_number == b.m_number;
    }
    friend size_t qHash(const CountedKey &key, size_t seed) { return ::qHash(key.m_number, seed); }

private:
    int m_number;
};

using Map = SyncMap<CountedKey, Counted>;

struct alignas(64) Wide
{
    quint64 number = 0;
};

// What one thread holds back at most before it collects, and what a test must allow for.
constexpr int batch = SyncMapInternal::DefaultTraits::batchObjects;

} // namespace

class tst_Memory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();

    void keysThatComeAndGoLeaveNoTrace();
    void keysThatComeAndGoBesideOthersLeaveNoTrace();
    void aWindowOfKeysThatMovesOnForEverStaysSmall();
    void aMapThatIsEmptiedKeyByKeyGivesItsTablesBack();
    void overwritingKeepsNoMoreThanABatch();
    void takingAndComputingKeepsNoMoreThanABatch();
    void whatAGuardHoldsIsFreedOnceItEnds();
    void aGuardOfOneMapHoldsNothingOfAnother();
    void ofLargeValuesFewAreAlive_data();
    void ofLargeValuesFewAreAlive();
    void clearFreesAtOnce();
    void theDestructorFreesEverything();
    void theDestructorFreesWhatOtherThreadsLeft();
    void anEmptyMapIsSmall();
    void thousandMapsAndFiftyThreadsStaySmall();
    void aMillionShortLivedMapsStayFlat();
    void shortLivedThreadsStayFlat();
    void tableBytesAreTheBytesOfTheTables();
    void squeezeShrinksSparseTables();
    void anEmptiedMapGivesItsStructureBack_data();
    void anEmptiedMapGivesItsStructureBack();
    void whatIsLeftKeepsItsShards();
    void roomForAnAbsurdNumberIsRefusedAtOnce();
    void reservedRoomBuildsNoFurtherTables_data();
    void reservedRoomBuildsNoFurtherTables();
    void aMapOfACapacityBuildsNoFurtherTables();
    void overwritingUsesTheMemoryOfWhatWasReplaced();
    void collectingGivesSpareMemoryBack();
    void overAlignedValuesStayAligned();
};

void tst_Memory::cleanup()
{
    QCOMPARE(Counted::alive(), 0);
    QCOMPARE(CountedKey::alive(), 0);
}

// Go's map once kept every key that it had ever seen (golang/go 40999).
void tst_Memory::keysThatComeAndGoLeaveNoTrace()
{
    Map map;
    quint64 tableBytes = 0;
    quint64 retiredBytes = 0;
    int alive = 0;
    for (int i = 0; i < million; ++i) {
        map.insert(CountedKey(i), Counted(i));
        QVERIFY(map.remove(CountedKey(i)));
        if (i % 1000 == 0 || i < 1000) {
            const EngineCounts statistics = countsOf(map);
            tableBytes = std::max(tableBytes, statistics.tableBytes);
            retiredBytes = std::max(retiredBytes, statistics.retiredBytes);
            alive = std::max(alive, CountedKey::alive());
        }
    }
    QVERIFY2(tableBytes <= 1024, QByteArray::number(tableBytes));
    QVERIFY2(retiredBytes <= 64 * 1024, QByteArray::number(retiredBytes));
    QVERIFY2(alive <= batch + 1, QByteArray::number(alive));
    QVERIFY(countsOf(map).promotions > 1000);
    QCOMPARE(countsOf(map).splits, 0U);
    QVERIFY(map.collect());
    QCOMPARE(CountedKey::alive(), 0);
    QCOMPARE(Counted::alive(), 0);
    QVERIFY(map.isEmpty());
}

void tst_Memory::keysThatComeAndGoBesideOthersLeaveNoTrace()
{
    Map map;
    for (int i = 0; i < 5000; ++i)
        map.insert(CountedKey(-1 - i), Counted());
    map.squeeze();
    const quint64 before = map.statistics().tableBytes;
    quint64 most = 0;
    for (int i = 0; i < million / 4; ++i) {
        map.insert(CountedKey(i), Counted(i));
        map.remove(CountedKey(i));
        if (i % 1000 == 0)
            most = std::max(most, map.statistics().tableBytes);
    }
    QVERIFY2(most <= 2 * before, QByteArray::number(most));
    QVERIFY(map.collect());
    QCOMPARE(map.size(), 5000);
    QCOMPARE(CountedKey::alive(), 5000);
}

void tst_Memory::aWindowOfKeysThatMovesOnForEverStaysSmall()
{
    Map map;
    const int window = 100;
    quint64 most = 0;
    for (int i = 0; i < million / 4; ++i) {
        map.insert(CountedKey(i), Counted(i));
        if (i >= window)
            QVERIFY(map.remove(CountedKey(i - window)));
        if (i % 100 == 0)
            most = std::max(most, map.statistics().tableBytes);
    }
    QVERIFY2(most <= 512 * 10, QByteArray::number(most)); // 512 slots and their tags
    QCOMPARE(map.size(), window);
    QVERIFY(CountedKey::alive() <= window + batch);
}

void tst_Memory::aMapThatIsEmptiedKeyByKeyGivesItsTablesBack()
{
    Map map;
    for (int i = 0; i < 20'000; ++i)
        map.insert(CountedKey(i), Counted(i));
    const quint64 full = map.statistics().tableBytes;
    for (int i = 0; i < 20'000; ++i)
        QVERIFY(map.remove(CountedKey(i)));
    const EngineCounts statistics = countsOf(map);
    QVERIFY(statistics.purges > statistics.splits);
    // Of each shard, a table of 16 slots at most is left.
    QVERIFY2(statistics.tableBytes <= (statistics.splits + 1) * 256,
             QByteArray::number(statistics.tableBytes));
    QVERIFY(statistics.tableBytes < full / 20);
}

void tst_Memory::overwritingKeepsNoMoreThanABatch()
{
    Map map;
    int alive = 0;
    for (int i = 0; i < million / 4; ++i) {
        map.insert(CountedKey(i % 10), Counted(i));
        alive = std::max(alive, Counted::alive());
        QVERIFY(map.statistics().retiredObjects <= quint64(batch));
    }
    QVERIFY2(alive <= 10 + batch + 1, QByteArray::number(alive));
    QCOMPARE(map.size(), 10);

    SyncMap<int, int> inPlace { { 1, 1 } };
    const Allocations::Watch watch;
    for (int i = 0; i < 1000; ++i)
        inPlace.insert(1, i);
    QCOMPARE(watch.calls(), 0U);
    QCOMPARE(inPlace.statistics().retiredObjects, 0U);
}

void tst_Memory::takingAndComputingKeepsNoMoreThanABatch()
{
    SyncMap<int, Counted> map;
    for (int i = 0; i < 10'000; ++i) {
        map.insert(1, Counted(i));
        map.compute(1, [](const Counted *current) {
            return std::optional<Counted>(Counted(current->number() + 1));
        });
        map.exchange(1, Counted(0));
        QCOMPARE(map.take(1)->number(), 0);
        QVERIFY(map.statistics().retiredObjects <= quint64(batch));
        QVERIFY(Counted::alive() <= batch);
    }
}

void tst_Memory::whatAGuardHoldsIsFreedOnceItEnds()
{
    const int count = SYNCMAP_SANITIZED ? 20'000 : 100'000;
    Map map;
    {
        const auto guard = map.guard();
        for (int i = 0; i <= count; ++i)
            map.insert(CountedKey(1), Counted(i));
        QCOMPARE(Counted::alive(), count + 1);
        QVERIFY(!map.collect());
        QCOMPARE(map.statistics().retiredObjects, quint64(count));
        QVERIFY(map.statistics().retiredBytes >= quint64(count) * sizeof(Counted));
    }
    QVERIFY(map.collect());
    QCOMPARE(map.statistics().retiredObjects, 0U);
    QCOMPARE(map.statistics().retiredBytes, 0U);
    QCOMPARE(Counted::alive(), 1);
    {
        // Also without collect(): the next batch takes the others along.
        {
            const auto guard = map.guard();
            for (int i = 0; i < count; ++i)
                map.insert(CountedKey(1), Counted(i));
        }
        for (int i = 0; i < 4 * batch; ++i)
            map.insert(CountedKey(1), Counted(i));
        QVERIFY(Counted::alive() <= 1 + 2 * batch);
    }
}

void tst_Memory::aGuardOfOneMapHoldsNothingOfAnother()
{
    const Map held;
    Map map;
    const auto guard = held.guard();
    for (int i = 0; i < 10'000; ++i)
        map.insert(CountedKey(1), Counted(i));
    QVERIFY(Counted::alive() <= 1 + batch);
    QVERIFY(map.collect());
}

void tst_Memory::ofLargeValuesFewAreAlive_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("QByteArray") << 0;
    QTest::newRow("std::vector") << 1;
    QTest::newRow("QString") << 2;
    QTest::newRow("std::unique_ptr") << 3;
}

namespace {

template <typename T, typename MakeValue>
qint64 mostWhileOverwriting(MakeValue makeValue)
{
    SyncMap<int, T> map;
    const qint64 before = Allocations::liveBytes;
    qint64 most = 0;
    for (int i = 0; i < 100; ++i) {
        map.insert(i % 2, makeValue());
        if (i % 3 == 0)
            map.remove(0);
        most = std::max<qint64>(most, Allocations::liveBytes - before);
    }
    return most;
}

} // namespace

// Large ones are what a cache of images has. Half as large as they are without sanitizers there,
// where malloc() is not counted, but operator new is.
void tst_Memory::ofLargeValuesFewAreAlive()
{
    constexpr qsizetype size = 8 << 20;
    QFETCH(const int, kind);
    qint64 most = 0;
    switch (kind) {
    case 0:
        most = mostWhileOverwriting<QByteArray>([] { return QByteArray(size, Qt::Uninitialized); });
        break;
    case 1:
        most = mostWhileOverwriting<std::vector<char>>([] { return std::vector<char>(size); });
        break;
    case 2:
        most = mostWhileOverwriting<QString>([] { return QString(size / 2, Qt::Uninitialized); });
        break;
    case 3:
        using Array = std::array<char, size>;
        most = mostWhileOverwriting<std::unique_ptr<Array>>(
                [] { return std::unique_ptr<Array>(new Array); });
        break;
    }
    QVERIFY2(most <= 5 * size, QByteArray::number(most / size));
#if SYNCMAP_TEST_REPLACES_MALLOC
    QVERIFY(most >= 2 * size); // it was measured
#endif
}

void tst_Memory::clearFreesAtOnce()
{
    Map map;
    for (int i = 0; i < 10'000; ++i)
        map.insert(CountedKey(i), Counted(i));
    QVERIFY(countsOf(map).splits > 0);
    map.clear();
    QCOMPARE(Counted::alive(), 0);
    QCOMPARE(CountedKey::alive(), 0);
    QCOMPARE(map.statistics().tableBytes, 0U);
    QCOMPARE(map.statistics().retiredObjects, 0U);
}

void tst_Memory::theDestructorFreesEverything()
{
    const qint64 blocks = Allocations::liveBlocks;
    const qint64 bytes = Allocations::liveBytes;
    for (const int count : { 0, 1, 100, 10'000 }) {
        Map map;
        {
            const auto guard = map.guard();
            for (int i = 0; i < count; ++i)
                map.insert(CountedKey(i), Counted(i));
            for (int i = 0; i < count; i += 2)
                map.insert(CountedKey(i), Counted(-i));
            for (int i = 0; i < count; i += 3)
                map.remove(CountedKey(i));
        }
        QVERIFY(count == 0 || map.statistics().retiredObjects > 0);
    }
    QCOMPARE(Counted::alive(), 0);
    QCOMPARE(CountedKey::alive(), 0);
    // This thread keeps a little for the nodes of the next map.
    QVERIFY(Allocations::liveBytes - bytes <= 4 * 64 + 1024 + qint64(SyncMapInternal::spareBytes));
    SyncMapInternal::releaseSpareBlocks();
    // What is left is this thread's registration: a slot for each of the four at most.
    QVERIFY(Allocations::liveBlocks - blocks <= 4 + 2);
    QVERIFY(Allocations::liveBytes - bytes <= 4 * 64 + 1024);
}

void tst_Memory::theDestructorFreesWhatOtherThreadsLeft()
{
    Map map;
    runInThreads(4, [&map](int thread) {
        const auto guard = map.guard();
        for (int i = 0; i < 1000; ++i)
            map.insert(CountedKey(thread * 100 + i % 100), Counted(i));
    });
    QCOMPARE(map.size(), 400);
    QVERIFY(map.statistics().retiredObjects > 0);
}

void tst_Memory::anEmptyMapIsSmall()
{
    const qint64 before = Allocations::liveBytes;
    const SyncMap<QString, QString> map;
    QVERIFY(Allocations::liveBytes - before + qint64(sizeof(map)) <= 1024);
    QCOMPARE(map.statistics().tableBytes, 0U);
}

void tst_Memory::thousandMapsAndFiftyThreadsStaySmall()
{
    constexpr int mapCount = SYNCMAP_SANITIZED ? 200 : 1000;
    constexpr int threadCount = 50;
    using Small = SyncMap<int, int>;
    const qint64 before = Allocations::liveBytes;
    std::vector<std::unique_ptr<Small>> maps;
    maps.reserve(mapCount);
    for (int i = 0; i < mapCount; ++i) {
        maps.push_back(std::make_unique<Small>());
        maps.back()->insert(i, i);
    }
    const qint64 perMap = (Allocations::liveBytes - before) / mapCount;
    QVERIFY2(perMap <= 2048, QByteArray::number(perMap));

    // Measured while all threads live and have used all maps, without what they retired there.
    std::atomic<int> done { 0 };
    std::atomic<qint64> used { 0 };
    std::atomic<int> wrong { 0 };
    const qint64 begun = Allocations::liveBytes;
    runInThreads(threadCount, [&](int thread) {
        for (int i = 0; i < mapCount; ++i) {
            Small &map = *maps[size_t(i)];
            map.insert(-1 - thread, i);
            if (map.find(-1 - thread) != i || !map.contains(i))
                ++wrong;
        }
        for (int i = 0; i < mapCount; ++i)
            maps[size_t(i)]->remove(-1 - thread);
        if (done.fetch_add(1) + 1 == threadCount) {
            for (const auto &map : maps)
                map->squeeze();
            used = Allocations::liveBytes.load();
        }
        while (used == 0)
            std::this_thread::yield();
    });
    QCOMPARE(wrong.load(), 0);
    // The threads themselves: a stack is mapped, but not allocated.
    const qint64 perMapAndThread = (used - begun) / (qint64(mapCount) * threadCount);
    QVERIFY2(perMapAndThread <= 128, QByteArray::number(perMapAndThread));
    // When they have ended, their slots wait for others; nothing else is left.
    const qint64 left = (Allocations::liveBytes - begun) / (qint64(mapCount) * threadCount);
    QVERIFY2(left <= 64, QByteArray::number(left));
    maps.clear();
    maps.shrink_to_fit();
    QVERIFY(Allocations::liveBytes - before < 256 * mapCount);
}

void tst_Memory::aMillionShortLivedMapsStayFlat()
{
    qint64 before = 0;
    SyncMap<int, QString> longLived { { 1, "value" } };
    for (int i = 0; i < million; ++i) {
        if (i == 1000)
            before = Allocations::liveBytes;
        SyncMap<int, int> map;
        map.insert(i, i);
        QVERIFY(map.contains(i));
        if (i % 100 == 0) {
            QVERIFY(longLived.contains(1));
            if (i > 1000)
                QVERIFY(Allocations::liveBytes - before < 4096);
        }
    }
}

void tst_Memory::shortLivedThreadsStayFlat()
{
    Map map;
    const auto round = [&map] {
        runInThreads(4, [&map](int thread) {
            map.insert(CountedKey(thread), Counted(thread));
            map.remove(CountedKey(thread));
        });
    };
    for (int i = 0; i < 20; ++i)
        round();
    map.collect();
    const qint64 before = Allocations::liveBytes;
    for (int i = 0; i < (SYNCMAP_SANITIZED ? 50 : 250); ++i)
        round();
    map.collect();
    // Four slots serve all of them.
    QVERIFY(Allocations::liveBytes - before <= 1024);
    QVERIFY(map.isEmpty());
}

void tst_Memory::tableBytesAreTheBytesOfTheTables()
{
    SyncMap<int, int> map;
    QCOMPARE(map.statistics().tableBytes, 0U);
    const qint64 before = Allocations::liveBytes;
    map.reserve(100'000);
    map.collect();
    const quint64 bytes = map.statistics().tableBytes;
    const qint64 all = Allocations::liveBytes - before;
    QVERIFY(qint64(bytes) <= all);
    QVERIFY(qint64(bytes) >= all * 9 / 10); // the rest is shards and directory
    QVERIFY(bytes >= 100'000 * sizeof(void *));
    QVERIFY(bytes <= 100'000 * 40);
    for (int i = 0; i < 50'000; ++i)
        map.insert(i, i);
    QCOMPARE(map.statistics().tableBytes, bytes);
    map.clear();
    QCOMPARE(map.statistics().tableBytes, 0U);
}

void tst_Memory::squeezeShrinksSparseTables()
{
    Map map;
    for (int i = 0; i < 20'000; ++i)
        map.insert(CountedKey(i), Counted(i));
    map.reserve(100'000);
    const quint64 before = map.statistics().tableBytes;
    map.squeeze();
    const quint64 squeezed = map.statistics().tableBytes;
    QVERIFY(squeezed < before);
    QCOMPARE(map.statistics().retiredObjects, 0U);
    QCOMPARE(map.size(), 20'000);
    for (int i = 0; i < 20'000; ++i) {
        if (i % 1000 != 0)
            map.remove(CountedKey(i));
    }
    map.squeeze();
    QVERIFY(map.statistics().tableBytes <= squeezed / 20);
    for (int i = 0; i < 20'000; ++i)
        QCOMPARE(map.contains(CountedKey(i)), i % 1000 == 0);
    map.removeIf([](const CountedKey &, const Counted &) { return true; });
    map.squeeze();
    QCOMPARE(map.statistics().tableBytes, 0U);
    map.insert(CountedKey(1), Counted(1));
    QCOMPARE(map.size(), 1);
    const quint64 promotions = countsOf(map).promotions;
    map.squeeze(); // nothing to do
    QCOMPARE(countsOf(map).promotions, promotions);
}

// Shards that were divided for entries that have gone become one again.
void tst_Memory::anEmptiedMapGivesItsStructureBack_data()
{
    QTest::addColumn<bool>("byClear");
    QTest::newRow("clear") << true;
    QTest::newRow("removeIf and squeeze") << false;
}

void tst_Memory::anEmptiedMapGivesItsStructureBack()
{
    QFETCH(const bool, byClear);
    const auto empties = [byClear](auto &map, int last) {
        using Filled = std::decay_t<decltype(map)>;
        map.collect();
        const quint64 before = quint64(Allocations::liveBytes);
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < last; ++i)
                map.insert(i, typename Filled::mapped_type());
            const EngineCounts full = countsOf(map);
            QVERIFY(full.splits - full.merges >= 7);
            if (byClear) {
                map.clear();
            } else {
                map.removeIf([](int key, const auto &) { return key != 5; });
                map.squeeze();
                QVERIFY(map.contains(5));
            }
            const EngineCounts statistics = countsOf(map);
            QCOMPARE(statistics.merges, statistics.splits);
            QVERIFY(map.size() == !byClear);
            map.collect();
            QVERIFY2(quint64(Allocations::liveBytes) - before < 4096,
                     qPrintable(QString::number(quint64(Allocations::liveBytes) - before)));
        }
    };
    SyncMap<int, QString> nodes;
    empties(nodes, 40'000);
    SyncMap<int, int> inTables;
    empties(inTables, 150'000);
}

void tst_Memory::whatIsLeftKeepsItsShards()
{
    SyncMap<int, QString> map;
    for (int i = 0; i < 40'000; ++i)
        map.insert(i, QString::number(i));
    const quint64 splits = countsOf(map).splits;
    map.squeeze();
    QCOMPARE(countsOf(map).merges, 0U); // nothing to gain
    map.removeIf([](int key, const QString &) { return key % 4 != 0; });
    map.squeeze();
    const EngineCounts statistics = countsOf(map);
    QVERIFY(statistics.merges > 0 && statistics.merges < splits);
    QCOMPARE(map.size(), 10'000);
    for (int i = 0; i < 40'000; ++i)
        QCOMPARE(map.value(i), i % 4 == 0 ? QString::number(i) : QString());
    int visited = 0;
    map.forEach([&visited](int key, const QString &) { visited += key % 4 == 0; });
    QCOMPARE(visited, 10'000);
}

void tst_Memory::roomForAnAbsurdNumberIsRefusedAtOnce()
{
    for (const int entries : { 0, 50'000 }) {
        SyncMap<int, QString> map;
        for (int i = 0; i < entries; ++i)
            map.insert(i, QString());
        map.squeeze();
        map.collect();
        const quint64 splits = countsOf(map).splits;
        const quint64 before = quint64(Allocations::liveBytes);
        for (const qsizetype absurd :
             { std::numeric_limits<qsizetype>::max(), std::numeric_limits<qsizetype>::max() / 64,
               std::numeric_limits<qsizetype>::max() / 1024 }) {
            QElapsedTimer timer;
            timer.start();
            QVERIFY_THROWS_EXCEPTION(std::bad_alloc, map.reserve(absurd));
            QVERIFY(timer.elapsed() < 5000);
            QCOMPARE(countsOf(map).splits, splits);
            QCOMPARE(quint64(Allocations::liveBytes), before);
        }
        QCOMPARE(map.size(), entries);
    }
}

void tst_Memory::reservedRoomBuildsNoFurtherTables_data()
{
    QTest::addColumn<int>("count");
    for (const int count :
         { 1, 5, 6, 42, 43, 100, 1365, 1366, 2048, 2049, 2730, 2731, 5000, 100'000 })
        QTest::addRow("%d entries", count) << count;
}

void tst_Memory::reservedRoomBuildsNoFurtherTables()
{
    QFETCH(const int, count);
    SyncMap<int, int> map;
    for (int i = 0; i < count / 4; ++i)
        map.insert(i, i);
    map.reserve(count);
    const EngineCounts before = countsOf(map);
    for (int i = 0; i < count; ++i)
        map.insert(i, i);
    const EngineCounts after = countsOf(map);
    QCOMPARE(after.promotions, before.promotions);
    QCOMPARE(after.splits, before.splits);
    QCOMPARE(after.tableBytes, before.tableBytes);
    QCOMPARE(map.size(), count);
    map.reserve(count / 2); // is there already
    map.reserve(0);
    QCOMPARE(countsOf(map).promotions, before.promotions);
}

void tst_Memory::aMapOfACapacityBuildsNoFurtherTables()
{
    SyncMap<int, int> map(1000);
    const quint64 promotions = countsOf(map).promotions;
    for (int i = 0; i < 1000; ++i)
        map.insert(i, i);
    QCOMPARE(countsOf(map).promotions, promotions);
    QCOMPARE(countsOf(map).splits, 0U);
}

void tst_Memory::overwritingUsesTheMemoryOfWhatWasReplaced()
{
    SyncMapInternal::releaseSpareBlocks(); // of other sizes, of the tests before
    SyncMap<QString, QString> map;
    const QString key = QStringLiteral("key");
    const QString value = QStringLiteral("value");
    for (int i = 0; i < 2 * batch; ++i)
        map.insert(key, value);
    const quint64 before = Allocations::thread.calls;
    for (int i = 0; i < 10 * batch; ++i)
        map.insert(key, value);
    // The texts are literals: only nodes are allocated at all. Under sanitizers each is a new one.
    QCOMPARE(Allocations::thread.calls, before + (SYNCMAP_SANITIZED ? 10 * batch : 0));
}

void tst_Memory::collectingGivesSpareMemoryBack()
{
    const auto map = std::make_unique<SyncMap<QString, QString>>();
    map->insert(QStringLiteral("key"), QStringLiteral("value"));
    map->collect();
    const qint64 before = Allocations::liveBytes;
    for (int i = 0; i < 100; ++i)
        map->insert(QStringLiteral("key"), QStringLiteral("value"));
    QVERIFY(SYNCMAP_SANITIZED || Allocations::liveBytes > before);
    QVERIFY(map->collect());
    QCOMPARE(Allocations::liveBytes.load(), before);
}

void tst_Memory::overAlignedValuesStayAligned()
{
    SyncMap<int, Wide> map;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 1000; ++i)
            map.insert(i, Wide { quint64(i) });
    }
    const auto guard = map.guard();
    for (int i = 0; i < 1000; ++i) {
        const auto value = map.get(i, guard);
        QVERIFY(value);
        QCOMPARE(quintptr(value) % alignof(Wide), quintptr(0));
        QCOMPARE(value->number, quint64(i));
    }
}

int main(int argc, char **argv)
{
    // Blocks are counted: on a machine that is busy elsewhere, a warning of a long guard would be some.
    qputenv("SYNCMAP_GUARD_LIMIT_MS", "0");
    tst_Memory test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_memory.moc"
