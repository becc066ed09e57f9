// SPDX-License-Identifier: MIT
#include "companion.h"
#include "handtraits.h"
#include "retiredobject.h"
#include "threads.h"

#include <QtTest/qtest.h>

#include <chrono>
#include <optional>
#include <vector>

using namespace SyncMapInternal;

namespace {

constexpr int Batch = int(HandTraits::batchObjects);

// Retires as a write to a map does: under a pin that collects when it ends.
template <typename Traits>
void write(Domain<Traits> &domain, RetiredObject *object = new RetiredObject, quint64 bytes = 1)
{
    WritePin pin(domain);
    pin.retire(object, 0, bytes);
}

// Counts the warnings of this layer in its scopes, all together.
class Warnings
{
public:
    Warnings() : m_previous(qInstallMessageHandler(&note)) { }
    ~Warnings() { qInstallMessageHandler(m_previous); }
    Q_DISABLE_COPY_MOVE(Warnings)

    static int count() { return s_count; }
    static bool cameUnderALock() { return s_cameUnderALock; }

private:
    static void note(QtMsgType type, const QMessageLogContext &context, const QString &)
    {
        if (type == QtWarningMsg && qstrcmp(context.category, "syncmap.reclamation") == 0) {
            ++s_count;
            if (WatchedMutex::isHeld())
                s_cameUnderALock = true;
        }
    }

    static inline std::atomic<int> s_count { 0 };
    static inline std::atomic<bool> s_cameUnderALock { false };
    const QtMessageHandler m_previous;
};

// Waits until the clock has moved on, so that what comes is later than what was.
std::chrono::steady_clock::time_point nextMoment()
{
    const auto now = std::chrono::steady_clock::now();
    auto next = now;
    while (next == now)
        next = std::chrono::steady_clock::now();
    return next;
}

} // namespace

// What is retired and cannot be destroyed yet: how much of it, who destroys it, and when.
class tst_Garbage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void collectOfNothingIsTrue();
    void collectTakesWhatOtherThreadsRetired();
    void collectUnderOnesOwnGuardKeepsWhatWasRetiredUnderIt();
    void collectEndsWhileOtherThreadsGoOnRetiring();
    void fullBatchIsDestroyedByTheThreadThatFilledIt();
    void largeObjectsMakeABatchOfFew();
    void hugeObjectsDoNotRunTheCountsOver();
    void batchOfAWriterUnderItsOwnGuardWaits();
    void writerThatMeetsACollectorDoesNotWait();
    void busyWritersLeaveNothingThatCollectDoesNotFind();
    void everythingIsDestroyedByTheDestructor();
    void destroyReceivesTheKind();
    void destructorsRunUnderNoLock();
    void collectFollowsWhatDestructorsRetire();
    void domainsDestructorFollowsWhatDestructorsRetire();
    void chainOfOwnersDoesNotNest();
    void readerNeverDestroys();
    void statisticsAreExactWhenQuiet();
    void aLoadIsNeverLessThanWhatItHolds();
    void statisticsAreExactAfterACollectionBesideARetirement();
    void oldestGuardIsALowerBound();
    void laterGuardDoesNotInheritTheAgeOfAnEarlierOne();
    void refusedFenceKeepsGarbageUntilItIsGrantedAgain();
    void refusedFenceKeepsGarbageUntilTheDestructorAndSaysSoOnce();
    void sizeIsTheSumOverAllThreads();
    void fullBatchOfABusyCollectorIsNotLeft();
    void aWriterFreesWhatItHeldBack();
    void aThreadThatIsAloneNeedsNoFence();
    void whatIsNotKnownMakesABatchSooner();
    void whatIsNotKnownIsCountedOverAllThreads();
    void nothingIsLeftOnceAllIsDestroyed();
    void aPauseLeavesCollectingToItsEnd();

    void cleanup();
};

void tst_Garbage::cleanup()
{
    HandTraits::reset();
    QCOMPARE(RetiredObject::alive(), 0);
    QVERIFY(!WatchedMutex::wasRelocked());
    QVERIFY(!WatchedMutex::isHeld());
}

void tst_Garbage::collectOfNothingIsTrue()
{
    Domain<DefaultTraits> shipped(&RetiredObject::destroy);
    Domain<HandTraits> domain(&RetiredObject::destroy);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(shipped.collect());
        QVERIFY(domain.collect());
    }
    retire(domain);
    QVERIFY(domain.collect());
    QVERIFY(domain.collect());
    const HeldPin guard(domain);
    QVERIFY(domain.collect()); // the guard holds nothing
}

