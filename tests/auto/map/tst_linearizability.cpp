// SPDX-License-Identifier: MIT
#include "enginecounts.h"
#include "findings.h"
#include "linearizability.h"
#include "seed.h"
#include "testtraits.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtCore/qstring.h>
#include <QtTest/qtest.h>

#include <array>
#include <chrono>

using namespace Linearizability;
using SyncMapInternal::TestPoint;

namespace {

// A generator per thread, so that a thread makes the same choices again for the same seed.
class Dice
{
public:
    void reseed(quint64 seed) { m_state = seed * Q_UINT64_C(0x9e3779b97f4a7c15) | 1; }
    bool oneIn(quint32 sides) { return below(sides) == 0; }
    quint32 below(quint32 limit)
    {
        // xorshift64* (Vigna, 2016)
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return quint32((m_state * Q_UINT64_C(0x2545f4914f6cdd1d)) >> 32) % limit;
    }

private:
    quint64 m_state = 1;
};

thread_local Dice chaos;

// Lets other threads run wherever a thread is between two steps that others may notice, and finds
// locks taken that are free, so that shards split without a crowd.
struct ChaosTraits : TestTraits<ChaosTraits>
{
    class Mutex : public QMutex
    {
    public:
        bool try_lock() { return !chaos.oneIn(8) && QMutex::try_lock(); }
    };

    // Who has lost once claims the key.
    static constexpr int claimAfter = 1;
    static inline std::atomic<int> claims { 0 };
    struct Parking : SyncMapInternal::Parking
    {
        Parking() { claims.fetch_add(1, std::memory_order_relaxed); }
    };

