// SPDX-License-Identifier: MIT

// Classes of cost, products of cost and age, and the queue that finds the largest.

#include "seed.h"

#include <SyncMap/private/cache/policy/entryqueue.h>
#include <SyncMap/private/cache/policy/loadtimes.h>

#include <QtTest/qtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

using SyncMapInternal::CostScale;
using SyncMapInternal::EntryHook;
using SyncMapInternal::EntryQueue;
using SyncMapInternal::LoadTimes;
using SyncMapInternal::SpaceTime;

namespace {

quint64 seed = 0;

quint64 randomOfAnySize(std::mt19937_64 &random, int bits)
{
    return (random() >> (random() % 64)) & ((Q_UINT64_C(1) << bits) - 1);
}

} // namespace

class tst_EntryQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void productsAreComparedExactly()
    {
        std::mt19937_64 random(seed);
        for (int i = 0; i < 100'000; ++i) {
            const SpaceTime a { randomOfAnySize(random, 32) + 1, int(random() % 16) };
            const SpaceTime b { randomOfAnySize(random, 32) + 1, int(random() % 16) };
            QCOMPARE(a.isLessThan(b), (a.age << a.costClass) < (b.age << b.costClass));
            QCOMPARE(a.twice().age << a.costClass, (a.age << a.costClass) * 2);
        }
    }

    // Of products that no number holds, one is less, or both are equal.
    void productsThatNoNumberHoldsAreOrdered()
    {
        std::mt19937_64 random(seed);
        for (int i = 0; i < 100'000; ++i) {
            const int shift = int(random() % 20);
            const quint64 age = randomOfAnySize(random, 40) + 1;
            const int costClass = int(random() % 40);
            const SpaceTime a { age << shift, costClass };
            const SpaceTime same { age, costClass + shift };
            QVERIFY(!a.isLessThan(same) && !same.isLessThan(a));
            const SpaceTime more { age + 1, costClass + shift };
            QVERIFY(a.isLessThan(more) && !more.isLessThan(a));
        }
        QVERIFY(SpaceTime({ 1, 0 }).isLessThan({ ~Q_UINT64_C(0), 63 }));
        QVERIFY(!SpaceTime({ ~Q_UINT64_C(0), 63 }).isLessThan({ 1, 0 }));
        QVERIFY(!SpaceTime({ 1, 0 }).isLessThan({ 0, 63 })); // there is none
        QVERIFY(SpaceTime({ 0, 63 }).isLessThan({ 1, 0 }));
    }

    void classesArePowersOfTwoOfTheBound()
    {
        CostScale scale;
        scale.setBound(1000);
        const int whole = scale.classOf(1000, 0);
        QCOMPARE(scale.classOf(999, 0), whole - 1);
        QCOMPARE(scale.classOf(500, 0), whole - 1);
        QCOMPARE(scale.classOf(499, 0), whole - 2);
        QCOMPARE(scale.classOf(125, 0), whole - 3);
        QCOMPARE(scale.classOf(124, 0), whole - 4);
        QCOMPARE(scale.classOf(124, 2), whole - 2);
        QCOMPARE(scale.classOf(0, 0), scale.classOf(1, 0));
        // Nothing leaves the range, nor with two less.
        for (const quint64 cost : { Q_UINT64_C(0), Q_UINT64_C(1), ~Q_UINT64_C(0) }) {
            for (const int shift : { -20, 0, 20 }) {
                QVERIFY(scale.classOf(cost, shift) >= CostScale::Lowest);
                QVERIFY(scale.classOf(cost, shift) < CostScale::Classes);
            }
        }
        scale.setBound(0); // is as one of 1
        QVERIFY(scale.classOf(5, 0) < CostScale::Classes);
    }

    void theUnitOfCostMovesAllClassesAlike()
    {
        std::mt19937_64 random(seed);
        for (int i = 0; i < 1000; ++i) {
            const quint64 bound = randomOfAnySize(random, 24) + 1;
            const quint64 factor = randomOfAnySize(random, 20) + 1;
            CostScale scale;
            CostScale scaled;
            scale.setBound(bound);
            scaled.setBound(bound * factor);
            const int moved = scaled.classOf(factor, 0) - scale.classOf(1, 0);
            for (int j = 0; j < 20; ++j) {
                const quint64 cost = random() % bound + 1;
                QCOMPARE(scaled.classOf(cost * factor, 0), scale.classOf(cost, 0) + moved);
            }
        }
    }

    void findsTheLargestProduct()
    {
        std::mt19937_64 random(seed);
        for (int round = 0; round < 50; ++round) {
            std::deque<EntryHook> entries(60);
            EntryQueue queue(EntryHook::Queue::Recurrent);
            CostScale scale;
            scale.setBound(random() % 100'000 + 1);
            std::vector<EntryHook *> held; // by last use
            quint64 uses = 0;
            for (int step = 0; step < 300; ++step) {
                EntryHook *entry = &entries[random() % entries.size()];
                const auto at = std::find(held.begin(), held.end(), entry);
                if (at != held.end()) {
                    held.erase(at);
                    queue.remove(*entry);
                    QVERIFY(entry->queue == EntryHook::Queue::None);
                }
                uses += random() % 50 + 1;
                if (random() % 4) {
                    entry->cost = qint64(randomOfAnySize(random, 20));
                    entry->costClass = quint8(scale.classOf(quint64(entry->cost), 0));
                    entry->hits = quint8(random() % (EntryHook::MostHits + 1));
                    entry->lastUse = uses;
                    queue.append(*entry);
                    held.push_back(entry);
                }
                quint64 cost = 0;
                for (const EntryHook *each : held)
                    cost += quint64(each->cost);
                QCOMPARE(queue.cost(), cost);
                QCOMPARE(queue.count(), qint64(held.size()));

                const EntryHook *spared = held.empty() ? nullptr : held[random() % held.size()];
                const EntryHook *found = queue.largest(uses, spared);
                QCOMPARE(found != nullptr, held.size() > 1);
                if (found) {
                    const SpaceTime most = EntryQueue::spaceTimeOf(*found, uses);
                    for (const EntryHook *each : held) {
                        if (each != spared)
                            QVERIFY(!most.isLessThan(EntryQueue::spaceTimeOf(*each, uses)));
                    }
                    QVERIFY(!queue.hasLargerThan(
                            EntryQueue::spaceTimeOf(*queue.largest(uses, nullptr), uses), uses));
                    QVERIFY(queue.hasLargerThan({ 1, 0 }, uses));
                    const SpaceTime any { random() % 2000 + 1, int(random() % 40) };
                    const auto isLarger = [&](const EntryHook *each) {
                        return any.isLessThan(EntryQueue::spaceTimeOf(*each, uses));
                    };
                    QCOMPARE(queue.hasLargerThan(any, uses),
                             std::any_of(held.begin(), held.end(), isLarger));
                }
            }
            QVERIFY(queue.isConsistent(true));
        }
    }

    // An entry that was hit often is as one of a half, or a quarter, of its cost.
    void hitsMakeAnEntryCheaper()
    {
        EntryHook entry;
        entry.costClass = 10;
        const auto costClass = [&](int hits) {
            entry.hits = quint8(hits);
            return EntryQueue::spaceTimeOf(entry, 0).costClass;
        };
        QCOMPARE(costClass(0), 10);
        QCOMPARE(costClass(2), 10);
        QCOMPARE(costClass(3), 9);
        QCOMPARE(costClass(14), 9);
        QCOMPARE(costClass(15), 8);
    }

    void loadsAreAlikeUpToAFactorOfFour()
    {
        using namespace std::chrono_literals;
        const auto classOf = [](std::chrono::nanoseconds time) {
            return LoadTimes::classOf(time.count());
        };
        QCOMPARE(classOf(0ns), quint8(0));
        QCOMPARE(classOf(1ns), classOf(1999us)); // a millisecond is the least that counts
        QVERIFY(classOf(2ms) > classOf(1999us));
        QVERIFY(classOf(std::chrono::nanoseconds::max()) <= 64);

        LoadTimes times;
        QCOMPARE(times.worthOf(0), 0);
        std::mt19937_64 random(seed);
        for (int i = 0; i < 1000; ++i) {
            const auto time = std::chrono::milliseconds(30 + random() % 60);
            times.add(classOf(time));
            QCOMPARE(times.worthOf(classOf(time)), 0);
            QCOMPARE(times.worthOf(0), 0); // what was not loaded
        }
        // The square root of how many times longer, in powers of two: 50 ms are usual.
        QCOMPARE(times.worthOf(classOf(100ms)), 0);
        QCOMPARE(times.worthOf(classOf(2s)), 2);
        QCOMPARE(times.worthOf(classOf(10s)), 3);
        QCOMPARE(times.worthOf(classOf(1h)), 5); // and not more
        QCOMPARE(times.worthOf(classOf(1ms)), -2);
        // What is usual changes.
        for (int i = 0; i < 1000; ++i)
            times.add(classOf(1s));
        QCOMPARE(times.worthOf(classOf(1s)), 0);
        QCOMPARE(times.worthOf(classOf(30ms)), -2);
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_EntryQueue test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_entryqueue.moc"