void tst_Garbage::collectTakesWhatOtherThreadsRetired()
{
    Domain<DefaultTraits> domain(&RetiredObject::destroy);
    Companion writers[3];
    for (Companion &writer : writers)
        writer.run([&] { retire(domain); });
    QCOMPARE(RetiredObject::alive(), 3);
    QVERIFY(domain.collect());
    QCOMPARE(RetiredObject::alive(), 0);
    for (Companion &writer : writers)
        writer.run([&] { retire(domain); }); // their slots go on
    QVERIFY(domain.collect());
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Garbage::collectUnderOnesOwnGuardKeepsWhatWasRetiredUnderIt()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    bool earlierOneIsGone = false;
    retire(domain, new RetiredObject([&](unsigned) { earlierOneIsGone = true; }));
    QVERIFY(domain.collect());
    QVERIFY(earlierOneIsGone);
    {
        const HeldPin guard(domain);
        retire(domain);
        QVERIFY(!domain.collect());
        QCOMPARE(RetiredObject::alive(), 1);
    }
    QVERIFY(domain.collect());
}

// Or a clear() beside busy writers would not come back.
void tst_Garbage::collectEndsWhileOtherThreadsGoOnRetiring()
{
    constexpr int Enough = 1000;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion writer;
    int rounds = 0;
    RetiredObject::WhenDestroyed retireAnother = [&](unsigned) {
        if (++rounds < Enough)
            writer.run([&] { retire(domain, new RetiredObject(retireAnother)); });
    };
    retire(domain, new RetiredObject(retireAnother));
    domain.collect();
    QVERIFY2(rounds < Enough / 10, qPrintable(QString::number(rounds)));
    rounds = Enough;
    QVERIFY(domain.collect());
}

void tst_Garbage::fullBatchIsDestroyedByTheThreadThatFilledIt()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    shareWithAnotherThread(domain);
    std::vector<std::thread::id> destroyers;
    const auto note = [&](unsigned) { destroyers.push_back(std::this_thread::get_id()); };
    for (int round = 1; round <= 3; ++round) {
        for (int i = 1; i < Batch; ++i) {
            write(domain, new RetiredObject(note));
            QCOMPARE(RetiredObject::alive(), i);
        }
        write(domain, new RetiredObject(note));
        QCOMPARE(RetiredObject::alive(), 0);
        QCOMPARE(HandTraits::heavyFences.load(), round); // one for the whole batch
    }
    QCOMPARE(destroyers.size(), std::size_t(3 * Batch));
    for (const std::thread::id destroyer : destroyers)
        QVERIFY(destroyer == std::this_thread::get_id());
}

void tst_Garbage::largeObjectsMakeABatchOfFew()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    write(domain, new RetiredObject, HandTraits::batchBytes - 1);
    QCOMPARE(RetiredObject::alive(), 1);
    write(domain, new RetiredObject, 1);
    QCOMPARE(RetiredObject::alive(), 0);
    write(domain, new RetiredObject, HandTraits::batchBytes);
    QCOMPARE(RetiredObject::alive(), 0);
    write(domain, new RetiredObject, std::numeric_limits<quint64>::max());
    QCOMPARE(RetiredObject::alive(), 0);
}

namespace {

// With the batches of a build without sanitizers.
struct GiantTraits : TestTraits<GiantTraits>
{
    static constexpr quint32 batchObjects = 64;
};

} // namespace

// However many giants come together in one limbo, it is due.
void tst_Garbage::hugeObjectsDoNotRunTheCountsOver()
{
    for (int giants = 1; giants <= int(GiantTraits::batchObjects); ++giants) {
        Domain<GiantTraits> domain(&RetiredObject::destroy);
        for (int i = 1; i < giants; ++i)
            retire(domain, new RetiredObject, 0, Q_UINT64_C(1) << 32);
        write(domain, new RetiredObject, Q_UINT64_C(1) << 32);
        QCOMPARE(RetiredObject::alive(), 0);
        QCOMPARE(domain.statistics().bytes, quint64(0));
    }
}