    static void testPoint(TestPoint point) noexcept
    {
        // Few come there, and others need a while to get at what is half done.
        if (point == TestPoint::Succeeding && chaos.oneIn(3))
            std::this_thread::yield();
        // Mostly by spinning: on a busy machine, a thread that yields is back after milliseconds.
        if (chaos.oneIn(6)) {
            for (quint32 i = chaos.below(300); i > 0; --i)
                relax();
        }
        if (chaos.oneIn(200))
            std::this_thread::yield();
    }
};

template <typename T>
T valueOf(Value id);
template <>
int valueOf<int>(Value id)
{
    return id;
}
template <>
QString valueOf<QString>(Value id)
{
    return QString::number(id);
}

Value idOf(int value)
{
    return value;
}
Value idOf(const QString &value)
{
    return value.toInt();
}
template <typename T>
Value idOf(const std::optional<T> &value)
{
    return value ? idOf(*value) : Absent;
}

constexpr int KeyCount = 6;
constexpr int ChurnKeyCount = 48;

using History = std::array<std::vector<Operation>, KeyCount>;

qint64 now()
{
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

// One thread of a history: random operations on few keys, and what it was told.
template <typename Key, typename T>
class Actor
{
public:
    using Map = SyncMap<Key, T>;

    Actor(Map &map, int number, int count, quint64 seed)
        : m_map(map), m_count(count), m_number(number)
    {
        m_dice.reseed(seed);
    }

    void run()
    {
        for (int i = 0; i < m_count; ++i)
            step();
    }

    const History &history() const { return m_history; }

private:
    void step()
    {
        const int number = int(m_dice.below(KeyCount));
        const Key key = { number };
        Operation operation;
        const quint32 choice = m_dice.below(100);
        if (choice < 14) {
            operation.kind = Kind::Find;
            record(number, operation, [&] { operation.result = idOf(m_map.find(key)); });
        } else if (choice < 20) {
            operation.kind = Kind::Find;
            record(number, operation, [&] {
                const auto guard = m_map.guard();
                const auto value = m_map.get(key, guard);
                operation.result = value ? idOf(*value) : Absent;
            });
        } else if (choice < 24) {
            operation.kind = Kind::Contains;
            record(number, operation, [&] { operation.told = m_map.contains(key); });
        } else if (choice < 30) {
            operation.kind = Kind::Insert;
            operation.argument = fresh();
            record(number, operation, [&] { m_map.insert(key, valueOf<T>(operation.argument)); });
        } else if (choice < 33) {
            operation.kind = Kind::InsertOrAssign;
            operation.argument = fresh();
            record(number, operation, [&] {
                operation.told = m_map.insertOrAssign(key, valueOf<T>(operation.argument));
            });
        } else if (choice < 36) {
            operation.kind = Kind::Replace;
            operation.argument = fresh();
            record(number, operation,
                   [&] { operation.told = m_map.replace(key, valueOf<T>(operation.argument)); });
        } else if (choice < 42) {
            operation.kind = Kind::Remove;
            record(number, operation, [&] { operation.told = m_map.remove(key); });
        } else if (choice < 49) {
            operation.kind = Kind::RemoveIfEqual;
            operation.expected = guess(number);
            record(number, operation,
                   [&] { operation.told = m_map.remove(key, valueOf<T>(operation.expected)); });
        } else if (choice < 57) {
            operation.kind = Kind::Take;
            record(number, operation, [&] { operation.result = idOf(m_map.take(key)); });
        } else if (choice < 67) {
            operation.kind = Kind::TryInsert;
            operation.argument = fresh();
            record(number, operation, [&] {
                const auto result = m_map.tryInsert(key, valueOf<T>(operation.argument));
                operation.told = result.inserted;
                operation.result = idOf(result.value);
            });
        } else if (choice < 75) {
            operation.kind = Kind::Exchange;
            operation.argument = fresh();
            record(number, operation, [&] {
                operation.result = idOf(m_map.exchange(key, valueOf<T>(operation.argument)));
            });
        } else if (choice < 83) {
            operation.kind = Kind::CompareExchange;
            operation.argument = fresh();
            operation.expected = guess(number);
            record(number, operation, [&] {
                operation.told = m_map.compareExchange(key, valueOf<T>(operation.expected),
                                                       valueOf<T>(operation.argument));
            });
        } else if (choice < 91) {
            operation.kind = Kind::Compute;
            operation.argument = m_dice.oneIn(4) ? Absent : fresh();
            record(number, operation, [&] {
                m_map.compute(key, [&](const T *current) -> std::optional<T> {
                    operation.result = current ? idOf(*current) : Absent;
                    for (int i = 0; i < 8; ++i)
                        ChaosTraits::testPoint(TestPoint::Unlinked); // others come in between
                    if (operation.argument == Absent)
                        return std::nullopt;
                    return valueOf<T>(operation.argument);
                });
            });
        } else if (choice < 94) {
            operation.kind = Kind::TryInsert;
            operation.argument = fresh();
            record(number, operation, [&] {
                operation.result = idOf(
                        m_map.getOrInsert(key, [&] { return valueOf<T>(operation.argument); }));
                operation.told = operation.result == operation.argument;
            });
        } else if (choice < 96) {
            findAll();
        } else if (choice < 98) {
            forEach();
        } else {
            clear();
        }
    }

    template <typename Function>
    void record(int key, Operation &operation, Function &&call)
    {
        operation.called = now();
        call();
        operation.returned = now();
        if (operation.result != Absent)
            m_lastSeen[std::size_t(key)] = operation.result;
        m_history[std::size_t(key)].push_back(operation);
    }

    // Each key is read at a moment of its own, so these are as many operations.
    void findAll()
    {
        QList<Key> keys;
        for (int i = 0; i < KeyCount; ++i)
            keys.append(Key { i });
        Operation operation;
        operation.called = now();
        const auto values = m_map.findAll(keys);
        operation.returned = now();
        for (int i = 0; i < KeyCount; ++i) {
            operation.result = idOf(values.at(i));
            m_history[std::size_t(i)].push_back(operation);
        }
    }

    // An iteration tells nothing of the keys that it does not come by.
    void forEach()
    {
        std::array<Value, KeyCount> values = {};
        Operation operation;
        operation.called = now();
        m_map.forEach([&values](const Key &key, const T &value) {
            if (key.value < KeyCount)
                values[std::size_t(key.value)] = idOf(value);
        });
        operation.returned = now();
        for (int i = 0; i < KeyCount; ++i) {
            operation.result = values[std::size_t(i)];
            if (operation.result != Absent)
                m_history[std::size_t(i)].push_back(operation);
        }
    }

    // Not atomic as a whole; but of each key it is a removal.
    void clear()
    {
        Operation operation;
        operation.kind = Kind::Clear;
        operation.called = now();
        m_map.clear();
        operation.returned = now();
        for (int i = 0; i < KeyCount; ++i)
            m_history[std::size_t(i)].push_back(operation);
    }

    Value fresh() { return ++m_made * 16 + m_number; }

    // What the key was seen to hold last: often still true, which a random value never would be.
    Value guess(int key)
    {
        const Value seen = m_lastSeen[std::size_t(key)];
        return seen == Absent || m_dice.oneIn(8) ? fresh() : seen;
    }

    Map &m_map;
    Dice m_dice;
    History m_history;
    std::array<Value, KeyCount> m_lastSeen = {};
    const int m_count;
    const int m_number; // less than 16
    Value m_made = 0;
};

// Fills and empties the tables that the keys of the history are in.
template <typename Map>
void churn(Map &map, const std::atomic<bool> &over)
{
    for (int round = 0; !over.load(std::memory_order_relaxed); ++round) {
        for (int i = 0; i < ChurnKeyCount; ++i)
            map.insert({ KeyCount + i }, {});
        for (int i = 0; i < ChurnKeyCount; ++i)
            map.remove({ KeyCount + i });
        if (round % 8 == 0)
            map.squeeze();
    }
}

QByteArray described(const std::vector<Operation> &history, std::size_t index)
{
    static constexpr const char *Names[] = {
        "contains", "find",      "insert",   "insertOrAssign",  "replace", "remove", "remove",
        "take",     "tryInsert", "exchange", "compareExchange", "compute", "clear"
    };
    const Operation &culprit = history[index];
    QByteArray text = "No order of the operations on the key explains the last of these:";
    std::vector<Operation> near;
    for (const Operation &operation : history) {
        if (operation.returned >= culprit.called - 20000 && operation.called <= culprit.returned)
            near.push_back(operation);
    }
    std::sort(near.begin(), near.end(),
              [](const auto &a, const auto &b) { return a.returned < b.returned; });
    for (const Operation &operation : near) {
        text += QByteArray("\n  [") + QByteArray::number(operation.called - culprit.called) + ", "
                + QByteArray::number(operation.returned - culprit.called) + "] "
                + Names[int(operation.kind)] + " argument " + QByteArray::number(operation.argument)
                + " expected " + QByteArray::number(operation.expected) + " result "
                + QByteArray::number(operation.result) + (operation.told ? " true" : " false");
    }
    return text;
}

template <typename T, int HashBits, bool InTables = false>
void explain(quint64 firstSeed)
{
    using Key = TestKey<ChaosTraits, HashBits, InTables>;
    // A sanitizer looks for what is not ordered, and finds it in any history.
    constexpr int Rounds = SYNCMAP_SANITIZED ? 8 : 24;
    constexpr int MostRounds = 1200;
    constexpr int Operations = 400;

    EngineCounts total;
    // All of this is to happen under the histories, or they prove little.
    ChaosTraits::claims = 0;
    const auto isEnough = [&total] {
        return ChaosTraits::claims > 100 && total.promotions > 100 && total.purges > 10
                && total.clears > 10
                && (HashBits == 0
                    || (total.splits > 10 && total.merges > 10)); // one hash cannot be divided
    };
    for (int round = 0; round < Rounds || (!isEnough() && round < MostRounds); ++round) {
        const quint64 seed = firstSeed + quint64(round);
        const int actorCount = 3 + round % 2;
        SyncMap<Key, T> map;
        std::vector<Actor<Key, T>> actors;
        for (int i = 0; i < actorCount; ++i)
            actors.emplace_back(map, i, Operations, seed * 31 + quint64(i));
        std::atomic<int> running { actorCount };
        std::atomic<bool> over { false };
        runInThreads(actorCount + 1, [&](int i) {
            chaos.reseed(seed * 37 + quint64(i));
            if (i == actorCount)
                return churn(map, over);
            actors[std::size_t(i)].run();
            if (running.fetch_sub(1, std::memory_order_relaxed) == 1)
                over.store(true, std::memory_order_relaxed);
        });

        for (std::size_t key = 0; key < KeyCount; ++key) {
            std::vector<Operation> history;
            for (const auto &actor : actors) {
                const std::vector<Operation> &part = actor.history()[key];
                history.insert(history.end(), part.begin(), part.end());
            }
            // What is left at the end is one more thing to explain.
            Operation last;
            last.called = now();
            last.result = idOf(map.find(Key { int(key) }));
            last.returned = now();
            history.push_back(last);
            if (const auto index = Checker(history).findInexplicable())
                QFAIL("seed " + QByteArray::number(seed) + ": " + described(history, *index));
        }
        const EngineCounts statistics = countsOf(map);
        total.promotions += statistics.promotions;
        total.purges += statistics.purges;
        total.splits += statistics.splits;
        total.clears += statistics.clears;
        total.merges += statistics.merges;
    }

    QVERIFY2(isEnough(),
             "claims " + QByteArray::number(ChaosTraits::claims.load()) + ", promotions "
                     + QByteArray::number(total.promotions) + ", purges "
                     + QByteArray::number(total.purges) + ", clears "
                     + QByteArray::number(total.clears) + ", splits "
                     + QByteArray::number(total.splits) + ", merges "
                     + QByteArray::number(total.merges));
}

} // namespace

class tst_Linearizability : public QObject
{
    Q_OBJECT

