// SPDX-License-Identifier: MIT
#include "companion.h"
#include "retiredobject.h"
#include "seed.h"
#include "threads.h"

#include <QtTest/qtest.h>

#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

using namespace SyncMapInternal;

namespace {

using TestDomain = Domain<DefaultTraits>;
using Slot = TestDomain::Slot;
using Reader = ReadPin<DefaultTraits>;
using Writer = WritePin<DefaultTraits>;
using Guard = HeldPin<DefaultTraits>;

quint64 seed = 0;

constexpr int Batch = int(DefaultTraits::batchObjects);
constexpr int ManyThreads = SYNCMAP_SANITIZED ? 1000 : 10000;
constexpr int SomeThreads = SYNCMAP_SANITIZED ? 200 : 1000;

std::unique_ptr<TestDomain> makeDomain()
{
    return std::make_unique<TestDomain>(&RetiredObject::destroy);
}

template <typename Function>
void inThread(Function f)
{
    std::thread(std::move(f)).join();
}

void write(TestDomain &domain)
{
    Writer pin(domain);
    pin.retire(new RetiredObject, 0, 1);
}

// Something that a thread does when its thread-local objects are destroyed: the younger before the
// older one. Whichever is younger than both is the registry of the thread, if the thread first used
// a domain after it touched these.
struct AtThreadEnd
{
    std::function<void()> action;
    std::optional<Guard> guard;

    ~AtThreadEnd()
    {
        if (action)
            action();
    }
};

AtThreadEnd &olderThanTheRegistry()
{
    static thread_local AtThreadEnd object;
    return object;
}

AtThreadEnd &youngerThanThat()
{
    static thread_local AtThreadEnd object;
    return object;
}

// Destroyed when the program ends, after the registry of the main thread and before its domain.
struct AtProgramEnd
{
    TestDomain domain { &RetiredObject::destroy };
    bool isArmed = false;

    ~AtProgramEnd()
    {
        if (!isArmed)
            return;
        for (int i = 0; i < 2 * Batch; ++i) {
            const Guard guard(domain);
            write(domain);
        }
        if (!domain.collect() || RetiredObject::alive() != 0)
            std::abort();
    }
};
AtProgramEnd atProgramEnd;

} // namespace

// How threads get their slots, keep them, and give them back.
class tst_Threads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void idsOfDomainsAreNeverUsedAgain();
    void threadKeepsItsSlot();
    void threadsThatAlternateKeepTheirs();
    void modulesOfOneLibraryShareTheSlot();
    void guardPinsItsOwnDomainOutOfAThousand();
    void lookUpsAreRightWhileDomainsComeAndGo();
    void shortThreadsShareASlot();
    void simultaneousThreadsHaveSlotsOfTheirOwn();
    void slotIsHandedOverClean();
    void slotIsHandedOverWithItsLimbo();
    void threadMayEndBeforeTheDomain();
    void domainMayEndBeforeTheThread();
    void threadAndDomainMayEndAtOnce();
    void threadMayUseADomainWhileItEnds();
    void threadMayBeginToUseADomainWhileItEnds();
    void slotsOfEndingThreadsAreGivenBack();
    void endingThreadDoesNotUseASlotThatItHasGivenBack();
    void endingThreadClaimsItsTemporarySlotAnew();
    void endingThreadMayUseManyDomainsAtOnce();
    void chainOfOwnersDoesNotNestInAnEndingThread();
    void guardMayOutliveTheRegistryOfItsThread();
    void guardMayOutliveItsRegistryAndOthersMayTakeTheSlotThen();
    void domainMayBeUsedWhileTheProgramEnds();

    void cleanup() { QCOMPARE(RetiredObject::alive(), 0); }
};

// Or a thread would take the slot that it had in a dead domain for its slot in a new one.
void tst_Threads::idsOfDomainsAreNeverUsedAgain()
{
    constexpr std::size_t Ids = 10000;
    std::vector<quint64> ids[4];
    runInThreads(4, [&](int i) {
        while (ids[i].size() < Ids)
            ids[i].push_back(uniqueDomainId());
    });
    std::set<quint64> all;
    for (const std::vector<quint64> &ofAThread : ids)
        all.insert(ofAThread.begin(), ofAThread.end());
    QCOMPARE(all.size(), 4 * Ids);
    QVERIFY(all.count(0) == 0);
}

void tst_Threads::threadKeepsItsSlot()
{
    TestDomain domain(&RetiredObject::destroy);
    const Slot *const slot = &domain.slot();
    std::vector<std::unique_ptr<TestDomain>> others;
    for (int i = 0; i < 100; ++i) {
        others.push_back(makeDomain());
        const Guard other(*others.back());
        const Reader pin(domain);
        QCOMPARE(&pin.slot(), slot);
    }
    others.clear();
    QCOMPARE(&domain.slot(), slot);
}