void tst_Garbage::batchOfAWriterUnderItsOwnGuardWaits()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    {
        const HeldPin guard(domain);
        for (int i = 0; i < 3 * Batch; ++i)
            write(domain);
        QCOMPARE(RetiredObject::alive(), 3 * Batch);
    }
    for (int i = 0; i < Batch; ++i)
        write(domain);
    QCOMPARE(RetiredObject::alive(), 0); // the next batch takes the others along
}

void tst_Garbage::writerThatMeetsACollectorDoesNotWait()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion writer;
    HandTraits::duringHeavyFence = [&] {
        HandTraits::duringHeavyFence = {};
        writer.run([&] {
            for (int i = 0; i < 2 * Batch; ++i)
                write(domain);
        });
    };
    retire(domain);
    domain.collect();
    QCOMPARE(RetiredObject::alive(), 0); // the collector has taken it along
}

void tst_Garbage::busyWritersLeaveNothingThatCollectDoesNotFind()
{
    constexpr int Writers = 4;
    constexpr int Writes = SYNCMAP_SANITIZED ? 2000 : 20000;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    std::atomic<int> destroyed { 0 };
    runInThreads(Writers, [&](int) {
        for (int i = 0; i < Writes; ++i) {
            write(domain, new RetiredObject([&](unsigned) { ++destroyed; }));
            if (i % 100 == 0)
                domain.collect();
        }
    });
    QCOMPARE(domain.statistics().objects, quint64(Writers * Writes - destroyed));
    QVERIFY(domain.collect());
    QCOMPARE(destroyed.load(), Writers * Writes);
}

void tst_Garbage::everythingIsDestroyedByTheDestructor()
{
    {
        Domain<DefaultTraits> domain(&RetiredObject::destroy);
        Companion writers[2];
        {
            const HeldPin guard(domain);
            retire(domain);
            domain.collect(); // now it is old
            retire(domain);
            domain.collect(); // now it is young
        }
        for (Companion &writer : writers)
            writer.run([&] { retire(domain); });
        retire(domain);
        QCOMPARE(RetiredObject::alive(), 5);
        QCOMPARE(domain.statistics().objects, quint64(5));
    }
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Garbage::destroyReceivesTheKind()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    std::vector<unsigned> kinds;
    for (unsigned kind = 0; kind <= Retired::KindMask; ++kind)
        retire(domain, new RetiredObject([&](unsigned given) { kinds.push_back(given); }), kind);
    {
        const HeldPin guard(domain);
        domain.collect(); // through all lists
    }
    domain.collect();
    std::sort(kinds.begin(), kinds.end());
    QCOMPARE(kinds, std::vector<unsigned>({ 0, 1, 2, 3, 4, 5, 6, 7 }));
}

void tst_Garbage::destructorsRunUnderNoLock()
{
    int destructors = 0;
    bool wasLocked = false;
    {
        Domain<HandTraits> domain(&RetiredObject::destroy);
        const auto useTheDomain = [&](unsigned) {
            ++destructors;
            wasLocked = wasLocked || WatchedMutex::isHeld();
            domain.statistics();
            domain.collect();
            const HeldPin guard(domain);
            domain.collect();
        };
        retire(domain, new RetiredObject(useTheDomain));
        domain.collect();
        QCOMPARE(destructors, 1);
        for (int i = 0; i < Batch; ++i)
            write(domain, new RetiredObject(useTheDomain));
        QCOMPARE(destructors, 1 + Batch);
        retire(domain, new RetiredObject([&](unsigned) {
                   ++destructors;
                   wasLocked = wasLocked || WatchedMutex::isHeld();
               }));
    }
    QCOMPARE(destructors, 2 + Batch);
    QVERIFY(!wasLocked);
    QVERIFY(!WatchedMutex::wasRelocked());
}

namespace {

// An object whose destructor retires another one, and so on.
RetiredObject *chain(Domain<HandTraits> &domain, int length)
{
    return new RetiredObject([&domain, length](unsigned) {
        if (length > 1)
            retire(domain, chain(domain, length - 1));
    });
}

} // namespace

void tst_Garbage::collectFollowsWhatDestructorsRetire()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    retire(domain, chain(domain, 100));
    QVERIFY(domain.collect());
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Garbage::domainsDestructorFollowsWhatDestructorsRetire()
{
    {
        Domain<HandTraits> domain(&RetiredObject::destroy);
        retire(domain, chain(domain, 100));
    }
    QCOMPARE(RetiredObject::alive(), 0);
}