    const quint64 m_seed;

public:
    explicit tst_Linearizability(quint64 seed) : m_seed(seed) { }

private slots:
    void checkerAcceptsWhatAnOrderExplains();
    void checkerRejectsALostUpdate();
    void checkerRejectsAStaleRead();
    void checkerRejectsAValueTakenTwice();
    void checkerRejectsTwoWinners();
    void checkerRejectsAComparisonThatDidNotHold();
    void checkerRejectsAValueFromNowhere();

    void inTables() { explain<int, 64, true>(m_seed); }
    void overwrittenInPlace() { explain<int, 64>(m_seed); }
    void nodes() { explain<QString, 64>(m_seed); }
    void inTablesWithFourHashes() { explain<int, 2, true>(m_seed); }
    void overwrittenInPlaceWithFourHashes() { explain<int, 2>(m_seed); }
    void nodesWithFourHashes() { explain<QString, 2>(m_seed); }
    void inTablesWithOneHash() { explain<int, 0, true>(m_seed); }
    void overwrittenInPlaceWithOneHash() { explain<int, 0>(m_seed); }
    void nodesWithOneHash() { explain<QString, 0>(m_seed); }
};

namespace {

// Operations with stamps, for histories written by hand.
Operation at(qint64 called, qint64 returned, Kind kind, Value argument, Value result = Absent,
             bool told = false, Value expected = Absent)
{
    Operation operation;
    operation.kind = kind;
    operation.argument = argument;
    operation.expected = expected;
    operation.result = result;
    operation.told = told;
    operation.called = called;
    operation.returned = returned;
    return operation;
}

bool isExplained(const std::vector<Operation> &history)
{
    return !Checker(history).findInexplicable();
}

} // namespace

void tst_Linearizability::checkerAcceptsWhatAnOrderExplains()
{
    QVERIFY(isExplained({}));
    // A read that overlaps a write may see it or not, and a later one must.
    QVERIFY(isExplained({ at(0, 9, Kind::Insert, 1), at(1, 2, Kind::Find, 0, Absent),
                          at(3, 4, Kind::Find, 0, 1), at(10, 11, Kind::Find, 0, 1) }));
    // Of operations that overlap, the later one may come first.
    QVERIFY(isExplained({ at(0, 9, Kind::Take, 0, 7), at(1, 8, Kind::Insert, 7),
                          at(10, 11, Kind::Contains, 0, Absent, false) }));
    QVERIFY(isExplained({ at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Exchange, 2, 3),
                          at(2, 9, Kind::Exchange, 3, 1), at(10, 11, Kind::Find, 0, 2) }));
    QVERIFY(isExplained({ at(0, 9, Kind::TryInsert, 1, 1, true), at(0, 9, Kind::TryInsert, 2, 1),
                          at(0, 9, Kind::Clear, 0), at(10, 11, Kind::Find, 0, Absent) }));
    QVERIFY(isExplained({ at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Compute, 2, 1),
                          at(2, 9, Kind::Compute, Absent, 2),
                          at(2, 9, Kind::RemoveIfEqual, 0, Absent, false, 1),
                          at(10, 11, Kind::Remove, 0, Absent, false) }));
    QVERIFY(isExplained({ at(0, 1, Kind::Insert, 1),
                          at(2, 9, Kind::CompareExchange, 2, Absent, true, 1),
                          at(2, 9, Kind::CompareExchange, 3, Absent, false, 1),
                          at(10, 11, Kind::Find, 0, 2) }));
}

