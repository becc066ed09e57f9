// SPDX-License-Identifier: MIT
#include "allocations.h"
#include "enginecounts.h"
#include "findings.h"
#include "instances.h"
#include "seed.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtCore/qset.h>
#include <QtCore/qstring.h>
#include <QtTest/qtest.h>

#include <array>
#include <limits>
#include <random>

namespace {

constexpr int Shrink = SYNCMAP_SANITIZED ? 8 : 1;
constexpr int ThreadCount = 8;

// A value that is not overwritten in place, counts its objects, and shows if it is not whole.
class Sealed : public Instances<Sealed>
{
public:
    explicit Sealed(int number = 0) : m_number(number), m_inverse(~number), m_sum(sumOf(number)) { }

    int number() const { return m_number; }
    bool isWhole() const { return m_inverse == ~m_number && m_sum == sumOf(m_number); }

    friend bool operator==(const Sealed &a, const Sealed &b) { return a.m_number == b.m_number; }

private:
    static quint64 sumOf(int number)
    {
        return quint64(quint32(number)) * Q_UINT64_C(0x9e3779b97f4a7c15);
    }

    int m_number;
    int m_inverse;
    quint64 m_sum;
};

// A value that is overwritten in place, with bytes between its members that nobody writes.
struct Padded
{
    quint8 low;
    quint32 all;

    friend bool operator==(const Padded &a, const Padded &b) { return a.all == b.all; }
};
static_assert(SyncMapInternal::isOverwrittenInPlace<Padded> && sizeof(Padded) == 8);

template <typename T>
T made(int number)
{
    if constexpr (std::is_same_v<T, Padded>)
        return { quint8(number), quint32(number) };
    else if constexpr (std::is_same_v<T, QString>)
        return QString::number(number) + QLatin1Char('/') + QString::number(number);
    else
        return T(number);
}

int numberOf(int value)
{
    return value;
}
int numberOf(const Padded &value)
{
    return int(value.all);
}
int numberOf(const Sealed &value)
{
    return value.number();
}
int numberOf(const QString &value)
{
    return value.left(value.indexOf(QLatin1Char('/'))).toInt();
}

bool isWhole(int)
{
    return true;
}
bool isWhole(const Padded &value)
{
    return value.low == quint8(value.all);
}
bool isWhole(const Sealed &value)
{
    return value.isWhole();
}
bool isWhole(const QString &value)
{
    return value == made<QString>(numberOf(value));
}

// Calls f() in one more thread again and again, until the scope ends.
class Meanwhile
{
public:
    template <typename Function>
    explicit Meanwhile(Function f)
        : m_thread([this, f] {
              do {
                  f();
              } while (!m_over.load(std::memory_order_relaxed));
          })
    {
    }
    ~Meanwhile()
    {
        m_over.store(true, std::memory_order_relaxed);
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(Meanwhile)

private:
    std::atomic<bool> m_over { false };
    std::thread m_thread;
};

} // namespace

class tst_Concurrency : public QObject
{
    Q_OBJECT

    const quint64 m_seed;

public:
    explicit tst_Concurrency(quint64 seed) : m_seed(seed) { }

private slots:
    void cleanup();

    // Reads beside writes of the same key
    void readShowsWholeValue_data();
    void readShowsWholeValue();
    void guardedValueStaysAsItWas();
    void writeIsSeenWithAllThatCameBeforeIt_data();
    void writeIsSeenWithAllThatCameBeforeIt();

    // Many threads write
    void disjointKeysAreAllThere();
    void sameKeysAreReadWhileTheyAreInserted();
    void lastWriteOfAThreadStays();
    void shardsSplitUnderTheirWriters();
    void sixtyFourThreadsKeepTheirKeys();

    // One winner, no lost update
    void takeHasOneWinner();
    void removeHasOneWinner();
    void tryInsertHasOneWinner();
    void getOrInsertGivesOneValueToAll();
    void compareExchangeLosesNoUpdate();
    void compareExchangeOfAMissingKeyFails();
    void computeLosesNoUpdate();
    void computeThatRemovesLosesNoUpdate();
    void exchangeHandsEachValueOnOnce();

