// SPDX-License-Identifier: MIT

// Copies, moves, hashes and comparisons of keys and values that throw: at every place where a member
// of SyncMap calls them, one after the other. An operation on one key has no effect then; nothing
// leaks, and no lock or guard is left behind.

#include "throwing.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <functional>
#include <map>
#include <thread>
#include <vector>

namespace {

using Key = Throwing<struct KeyTag>;
using Value = Throwing<struct ValueTag>;
using SteadyValue = Throwing<struct ValueTag, Moves::NeverThrow>;
using Map = SyncMap<Key, Value>;
using SteadyMap = SyncMap<Key, SteadyValue>;
using Content = std::map<int, int>;

template <typename T>
Content contentOf(const SyncMap<Key, T> &map)
{
    Content content;
    map.forEach(
            [&content](const Key &key, const T &value) { content[key.number()] = value.number(); });
    return content;
}

// A key that is there, and one that is not.
constexpr int there = 3;
constexpr int missing = 1000;

enum class Atomic : quint8 {
    Yes, // without effect if it throws
    UpToItsResult, // the same, but moving the result to the caller may throw when it is done
    No,
};

} // namespace

class tst_Exceptions : public QObject
{
    Q_OBJECT

    template <typename T>
    static void fill(SyncMap<Key, T> &map, int count);
    template <typename T>
    static void verifyUsable(SyncMap<Key, T> &map);
    template <typename T, typename Operation>
    static void sweep(int count, const Operation &operation, Atomic atomic);
    template <typename T>
    static void addWrites();

private Q_SLOTS:
    void cleanup();

    void readsHaveNoEffect_data();
    void readsHaveNoEffect();
    void writesToOneKeyHaveNoEffect_data();
    void writesToOneKeyHaveNoEffect();
    void writesWhoseMovesThrowHaveNoEffect_data();
    void writesWhoseMovesThrowHaveNoEffect();
    void writesToManyKeysAreDoneToTheLastOrStop_data();
    void writesToManyKeysAreDoneToTheLastOrStop();
    void constructionLeaksNothing();
    void callbacksThatThrowHaveNoEffect();
    void aThrowingCallbackEndsTheIteration();
    void collidingKeysThatThrowUnderTheLockReleaseIt();
};

Q_DECLARE_METATYPE(Atomic)
Q_DECLARE_METATYPE(std::function<void(Map &)>)
Q_DECLARE_METATYPE(std::function<void(SteadyMap &)>)

void tst_Exceptions::cleanup()
{
    QCOMPARE(Key::alive(), 0);
    QCOMPARE(Value::alive(), 0);
    QCOMPARE(SteadyValue::alive(), 0);
}

template <typename T>
void tst_Exceptions::fill(SyncMap<Key, T> &map, int count)
{
    for (int i = 0; i < count; ++i)
        map.insert(Key(i), T(i * 10));
}

// Whatever was locked or guarded by the operation that threw is free again: for another thread, too.
template <typename T>
void tst_Exceptions::verifyUsable(SyncMap<Key, T> &map)
{
    bool collected = false;
    const Content before = contentOf(map);
    std::thread other([&] {
        for (const auto &[key, value] : before)
            map.insert(Key(key), T(value));
        map.insert(Key(-1), T(-1));
        map.remove(Key(-1));
        collected = map.collect();
    });
    other.join();
    QVERIFY(collected);
    QVERIFY(contentOf(map) == before);
    QCOMPARE(map.size(), qsizetype(before.size()));
}

// Lets the first, the second, … step of the operation throw, until none does.
template <typename T, typename Operation>
void tst_Exceptions::sweep(int count, const Operation &operation, Atomic atomic)
{
    Content after;
    {
        SyncMap<Key, T> map;
        fill(map, count);
        operation(map);
        after = contentOf(map);
    }
    for (int n = 0;; ++n) {
        SyncMap<Key, T> map;
        fill(map, count);
        const Content before = contentOf(map);
        bool thrown = false;
        bool happened = false;
        {
            const Fault fault(n);
            try {
                operation(map);
            } catch (Fault::Thrown) {
                thrown = true;
            }
            happened = fault.happened();
        }
        QCOMPARE(thrown, happened);
        const Content content = contentOf(map);
        const bool isAsExpected = content == (thrown ? before : after)
                || (thrown && atomic == Atomic::UpToItsResult && content == after)
                || (thrown && atomic == Atomic::No);
        QVERIFY2(isAsExpected, qPrintable(QString("step %1 threw").arg(n)));
        QCOMPARE(map.size(), qsizetype(content.size()));
        verifyUsable(map);
        if (QTest::currentTestFailed())
            return;
        QCOMPARE(Key::alive(), int(map.size()));
        QCOMPARE(T::alive(), int(map.size()));
        if (!thrown) {
            QVERIFY2(n > 0, "nothing that could throw was called");
            return;
        }
    }
}

