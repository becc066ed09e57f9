// SPDX-License-Identifier: MIT

// What stands around a read-modify-write that has claimed its key: destructors that run in its
// thread, threads that sleep, tables that grow, keys that share a hash, comparisons that throw. See
// map/claim.h; what a claim is for is in tst_hotkeys.

#include "companion.h"
#include "deadline.h"
#include "enginecounts.h"
#include "testtraits.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

using SyncMapInternal::TestPoint;
using namespace std::chrono_literals;

namespace {

struct ClaimTraits : TestTraits<ClaimTraits>
{
    static inline thread_local std::function<void(TestPoint)> atTestPoint;
    static inline thread_local int claims = 0; // of this thread, at this moment

    static void testPoint(TestPoint point) noexcept
    {
        const auto action = std::exchange(atTestPoint, {});
        if (!action)
            return;
        action(point);
        atTestPoint = action;
    }

    struct Mutex : QMutex
    {
        static inline thread_local std::function<void()> whenUnlocked;
        static inline thread_local int held = 0; // by this thread, at this moment

        void lock()
        {
            QMutex::lock();
            ++held;
        }
        bool try_lock()
        {
            const bool locked = QMutex::try_lock();
            held += locked;
            return locked;
        }
        void unlock()
        {
            QMutex::unlock();
            --held;
            if (const auto action = std::exchange(whenUnlocked, {})) {
                action();
                whenUnlocked = action;
            }
        }
    };

    struct Parking : SyncMapInternal::Parking
    {
        Parking() { ++claims; }
        ~Parking() { --claims; }
    };
};

using Key = TestKey<ClaimTraits>;
using CollidingKey = TestKey<ClaimTraits, 0>;
using Text = std::optional<QString>;

// Does something when the last copy goes.
class Ending
{
public:
    explicit Ending(std::function<void()> action) : m_action(std::move(action)) { }
    Q_DISABLE_COPY_MOVE(Ending)
    ~Ending() { m_action(); }

private:
    std::function<void()> m_action;
};
using Shared = std::shared_ptr<Ending>;

// In a thread of its own: has the turn of a key from its constructor to end().
template <typename Map>
class Holder
{
public:
    using Value = typename Map::mapped_type;

    template <typename K>
    Holder(Map &map, K key, std::function<Value()> makeValue)
    {
        m_thread.post([this, &map, key, makeValue] {
            Companion writer;
            int calls = 0;
            map.compute(key, [&](const Value *) {
                if (++calls <= ClaimTraits::claimAfter) {
                    writer.run([&] { map.insert(key, makeValue()); });
                } else {
                    m_isHeld = true;
                    while (!m_isOver)
                        std::this_thread::yield();
                }
                return std::optional<Value>(makeValue());
            });
        });
        while (!m_isHeld)
            std::this_thread::yield();
    }
    Q_DISABLE_COPY_MOVE(Holder)
    ~Holder() { end(); }

    // The other thread may be asleep already, or not yet: both are to be right.
    void letOthersQueue() { std::this_thread::sleep_for(20ms); }
    void release() { m_isOver = true; }
    void end()
    {
        release();
        m_thread.wait();
    }

private:
    std::atomic<bool> m_isHeld { false };
    std::atomic<bool> m_isOver { false };
    Companion m_thread;
};

} // namespace

class tst_Claims : public QObject
{
    Q_OBJECT

    std::optional<Deadline> m_deadline;

private slots:
    void init() { m_deadline.emplace(); }
    void cleanup()
    {
        m_deadline.reset();
        ClaimTraits::atTestPoint = {};
        ClaimTraits::Mutex::whenUnlocked = {};
    }