void tst_Threads::threadsThatAlternateKeepTheirs()
{
    TestDomain domain(&RetiredObject::destroy);
    Companion threads[2];
    const Slot *first[2] = {};
    for (int i = 0; i < 100; ++i) {
        const Slot *found = nullptr;
        threads[i % 2].run([&] {
            const Guard guard(domain);
            const Reader pin(domain);
            found = &pin.slot();
        });
        if (i < 2)
            first[i] = found;
        QCOMPARE(found, first[i % 2]);
    }
    QVERIFY(first[0] != first[1]);
}

// Each module has a cache of its own; what is behind them is one.
void tst_Threads::modulesOfOneLibraryShareTheSlot()
{
    TestDomain domain(&RetiredObject::destroy);
    const Slot *const slot = &domain.slot();
    ThreadCache ofAnotherModule = { 0, nullptr, &emptyThreadTable };
    QCOMPARE(&registerThread(domain, ofAnotherModule), slot);
    QCOMPARE(ofAnotherModule.id, domain.id());
    QCOMPARE(ofAnotherModule.slot, slot);
    QCOMPARE(slot->owner.load(), static_cast<const void *>(ofAnotherModule.table));
}

void tst_Threads::guardPinsItsOwnDomainOutOfAThousand()
{
    std::vector<std::unique_ptr<TestDomain>> domains;
    std::vector<const Slot *> found;
    for (int i = 0; i < 1000; ++i) {
        domains.push_back(makeDomain());
        found.push_back(&domains.back()->slot());
    }
    QCOMPARE(std::set<const Slot *>(found.begin(), found.end()).size(), found.size());
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < domains.size(); ++i) {
            const Guard guard(*domains[i]);
            QVERIFY(domains[i]->isPinned());
            QVERIFY(!domains[(i + 1) % domains.size()]->isPinned());
            QVERIFY(!domains[(i + domains.size() - 1) % domains.size()]->isPinned());
            QCOMPARE(&domains[i]->slot(), found[i]);
        }
    }
}

void tst_Threads::lookUpsAreRightWhileDomainsComeAndGo()
{
    constexpr int Steps = SYNCMAP_SANITIZED ? 20000 : 200000;
    struct Known
    {
        std::unique_ptr<TestDomain> domain;
        const Slot *slot;
    };
    std::mt19937_64 random(seed);
    std::vector<Known> known;
    std::size_t most = 1;
    for (int i = 0; i < Steps; ++i) {
        if (i % 500 == 0)
            most = 1 + random() % 200;
        const std::size_t index = random() % (known.size() + 1);
        if (index == known.size()) {
            auto domain = makeDomain();
            const Slot *const slot = &domain->slot();
            known.push_back({ std::move(domain), slot });
        } else if (known.size() > most || random() % 4 == 0) {
            known[index] = std::move(known.back());
            known.pop_back();
        } else {
            const Reader pin(*known[index].domain);
            QCOMPARE(&pin.slot(), known[index].slot);
            QVERIFY(known[index].domain->isPinned());
        }
    }
}

void tst_Threads::shortThreadsShareASlot()
{
    TestDomain domain(&RetiredObject::destroy);
    std::set<const Slot *> found;
    for (int i = 0; i < ManyThreads; ++i) {
        inThread([&] {
            const Guard guard(domain);
            const Reader pin(domain);
            found.insert(&pin.slot());
        });
    }
    QCOMPARE(found.size(), std::size_t(1));
}

void tst_Threads::simultaneousThreadsHaveSlotsOfTheirOwn()
{
    constexpr int Threads = 100;
    TestDomain domain(&RetiredObject::destroy);
    std::vector<const Slot *> found(Threads);
    std::atomic<int> missing { Threads };
    for (int round = 0; round < 3; ++round) {
        missing = Threads;
        runInThreads(Threads, [&](int i) {
            const Guard guard(domain);
            found[std::size_t(i)] = &domain.slot();
            --missing;
            while (missing != 0)
                std::this_thread::yield();
        });
        QCOMPARE(std::set<const Slot *>(found.begin(), found.end()).size(), found.size());
    }
}

void tst_Threads::slotIsHandedOverClean()
{
    TestDomain domain(&RetiredObject::destroy);
    const Slot *first = nullptr;
    const Slot *second = nullptr;
    inThread([&] {
        const Guard guard(domain);
        const Writer writer(domain);
        writer.slot().countInserted(5);
        first = &writer.slot();
    });
    QVERIFY(!domain.isPinned());
    QCOMPARE(first->owner.load(), static_cast<const void *>(nullptr));
    QCOMPARE(first->depth, quint32(0));
    QVERIFY(!first->temporary);
    QVERIFY(first->collecting == std::decay_t<decltype(*first)>::Collecting::Now);
    inThread([&] {
        const Writer writer(domain);
        second = &writer.slot();
        writer.slot().countRemoved(2);
    });
    QCOMPARE(second, first);
    QCOMPARE(domain.size().entries, std::size_t(3)); // what the first thread added counts on
}