void tst_Exceptions::readsHaveNoEffect_data()
{
    QTest::addColumn<std::function<void(Map &)>>("operation");
    const auto row = [](const char *name, const std::function<void(Map &)> &operation) {
        QTest::newRow(name) << operation;
    };
    for (const int number : { there, missing }) {
        const auto named = [number](const char *name) {
            return QByteArray(name) + (number == there ? ", present" : ", absent");
        };
        row(named("find"), [number](Map &map) { (void)map.find(Key(number)); });
        row(named("value"), [number](Map &map) { (void)map.value(Key(number), Value(1)); });
        row(named("contains"), [number](Map &map) { (void)map.contains(Key(number)); });
        row(named("get"), [number](Map &map) {
            const auto guard = map.guard();
            (void)map.get(Key(number), guard);
        });
    }
    row("findAll", [](Map &map) {
        const Map &constant = map;
        (void)constant.findAll({ Key(1), Key(missing), Key(2), Key(there) });
    });
    row("keys", [](Map &map) { (void)map.keys(); });
    row("values", [](Map &map) { (void)map.values(); });
}

void tst_Exceptions::readsHaveNoEffect()
{
    QFETCH(const std::function<void(Map &)>, operation);
    sweep<Value>(20, operation, Atomic::Yes);
}

// Each write to one key, and what it may do if a move throws.
template <typename T>
void tst_Exceptions::addWrites()
{
    using Tested = SyncMap<Key, T>;
    QTest::addColumn<Atomic>("atomic");
    QTest::addColumn<std::function<void(Tested &)>>("operation");
    const auto row = [](const char *name, Atomic atomic,
                        const std::function<void(Tested &)> &operation) {
        QTest::newRow(name) << atomic << operation;
    };
    for (const int number : { there, missing }) {
        const auto named = [number](const char *name) {
            return QByteArray(name) + (number == there ? ", present" : ", absent");
        };
        row(named("insert"), Atomic::Yes, [number](Tested &map) { map.insert(Key(number), T(1)); });
        row(named("insert of a copy"), Atomic::Yes, [number](Tested &map) {
            const Key key(number);
            const T value(1);
            map.insert(key, value);
        });
        row(named("tryInsert"), Atomic::UpToItsResult,
            [number](Tested &map) { (void)map.tryInsert(Key(number), T(1)); });
        row(named("tryInsert under a guard"), Atomic::Yes, [number](Tested &map) {
            const auto guard = map.guard();
            (void)map.tryInsert(Key(number), T(1), guard);
        });
        row(named("getOrInsert"), Atomic::UpToItsResult,
            [number](Tested &map) { map.getOrInsert(Key(number), [] { return T(1); }); });
        row(named("exchange"), Atomic::UpToItsResult,
            [number](Tested &map) { map.exchange(Key(number), T(1)); });
        row(named("compareExchange"), Atomic::Yes,
            [number](Tested &map) { (void)map.compareExchange(Key(number), T(there * 10), T(1)); });
        row(named("remove"), Atomic::Yes, [number](Tested &map) { map.remove(Key(number)); });
        row(named("remove of a value"), Atomic::Yes,
            [number](Tested &map) { map.remove(Key(number), T(there * 10)); });
        row(named("take"), Atomic::UpToItsResult, [number](Tested &map) { map.take(Key(number)); });
        row(named("compute that stores"), Atomic::UpToItsResult, [number](Tested &map) {
            map.compute(Key(number), [](const T *) { return std::optional<T>(1); });
        });
        row(named("compute that removes"), Atomic::Yes, [number](Tested &map) {
            map.compute(Key(number), [](const T *) { return std::optional<T>(); });
        });
    }
    row("compareExchange of another value", Atomic::Yes,
        [](Tested &map) { (void)map.compareExchange(Key(there), T(-1), T(1)); });
    row("remove of another value", Atomic::Yes, [](Tested &map) { map.remove(Key(there), T(-1)); });
}

// If nothing but moves is sure not to throw.
void tst_Exceptions::writesToOneKeyHaveNoEffect_data()
{
    addWrites<SteadyValue>();
}

void tst_Exceptions::writesToOneKeyHaveNoEffect()
{
    QFETCH(const std::function<void(SteadyMap &)>, operation);
    sweep<SteadyValue>(7, operation, Atomic::Yes); // the next new key makes the table grow
    sweep<SteadyValue>(20, operation, Atomic::Yes);
}

void tst_Exceptions::writesWhoseMovesThrowHaveNoEffect_data()
{
    addWrites<Value>();
}

void tst_Exceptions::writesWhoseMovesThrowHaveNoEffect()
{
    QFETCH(const Atomic, atomic);
    QFETCH(const std::function<void(Map &)>, operation);
    sweep<Value>(7, operation, atomic);
    sweep<Value>(20, operation, atomic);
}