void tst_Linearizability::checkerRejectsALostUpdate()
{
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Compute, 2, 1),
                           at(2, 9, Kind::Compute, 3, 1) }));
    QVERIFY(!isExplained(
            { at(0, 9, Kind::Exchange, 1, Absent), at(0, 9, Kind::Exchange, 2, Absent) }));
}

void tst_Linearizability::checkerRejectsAStaleRead()
{
    const std::vector<Operation> history = { at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Insert, 2),
                                             at(4, 5, Kind::Find, 0, 1) };
    QCOMPARE(Checker(history).findInexplicable().value_or(0), std::size_t(2));
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Find, 0, Absent) }));
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Contains, 0) }));
    // Once one read has seen a write, no later one may miss it, though the write is still under
    // way.
    QVERIFY(!isExplained({ at(0, 9, Kind::Insert, 1), at(1, 2, Kind::Find, 0, 1),
                           at(3, 4, Kind::Find, 0, Absent) }));
    QVERIFY(!isExplained(
            { at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Clear, 0), at(4, 5, Kind::Find, 0, 1) }));
}

void tst_Linearizability::checkerRejectsAValueTakenTwice()
{
    QVERIFY(!isExplained(
            { at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Take, 0, 1), at(2, 9, Kind::Take, 0, 1) }));
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Remove, 0, Absent, true),
                           at(2, 9, Kind::Take, 0, 1) }));
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 9, Kind::Remove, 0, Absent, true),
                           at(2, 9, Kind::RemoveIfEqual, 0, Absent, true, 1) }));
}