    void destructorsDoNotWaitForTheClaimOfTheirThread();
    void theNextIsWokenBeforeDestructorsRun();
    void anInsertionThatSplitsHasNotHappenedYet();
    void aValueIsTakenLaterOrReplaced();
    void keysWithOneHashDoNotWaitForOneAnother();
    void anOlderOneOverrulesAllOfAHash();
    void aFunctionThatChangesItsOwnKeyLooksAgain();
    void aFunctionThatLeavesItsKeyLeavesIt_data();
    void aFunctionThatLeavesItsKeyLeavesIt();
    void aClaimMayBeMadeByAThreadThatEnds();
    void aComparisonThatThrowsMakesAClaimLookAgain();
    void aValueIsMeasuredUnderNoLock();
    void restingIsBounded();
};

// A thread that waits for its turn pins again and again, and may be the one that somebody's garbage
// waits for. The destructors use the key that the thread waits for.
void tst_Claims::destructorsDoNotWaitForTheClaimOfTheirThread()
{
    SyncMap<Key, Shared> map;
    const auto nothing = [] { return Shared(); };
    std::atomic<int> ended { 0 };
    std::atomic<std::thread::id> waitingId;
    const auto exchange = [&] {
        ++ended;
        // Not in the writer, which may free them, too, and which that thread waits for.
        if (waitingId.load() == std::this_thread::get_id())
            (void)map.exchange(Key { 1 }, Shared());
    };
    std::optional<Holder<SyncMap<Key, Shared>>> holder;
    holder.emplace(map, Key { 1 }, nothing);
    Companion writer;
    std::thread waiting([&] {
        waitingId = std::this_thread::get_id();
        int pins = 0;
        ClaimTraits::atTestPoint = [&](TestPoint point) {
            // Pinned, without a lock: what the writer removes now waits for this thread alone.
            if (point != TestPoint::Pinned || ClaimTraits::claims == 0)
                return;
            writer.run([&] {
                for (int i = 0; i < 5; ++i)
                    map.insert(Key { 2 }, std::make_shared<Ending>(exchange));
            });
            // It has entered the queue, and looked, and is going to see that it has to sleep.
            if (++pins == 3)
                holder->release();
        };
        map.compute(Key { 1 }, [](const Shared *) { return std::optional<Shared>(Shared()); });
        ClaimTraits::atTestPoint = {};
    });
    waiting.join();
    holder.reset();
    map.clear();
    map.collect();
    QVERIFY(ended > 0);
}

// A destructor waits for what the next in the queue has, as it would for a mutex.
void tst_Claims::theNextIsWokenBeforeDestructorsRun()
{
    std::atomic<bool> isNextDone { false };
    std::atomic<int> waited { 0 };
    std::atomic<int> missed { 0 };
    std::atomic<std::thread::id> nextId;
    const auto waitForNext = [&] {
        ++waited;
        if (nextId.load() == std::this_thread::get_id())
            return; // which freed them itself
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!isNextDone && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(1ms);
        if (!isNextDone)
            ++missed;
    };
    SyncMap<Key, Shared> map; // ends before what its values use
    const auto same = [](const Shared *) { return std::optional<Shared>(Shared()); };
    Companion writer;
    Companion next;
    int calls = 0;
    ClaimTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::Pinned || calls <= ClaimTraits::claimAfter)
            return;
        calls = std::numeric_limits<int>::min(); // once: in the pin under which it commits
        writer.run([&] {
            for (int i = 0; i < 5; ++i)
                map.insert(Key { 2 }, std::make_shared<Ending>(waitForNext));
        });
    };
    map.compute(Key { 1 }, [&](const Shared *) {
        if (++calls <= ClaimTraits::claimAfter) {
            writer.run([&] { map.insert(Key { 1 }, Shared()); });
        } else {
            next.post([&] {
                nextId = std::this_thread::get_id();
                map.compute(Key { 1 }, same);
                isNextDone = true;
            });
            std::this_thread::sleep_for(20ms); // until it sleeps
        }
        return std::optional<Shared>(Shared());
    });
    ClaimTraits::atTestPoint = {};
    next.wait();
    QVERIFY(waited > 0);
    QCOMPARE(missed.load(), 0);
}

