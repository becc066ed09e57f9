// SPDX-License-Identifier: MIT
#include "companion.h"
#include "handtraits.h"
#include "retiredobject.h"

#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace SyncMapInternal;

namespace {

// Runs a law on the shipped traits and on the test's own.
template <typename Law>
void onBoth(Law law)
{
    law(DefaultTraits());
    law(HandTraits());
}

// A thread that reads: its guard begins and ends when the test says so.
template <typename Traits>
class Reader
{
public:
    explicit Reader(Domain<Traits> &domain) : m_domain(domain) { }
    ~Reader() { leave(); }
    Q_DISABLE_COPY_MOVE(Reader)

    void enter()
    {
        m_thread.run([this] { m_guards.push_back(std::make_unique<HeldPin<Traits>>(m_domain)); });
    }
    // Ends the guard that began last.
    void leaveOne()
    {
        m_thread.run([this] { m_guards.pop_back(); });
    }
    void leave()
    {
        m_thread.run([this] { m_guards.clear(); });
    }

private:
    Domain<Traits> &m_domain;
    std::vector<std::unique_ptr<HeldPin<Traits>>> m_guards;
    Companion m_thread;
};

} // namespace

// When an object may be destroyed: the grace period. What waits meanwhile is the matter of
// tst_garbage.
class tst_Domain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void retiredObjectSurvivesWhileAGuardIsHeld();
    void retiredObjectIsDestroyedAfterTheGuardHasEnded();
    void guardOfAnotherThreadHoldsWhatThisOneRetires();
    void guardHoldsWhatAnotherThreadRetires();
    void nestedGuardsHoldUntilTheOutermostEnds();
    void nestedGuardDoesNotRenewTheOuterOne();
    void movedGuardHoldsOnUntilItsNewOwnerEnds();
    void guardThatBeganAfterTheScanHoldsNothingOlder();
    void olderBatchGoesFirst();
    void streamOfOverlappingGuardsDoesNotPutOffABatch();
    void guardsThatOverlapAtEachScanDoNotPutOffABatch();
    void everySlotIsLookedAt();
    void guardsOfManyThreadsAllHold();
    void scanComesAfterTheFence();
    void epochMovesBeforeTheFence();
    void readerThatStalledBeforeItsPinHoldsWhatIsRetiredLater();
    void pinIsSeenBeforeTheReaderLoadsAnything();
    void onlyTheOutermostGuardHasAFence();
    void scanHasOneFenceAndNothingToDoHasNone();
    void isPinnedWhileAnyGuardIsOpen();
    void unlinkingIsOverBeforeTheObjectCanBeTaken();
    void retiringHandsTheObjectOver();

    void cleanup();
};

void tst_Domain::cleanup()
{
    HandTraits::reset();
    QCOMPARE(RetiredObject::alive(), 0);
    QVERIFY(!WatchedMutex::wasRelocked());
}

void tst_Domain::retiredObjectSurvivesWhileAGuardIsHeld()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        {
            const HeldPin guard(domain);
            retire(domain);
            QVERIFY(!domain.collect());
            QVERIFY(!domain.collect());
            QCOMPARE(RetiredObject::alive(), 1);
        }
        QCOMPARE(RetiredObject::alive(), 1); // the end of a guard destroys nothing
    });
}

void tst_Domain::retiredObjectIsDestroyedAfterTheGuardHasEnded()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        {
            const HeldPin guard(domain);
            retire(domain);
            QVERIFY(!domain.collect());
        }
        QVERIFY(domain.collect());
        QCOMPARE(RetiredObject::alive(), 0);
    });
}

void tst_Domain::guardOfAnotherThreadHoldsWhatThisOneRetires()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader reader(domain);
        reader.enter();
        retire(domain);
        QVERIFY(!domain.collect());
        QCOMPARE(RetiredObject::alive(), 1);
        reader.leave();
        QVERIFY(domain.collect());
        QCOMPARE(RetiredObject::alive(), 0);
    });
}