void tst_Garbage::chainOfOwnersDoesNotNest()
{
    constexpr int Length = 1000;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    int depth = 0;
    int deepest = 0;
    int destructors = 0;
    RetiredObject::WhenDestroyed next = [&](unsigned) {
        deepest = std::max(deepest, ++depth);
        if (++destructors < Length)
            write(domain, new RetiredObject(next), HandTraits::batchBytes);
        --depth;
    };
    write(domain, new RetiredObject(next), HandTraits::batchBytes);
    QCOMPARE(destructors, Length);
    QCOMPARE(deepest, 1);
}

// Even if it has got the slot of a writer that ended with a full limbo.
void tst_Garbage::readerNeverDestroys()
{
    Domain<DefaultTraits> domain(&RetiredObject::destroy);
    const void *slotOfTheWriter = nullptr;
    Companion *writer = new Companion;
    writer->run([&] {
        for (int i = 0; i < int(DefaultTraits::batchObjects) * 2; ++i)
            retire(domain);
        slotOfTheWriter = &domain.slot();
    });
    delete writer;
    const int before = RetiredObject::alive();
    Companion reader;
    const void *slotOfTheReader = nullptr;
    reader.run([&] {
        slotOfTheReader = &domain.slot();
        for (int i = 0; i < 10; ++i) {
            const ReadPin pin(domain);
            const HeldPin guard(domain);
        }
    });
    QCOMPARE(slotOfTheReader, slotOfTheWriter);
    QCOMPARE(RetiredObject::alive(), before);
    QVERIFY(domain.collect());
}

void tst_Garbage::statisticsAreExactWhenQuiet()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion writer;
    const auto compare = [&](int objects, int bytes) {
        QCOMPARE(RetiredObject::alive(), objects);
        QCOMPARE(domain.statistics().objects, quint64(objects));
        QCOMPARE(domain.statistics().bytes, quint64(bytes));
    };
    compare(0, 0);
    retire(domain, new RetiredObject, 0, 10);
    compare(1, 10);
    writer.run([&] { retire(domain, new RetiredObject, 0, 100); });
    compare(2, 110);
    {
        const HeldPin guard(domain);
        domain.collect();
        compare(2, 110); // old
        retire(domain, new RetiredObject, 0, 20);
        writer.run([&] { domain.collect(); });
        compare(3, 130); // young
        retire(domain, new RetiredObject, 0, 30);
        compare(4, 160);
    }
    compare(4, 160);
    domain.collect();
    compare(0, 0);
}

// What does not fit into the word of a limbo counts as the most that does.
void tst_Garbage::aLoadIsNeverLessThanWhatItHolds()
{
    const LimboLoad one = LimboLoad().with(10, 0);
    QCOMPARE(one.objects(), quint64(1));
    QCOMPARE(one.bytes(), quint64(10));
    QCOMPARE(one.unknowns(), quint64(0));
    const LimboLoad giant = one.with(std::numeric_limits<quint64>::max(), 5000).with(7, 1);
    QCOMPARE(giant.objects(), quint64(3));
    QCOMPARE(giant.bytes(), quint64(0xffffffff));
    QCOMPARE(giant.unknowns(), quint64(1023));
    LimboLoad many;
    for (int i = 0; i < (1 << 22) + 5; ++i)
        many = many.with(0, 0);
    QCOMPARE(many.objects(), quint64((1 << 22) - 1));
    QCOMPARE(many.bytes(), quint64(0));
    QCOMPARE(many.unknowns(), quint64(0));
    using Shipped = DefaultTraits;
    QVERIFY(!one.isBatch<Shipped>());
    QVERIFY(many.isBatch<Shipped>());
    QVERIFY(giant.isBatch<Shipped>());
}

namespace {

// Lets somebody in just before a retired object goes into a limbo.
struct InterruptedTraits : TestTraits<InterruptedTraits>
{
    static inline std::function<void()> beforePush;

    template <typename T>
    struct Atomic : std::atomic<T>
    {
        using std::atomic<T>::atomic;

        // NOLINTNEXTLINE(readability-identifier-naming): hides that of std::atomic
        bool compare_exchange_weak(T &expected, T desired, std::memory_order success,
                                   std::memory_order failure) noexcept
        {
            if constexpr (std::is_same_v<T, Retired *>) {
                if (const auto action = std::exchange(beforePush, {}))
                    action();
            }
            return std::atomic<T>::compare_exchange_weak(expected, desired, success, failure);
        }
    };
};

} // namespace