// An insertion that finds its shard full divides it first. Who commits in between comes before it,
// and what he has written is there.
void tst_Claims::anInsertionThatSplitsHasNotHappenedYet()
{
    const auto fill = [](auto &map, int count) {
        for (int i = 2; i < count + 2; ++i)
            map.insert(Key { i }, QString());
    };
    // The first shard is divided at a number of keys that does not depend on the seed.
    int full = 0;
    {
        SyncMap<Key, QString> map;
        while (countsOf(map).splits == 0)
            map.insert(Key { full++ }, QString());
        --full;
    }
    SyncMap<Key, QString> map { { Key { 1 }, "there" } };
    Companion writer;
    Companion splitter;
    std::atomic<bool> hasSplit { false };
    std::atomic<bool> hasLooked { false };
    int calls = 0;
    const Text made = map.compute(Key { 1 }, [&](const QString *current) -> Text {
        if (++calls <= ClaimTraits::claimAfter) {
            writer.run([&] {
                if (!current)
                    map.insert(Key { 1 }, "there");
                else
                    map.remove(Key { 1 });
            });
            if (calls == ClaimTraits::claimAfter) {
                writer.run([&] {
                    map.clear();
                    fill(map, full);
                });
            }
            return "lost";
        }
        splitter.post([&] {
            int halves = 0;
            ClaimTraits::atTestPoint = [&](TestPoint point) {
                halves += point == TestPoint::Succeeding;
            };
            ClaimTraits::Mutex::whenUnlocked = [&] {
                if (halves < 2 || ClaimTraits::Mutex::held != 0)
                    return;
                hasSplit = true;
                while (!hasLooked)
                    std::this_thread::yield();
            };
            map.insert(Key { 1 }, "inserted");
            ClaimTraits::atTestPoint = {};
            ClaimTraits::Mutex::whenUnlocked = {};
        });
        while (!hasSplit)
            std::this_thread::yield();
        return "made";
    });
    const Text found = map.find(Key { 1 });
    hasLooked = true;
    splitter.wait();
    QCOMPARE(calls, ClaimTraits::claimAfter + 1);
    QCOMPARE(made, Text("made"));
    // The one that it wrote, or the one that came after it.
    QVERIFY(found == made || found == Text("inserted"));
    QCOMPARE(map.find(Key { 1 }), Text("inserted"));
    QCOMPARE(countsOf(map).splits, 1U);
}

// Each value is replaced by somebody, or taken by somebody: none is lost.
void tst_Claims::aValueIsTakenLaterOrReplaced()
{
    SyncMap<Key, std::unique_ptr<int>> map;
    map.insert(Key { 1 }, std::make_unique<int>(0));
    // Another one has the turn, so that the replacement claims the key.
    std::atomic<bool> isHeld { false };
    std::atomic<bool> isOver { false };
    Companion writer;
    Companion holder;
    holder.post([&] {
        int calls = 0;
        map.removeIf([&](Key, const std::unique_ptr<int> &) {
            if (++calls <= ClaimTraits::claimAfter) {
                writer.run([&] { map.insert(Key { 1 }, std::make_unique<int>(1)); });
                return true;
            }
            isHeld = true;
            while (!isOver)
                std::this_thread::yield();
            return false;
        });
    });
    while (!isHeld)
        std::this_thread::yield();

    Companion taker;
    std::atomic<int> taken { -1 };
    std::atomic<bool> isTaken { false };
    int locks = 0;
    ClaimTraits::Mutex::whenUnlocked = [&] {
        if (ClaimTraits::claims == 0)
            return;
        if (++locks == 1) { // it is in the queue
            isOver = true;
            holder.wait();
        } else if (locks == 2) { // it has seen the value
            taker.post([&] {
                isTaken = map.takeLater(Key { 1 },
                                        [&](std::unique_ptr<int> &&value) { taken = *value; });
            });
            std::this_thread::sleep_for(20ms);
        }
    };
    const bool isReplaced = map.replace(Key { 1 }, std::make_unique<int>(2));
    ClaimTraits::Mutex::whenUnlocked = {};
    taker.wait();
    map.collect();
    QVERIFY(locks >= 2);
    QVERIFY(isTaken);
    QCOMPARE(taken.load(), isReplaced ? 2 : 1);
    QVERIFY(!map.contains(Key { 1 }));
}