void tst_Threads::slotIsHandedOverWithItsLimbo()
{
    TestDomain domain(&RetiredObject::destroy);
    for (int i = 1; i < Batch; ++i) {
        inThread([&] { write(domain); });
        QCOMPARE(RetiredObject::alive(), i);
        QCOMPARE(domain.statistics().objects, quint64(i));
    }
    inThread([&] { write(domain); });
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Threads::threadMayEndBeforeTheDomain()
{
    auto domain = makeDomain();
    inThread([&] { write(*domain); });
    QCOMPARE(RetiredObject::alive(), 1);
    QVERIFY(domain->collect());
    QCOMPARE(RetiredObject::alive(), 0);
    inThread([&] { write(*domain); });
    domain.reset();
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Threads::domainMayEndBeforeTheThread()
{
    Companion thread;
    for (int i = 0; i < 20; ++i) {
        auto domain = makeDomain();
        thread.run([&] { write(*domain); });
        QCOMPARE(RetiredObject::alive(), 1);
        domain.reset();
        QCOMPARE(RetiredObject::alive(), 0);
    }
    auto domain = makeDomain();
    thread.run([&] { write(*domain); });
    QVERIFY(domain->collect());
}

void tst_Threads::threadAndDomainMayEndAtOnce()
{
    constexpr int Rounds = SYNCMAP_SANITIZED ? 100 : 1000;
    for (int round = 0; round < Rounds; ++round) {
        auto domain = makeDomain();
        std::atomic<int> users { 3 };
        std::vector<std::thread> threads;
        threads.reserve(3);
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                write(*domain);
                users.fetch_sub(1, std::memory_order_acq_rel);
            });
        }
        while (users.load(std::memory_order_acquire) != 0)
            std::this_thread::yield();
        domain.reset();
        QCOMPARE(RetiredObject::alive(), 0);
        for (std::thread &thread : threads)
            thread.join();
    }
}

void tst_Threads::threadMayUseADomainWhileItEnds()
{
    TestDomain domain(&RetiredObject::destroy);
    int destroyed = 0;
    bool wasPinned = false;
    inThread([&] {
        olderThanTheRegistry().action = [&] {
            const Guard guard(domain);
            for (int i = 0; i < 2 * Batch; ++i) {
                Writer pin(domain);
                pin.retire(new RetiredObject([&](unsigned) { ++destroyed; }), 0, 1);
            }
            wasPinned = domain.isPinned() && !domain.collect() && destroyed == 0;
        };
        write(domain);
        domain.collect();
    });
    QVERIFY(wasPinned);
    QVERIFY(!domain.isPinned());
    QVERIFY(domain.collect());
    QCOMPARE(destroyed, 2 * Batch);
}

void tst_Threads::threadMayBeginToUseADomainWhileItEnds()
{
    TestDomain domain(&RetiredObject::destroy);
    std::set<const Slot *> found;
    for (int i = 0; i < SomeThreads; ++i) {
        inThread([&] {
            olderThanTheRegistry().action = [&] {
                write(domain);
                const Reader pin(domain);
                found.insert(&pin.slot());
            };
        });
    }
    QCOMPARE(found.size(), std::size_t(1));
    QVERIFY(domain.collect());
}

void tst_Threads::slotsOfEndingThreadsAreGivenBack()
{
    TestDomain domain(&RetiredObject::destroy);
    std::set<const Slot *> found;
    for (int i = 0; i < SomeThreads; ++i) {
        inThread([&] {
            olderThanTheRegistry().action = [&] {
                for (int n = 0; n < 3; ++n) {
                    const Guard guard(domain);
                    write(domain);
                    domain.collect();
                    const Reader outer(domain);
                    const Reader inner(domain);
                    found.insert({ &outer.slot(), &inner.slot() });
                }
            };
            const Guard guard(domain);
        });
    }
    // A guard, two readers beside it, and once in a while a writer or a collector.
    QVERIFY(found.size() <= 3);
    QVERIFY(!domain.isPinned());
    QVERIFY(domain.collect());
}

void tst_Threads::endingThreadDoesNotUseASlotThatItHasGivenBack()
{
    TestDomain domain(&RetiredObject::destroy);
    Companion other;
    const Slot *slotOfTheThread = nullptr;
    const Slot *slotOfTheOther = nullptr;
    const Slot *slotAtTheEnd = nullptr;
    inThread([&] {
        olderThanTheRegistry().action = [&] {
            other.run([&] { slotOfTheOther = &domain.slot(); });
            const Reader pin(domain); // the module's cache still has the slot
            slotAtTheEnd = &pin.slot();
        };
        slotOfTheThread = &domain.slot();
    });
    QCOMPARE(slotOfTheOther, slotOfTheThread);
    QVERIFY(slotAtTheEnd != slotOfTheOther);
}