void tst_Garbage::statisticsAreExactAfterACollectionBesideARetirement()
{
    Domain<InterruptedTraits> domain(&RetiredObject::destroy);
    Companion collector;
    for (int i = 0; i < 3; ++i) {
        retire(domain);
        InterruptedTraits::beforePush = [&] { collector.run([&] { domain.collect(); }); };
        retire(domain);
        QCOMPARE(RetiredObject::alive(), 1);
        QCOMPARE(domain.statistics().objects, quint64(1));
        QVERIFY(domain.collect());
        QCOMPARE(RetiredObject::alive(), 0);
        QCOMPARE(domain.statistics().objects, quint64(0));
    }
}

void tst_Garbage::oldestGuardIsALowerBound()
{
    using std::chrono::nanoseconds;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion reader;
    std::optional<HeldPin<HandTraits>> guard;
    retire(domain);
    QCOMPARE(domain.statistics().oldestGuard, nanoseconds(0));

    const auto begin = nextMoment();
    reader.run([&] { guard.emplace(domain); });
    QCOMPARE(domain.statistics().oldestGuard, nanoseconds(0)); // no collection has seen it
    retire(domain);
    domain.collect();
    const auto seen = nextMoment();
    nextMoment();
    const auto first = domain.statistics().oldestGuard;
    QVERIFY(first > nanoseconds(0));
    QVERIFY(first <= std::chrono::steady_clock::now() - begin);

    // As long as the same guard holds something back, its age grows.
    retire(domain);
    domain.collect();
    nextMoment();
    const auto second = domain.statistics().oldestGuard;
    QVERIFY(second > first);
    QVERIFY(second >= std::chrono::steady_clock::now() - nextMoment());
    QVERIFY(second <= std::chrono::steady_clock::now() - begin);
    QVERIFY(seen > begin);

    reader.run([&] { guard.reset(); });
    QCOMPARE(domain.statistics().oldestGuard, nanoseconds(0));
    domain.collect();
    QCOMPARE(domain.statistics().oldestGuard, nanoseconds(0));
}

void tst_Garbage::laterGuardDoesNotInheritTheAgeOfAnEarlierOne()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion readers[2];
    std::optional<HeldPin<HandTraits>> guards[2];
    readers[0].run([&] { guards[0].emplace(domain); });
    retire(domain);
    domain.collect();
    nextMoment();
    // Overlapping, so that something is held back all the time.
    const auto begin = nextMoment();
    readers[1].run([&] { guards[1].emplace(domain); });
    retire(domain);
    readers[0].run([&] { guards[0].reset(); });
    QCOMPARE(domain.statistics().oldestGuard, std::chrono::nanoseconds(0));
    domain.collect();
    nextMoment();
    const auto age = domain.statistics().oldestGuard;
    QVERIFY(age > std::chrono::nanoseconds(0));
    QVERIFY(age <= std::chrono::steady_clock::now() - begin);
    readers[1].run([&] { guards[1].reset(); });
}

void tst_Garbage::refusedFenceKeepsGarbageUntilItIsGrantedAgain()
{
    const Warnings warnings;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    shareWithAnotherThread(domain);
    HandTraits::refusesHeavyFences = true;
    for (int i = 1; i <= 3 * Batch; ++i) {
        write(domain);
        QCOMPARE(RetiredObject::alive(), i);
    }
    QVERIFY(!domain.collect());
    QCOMPARE(domain.statistics().objects, quint64(3 * Batch));
    HandTraits::refusesHeavyFences = false;
    {
        // A guard from before the fence that is granted.
        const HeldPin guard(domain);
        write(domain);
        QVERIFY(!domain.collect());
    }
    QVERIFY(domain.collect());
    QCOMPARE(RetiredObject::alive(), 0);
    QCOMPARE(Warnings::count(), 1);
    QVERIFY(!Warnings::cameUnderALock());
}

