// SPDX-License-Identifier: MIT

// A few keys that many write at once: what size(), isEmpty() and the read-modify-writes make of them.
// The others come in at test points, in an order that the test decides.

#include "companion.h"
#include "enginecounts.h"
#include "findings.h"
#include "testtraits.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using SyncMapInternal::TestPoint;

namespace {

struct HotTraits : TestTraits<HotTraits>
{
    static inline thread_local std::function<void(TestPoint)> atTestPoint;

    static void testPoint(TestPoint point) noexcept
    {
        // What it does has test points of its own, which it does not stop at.
        const auto action = std::exchange(atTestPoint, {});
        if (!action)
            return;
        action(point);
        atTestPoint = action;
    }
};

using Key = TestKey<HotTraits>;
using TableKey = TestKey<HotTraits, 64, true>;

} // namespace

class tst_HotKeys : public QObject
{
    Q_OBJECT

    template <typename Key, typename T>
    void neverEmpty();

private slots:
    void cleanup() { HotTraits::atTestPoint = {}; }

    void aMapThatIsNeverEmptyNeverSaysSo();
    void aSizeBetweenTwoWritesIsOneThatTheMapHad();
    void anEmptyMapSaysSo();

    void clearRemovesAKeyOnce();

    void computeEndsBesideWriters();
    void everyReadModifyWriteEnds();
    void aClaimedComputeComesJustBeforeWhatOvertakesIt();
    void aRemovalThatBothSawIsTheOthers();
    void readModifyWritesQueueBehindAClaim();
    void computesThatUseEachOthersKeysEnd();
    void aFunctionThatWritesItsOwnKeyEnds();
    void aClaimSurvivesASplit();
    void aThrowingFunctionGivesItsClaimUp();
};

// The one that inserts is counted first: its key is there before the other one goes, and the sum
// that reads it before and the other one after is less than the map ever held.
template <typename Key, typename T>
void tst_HotKeys::neverEmpty()
{
    SyncMap<Key, T> map;
    Companion adder;
    Companion remover;
    remover.run([&] { map.remove(Key { -1 }); }); // the slots, in the order that is worst
    adder.run([&] { map.insert(Key { 0 }, T()); });
    (void)map.contains(Key { 0 });
    int next = 0;
    int moves = 0;
    HotTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::Counted || moves == 1000)
            return;
        ++moves;
        adder.run([&] { map.insert(Key { next + 1 }, T()); });
        remover.run([&] { map.remove(Key { next }); });
        ++next;
    };
    for (int i = 0; i < 20; ++i) {
        const qsizetype size = map.size();
        QVERIFY2(size >= 1 && size <= 2, qPrintable(QString::number(size)));
        QVERIFY(!map.isEmpty());
    }
    QVERIFY(moves > 40);
    HotTraits::atTestPoint = {};
    QCOMPARE(map.size(), 1);
}

void tst_HotKeys::aMapThatIsNeverEmptyNeverSaysSo()
{
    neverEmpty<Key, int>();
    neverEmpty<Key, QString>();
    neverEmpty<TableKey, int>();
}

void tst_HotKeys::aSizeBetweenTwoWritesIsOneThatTheMapHad()
{
    SyncMap<Key, int> map;
    Companion adder;
    Companion remover;
    remover.run([&] { map.remove(Key { -1 }); });
    for (int i = 0; i < 100; ++i)
        adder.run([&] { map.insert(Key { i }, i); });
    (void)map.contains(Key { 0 });
    for (int stop = 0; stop < 6; ++stop) {
        int count = 0;
        HotTraits::atTestPoint = [&](TestPoint point) {
            if (point != TestPoint::Counted || count++ != stop)
                return;
            // A hundred come, and then a hundred go.
            for (int i = 0; i < 100; ++i)
                adder.run([&] { map.insert(Key { 100 + i }, i); });
            for (int i = 0; i < 100; ++i)
                remover.run([&] { map.remove(Key { 100 + i }); });
        };
        QCOMPARE(map.size(), 100);
    }
}

void tst_HotKeys::anEmptyMapSaysSo()
{
    SyncMap<Key, QString> map;
    QVERIFY(map.isEmpty());
    for (int i = 0; i < 100; ++i)
        map.insert(Key { i }, QString());
    for (int i = 0; i < 100; ++i) {
        QVERIFY(!map.isEmpty());
        map.remove(Key { i });
    }
    QVERIFY(map.isEmpty());
    QCOMPARE(map.size(), 0);
}