    // Iteration beside writes
    void iterationSeesEachKeyOnceWithAValueOfItsOwn();
    void iterationNestsAndRemoves();
    void iterationBesideRemovalAndReinsertion_data();
    void iterationBesideRemovalAndReinsertion();
    void iterationAllocatesNothing();
    void removeIfRemovesWhatItApproved();

    // What is left
    void clearUnderLoad();
    void sizeIsExactAfterwards();
    void deletedKeysLeaveNoTrace();
    void overwritesBesideALongGuardAreFreedAfterIt();
};

void tst_Concurrency::cleanup()
{
    QCOMPARE(Sealed::alive(), 0);
}

// Writers count one key up, so a reader must see whole values that never go back.
template <typename T>
static void readShowsWholeValueOf()
{
    constexpr int Writes = 40000 / Shrink;
    SyncMap<int, T> map;
    map.insert(1, made<T>(0));
    Findings findings;
    std::atomic<bool> over { false };
    runInThreads(4, [&](int thread) {
        if (thread == 0) {
            for (int i = 1; i <= Writes; ++i)
                map.insert(1, made<T>(i));
            over = true;
            return;
        }
        for (int last = 0; !over;) {
            const auto guard = map.guard();
            const auto value = map.get(1, guard);
            if (!value) {
                findings.expect(false, "a key that is only overwritten was absent");
                return;
            }
            findings.expect(isWhole(*value), "a value was torn");
            const int number = numberOf(*value);
            findings.expect(number >= last, "a value came back after a later one");
            last = number;
            const std::optional<T> copy = map.find(1);
            findings.expect(copy && isWhole(*copy) && numberOf(*copy) >= last,
                            "a copy was torn, absent or outdated");
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(numberOf(*map.find(1)), Writes);
}

void tst_Concurrency::readShowsWholeValue_data()
{
    QTest::addColumn<QByteArray>("type");
    for (const char *type : { "int", "Padded", "QString", "Sealed" })
        QTest::newRow(type) << QByteArray(type);
}

void tst_Concurrency::readShowsWholeValue()
{
    QFETCH(const QByteArray, type);
    if (type == "int")
        readShowsWholeValueOf<int>();
    else if (type == "Padded")
        readShowsWholeValueOf<Padded>();
    else if (type == "QString")
        readShowsWholeValueOf<QString>();
    else
        readShowsWholeValueOf<Sealed>();
}

void tst_Concurrency::guardedValueStaysAsItWas()
{
    constexpr int Rounds = 2000 / Shrink;
    constexpr int KeyCount = 64;
    SyncMap<int, Sealed> map;
    for (int key = 0; key < KeyCount; ++key)
        map.insert(key, Sealed(key));
    Findings findings;
    {
        std::atomic<int> next { 0 };
        const Meanwhile writer([&] {
            const int i = next.fetch_add(1);
            const int key = i % KeyCount;
            if (i % 3 == 0)
                map.insert(key, Sealed(i));
            else if (i % 3 == 1)
                map.remove(key);
            else
                (void)map.tryInsert(key, Sealed(i));
            if (i % 1024 == 0)
                map.clear();
        });
        runInThreads(2, [&](int) {
            for (int round = 0; round < Rounds; ++round) {
                const auto guard = map.guard();
                std::array<const Sealed *, KeyCount> values = {};
                std::array<int, KeyCount> numbers = {};
                for (std::size_t key = 0; key < KeyCount; ++key) {
                    values[key] = map.get(int(key), guard);
                    if (values[key])
                        numbers[key] = values[key]->number();
                }
                if (round % 16 == 0)
                    std::this_thread::yield();
                for (std::size_t key = 0; key < KeyCount; ++key) {
                    findings.expect(!values[key]
                                            || (values[key]->isWhole()
                                                && values[key]->number() == numbers[key]),
                                    "a value changed under a guard");
                }
            }
        });
    }
    QVERIFY2(findings.isEmpty(), findings.first());
}

// The text is no atomic; the map alone hands it over. ThreadSanitizer watches.
template <typename T>
static void publishes()
{
    constexpr int Count = 20000 / Shrink;
    std::vector<int> text(Count, 0);
    SyncMap<int, T> map;
    map.insert(-1, made<T>(0));
    Findings findings;
    runInThreads(3, [&](int thread) {
        if (thread == 0) {
            for (int i = 0; i < Count; ++i) {
                text[std::size_t(i)] = i + 1;
                if (i % 2 == 0)
                    map.insert(-1, made<T>(i + 1)); // overwrites
                else
                    map.insert(i, made<T>(i + 1)); // a new key
            }
            return;
        }
        for (int next = 0; next < Count;) {
            const auto guard = map.guard();
            if (next % 2 == 0) {
                const auto value = map.get(-1, guard);
                const int number = numberOf(*value);
                if (number <= next)
                    continue;
                next = number - 1;
            } else if (!map.contains(next)) {
                continue;
            }
            findings.expect(text[std::size_t(next)] == next + 1,
                            "a write was seen without what came before it");
            ++next;
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
}

void tst_Concurrency::writeIsSeenWithAllThatCameBeforeIt_data()
{
    QTest::addColumn<bool>("inPlace");
    QTest::newRow("overwritten in place") << true;
    QTest::newRow("nodes") << false;
}

void tst_Concurrency::writeIsSeenWithAllThatCameBeforeIt()
{
    QFETCH(const bool, inPlace);
    if (inPlace)
        publishes<int>();
    else
        publishes<Sealed>();
}

void tst_Concurrency::disjointKeysAreAllThere()
{
    constexpr int PerThread = 20000 / Shrink;
    SyncMap<QString, int> map;
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < PerThread; ++i) {
            const int number = i * ThreadCount + thread;
            map.insert(QString::number(number), number);
        }
    });
    QCOMPARE(map.size(), qsizetype(PerThread) * ThreadCount);
    for (int number = 0; number < PerThread * ThreadCount; ++number)
        QCOMPARE(map.value(QString::number(number), -1), number);
}

void tst_Concurrency::sameKeysAreReadWhileTheyAreInserted()
{
    constexpr int Count = 20000 / Shrink;
    SyncMap<QString, QString> map;
    Findings findings;
    runInThreads(ThreadCount, [&](int thread) {
        if (thread % 2 == 0) {
            for (int i = 0; i < Count; ++i)
                map.insert(QString::number(i), made<QString>(i));
            return;
        }
        for (int i = 0; i < Count;) {
            const auto guard = map.guard();
            const QString *value = map.get(QString::number(i), guard);
            if (!value)
                continue;
            findings.expect(*value == made<QString>(i), "a key led to the value of another one");
            ++i;
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(Count));
    for (int i = 0; i < Count; ++i)
        QCOMPARE(map.value(QString::number(i)), made<QString>(i));
}

void tst_Concurrency::lastWriteOfAThreadStays()
{
    constexpr int KeyCount = 4;
    constexpr int Writes = 20000 / Shrink;
    SyncMap<int, int> inPlace;
    SyncMap<int, Sealed> nodes;
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < Writes; ++i) {
            inPlace.insert(i % KeyCount, i * ThreadCount + thread);
            nodes.insert(i % KeyCount, Sealed(i * ThreadCount + thread));
        }
    });
    QCOMPARE(inPlace.size(), qsizetype(KeyCount));
    QCOMPARE(nodes.size(), qsizetype(KeyCount));
    for (int key = 0; key < KeyCount; ++key) {
        const int last = Writes - KeyCount + key;
        QCOMPARE(inPlace.value(key, -1) / ThreadCount, last);
        QCOMPARE(nodes.value(key).number() / ThreadCount, last);
    }
}

void tst_Concurrency::shardsSplitUnderTheirWriters()
{
    // More than the largest table holds, so that a shard splits also where no writers meet.
    constexpr int PerThread = 6000;
    SyncMap<int, int> map;
    Findings findings;
    runInThreads(4, [&](int thread) {
        for (int i = 0; i < PerThread; ++i) {
            const int key = i * 4 + thread;
            map.insert(key, key);
            const int earlier = (i / 2) * 4 + thread;
            findings.expect(map.value(key, -1) == key, "a thread missed its own write");
            findings.expect(map.value(earlier, -1) == earlier, "a key was lost");
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY(countsOf(map).splits > 0);
    QCOMPARE(map.size(), qsizetype(PerThread) * 4);
    QCOMPARE(map.keys().size(), map.size());
}

void tst_Concurrency::sixtyFourThreadsKeepTheirKeys()
{
    constexpr int Threads = 64;
    constexpr int KeyCount = 40;
    constexpr int Rounds = 40 / (SYNCMAP_SANITIZED ? 4 : 1);
    SyncMap<int, Sealed> map;
    Findings findings;
    runInThreads(Threads, [&](int thread) {
        for (int round = 0; round < Rounds; ++round) {
            for (int i = 0; i < KeyCount; ++i) {
                const int key = thread * KeyCount + i;
                map.insert(key, Sealed(key + round));
                const auto guard = map.guard();
                const Sealed *own = map.get(key, guard);
                findings.expect(own && own->number() == key + round, "a thread lost its own write");
                const Sealed *other = map.get((key + KeyCount) % (Threads * KeyCount), guard);
                findings.expect(!other || other->isWhole(), "a value was torn");
            }
            for (int i = round % 2; i < KeyCount; i += 2)
                findings.expect(map.remove(thread * KeyCount + i), "a key was gone");
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(Threads) * KeyCount / 2);
    for (int key = 0; key < Threads * KeyCount; ++key)
        QCOMPARE(map.contains(key), key % 2 != (Rounds - 1) % 2);
}

template <typename T>
static void takeOnce()
{
    constexpr int Count = 20000 / Shrink;
    SyncMap<int, T> map;
    for (int i = 0; i < Count; ++i)
        map.insert(i, made<T>(i));
    std::vector<std::atomic<int>> winners(Count);
    Findings findings;
    runInThreads(ThreadCount, [&](int) {
        for (int i = 0; i < Count; ++i) {
            if (const std::optional<T> taken = map.take(i)) {
                findings.expect(numberOf(*taken) == i, "the value of another key was taken");
                winners[std::size_t(i)].fetch_add(1);
            }
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    for (const std::atomic<int> &count : winners)
        QCOMPARE(count.load(), 1);
    QVERIFY(map.isEmpty());
}

void tst_Concurrency::takeHasOneWinner()
{
    takeOnce<int>();
    takeOnce<Sealed>();
}

void tst_Concurrency::removeHasOneWinner()
{
    constexpr int Count = 20000 / Shrink;
    SyncMap<int, int> map;
    for (int i = 0; i < Count; ++i)
        map.insert(i, i);
    std::atomic<int> removed { 0 };
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < Count; ++i)
            removed += thread % 2 ? map.remove(i) : map.remove(i, i);
    });
    QCOMPARE(removed.load(), Count);
    QVERIFY(map.isEmpty());
}

void tst_Concurrency::tryInsertHasOneWinner()
{
    constexpr int Count = 5000 / Shrink;
    SyncMap<int, Sealed> map;
    std::vector<std::atomic<int>> winners(Count);
    Findings findings;
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < Count; ++i) {
            const auto result = map.tryInsert(i, Sealed(i * ThreadCount + thread));
            winners[std::size_t(i)] += result.inserted;
            findings.expect(!result.inserted || result.value.number() % ThreadCount == thread,
                            "the winner was told another's value");
            findings.expect(map.value(i) == result.value, "the first value was replaced");
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    for (const std::atomic<int> &count : winners)
        QCOMPARE(count.load(), 1);
}

void tst_Concurrency::getOrInsertGivesOneValueToAll()
{
    constexpr int Count = 5000 / Shrink;
    SyncMap<int, Sealed> map;
    std::vector<std::atomic<int>> values(Count);
    Findings findings;
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < Count; ++i) {
            const int mine = i * ThreadCount + thread + 1;
            const int got = map.getOrInsert(i, [mine] { return Sealed(mine); }).number();
            int first = 0;
            if (!values[std::size_t(i)].compare_exchange_strong(first, got))
                findings.expect(first == got, "two threads got different values");
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(Count));
}

template <typename T>
static void countByCompareExchange()
{
    constexpr int PerThread = 4000 / Shrink;
    SyncMap<int, T> map;
    map.insert(0, made<T>(0));
    runInThreads(ThreadCount, [&](int) {
        for (int i = 0; i < PerThread; ++i) {
            for (;;) {
                const T current = *map.find(0);
                if (map.compareExchange(0, current, made<T>(numberOf(current) + 1)))
                    break;
            }
        }
    });
    QCOMPARE(numberOf(*map.find(0)), PerThread * ThreadCount);
}

void tst_Concurrency::compareExchangeLosesNoUpdate()
{
    countByCompareExchange<int>();
    countByCompareExchange<Padded>();
    countByCompareExchange<Sealed>();
}

void tst_Concurrency::compareExchangeOfAMissingKeyFails()
{
    constexpr int Rounds = 20000 / Shrink;
    SyncMap<int, Sealed> map;
    std::atomic<int> stored { 0 };
    runInThreads(4, [&](int) {
        for (int i = 0; i < Rounds; ++i)
            stored += map.compareExchange(i % 7, Sealed(), Sealed(i));
    });
    QCOMPARE(stored.load(), 0);
    QVERIFY(map.isEmpty());
}

template <typename T>
static void countByCompute()
{
    constexpr int PerThread = 4000 / Shrink;
    SyncMap<int, T> map;
    runInThreads(ThreadCount, [&](int) {
        for (int i = 0; i < PerThread; ++i) {
            map.compute(0, [](const T *current) {
                return std::optional<T>(made<T>(current ? numberOf(*current) + 1 : 1));
            });
        }
    });
    QCOMPARE(numberOf(*map.find(0)), PerThread * ThreadCount);
}

void tst_Concurrency::computeLosesNoUpdate()
{
    countByCompute<int>();
    countByCompute<Sealed>();
}

// The key goes through 1, 2, absent, 1 …, one step per call.
void tst_Concurrency::computeThatRemovesLosesNoUpdate()
{
    constexpr int PerThread = 3000 / Shrink;
    SyncMap<int, Sealed> map;
    std::array<std::atomic<int>, 3> steps = {};
    runInThreads(ThreadCount, [&](int) {
        for (int i = 0; i < PerThread; ++i) {
            int seen = 0;
            map.compute(0, [&seen](const Sealed *current) -> std::optional<Sealed> {
                seen = current ? current->number() : 0;
                return seen == 2 ? std::nullopt : std::optional<Sealed>(Sealed(seen + 1));
            });
            ++steps[std::size_t(seen)];
        }
    });
    constexpr int Total = PerThread * ThreadCount;
    QCOMPARE(steps[0].load(), (Total + 2) / 3);
    QCOMPARE(steps[1].load(), (Total + 1) / 3);
    QCOMPARE(steps[2].load(), Total / 3);
    QCOMPARE(map.size(), qsizetype(Total % 3 != 0));
}

template <typename T>
static void handOn()
{
    constexpr int PerThread = 5000 / Shrink;
    constexpr int Total = PerThread * ThreadCount;
    SyncMap<int, T> map;
    std::vector<std::atomic<int>> handedOut(Total);
    runInThreads(ThreadCount, [&](int thread) {
        for (int i = 0; i < PerThread; ++i) {
            if (const auto previous = map.exchange(0, made<T>(thread * PerThread + i)))
                ++handedOut[std::size_t(numberOf(*previous))];
        }
    });
    ++handedOut[std::size_t(numberOf(*map.find(0)))];
    for (const std::atomic<int> &count : handedOut)
        QCOMPARE(count.load(), 1);
}

void tst_Concurrency::exchangeHandsEachValueOnOnce()
{
    handOn<int>();
    handOn<Sealed>();
}

void tst_Concurrency::iterationSeesEachKeyOnceWithAValueOfItsOwn()
{
    constexpr int KeyCount = 1024;
    constexpr int Iterations = 24;
    SyncMap<int, qint64> map;
    for (int key = 1; key <= KeyCount; ++key)
        map.insert(key, key);
    Findings findings;
    {
        std::atomic<qint64> factor { 1 };
        const auto store = [&] {
            const qint64 by = ++factor;
            for (int key = 1; key <= KeyCount; ++key)
                map.insert(key, key * by);
        };
        const Meanwhile one(store);
        const Meanwhile two(store);
        for (int i = 0; i < Iterations; ++i) {
            std::vector<int> seen(KeyCount + 1, 0);
            map.forEach([&](int key, qint64 value) {
                findings.expect(value % key == 0, "a key came with the value of another one");
                findings.expect(seen[std::size_t(key)]++ == 0, "a key came twice");
            });
            findings.expect(std::count(seen.begin(), seen.end(), 1) == KeyCount,
                            "a key that was only overwritten did not come");
        }
    }
    QVERIFY2(findings.isEmpty(), findings.first());
}

// Each iteration removes keys, nests another one that does the same, and inserts them again.
void tst_Concurrency::iterationNestsAndRemoves()
{
    constexpr int KeyCount = 48;
    constexpr int Rounds = 16 / (SYNCMAP_SANITIZED ? 4 : 1);
    SyncMap<int, Sealed> map;
    for (int key = 0; key < KeyCount; ++key)
        map.insert(key, Sealed(key));
    Findings findings;
    runInThreads(2, [&](int thread) {
        for (int round = 0; round < Rounds; ++round) {
            QSet<int> outer;
            map.forEach([&](int key, const Sealed &value) {
                findings.expect(!outer.contains(key), "a key came twice");
                outer.insert(key);
                findings.expect(value.isWhole() && value.number() == key, "a value was torn");
                QSet<int> inner;
                map.forEach([&](int other, const Sealed &) {
                    findings.expect(!inner.contains(other), "a key came twice in the inner one");
                    inner.insert(other);
                    if (other % 4 == thread + 1)
                        map.remove(other);
                });
                for (int other = thread + 1; other < KeyCount; other += 4)
                    map.insert(other, Sealed(other));
            });
            for (int key = 0; key < KeyCount; ++key) {
                findings.expect(outer.contains(key) || key % 4 == 1 || key % 4 == 2,
                                "a key that nobody touched did not come");
            }
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(KeyCount));
}

void tst_Concurrency::iterationBesideRemovalAndReinsertion_data()
{
    QTest::addColumn<bool>("clears");
    QTest::newRow("with keys that nobody touches") << false;
    QTest::newRow("with clears") << true;
}

void tst_Concurrency::iterationBesideRemovalAndReinsertion()
{
    QFETCH(const bool, clears);
    constexpr int Untouched = 1000; // keys from 0 on
    constexpr int Moving = 1000; // keys after those
    constexpr int Filling = 4000; // keys after those, for splits
    constexpr int Iterations = 60 / (SYNCMAP_SANITIZED ? 3 : 1);
    constexpr int All = Untouched + Moving + Filling;

    SyncMap<int, Sealed> map;
    for (int key = 0; key < Untouched; ++key)
        map.insert(key, Sealed(key));
    Findings findings;
    std::vector<int> seen;
    int iterations = 0;
    std::atomic<int> rounds { 0 }; // of the writer that fills
    {
        std::mt19937 random(static_cast<std::mt19937::result_type>(m_seed));
        const Meanwhile moving([&] {
            // In the middle of whatever walk there is: out, and in again at once.
            const int key = Untouched + int(random() % Moving);
            map.insert(key, Sealed(key));
            map.remove(key);
            map.insert(key, Sealed(key));
        });
        const Meanwhile filling([&] {
            for (int key = Untouched + Moving; key < All; ++key)
                map.insert(key, Sealed(key));
            for (int key = Untouched + Moving; key < All; ++key)
                map.remove(key);
            if (clears)
                map.clear();
            else
                map.squeeze();
            ++rounds;
        });
        while (iterations < Iterations || rounds < 2) {
            ++iterations;
            seen.assign(All, 0);
            map.forEach([&](int key, const Sealed &value) {
                findings.expect(seen[std::size_t(key)]++ == 0, "a key came twice");
                findings.expect(value.isWhole() && value.number() == key, "a value was torn");
                // A moving key may come while it is away: only untouched ones are always there.
                findings.expect(clears || key >= Untouched || map.contains(key),
                                "a key that nobody touches was absent");
            });
            findings.expect(
                    clears || std::count(seen.begin(), seen.begin() + Untouched, 1) == Untouched,
                    "a key that nobody touched did not come");
            if (!findings.isEmpty())
                break;
        }
    }
    const EngineCounts statistics = countsOf(map);
    QVERIFY(statistics.splits > 0);
    QVERIFY(statistics.purges > 0);
    QVERIFY(statistics.promotions > 10);
    QCOMPARE(statistics.clears > 0, clears);
    QVERIFY2(findings.isEmpty(), findings.first());
}

void tst_Concurrency::iterationAllocatesNothing()
{
    SyncMap<int, int> inPlace;
    SyncMap<int, Sealed> nodes;
    for (int key = 0; key < 10000; ++key) {
        inPlace.insert(key, key);
        nodes.insert(key, Sealed(key));
    }
    Findings findings;
    {
        const Meanwhile writer([&] {
            for (int key = 0; key < 100; ++key) {
                inPlace.insert(key, key);
                nodes.insert(key, Sealed(key));
            }
        });
        for (int round = 0; round < 4; ++round) {
            qint64 sum = 0;
            const Allocations::Watch watch;
            inPlace.forEach([&sum](int, int value) { sum += value; });
            nodes.forEach([&sum](int, const Sealed &value) { sum += value.number(); });
            findings.expect(watch.calls() == 0, "an iteration allocated");
            findings.expect(sum == qint64(9999) * 10000, "an iteration left something out");
        }
    }
    QVERIFY2(findings.isEmpty(), findings.first());
}

void tst_Concurrency::removeIfRemovesWhatItApproved()
{
    constexpr int KeyCount = 500;
    constexpr int Rounds = 60 / (SYNCMAP_SANITIZED ? 4 : 1);
    // Each value is handed in once; so it must be handed out once: replaced, or removed.
    SyncMap<int, Sealed> map;
    std::vector<std::atomic<int>> handedOut(std::size_t(KeyCount) * Rounds * 2);
    std::atomic<qsizetype> removed { 0 };
    std::atomic<int> stillIn { 2 };
    runInThreads(4, [&](int thread) {
        if (thread < 2) {
            for (int round = 0; round < Rounds; ++round) {
                for (int key = 0; key < KeyCount; ++key) {
                    const int number = (round * 2 + thread) * KeyCount + key;
                    if (const auto previous = map.exchange(key, Sealed(number)))
                        ++handedOut[std::size_t(previous->number())];
                }
            }
            --stillIn;
            return;
        }
        bool last = false;
        while (!last) {
            last = stillIn == 0;
            removed +=
                    map.removeIf([](int, const Sealed &value) { return value.number() % 2 == 0; });
        }
    });
    qsizetype odd = 0;
    map.forEach([&](int, const Sealed &value) {
        ++handedOut[std::size_t(value.number())];
        ++odd;
        QVERIFY2(value.number() % 2 != 0, "a value that was to be removed is there");
    });
    QCOMPARE(map.size(), odd);
    qsizetype missing = 0;
    for (std::size_t number = 0; number < handedOut.size(); ++number) {
        const int count = handedOut[number].load();
        QVERIFY2(count == 1 || (count == 0 && number % 2 == 0),
                 "a value was handed out twice, or removed without approval");
        missing += count == 0;
    }
    QCOMPARE(removed.load(), missing);
}

void tst_Concurrency::clearUnderLoad()
{
    constexpr int KeyCount = 3000;
    constexpr int Rounds = 30 / (SYNCMAP_SANITIZED ? 5 : 1);
    SyncMap<int, Sealed> map;
    Findings findings;
    runInThreads(4, [&](int thread) {
        if (thread == 0) {
            for (int round = 0; round < Rounds; ++round) {
                // A key of its own that nobody else inserts must be gone after each clear().
                map.insert(-1, Sealed(-1));
                map.clear();
                findings.expect(!map.contains(-1), "a key was there after clear()");
            }
            return;
        }
        for (int round = 0; round < Rounds; ++round) {
            for (int i = 0; i < KeyCount; ++i) {
                const int key = i * 3 + thread;
                map.insert(key, Sealed(key));
                if (i % 3 == 0)
                    map.remove(key);
                const auto guard = map.guard();
                const Sealed *value = map.get(key, guard);
                findings.expect(!value || (value->isWhole() && value->number() == key),
                                "a key led to the value of another one");
            }
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(qsizetype(map.keys().size()), map.size());
    map.clear();
    QVERIFY(map.isEmpty());
    QVERIFY(map.keys().isEmpty());
    QVERIFY(map.collect());
    QCOMPARE(Sealed::alive(), 0);
}

void tst_Concurrency::sizeIsExactAfterwards()
{
    constexpr int KeyCount = 200;
    constexpr int Steps = 30000 / Shrink;
    SyncMap<int, Sealed> map;
    std::array<std::atomic<int>, KeyCount> balances = {};
    runInThreads(ThreadCount, [&](int thread) {
        std::mt19937 random(static_cast<std::mt19937::result_type>(m_seed + quint64(thread)));
        for (int i = 0; i < Steps; ++i) {
            const int key = int(random() % KeyCount);
            if (random() % 2)
                balances[std::size_t(key)] += map.tryInsert(key, Sealed(key)).inserted;
            else
                balances[std::size_t(key)] -= map.remove(key);
        }
    });
    qsizetype expected = 0;
    for (int key = 0; key < KeyCount; ++key) {
        QCOMPARE(balances[std::size_t(key)].load(), int(map.contains(key)));
        expected += balances[std::size_t(key)].load();
    }
    QCOMPARE(map.size(), expected);
    QCOMPARE(qsizetype(map.keys().size()), expected);
}

// Distinct keys that come and go for ever.
void tst_Concurrency::deletedKeysLeaveNoTrace()
{
    constexpr int PerThread = 100000 / (SYNCMAP_SANITIZED ? 20 : 1);
    constexpr int Threads = 4;
    SyncMap<int, Sealed> map;
    const quint64 tableBytesOfSixteen = [] {
        SyncMap<int, int> few;
        for (int key = 0; key < 12; ++key)
            few.insert(key, key);
        return few.statistics().tableBytes;
    }();
    runInThreads(Threads, [&](int thread) {
        for (int i = 0; i < PerThread; ++i) {
            const int key = i * Threads + thread;
            map.insert(key, Sealed(key));
            map.remove(key);
        }
    });
    QVERIFY(map.isEmpty());
    const EngineCounts statistics = countsOf(map);
    QVERIFY2(statistics.promotions > quint64(PerThread) / 100,
             QByteArray::number(statistics.promotions));
    // As many small tables as there are shards; contention makes a few of those.
    QVERIFY2(statistics.tableBytes <= (statistics.splits + 1) * tableBytesOfSixteen,
             QByteArray::number(statistics.tableBytes));
    QVERIFY(map.collect());
    QCOMPARE(Sealed::alive(), 0);
    QCOMPARE(map.statistics().retiredBytes, quint64(0));
}

void tst_Concurrency::overwritesBesideALongGuardAreFreedAfterIt()
{
    constexpr int Writes = 100000 / Shrink;
    SyncMap<int, Sealed> map;
    map.insert(1, Sealed(-1));
    {
        const auto guard = map.guard();
        const Sealed *value = map.get(1, guard);
        runInThreads(2, [&](int thread) {
            for (int i = 0; i < Writes / 2; ++i)
                map.insert(1, Sealed(i * 2 + thread));
        });
        QVERIFY(value->isWhole());
        QCOMPARE(value->number(), -1);
        QVERIFY(!map.collect());
        // The last value, and the one that the guard may look at; what was retired between two
        // collections that both saw the guard need not wait for it, but may.
        QVERIFY(Sealed::alive() >= 2);
    }
    QVERIFY(map.collect());
    QCOMPARE(Sealed::alive(), 1);
}

int main(int argc, char **argv)
{
    const quint64 seed = takeSeed(argc, argv);
    tst_Concurrency test(seed);
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_concurrency.moc"