void tst_Domain::guardHoldsWhatAnotherThreadRetires()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Companion writer;
        std::optional<HeldPin<decltype(traits)>> guard(domain);
        bool nothingIsLeft = true;
        writer.run([&] {
            retire(domain);
            nothingIsLeft = domain.collect();
        });
        QVERIFY(!nothingIsLeft);
        QCOMPARE(RetiredObject::alive(), 1);
        guard.reset();
        writer.run([&] { nothingIsLeft = domain.collect(); });
        QVERIFY(nothingIsLeft);
        QCOMPARE(RetiredObject::alive(), 0);
    });
}

void tst_Domain::nestedGuardsHoldUntilTheOutermostEnds()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader reader(domain);
        for (int i = 0; i < 5; ++i)
            reader.enter();
        retire(domain);
        for (int i = 0; i < 5; ++i) {
            QVERIFY(!domain.collect());
            QCOMPARE(RetiredObject::alive(), 1);
            reader.leaveOne();
        }
        QVERIFY(domain.collect());
        QCOMPARE(RetiredObject::alive(), 0);
    });
}

void tst_Domain::nestedGuardDoesNotRenewTheOuterOne()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader reader(domain);
        reader.enter();
        retire(domain);
        QVERIFY(!domain.collect()); // the epoch is later now
        reader.enter();
        QVERIFY(!domain.collect());
        QCOMPARE(RetiredObject::alive(), 1);
        reader.leaveOne();
        QVERIFY(!domain.collect());
        QCOMPARE(RetiredObject::alive(), 1);
        reader.leave();
        QVERIFY(domain.collect());
    });
}

void tst_Domain::movedGuardHoldsOnUntilItsNewOwnerEnds()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Domain<decltype(traits)> other(&RetiredObject::destroy);
        {
            HeldPin held(other);
            {
                HeldPin first(domain);
                HeldPin second(std::move(first));
                held = std::move(second);
                QVERIFY(!other.isPinned()); // what was assigned over has ended
            }
            retire(domain);
            QVERIFY(!domain.collect());
            QCOMPARE(RetiredObject::alive(), 1);
        }
        QVERIFY(domain.collect());
    });
}

void tst_Domain::guardThatBeganAfterTheScanHoldsNothingOlder()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader early(domain);
        Reader late(domain);
        early.enter();
        retire(domain);
        QVERIFY(!domain.collect()); // gives the object its tag
        late.enter();
        QVERIFY(!domain.collect());
        early.leave();
        QVERIFY(domain.collect());
        QCOMPARE(RetiredObject::alive(), 0);
    });
}

void tst_Domain::olderBatchGoesFirst()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        std::vector<int> destroyed;
        const auto retireNumbered = [&](int number) {
            retire(domain, new RetiredObject([&destroyed, number](unsigned) {
                       destroyed.push_back(number);
                   }));
            QVERIFY(!domain.collect());
        };
        Reader first(domain);
        Reader second(domain);
        Reader third(domain);
        first.enter();
        retireNumbered(1); // the old batch
        second.enter();
        retireNumbered(2); // the young one
        third.enter();
        retireNumbered(3); // joins it
        QVERIFY(destroyed.empty());

        first.leave();
        QVERIFY(!domain.collect());
        QCOMPARE(destroyed, std::vector<int>({ 1 }));
        second.leave();
        QVERIFY(!domain.collect());
        QCOMPARE(destroyed, std::vector<int>({ 1 })); // 3 was added to its batch
        third.leave();
        QVERIFY(domain.collect());
        QCOMPARE(destroyed.size(), std::size_t(3));
    });
}

// At each moment a guard is open, but none for long. What waits must not join what is retired later
// for ever: then it would never be destroyed.
void tst_Domain::streamOfOverlappingGuardsDoesNotPutOffABatch()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader<decltype(traits)> readers[] = { Reader(domain), Reader(domain) };
        readers[0].enter();
        for (int i = 1; i < 50; ++i) {
            retire(domain);
            domain.collect();
            readers[i % 2].enter();
            readers[(i + 1) % 2].leave();
            // retired under this guard and under the one before
            QVERIFY(RetiredObject::alive() <= 3);
        }
        readers[0].leave();
        readers[1].leave();
        QVERIFY(domain.collect());
    });
}