// What comes in behind a clear(), in a shard that is then merged with the next, stays.
void tst_HotKeys::clearRemovesAKeyOnce()
{
    const auto check = [](auto &map) {
        constexpr int count = 2000; // some in the first of them, whatever the seed
        map.reserve(60'000); // in several shards
        for (int i = 0; i < count; ++i)
            map.insert({ i }, {});
        QList<int> order;
        map.forEach([&order](auto key, const auto &) { order << key.value; });
        const quint64 merges = countsOf(map).merges;
        Companion writer;
        bool isFirst = true;
        HotTraits::atTestPoint = [&](TestPoint point) {
            if (point != TestPoint::Unlinked || !std::exchange(isFirst, false))
                return;
            // The first shard is empty, and left.
            writer.run([&] {
                map.insert({ order.first() }, {});
                map.squeeze();
            });
        };
        map.clear();
        HotTraits::atTestPoint = {};
        QVERIFY(countsOf(map).merges > merges);
        QCOMPARE(map.size(), 1);
        QVERIFY(map.contains({ order.first() }));
    };
    SyncMap<Key, QString> nodes;
    check(nodes);
    SyncMap<TableKey, int> inTables;
    check(inTables);
}

namespace {

using Text = std::optional<QString>;

// Calls act(i) within the function that a compute() calls for the i-th time.
template <typename Map, typename Act>
auto computeBeside(Map &map, Key key, typename Map::mapped_type result, Act act)
{
    int calls = 0;
    map.compute(key, [&](const auto *) {
        if (calls < 50)
            act(calls);
        ++calls;
        return std::optional<typename Map::mapped_type>(result);
    });
    return calls;
}

} // namespace

// A write for each attempt. Without an end of its own it would be called fifty times.
void tst_HotKeys::computeEndsBesideWriters()
{
    SyncMap<Key, int> numbers { { Key { 1 }, 0 } };
    SyncMap<Key, QString> texts { { Key { 1 }, "0" } };
    Companion writer;
    const int ofNumbers = computeBeside(numbers, Key { 1 }, -1, [&](int i) {
        writer.run([&] { numbers.insert(Key { 1 }, i + 1); });
    });
    QCOMPARE(ofNumbers, HotTraits::claimAfter + 1);
    QCOMPARE(numbers.value(Key { 1 }), HotTraits::claimAfter + 1); // what came last
    const int ofTexts = computeBeside(texts, Key { 1 }, "made", [&](int i) {
        writer.run([&] { texts.insert(Key { 1 }, QString::number(i + 1)); });
    });
    QCOMPARE(ofTexts, HotTraits::claimAfter + 1);
    QCOMPARE(texts.value(Key { 1 }), QString::number(HotTraits::claimAfter + 1));

    // A clear() counts as any other write.
    QCOMPARE(computeBeside(texts, Key { 1 }, "made",
                           [&](int i) {
                               writer.run([&] {
                                   if (i == HotTraits::claimAfter)
                                       texts.clear();
                                   else
                                       texts.insert(Key { 1 }, QString::number(i));
                               });
                           }),
             HotTraits::claimAfter + 1);
    QVERIFY(texts.isEmpty());
}

namespace {

// A value whose copies take long enough for others to write in between.
struct Slow
{
    int number = 0;
    static inline thread_local std::function<void()> duringCopy;

    explicit Slow(int itsNumber) : number(itsNumber) { }
    Slow(const Slow &other) : number(other.number)
    {
        if (const auto act = std::exchange(duringCopy, {})) {
            act();
            duringCopy = act;
        }
    }
    Slow(Slow &&) = default;
    Slow &operator=(const Slow &) = default;
    Slow &operator=(Slow &&) = default;
    ~Slow() = default;
    friend bool operator==(const Slow &a, const Slow &b)
    {
        if (const auto act = std::exchange(duringCopy, {})) {
            act();
            duringCopy = act;
        }
        return a.number == b.number;
    }
};

} // namespace

void tst_HotKeys::everyReadModifyWriteEnds()
{
    SyncMap<Key, Slow> map;
    Companion writer;
    int writes = 0;
    const auto overtake = [&] {
        if (++writes < 50)
            writer.run([&] { map.insert(Key { 1 }, Slow(7)); });
    };
    const auto begin = [&] {
        map.insert(Key { 1 }, Slow(7));
        writes = 0;
        Slow::duringCopy = overtake;
    };
    begin();
    QCOMPARE(map.exchange(Key { 1 }, Slow(8))->number, 7);
    QVERIFY(writes < 20);
    begin();
    QCOMPARE(map.take(Key { 1 })->number, 7);
    QVERIFY(writes < 20);
    begin();
    QVERIFY(map.compareExchange(Key { 1 }, Slow(7), Slow(9)));
    QVERIFY(writes < 30);
    begin();
    QVERIFY(map.remove(Key { 1 }, Slow(7)));
    QVERIFY(writes < 30);
    begin();
    Slow::duringCopy = {};
    QCOMPARE(map.removeIf([&](Key, const Slow &value) {
        overtake();
        return value.number == 7;
    }),
             1);
    QVERIFY(writes < 20);
    Slow::duringCopy = {};

    // Values that cannot be copied are looked at where they are.
    SyncMap<Key, std::unique_ptr<int>> owners;
    owners.insert(Key { 1 }, std::make_unique<int>(1));
    writes = 0;
    QCOMPARE(owners.removeIf([&](Key, const std::unique_ptr<int> &value) {
        if (++writes < 50)
            writer.run([&] { owners.insert(Key { 1 }, std::make_unique<int>(1)); });
        return *value == 1;
    }),
             1);
    QCOMPARE(writes, HotTraits::claimAfter + 1);
}

// Of a claimed compute() whose result is overwritten at once.
void tst_HotKeys::aClaimedComputeComesJustBeforeWhatOvertakesIt()
{
    SyncMap<Key, QString> map { { Key { 1 }, "a" } };
    Companion writer;
    QStringList seen;
    const Text result = map.compute(Key { 1 }, [&](const QString *current) -> Text {
        seen << (current ? *current : QString());
        if (seen.size() <= HotTraits::claimAfter) {
            writer.run([&] { map.insert(Key { 1 }, "b"); });
            return "lost";
        }
        // Removed, though this makes another value: it was there, and then it was removed.
        writer.run([&] { QVERIFY(map.remove(Key { 1 })); });
        writer.run([&] { map.insert(Key { 1 }, "c"); });
        return *current + "!";
    });
    QCOMPARE(seen.size(), HotTraits::claimAfter + 1);
    QCOMPARE(result, Text("b!"));
    QCOMPARE(map.find(Key { 1 }), Text("c"));
}

// remove() was told that it removed the key; who wanted to remove it, too, comes after that.
void tst_HotKeys::aRemovalThatBothSawIsTheOthers()
{
    for (const bool isInsertedAgain : { false, true }) {
        SyncMap<Key, QString> map { { Key { 1 }, "a" } };
        Companion writer;
        QStringList seen;
        const Text result = map.compute(Key { 1 }, [&](const QString *current) -> Text {
            seen << (current ? *current : QString("absent"));
            if (seen.size() <= HotTraits::claimAfter) {
                writer.run([&] { map.insert(Key { 1 }, "b"); });
                return {};
            }
            if (!current)
                return "made of nothing";
            writer.run([&] {
                QVERIFY(map.remove(Key { 1 }));
                if (isInsertedAgain)
                    map.insert(Key { 1 }, "c");
            });
            return {};
        });
        QCOMPARE(seen.size(), HotTraits::claimAfter + 2);
        QCOMPARE(seen.last(), QString("absent"));
        QCOMPARE(result, Text("made of nothing"));
        QCOMPARE(map.find(Key { 1 }), isInsertedAgain ? Text("c") : result);

        // One value is taken once.
        map.insert(Key { 2 }, "x");
        SyncMap<Key, Slow> slow;
        slow.insert(Key { 1 }, Slow(1));
        int writes = 0;
        Slow::duringCopy = [&] {
            if (++writes <= HotTraits::claimAfter)
                writer.run([&] { slow.insert(Key { 1 }, Slow(1)); });
            else if (writes == HotTraits::claimAfter + 1)
                writer.run([&] { QVERIFY(slow.remove(Key { 1 })); });
        };
        QVERIFY(!slow.take(Key { 1 }));
        Slow::duringCopy = {};
    }
}

void tst_HotKeys::readModifyWritesQueueBehindAClaim()
{
    SyncMap<Key, int> map { { Key { 1 }, 0 } };
    Companion writer;
    std::atomic<int> begun { 0 };
    std::atomic<int> ended { 0 };
    std::vector<std::thread> others;
    int calls = 0;
    const auto increment = [](const int *current) {
        return std::optional<int>(current ? *current + 1 : 1);
    };
    map.compute(Key { 1 }, [&](const int *current) {
        if (++calls <= HotTraits::claimAfter) {
            writer.run([&] { map.compute(Key { 1 }, increment); });
        } else {
            for (int i = 0; i < 6; ++i) {
                others.emplace_back([&, i] {
                    ++begun;
                    if (i == 0)
                        map.exchange(Key { 1 }, 100);
                    else if (i == 1)
                        (void)map.compareExchange(Key { 1 }, *map.find(Key { 1 }), 200);
                    else if (i == 2)
                        map.insertOrAssign(Key { 1 }, 300);
                    else if (i == 3)
                        map.replace(Key { 1 }, 400);
                    else
                        map.compute(Key { 1 }, increment);
                    ++ended;
                });
            }
            while (begun < 6)
                std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            QTest::qVerify(ended == 0, "ended == 0", "", __FILE__, __LINE__);
            // Other keys, and blind writes, do not wait.
            writer.run([&] { map.compute(Key { 2 }, increment); });
        }
        return increment(current);
    });
    QCOMPARE(calls, HotTraits::claimAfter + 1);
    for (std::thread &other : others)
        other.join();
    QCOMPARE(ended.load(), 6);
    QVERIFY(map.contains(Key { 1 }));
}

// In step: each is in the function of the other's key whenever it commits.
void tst_HotKeys::computesThatUseEachOthersKeysEnd()
{
    SyncMap<Key, int> map;
    constexpr int Rounds = 20;
    const auto work = [&map](int own, int other) {
        for (int i = 0; i < Rounds; ++i) {
            map.compute(Key { own }, [&](const int *current) {
                map.compute(Key { other }, [](const int *value) {
                    std::this_thread::sleep_for(std::chrono::microseconds(200));
                    return std::optional<int>(value ? *value + 1000 : 1000);
                });
                std::this_thread::sleep_for(std::chrono::microseconds(500));
                return std::optional<int>(current ? *current + 1 : 1);
            });
        }
    };
    std::thread one(work, 1, 2);
    std::thread two(work, 2, 3);
    std::thread three(work, 3, 1);
    one.join();
    two.join();
    three.join();
    for (const int key : { 1, 2, 3 })
        QCOMPARE(map.value(Key { key }) % 1000, Rounds);
}

void tst_HotKeys::aFunctionThatWritesItsOwnKeyEnds()
{
    SyncMap<Key, int> map { { Key { 1 }, 0 } };
    int calls = 0;
    const auto result = map.compute(Key { 1 }, [&](const int *) {
        ++calls;
        map.insert(Key { 1 }, calls * 10);
        return std::optional<int>(calls);
    });
    QCOMPARE(calls, HotTraits::claimAfter + 1);
    QCOMPARE(result, std::optional<int>(calls));
    QCOMPARE(map.value(Key { 1 }), calls * 10);
}

void tst_HotKeys::aClaimSurvivesASplit()
{
    SyncMap<Key, QString> map { { Key { 1 }, "0" } };
    Companion writer;
    int calls = 0;
    const Text result = map.compute(Key { 1 }, [&](const QString *) -> Text {
        if (++calls <= HotTraits::claimAfter) {
            writer.run([&] { map.insert(Key { 1 }, "overtakes"); });
        } else {
            writer.run([&] {
                for (int i = 2; i < 12'000; ++i)
                    map.insert(Key { i }, QString());
            });
            QTest::qVerify(countsOf(map).splits > 1, "", "", __FILE__, __LINE__);
        }
        return "made";
    });
    QCOMPARE(calls, HotTraits::claimAfter + 1);
    QCOMPARE(map.find(Key { 1 }), result);
    QVERIFY(map.compareExchange(Key { 1 }, "made", "again"));
}

void tst_HotKeys::aThrowingFunctionGivesItsClaimUp()
{
    SyncMap<Key, QString> map { { Key { 1 }, "0" } };
    Companion writer;
    int calls = 0;
    QVERIFY_THROWS_EXCEPTION(std::runtime_error,
                             map.compute(Key { 1 }, [&](const QString *) -> Text {
                                 if (++calls > HotTraits::claimAfter)
                                     throw std::runtime_error("");
                                 writer.run([&] { map.insert(Key { 1 }, "1"); });
                                 return "made";
                             }));
    QCOMPARE(map.find(Key { 1 }), Text("1"));
    writer.run([&] { QVERIFY(map.take(Key { 1 })); });
}

QTEST_APPLESS_MAIN(tst_HotKeys)
#include "tst_hotkeys.moc"