void tst_Exceptions::writesToManyKeysAreDoneToTheLastOrStop_data()
{
    QTest::addColumn<std::function<void(Map &)>>("operation");
    const auto row = [](const char *name, const std::function<void(Map &)> &operation) {
        QTest::newRow(name) << operation;
    };
    row("insert of a hash", [](Map &map) {
        // Qt's hash is not safe against copies that throw: it is built while none does.
        static const auto entries = [] {
            std::vector<std::pair<int, int>> result;
            for (int i = 10; i < 30; ++i)
                result.emplace_back(i, -i);
            return result;
        }();
        for (const auto &[key, value] : entries)
            map.insert(Key(key), Value(value));
    });
    row("removeIf", [](Map &map) {
        map.removeIf([](const Key &key, const Value &value) {
            Fault::step();
            return key.number() % 2 == 0 && value.number() > 20;
        });
    });
    row("forEach",
        [](Map &map) { map.forEach([](const Key &, const Value &) { Fault::step(); }); });
}

void tst_Exceptions::writesToManyKeysAreDoneToTheLastOrStop()
{
    QFETCH(const std::function<void(Map &)>, operation);
    sweep<Value>(20, operation, Atomic::No);
}

void tst_Exceptions::constructionLeaksNothing()
{
    const std::initializer_list<std::pair<Key, Value>> entries = { { Key(1), Value(1) },
                                                                   { Key(2), Value(2) },
                                                                   { Key(1), Value(3) } };
    for (int n = 0;; ++n) {
        const int alive = Key::alive();
        const Fault fault(n);
        try {
            const Map map(entries);
            QCOMPARE(map.size(), 2);
            break;
        } catch (Fault::Thrown) {
            QCOMPARE(Key::alive(), alive);
            QCOMPARE(Value::alive(), alive);
        }
        QVERIFY(n < 1000);
    }
}

void tst_Exceptions::callbacksThatThrowHaveNoEffect()
{
    Map map;
    fill(map, 20);
    const Content before = contentOf(map);
    const auto fails = [](const Value *) -> std::optional<Value> { throw Fault::Thrown(); };
    QVERIFY_THROWS_EXCEPTION(Fault::Thrown, map.compute(Key(there), fails));
    QVERIFY_THROWS_EXCEPTION(Fault::Thrown, map.compute(Key(missing), fails));
    const auto failsToMake = []() -> Value { throw Fault::Thrown(); };
    QVERIFY_THROWS_EXCEPTION(Fault::Thrown, map.getOrInsert(Key(missing), failsToMake));
    QVERIFY(contentOf(map) == before);
    verifyUsable(map);
}

void tst_Exceptions::aThrowingCallbackEndsTheIteration()
{
    Map map;
    fill(map, 100);
    int visited = 0;
    const auto failsLate = [&visited](const Key &, const Value &) {
        if (++visited == 50)
            throw Fault::Thrown();
        return true;
    };
    QVERIFY_THROWS_EXCEPTION(Fault::Thrown, map.forEach(failsLate));
    QCOMPARE(visited, 50);
    visited = 0;
    QVERIFY_THROWS_EXCEPTION(Fault::Thrown, map.removeIf(failsLate));
    QCOMPARE(map.size(), 51); // what was approved is gone
    QCOMPARE(contentOf(map).size(), size_t(51));
    verifyUsable(map);
}

namespace {

// All hashes are equal, so that comparisons run under the lock.
class Colliding : public Throwing<struct CollidingTag>
{
public:
    using Throwing::Throwing;
    friend size_t qHash(const Colliding &, size_t) { return 1; }
};

} // namespace

void tst_Exceptions::collidingKeysThatThrowUnderTheLockReleaseIt()
{
    using Base = Throwing<struct CollidingTag>;
    {
        SyncMap<Colliding, int> map;
        for (int i = 0; i < 7; ++i)
            map.insert(Colliding(i), i);
        int thrown = 0;
        for (int n = 0;; ++n) {
            {
                const Fault fault(n);
                try {
                    (void)map.tryInsert(Colliding(100), 100);
                } catch (Fault::Thrown) {
                    ++thrown;
                }
                if (!fault.happened())
                    break;
            }
            QCOMPARE(map.size(), 7);
            std::thread([&map] { map.insert(Colliding(3), 3); }).join();
        }
        // Once while the key is looked for without the lock, once under it, for each of the others.
        QVERIFY(thrown >= 14);
        QCOMPARE(map.size(), 8);
        QCOMPARE(map.find(Colliding(100)), std::optional<int>(100));
        QVERIFY(map.collect());
    }
    QCOMPARE(Base::alive(), 0);
}

int main(int argc, char **argv)
{
    tst_Exceptions test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_exceptions.moc"