// With one waiting list, whose tag moves with each addition, nothing would ever be destroyed here.
void tst_Domain::guardsThatOverlapAtEachScanDoNotPutOffABatch()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        Reader<decltype(traits)> readers[] = { Reader(domain), Reader(domain) };
        readers[0].enter();
        for (int i = 1; i < 50; ++i) {
            readers[i % 2].enter();
            retire(domain);
            domain.collect();
            readers[(i + 1) % 2].leave();
            // of this round, and of the two before it
            QVERIFY(RetiredObject::alive() <= 3);
        }
        readers[0].leave();
        readers[1].leave();
        QVERIFY(domain.collect());
    });
}

void tst_Domain::everySlotIsLookedAt()
{
    onBoth([](auto traits) {
        using Slot = ThreadSlot<decltype(traits)>;
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        std::vector<Slot *> claimed;
        claimed.reserve(200);
        for (int i = 0; i < 200; ++i)
            claimed.push_back(domain.claimSlot(nullptr));
        for (Slot *slot : claimed) {
            domain.pin(*slot);
            retire(domain);
            QVERIFY(!domain.collect());
            QCOMPARE(RetiredObject::alive(), 1);
            domain.unpin(*slot);
            QVERIFY(domain.collect());
            QCOMPARE(RetiredObject::alive(), 0);
        }
        for (Slot *slot : claimed)
            Slot::letGo(slot, Slot::HeldByThread);
    });
}

void tst_Domain::guardsOfManyThreadsAllHold()
{
    onBoth([](auto traits) {
        constexpr int Threads = 130;
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        std::vector<std::unique_ptr<Reader<decltype(traits)>>> readers;
        readers.reserve(Threads);
        for (int i = 0; i < Threads; ++i) {
            readers.push_back(std::make_unique<Reader<decltype(traits)>>(domain));
            readers.back()->enter();
        }
        retire(domain);
        // From both ends: the last one is in the middle.
        for (int i = 0; i < Threads; ++i) {
            QVERIFY(!domain.collect());
            readers[std::size_t(i % 2 == 0 ? i / 2 : Threads - 1 - i / 2)]->leave();
        }
        QVERIFY(domain.collect());
    });
}

// A reader that stores its pin while the fence runs may have loaded pointers before the fence: the
// scan must not be over by then.
void tst_Domain::scanComesAfterTheFence()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    auto *const slot = domain.claimSlot(nullptr);
    bool stalled = false;
    HandTraits::duringHeavyFence = [&] {
        if (!std::exchange(stalled, true))
            slot->pinned.store(1, std::memory_order_release); // the first epoch
    };
    retire(domain);
    QVERIFY(!domain.collect());
    QCOMPARE(RetiredObject::alive(), 1);
    slot->pinned.store(0, std::memory_order_release);
    QVERIFY(domain.collect());
    ThreadSlot<HandTraits>::letGo(slot, ThreadSlot<HandTraits>::HeldByThread);
}

// A guard that begins while the fence runs comes after the unlinking, and its epoch has to say so.
void tst_Domain::epochMovesBeforeTheFence()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Reader reader(domain);
    HandTraits::duringHeavyFence = [&] { reader.enter(); };
    retire(domain);
    QVERIFY(domain.collect());
    QCOMPARE(RetiredObject::alive(), 0);
    reader.leave();
}

void tst_Domain::readerThatStalledBeforeItsPinHoldsWhatIsRetiredLater()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    int destroyedMeanwhile = 0;
    HandTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::EpochLoaded)
            return;
        HandTraits::atTestPoint = {};
        retire(domain, new RetiredObject([&](unsigned) { ++destroyedMeanwhile; }));
        domain.collect();
    };
    std::optional<HeldPin<HandTraits>> guard(domain);
    // Unlinked before the reader announced itself: it cannot have found it.
    QCOMPARE(destroyedMeanwhile, 1);
    // Its pin is from before that, but it holds what comes after.
    retire(domain);
    QVERIFY(!domain.collect());
    QVERIFY(!domain.collect());
    QCOMPARE(RetiredObject::alive(), 1);
    guard.reset();
    QVERIFY(domain.collect());
}