// The function of one uses the other, and both lose against others all the time.
void tst_Claims::keysWithOneHashDoNotWaitForOneAnother()
{
    SyncMap<CollidingKey, QString> map { { CollidingKey { 1 }, "a" }, { CollidingKey { 2 }, "b" } };
    Companion writer;
    int calls = 0;
    int innerCalls = 0;
    const Text result = map.compute(CollidingKey { 1 }, [&](const QString *) -> Text {
        if (++calls <= ClaimTraits::claimAfter) {
            writer.run([&] { map.insert(CollidingKey { 1 }, "lost"); });
            return "made";
        }
        const Text inner = map.compute(CollidingKey { 2 }, [&](const QString *) -> Text {
            if (++innerCalls <= ClaimTraits::claimAfter)
                writer.run([&] { map.insert(CollidingKey { 2 }, "lost"); });
            return "inner";
        });
        return *inner + " and outer";
    });
    QCOMPARE(result, Text("inner and outer"));
    QCOMPARE(innerCalls, ClaimTraits::claimAfter + 1);
    QCOMPARE(map.find(CollidingKey { 1 }), result);
    QCOMPARE(map.find(CollidingKey { 2 }), Text("inner"));
}

// A thread has two turns, one in another; an older one writes the key of the outer one.
void tst_Claims::anOlderOneOverrulesAllOfAHash()
{
    SyncMap<CollidingKey, QString> map { { CollidingKey { 1 }, "a" },
                                         { CollidingKey { 2 }, "b" },
                                         { CollidingKey { 3 }, "c" } };
    Companion writer;
    Companion younger;
    std::atomic<bool> isInner { false };
    std::atomic<bool> isWritten { false };
    QStringList outerSaw;
    int calls = 0;
    map.compute(CollidingKey { 3 }, [&](const QString *) -> Text {
        if (++calls <= ClaimTraits::claimAfter) {
            writer.run([&] { map.insert(CollidingKey { 3 }, "lost"); });
            return "old";
        }
        return "old"; // only to have a seniority, below
    });

    // The older one is in the function of a key of another map.
    SyncMap<CollidingKey, QString> elsewhere { { CollidingKey { 1 }, "" } };
    int olderCalls = 0;
    Text olderResult;
    elsewhere.compute(CollidingKey { 1 }, [&](const QString *) -> Text {
        if (++olderCalls <= ClaimTraits::claimAfter) {
            writer.run([&] { elsewhere.insert(CollidingKey { 1 }, "lost"); });
            return "x";
        }
        younger.post([&] {
            int outerCalls = 0;
            int innerCalls = 0;
            map.compute(CollidingKey { 1 }, [&](const QString *current) -> Text {
                outerSaw << *current;
                if (++outerCalls <= ClaimTraits::claimAfter) {
                    writer.run([&] { map.insert(CollidingKey { 1 }, "lost"); });
                    return *current;
                }
                map.compute(CollidingKey { 2 }, [&](const QString *) -> Text {
                    if (++innerCalls <= ClaimTraits::claimAfter) {
                        writer.run([&] { map.insert(CollidingKey { 2 }, "lost"); });
                    } else if (!isInner) {
                        isInner = true;
                        while (!isWritten)
                            std::this_thread::yield();
                    }
                    return "inner";
                });
                return *current + "+outer";
            });
        });
        while (!isInner)
            std::this_thread::yield();
        olderResult = map.compute(CollidingKey { 1 }, [](const QString *current) -> Text {
            return *current + "+older";
        });
        isWritten = true;
        younger.wait();
        return "x";
    });
    QCOMPARE(olderResult, Text("lost+older"));
    QCOMPARE(outerSaw.last(), *olderResult); // it looked again
    QCOMPARE(map.find(CollidingKey { 1 }), Text("lost+older+outer"));
}