void tst_Threads::endingThreadClaimsItsTemporarySlotAnew()
{
    TestDomain domain(&RetiredObject::destroy);
    Companion other;
    const Slot *slotOfTheOther = nullptr;
    const Slot *first = nullptr;
    const Slot *second = nullptr;
    inThread([&] {
        olderThanTheRegistry().action = [&] {
            {
                const Reader pin(domain);
                first = &pin.slot();
            }
            const Reader pin(domain);
            second = &pin.slot();
            other.run([&] { slotOfTheOther = &domain.slot(); });
        };
        const Guard guard(domain);
    });
    QCOMPARE(second, first);
    QVERIFY(slotOfTheOther != second);
}

void tst_Threads::endingThreadMayUseManyDomainsAtOnce()
{
    std::vector<std::unique_ptr<TestDomain>> domains;
    domains.reserve(30);
    for (int i = 0; i < 30; ++i)
        domains.push_back(makeDomain());
    std::set<const Slot *> found;
    int pinned = 0;
    for (int round = 0; round < 10; ++round) {
        inThread([&] {
            olderThanTheRegistry().action = [&] {
                std::vector<Guard> guards;
                guards.reserve(domains.size());
                for (const auto &domain : domains)
                    guards.emplace_back(*domain);
                for (const auto &domain : domains) {
                    write(*domain);
                    const Reader pin(*domain);
                    found.insert(&pin.slot());
                }
                for (const auto &domain : domains) {
                    guards.erase(guards.begin());
                    const Reader pin(*domain);
                    pinned += domain->isPinned();
                }
            };
            const Guard guard(*domains.front());
        });
    }
    QCOMPARE(pinned, 300);
    QVERIFY(found.size() <= 2 * domains.size());
    for (const auto &domain : domains) {
        QVERIFY(!domain->isPinned());
        QVERIFY(domain->collect());
    }
}

void tst_Threads::chainOfOwnersDoesNotNestInAnEndingThread()
{
    constexpr int Length = 1000;
    TestDomain domain(&RetiredObject::destroy);
    int depth = 0;
    int deepest = 0;
    int destructors = 0;
    const auto retireOne = [&](const RetiredObject::WhenDestroyed &whenDestroyed) {
        Writer pin(domain);
        pin.retire(new RetiredObject(whenDestroyed), 0, DefaultTraits::batchBytes);
    };
    const RetiredObject::WhenDestroyed next = [&](unsigned) {
        deepest = std::max(deepest, ++depth);
        if (++destructors < Length)
            retireOne(next);
        --depth;
    };
    TestDomain other(&RetiredObject::destroy);
    inThread([&] {
        olderThanTheRegistry().action = [&] { retireOne(next); };
        const Guard guard(domain);
        const Guard last(other); // the one that the module's cache remembers
    });
    QVERIFY(domain.collect());
    QCOMPARE(destructors, Length);
    QCOMPARE(deepest, 1);
}

void tst_Threads::guardMayOutliveTheRegistryOfItsThread()
{
    TestDomain domain(&RetiredObject::destroy);
    bool held = false;
    inThread([&] {
        olderThanTheRegistry(); // has the guard, ends last
        youngerThanThat().action = [&] {
            write(domain);
            held = !domain.collect() && RetiredObject::alive() == 1;
        };
        olderThanTheRegistry().guard.emplace(domain);
    });
    QVERIFY(held);
    QVERIFY(!domain.isPinned());
    QVERIFY(domain.collect());
}

void tst_Threads::guardMayOutliveItsRegistryAndOthersMayTakeTheSlotThen()
{
    TestDomain domain(&RetiredObject::destroy);
    std::set<const Slot *> found;
    for (int i = 0; i < SomeThreads; ++i) {
        inThread([&] {
            olderThanTheRegistry();
            youngerThanThat().action = [&] {
                const Reader pin(domain); // not in the slot of the guard
                found.insert(&pin.slot());
            };
            olderThanTheRegistry().guard.emplace(domain);
            found.insert(&domain.slot());
        });
    }
    QCOMPARE(found.size(), std::size_t(2));
}

// The program itself aborts at its end if this is not so.
void tst_Threads::domainMayBeUsedWhileTheProgramEnds()
{
    const Guard guard(atProgramEnd.domain);
    atProgramEnd.isArmed = true;
}

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    QCoreApplication application(argc, argv);
    tst_Threads test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_threads.moc"