void tst_Domain::pinIsSeenBeforeTheReaderLoadsAnything()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion writer;
    bool survived = false;
    HandTraits::atTestPoint = [&](TestPoint point) {
        if (point != TestPoint::Pinned)
            return;
        HandTraits::atTestPoint = {};
        writer.run([&] {
            retire(domain);
            survived = !domain.collect() && RetiredObject::alive() == 1;
        });
    };
    {
        const HeldPin guard(domain);
        QVERIFY(survived);
    }
    QVERIFY(domain.collect());
}

void tst_Domain::onlyTheOutermostGuardHasAFence()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    domain.slot(); // has one of its own
    HandTraits::lightFences = 0;
    for (int i = 1; i <= 3; ++i) {
        const HeldPin guard(domain);
        QCOMPARE(HandTraits::lightFences.load(), i);
        {
            const ReadPin reader(domain);
            const WritePin writer(domain);
            QCOMPARE(HandTraits::lightFences.load(), i);
        }
    }
}

void tst_Domain::scanHasOneFenceAndNothingToDoHasNone()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    shareWithAnotherThread(domain);
    QVERIFY(domain.collect());
    QCOMPARE(HandTraits::heavyFences.load(), 0);
    {
        const HeldPin guard(domain);
        for (int i = 1; i <= 5; ++i) {
            retire(domain);
            QVERIFY(!domain.collect());
            QCOMPARE(HandTraits::heavyFences.load(), i);
        }
    }
}

void tst_Domain::isPinnedWhileAnyGuardIsOpen()
{
    onBoth([](auto traits) {
        Domain<decltype(traits)> domain(&RetiredObject::destroy);
        QVERIFY(!domain.isPinned());
        Reader reader(domain);
        reader.enter();
        QVERIFY(domain.isPinned());
        {
            const HeldPin guard(domain);
            reader.leave();
            QVERIFY(domain.isPinned());
        }
        QVERIFY(!domain.isPinned());
    });
}

// A collector that comes between the unlinking and the retiring has nothing to take yet; one that
// comes after it gives the object a tag that is later than each guard that could have found it.
void tst_Domain::unlinkingIsOverBeforeTheObjectCanBeTaken()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion collector;
    bool nothingWasLeft = false;
    HandTraits::atTestPoint = [&](TestPoint point) {
        if (point == TestPoint::Unlinked)
            collector.run([&] { nothingWasLeft = domain.collect(); });
    };
    retire(domain);
    QVERIFY(nothingWasLeft);
    QCOMPARE(RetiredObject::alive(), 1);
    HandTraits::atTestPoint = {};
    QVERIFY(domain.collect());
}

// The collector learns of the object by nothing but the limbo; ThreadSanitizer watches.
void tst_Domain::retiringHandsTheObjectOver()
{
    static int seen = 0;
    struct Object : Retired
    {
        int content = 0;
        static void destroy(Retired *retired, unsigned)
        {
            auto *const object = static_cast<Object *>(retired);
            seen = object->content;
            delete object;
        }
    };
    Domain<DefaultTraits> domain(&Object::destroy);
    std::atomic<bool> isRetired { false };
    std::atomic<bool> isCollected { false };
    std::thread owner([&] {
        auto *const object = new Object;
        object->content = 42;
        domain.retire(domain.slot(), object, 0, sizeof(Object));
        isRetired.store(true, std::memory_order_relaxed);
        // What it does at its end would hand the object over as well.
        while (!isCollected.load(std::memory_order_relaxed))
            std::this_thread::yield();
    });
    while (!isRetired.load(std::memory_order_relaxed))
        std::this_thread::yield();
    const bool collected = domain.collect();
    isCollected.store(true, std::memory_order_relaxed);
    owner.join();
    QVERIFY(collected);
    QCOMPARE(seen, 42);
}

QTEST_GUILESS_MAIN(tst_Domain)
#include "tst_domain.moc"