void tst_Linearizability::checkerRejectsTwoWinners()
{
    QVERIFY(!isExplained(
            { at(0, 9, Kind::TryInsert, 1, 1, true), at(0, 9, Kind::TryInsert, 2, 2, true) }));
    QVERIFY(!isExplained({ at(0, 9, Kind::TryInsert, 1, 2), at(0, 9, Kind::TryInsert, 2, 1) }));
}

void tst_Linearizability::checkerRejectsAComparisonThatDidNotHold()
{
    QVERIFY(!isExplained(
            { at(0, 1, Kind::Insert, 1), at(2, 3, Kind::CompareExchange, 3, Absent, true, 2) }));
    QVERIFY(!isExplained(
            { at(0, 1, Kind::Insert, 1), at(2, 3, Kind::CompareExchange, 3, Absent, false, 1) }));
    QVERIFY(!isExplained({ at(0, 1, Kind::CompareExchange, 3, Absent, true, Absent) }));
    QVERIFY(!isExplained(
            { at(0, 1, Kind::Insert, 1), at(2, 3, Kind::RemoveIfEqual, 0, Absent, true, 2) }));
}

void tst_Linearizability::checkerRejectsAValueFromNowhere()
{
    QVERIFY(!isExplained({ at(0, 1, Kind::Insert, 1), at(2, 3, Kind::Find, 0, 2) }));
    QVERIFY(!isExplained({ at(0, 1, Kind::Find, 0, 1), at(2, 3, Kind::Insert, 1) }));
}

int main(int argc, char **argv)
{
    const quint64 seed = takeSeed(argc, argv);
    tst_Linearizability test(seed);
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_linearizability.moc"