// Not by an insertion, of which nobody is told what was there.
void tst_Claims::aFunctionThatChangesItsOwnKeyLooksAgain()
{
    SyncMap<Key, QString> map { { Key { 1 }, "a" } };
    Companion writer;
    int calls = 0;
    QStringList seen;
    Text exchanged;
    const Text result = map.compute(Key { 1 }, [&](const QString *current) -> Text {
        seen << *current;
        if (++calls <= ClaimTraits::claimAfter)
            writer.run([&] { map.insert(Key { 1 }, "b"); });
        else if (!exchanged)
            exchanged = map.exchange(Key { 1 }, "c");
        return *current + "!";
    });
    QCOMPARE(exchanged, Text("b"));
    QCOMPARE(seen.last(), QString("c"));
    QCOMPARE(result, Text("c!"));
    QCOMPARE(map.find(Key { 1 }), result);

    // One that never leaves it alone ends, too.
    calls = 0;
    map.compute(Key { 1 }, [&](const QString *) -> Text {
        ++calls;
        (void)map.exchange(Key { 1 }, "d");
        return "e";
    });
    QVERIFY(calls < 100);
}

namespace {

using Counts = SyncMap<int, QString>; // with the shipped traits, whose slots are the library's

// Computes when its thread has left the library's table already.
struct ComputesAtTheEnd
{
    Counts *map = nullptr;

    ComputesAtTheEnd() = default;
    Q_DISABLE_COPY_MOVE(ComputesAtTheEnd)
    ~ComputesAtTheEnd()
    {
        if (!map)
            return;
        int calls = 0;
        map->compute(1, [&](const QString *current) -> Text {
            // Others come and go meanwhile, and take any slot that is free.
            std::thread([&] {
                map->insert(2, "x");
                if (++calls <= SyncMapInternal::DefaultTraits::claimAfter)
                    map->insert(1, *current);
            }).join();
            map->insert(3, "y");
            (void)map->collect();
            return *current + "!";
        });
    }
};

} // namespace

void tst_Claims::aFunctionThatLeavesItsKeyLeavesIt_data()
{
    QTest::addColumn<int>("tries");
    QTest::addColumn<bool>("isThere");
    for (const bool isThere : { true, false }) {
        const char *const what = isThere ? "there" : "absent";
        QTest::addRow("%s, at once", what) << 0 << isThere;
        QTest::addRow("%s, by its claim", what) << int(ClaimTraits::claimAfter) << isThere;
    }
}

// Whatever it made before somebody else was faster.
void tst_Claims::aFunctionThatLeavesItsKeyLeavesIt()
{
    QFETCH(const int, tries);
    QFETCH(const bool, isThere);
    using Made = SyncMapInternal::Made<QString>;
    SyncMap<Key, QString> map;
    Companion writer;
    int calls = 0;
    const auto leave = [&](const QString *current) -> Made {
        if (++calls > tries)
            return { std::nullopt, true };
        writer.run([&] {
            if (current)
                map.remove(Key { 1 });
            else
                map.insert(Key { 1 }, "there");
        });
        return { "made", false };
    };
    if (isThere == (tries % 2 == 0))
        map.insert(Key { 1 }, "there");
    QVERIFY(!SyncMapInternal::Internals::computeOrLeave(map, Key { 1 }, leave));
    QCOMPARE(calls, tries + 1);
    QCOMPARE(map.find(Key { 1 }), isThere ? Text("there") : Text());
    QCOMPARE(map.tryInsert(Key { 1 }, "after it").inserted, !isThere); // nobody has the turn
}