// Once in a process: the test above it has the same sentence.
void tst_Garbage::refusedFenceKeepsGarbageUntilTheDestructorAndSaysSoOnce()
{
    const Warnings warnings;
    HandTraits::refusesHeavyFences = true;
    for (int round = 1; round <= 2; ++round) {
        {
            Domain<HandTraits> domain(&RetiredObject::destroy);
            shareWithAnotherThread(domain);
            for (int i = 0; i < 2 * Batch; ++i)
                write(domain);
            QVERIFY(!domain.collect());
            QVERIFY(!domain.collect());
            QCOMPARE(RetiredObject::alive(), 2 * Batch);
        }
        QCOMPARE(RetiredObject::alive(), 0);
        QCOMPARE(Warnings::count(), 1);
    }
    QVERIFY(!Warnings::cameUnderALock());
}

void tst_Garbage::sizeIsTheSumOverAllThreads()
{
    Domain<DefaultTraits> domain(&RetiredObject::destroy);
    QCOMPARE(domain.size().entries, std::size_t(0));
    runInThreads(10, [&](int i) {
        const WritePin pin(domain);
        for (int n = 0; n < 100; ++n) {
            if (i < 5)
                pin.slot().countInserted(3);
            else
                pin.slot().countRemoved(2);
        }
    });
    QCOMPARE(domain.size().entries, std::size_t(5 * 100 * 3 - 5 * 100 * 2));
    domain.slot().countRemoved(500);
    QCOMPARE(domain.size().entries, std::size_t(0));
    QVERIFY(domain.size().isExact);
}

// A thread with a full batch that finds another one collecting writes no more: the other one takes
// it.
void tst_Garbage::fullBatchOfABusyCollectorIsNotLeft()
{
    for (const TestPoint when : { TestPoint::Scanning, TestPoint::CollectorBusy }) {
        HandTraits::reset();
        Domain<HandTraits> domain(&RetiredObject::destroy);
        Companion writer;
        writer.run([&] { write(domain); });
        std::atomic<bool> isDone { false };
        // While this thread scans, the other one fills its batch; or, while that one is about to
        // leave its batch to this one, this one ends.
        HandTraits::atTestPoint = [&](TestPoint point) {
            if (point != TestPoint::Scanning || isDone.exchange(true))
                return;
            writer.run([&] {
                for (int i = 1; i < Batch; ++i)
                    write(domain);
            });
        };
        if (when == TestPoint::Scanning) {
            for (int i = 0; i < Batch; ++i)
                write(domain);
        } else {
            // The order that loses the batch if only one side looks: the lock was taken when the
            // other one tried, and is left before it says that it did.
            HandTraits::atTestPoint = {};
            for (int i = 1; i < Batch; ++i)
                write(domain);
            std::atomic<bool> isBusy { false };
            std::atomic<bool> goOn { false };
            std::thread other;
            HandTraits::atTestPoint = [&](TestPoint point) {
                if (point == TestPoint::Scanning && !isDone.exchange(true)) {
                    other = std::thread([&] {
                        for (int i = 0; i < Batch; ++i)
                            write(domain);
                    });
                    while (!isBusy)
                        std::this_thread::yield();
                } else if (point == TestPoint::CollectorBusy) {
                    isBusy = true;
                    while (!goOn)
                        std::this_thread::yield();
                }
            };
            write(domain);
            goOn = true;
            other.join();
            writer.run([&] { domain.collect(); }); // its one object, which makes no batch
        }
        QCOMPARE(RetiredObject::alive(), 0);
        HandTraits::reset();
    }
}

// A writer whose own guard held something back frees it, since nobody else may come by.
void tst_Garbage::aWriterFreesWhatItHeldBack()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    Companion writer;
    std::optional<WritePin<HandTraits>> pin;
    writer.run([&] { pin.emplace(domain); });
    for (int i = 0; i < 3 * Batch; ++i)
        write(domain);
    QCOMPARE(RetiredObject::alive(), 3 * Batch);
    writer.run([&] { pin.reset(); });
    QCOMPARE(RetiredObject::alive(), 0);

    // A reader never destroys anything.
    std::optional<ReadPin<HandTraits>> read;
    writer.run([&] { read.emplace(domain); });
    for (int i = 0; i < Batch; ++i)
        write(domain);
    writer.run([&] { read.reset(); });
    QCOMPARE(RetiredObject::alive(), Batch);
    domain.collect();
}