void tst_Claims::aClaimMayBeMadeByAThreadThatEnds()
{
    Counts map { { 1, "a" } };
    for (int i = 0; i < 20; ++i) {
        std::thread([&] {
            static thread_local ComputesAtTheEnd atTheEnd; // made first, so destroyed last
            atTheEnd.map = &map;
            (void)map.contains(1);
        }).join();
    }
    QCOMPARE(map.find(1), Text("a" + QString(20, u'!')));
    QCOMPARE(map.size(), 3);
    map.clear();
    QCOMPARE(map.size(), 0);
    QVERIFY(map.collect());
}

namespace {

struct Touchy
{
    int value;
    static inline std::atomic<bool> isArmed { false };

    friend bool operator==(const Touchy &a, const Touchy &b)
    {
        if (isArmed)
            throw std::runtime_error("a comparison");
        return a.value == b.value;
    }
    friend size_t qHash(const Touchy &key, size_t seed) { return qHash(key.value, seed); }
};

} // namespace

void tst_Claims::aComparisonThatThrowsMakesAClaimLookAgain()
{
    SyncMap<Touchy, QString> map;
    Companion writer;
    int calls = 0;
    const Text made = map.compute(Touchy { 1 }, [&](const QString *current) -> Text {
        ++calls;
        const int turn = calls - SyncMapInternal::DefaultTraits::claimAfter;
        if (turn == 0 && current) {
            --calls; // it is to be absent when it is claimed
            writer.run([&] { map.remove(Touchy { 1 }); });
        } else if (turn <= 0) {
            writer.run([&] {
                if (turn == 0 || current)
                    map.remove(Touchy { 1 });
                else
                    map.insert(Touchy { 1 }, QString::number(calls));
            });
        } else if (turn == 1 && !current) {
            Touchy::isArmed = true;
            writer.run([&] {
                try {
                    map.insert(Touchy { 1 }, "inserted");
                } catch (const std::runtime_error &) {
                }
            });
            Touchy::isArmed = false;
        }
        return current ? *current + "!" : "made";
    });
    // Whether the insertion took effect is its affair; the function saw what there was.
    QVERIFY(made);
    QCOMPARE(map.find(Touchy { 1 }), made);
}

namespace {

struct Measured
{
    std::shared_ptr<int> keptElsewhere;
    static inline std::function<void()> whenMeasured;
};

} // namespace

template <>
struct SyncByteSize<Measured>
{
    static qsizetype of(const Measured &)
    {
        if (const auto act = std::exchange(Measured::whenMeasured, {})) {
            act();
            Measured::whenMeasured = act;
        }
        return 100;
    }
};

// By a clear() that finds a shard merged with one that it has left, and so removes key by key.
void tst_Claims::aValueIsMeasuredUnderNoLock()
{
    SyncMap<Key, Measured> map;
    map.reserve(60'000);
    for (int i = 0; i < 2000; ++i)
        map.insert(Key { i }, {});
    QList<int> order;
    map.forEach([&order](Key key, const Measured &) { order << key.value; });
    const quint64 merges = countsOf(map).merges;
    Companion writer;
    bool isFirst = true;
    int measured = 0;
    ClaimTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::Unlinked || !std::exchange(isFirst, false))
            return;
        writer.run([&] { map.squeeze(); });
        // All in one shard: a writer of any key needs its lock.
        Measured::whenMeasured = [&] {
            if (++measured % 20 == 1)
                writer.run([&] { map.insert(Key { -1 }, {}); });
        };
    };
    map.clear();
    ClaimTraits::atTestPoint = {};
    Measured::whenMeasured = {};
    QVERIFY(countsOf(map).merges > merges);
    QVERIFY(measured > 0);
}

void tst_Claims::restingIsBounded()
{
    for (const int round : { 16, 100, 495, 496, 512, 1'000'000, std::numeric_limits<int>::max() }) {
        const auto begin = std::chrono::steady_clock::now();
        SyncMapInternal::restFor(round);
        QVERIFY(std::chrono::steady_clock::now() - begin >= 50us);
    }
}

QTEST_APPLESS_MAIN(tst_Claims)
#include "tst_claims.moc"