// Nobody else has loads that a fence would have to keep behind the unlinking.
void tst_Garbage::aThreadThatIsAloneNeedsNoFence()
{
    // Symmetric ones cost little, and none is left out.
    const bool isAsymmetric = processFenceMode() == FenceMode::Asymmetric;
    Domain<HandTraits> domain(&RetiredObject::destroy);
    HandTraits::refusesHeavyFences = isAsymmetric;
    for (int i = 0; i < 3 * Batch; ++i)
        write(domain);
    QCOMPARE(RetiredObject::alive(), 0);
    QCOMPARE(HandTraits::heavyFences.load() == 0, isAsymmetric);
    {
        const HeldPin guard(domain);
        for (int i = 0; i < Batch; ++i)
            write(domain);
        QCOMPARE(RetiredObject::alive(), Batch);
    }
    QVERIFY(domain.collect());

    // Whoever comes while it looks whether it is alone may see what is not unlinked yet.
    HandTraits::refusesHeavyFences = false;
    Companion reader;
    std::optional<HeldPin<HandTraits>> guard;
    reader.run([&] { guard.emplace(domain); });
    for (int i = 0; i < Batch; ++i)
        write(domain);
    QVERIFY(HandTraits::heavyFences.load() > 0);
    QCOMPARE(RetiredObject::alive(), Batch);
    reader.run([&] { guard.reset(); });
    domain.collect();
}

namespace {
struct ManyTraits : TestTraits<ManyTraits>
{
    static constexpr quint32 batchObjects = 512;
};
} // namespace

void tst_Garbage::whatIsNotKnownMakesABatchSooner()
{
    Domain<ManyTraits> domain(&RetiredObject::destroy);
    for (int round = 0; round < 3; ++round) {
        for (int i = 1; i <= 32; ++i) {
            QCOMPARE(RetiredObject::alive(), i - 1);
            WritePin pin(domain);
            pin.retire(new RetiredObject, 0, 100, 1);
        }
        QCOMPARE(RetiredObject::alive(), 0);
    }
    for (int i = 1; i <= 512; ++i) {
        QCOMPARE(RetiredObject::alive(), i - 1);
        write(domain);
    }
    QCOMPARE(RetiredObject::alive(), 0);
    QCOMPARE(domain.statistics().bytes, quint64(0));
}

// Threads that write one such object each, and sleep.
void tst_Garbage::whatIsNotKnownIsCountedOverAllThreads()
{
    Domain<ManyTraits> domain(&RetiredObject::destroy);
    Companion writers[4];
    int written = 0;
    for (int round = 0; round < 20; ++round) {
        for (Companion &writer : writers) {
            writer.run([&] {
                WritePin pin(domain);
                pin.retire(new RetiredObject, 0, 100, 1);
            });
            ++written;
            QVERIFY2(RetiredObject::alive() < 32, qPrintable(QString::number(written)));
        }
    }
    // What is known, and little, waits with its thread.
    for (Companion &writer : writers) {
        writer.run([&] {
            for (int i = 0; i < 100; ++i)
                write(domain);
        });
    }
    QVERIFY(RetiredObject::alive() >= 400);
    QVERIFY(domain.collect());
}

// Of two that collect, the one that comes second does not say so while the first still destroys.
void tst_Garbage::nothingIsLeftOnceAllIsDestroyed()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    std::atomic<bool> isDestroying { false };
    std::atomic<bool> mayEnd { false };
    Companion other;
    retire(domain, new RetiredObject([&](unsigned) {
               isDestroying = true;
               while (!mayEnd)
                   std::this_thread::yield();
           }));
    other.post([&] { domain.collect(); });
    while (!isDestroying)
        std::this_thread::yield();
    QVERIFY(!domain.collect());
    mayEnd = true;
    other.wait();
    QVERIFY(domain.collect());
}

void tst_Garbage::aPauseLeavesCollectingToItsEnd()
{
    Domain<HandTraits> domain(&RetiredObject::destroy);
    {
        const CollectionPause<HandTraits> pause(domain);
        for (int i = 0; i < 3 * Batch; ++i)
            write(domain);
        QVERIFY(!domain.collect());
        QCOMPARE(RetiredObject::alive(), 3 * Batch);
        {
            const CollectionPause<HandTraits> inner(domain);
            write(domain);
        }
        QCOMPARE(RetiredObject::alive(), 3 * Batch + 1);
    }
    QCOMPARE(RetiredObject::alive(), 0);
}

QTEST_GUILESS_MAIN(tst_Garbage)
#include "tst_garbage.moc"
