// SPDX-License-Identifier: MIT

// Time to live, to idle and to stay fresh, on a clock that is moved by hand.

#include "companion.h"
#include "loading.h"
#include "threads.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qtimer.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

using namespace std::chrono_literals;

namespace {

using Milliseconds = std::chrono::milliseconds;

// Does something at one of its calls: between a look at the time and what is done by it, or before
// the look. Stands still otherwise.
class InterruptedClock : public SyncCacheClock
{
public:
    enum class When { BeforeTheLook, AfterTheLook };

    std::chrono::nanoseconds time {};

    void interrupt(int call, When when, std::function<void()> f)
    {
        m_call = call;
        m_when = when;
        m_f = std::move(f);
    }
    bool isInterrupted() const { return !m_f; }

    std::chrono::nanoseconds now() const override
    {
        if (!m_f || --m_call > 0)
            return time;
        const auto before = time;
        std::exchange(m_f, nullptr)();
        return m_when == When::AfterTheLook ? before : time;
    }

private:
    mutable int m_call = 0;
    When m_when = When::AfterTheLook;
    mutable std::function<void()> m_f;
};

void addWaysToExpire()
{
    QTest::addColumn<bool>("idles");
    QTest::newRow("lives") << false;
    QTest::newRow("idles") << true;
}

// The value of key 1 is 1 for one second; whatever comes then stays for hours.
void insertForASecond(SyncCache<int, int> &cache, bool idles)
{
    idles ? cache.setTimeToIdle(1s) : cache.setTimeToLive(1s);
    cache.insert(1, 1);
    idles ? cache.setTimeToIdle(9h) : cache.setTimeToLive(9h);
}

} // namespace

class tst_Expiry : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anEntryLivesUntilItsDeadlineAndNotOn()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        cache.insert(1, 1);
        clock.advance(9999ms);
        QVERIFY(cache.contains(1));
        clock.advance(1ms);
        QVERIFY(!cache.contains(1));
        QCOMPARE(cache.find(1), std::nullopt);
        QCOMPARE(cache.take(1), std::nullopt);
        QVERIFY(!cache.remove(1));
    }

    void advancingTheClockFreesWhatHasExpired()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        for (int i = 0; i < 500; ++i) {
            cache.insert(i, i);
            clock.advance(1ms);
        }
        clock.advance(9600ms);
        QCOMPARE(cache.size(), 399);
        clock.advance(1h);
        QCOMPARE(cache.size(), 0);
        QCOMPARE(cache.totalCost(), 0);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Expired), quint64(500));
        QVERIFY(cache.isConsistent());
    }

    void anEntrysOwnTimeCounts()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(1s));
        cache.insert(2, 2, SyncCacheEntryOptions().setTimeToLive(SyncCacheForever));
        clock.advance(1s);
        QVERIFY(!cache.contains(1));
        clock.advance(1000h);
        QVERIFY(cache.contains(2));
    }

    void writingAnewBeginsAnew()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        cache.insert(1, 1);
        clock.advance(9s);
        cache.insert(1, 2);
        clock.advance(9s);
        QCOMPARE(cache.find(1), std::optional<int>(2));
        cache.setTimeToLive(SyncCacheForever);
        cache.insert(1, 3);
        clock.advance(9000h);
        QCOMPARE(cache.find(1), std::optional<int>(3));
        QVERIFY(cache.isConsistent());
    }

    void usesKeepAnEntryFromIdling()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToIdle(16s);
        cache.insert(1, 1);
        cache.insert(2, 2);
        for (int i = 0; i < 100; ++i) {
            clock.advance(2s);
            QVERIFY(cache.find(1));
            if (i < 7)
                QVERIFY(cache.contains(2)); // no use
        }
        QCOMPARE(cache.size(), 1);
        clock.advance(16s);
        QCOMPARE(cache.size(), 0);
    }

    // Up to a sixteenth of the time early, never late.
    void aUseIsNotedNowAndThen()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToIdle(16s);
        cache.insert(1, 1);
        clock.advance(999ms);
        QVERIFY(cache.find(1)); // not noted
        clock.advance(15001ms);
        QVERIFY(!cache.find(1));
    }

    void usesDoNotOutliveTheTimeToLive()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToIdle(10s);
        cache.setTimeToLive(15s);
        cache.insert(1, 1);
        clock.advance(9s);
        QVERIFY(cache.find(1));
        clock.advance(5999ms);
        QVERIFY(cache.find(1));
        clock.advance(1ms);
        QVERIFY(!cache.find(1));
    }

    void hugeTimesAreNever()
    {
        SyncCacheManualClock clock(std::chrono::hours(24 * 365 * 200));
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(Milliseconds::max());
        cache.setTimeToIdle(std::chrono::hours(24 * 365 * 250));
        cache.insert(1, 1);
        clock.advance(std::chrono::hours(24 * 365 * 50));
        QVERIFY(cache.find(1));
        clock.advance(std::chrono::nanoseconds::max());
        QVERIFY(cache.isConsistent());
    }

    void negativeTimesAreOverAtOnce()
    {
        ValidatedCache<int, int> cache;
        cache.setTimeToLive(-5s);
        QCOMPARE(cache.timeToLive(), Milliseconds(0));
        QVERIFY(!cache.insert(1, 1));
        QVERIFY(cache.isEmpty());
    }

    void suspendedTimeCountsButForIdling()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> lives;
        ValidatedCache<int, int> idles;
        ValidatedCache<int, int> both;
        ValidatedCache<int, int> ages;
        for (auto *cache : { &lives, &idles, &both, &ages })
            cache->setClock(&clock);
        lives.setTimeToLive(10min);
        idles.setTimeToIdle(10min);
        both.setTimeToIdle(10min);
        both.setTimeToLive(9h);
        ages.setStaleTime(10min);
        for (auto *cache : { &lives, &idles, &both, &ages })
            cache->insert(1, 1);
        clock.suspend(8h);
        QVERIFY(lives.isEmpty()); // freed, too
        QVERIFY(idles.contains(1));
        QVERIFY(both.contains(1));
        QVERIFY(ages.contains(1) && ages.isStale(1));
        QCOMPARE(both.entryInfo(1)->timeToLiveLeft, Milliseconds(1h));
        QCOMPARE(both.entryInfo(1)->timeToIdleLeft, Milliseconds(10min));
        clock.advance(9min);
        QVERIFY(idles.find(1)); // a use
        clock.suspend(1h);
        QVERIFY(both.isEmpty());
        clock.advance(9min);
        QVERIFY(idles.contains(1));
        clock.advance(1min);
        QVERIFY(idles.isEmpty());
    }

    // Nothing but writes and reads, as in a service that has no event loop.
    void whatHasExpiredDoesNotCountAgainstWhatMayBePinned_data()
    {
        QTest::addColumn<bool>("computes");
        QTest::newRow("inserted") << false;
        QTest::newRow("computed") << true;
    }
    void whatHasExpiredDoesNotCountAgainstWhatMayBePinned()
    {
        QFETCH(const bool, computes);
        InterruptedClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(-1, 1, 20);
        for (int i = 1; i <= 80; ++i) {
            QVERIFY(cache.insert(i, i,
                                 SyncCacheEntryOptions().setPinned(true).setTimeToLive(20ms)));
        }
        cache.setWeigher([](int, int value) { return value; });
        const auto write = [&](int cost) {
            if (!computes)
                return cache.insert(-1, cost);
            const auto f = [cost](const int *) { return std::optional<int>(cost); };
            return cache.compute(-1, f).has_value();
        };
        QVERIFY(write(20));
        clock.time = 1s;
        QVERIFY(write(100));
        QCOMPARE(cache.totalCost(), 100);
        QCOMPARE(cache.statistics().refused, quint64(0));
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Expired), quint64(80));
        QVERIFY(!write(101));
        QVERIFY(!cache.contains(-1));
    }

    void whatHasExpiredGoesFirst()
    {
        InterruptedClock clock;
        ValidatedCache<int, int> cache(1000);
        cache.setClock(&clock);
        const auto forAWhile = SyncCacheEntryOptions().setTimeToLive(10ms);
        for (int i = 0; i < 900; ++i)
            cache.insert(i, i, forAWhile);
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 900; ++i) {
                cache.value(i);
                if (i % 8 == 0)
                    cache.insert(i, i, forAWhile);
            }
        }
        for (int i = 1000; i < 1100; ++i)
            cache.insert(i, i);
        clock.time = 1s;
        QVERIFY(cache.insert(5000, 1, 90));
        for (int i = 1000; i < 1100; ++i)
            QVERIFY(cache.contains(i));
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Evicted), quint64(0));
        QVERIFY(cache.size() > 900 - 100 + 100);
    }

    // Or who frees what has expired looks at the same entry for ever.
    void aClockThatGoesBackStopsNobody()
    {
        class Unsteady : public SyncCacheClock
        {
        public:
            mutable std::atomic<int> calls { 0 };
            bool isUnsteady = false;
            std::chrono::nanoseconds now() const override
            {
                if (!isUnsteady)
                    return {};
                return ++calls % 2 == 1 ? 1h : 0h; // due, and alive
            }
        } clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(1min);
        for (int i = 0; i < 10; ++i)
            cache.insert(i, i);
        clock.isUnsteady = true;
        cache.trim(SyncCacheTrimLevel::Expired);
        cache.insert(1, 1);
        QVERIFY(clock.calls < 1000);
    }

    // The event loop gets its turn while many entries are freed.
    void manyAreFreedInSlices()
    {
#ifdef SYNCMAP_SANITIZED
        constexpr int count = 60'000;
#else
        constexpr int count = 300'000;
#endif
        ValidatedCache<int, int> cache(-1);
        cache.setTimeToLive(2s);
        for (int i = 0; i < count; ++i)
            cache.insert(i, i);
        QThread::msleep(2'200); // all have expired when the loop begins
        const qsizetype all = cache.size();
        qsizetype last = all;
        qsizetype most = 0; // in one turn
        QTimer turn;
        connect(&turn, &QTimer::timeout, this, [&] {
            const qsizetype size = cache.size();
            most = qMax(most, std::exchange(last, size) - size);
        });
        turn.start(0);
        QTRY_COMPARE_WITH_TIMEOUT(cache.size(), 0, 60'000);
        QVERIFY2(most > 0 && most < all / 2, qPrintable(QString::number(most)));
    }

    void computeSeesNoExpiredValue()
    {
        SyncCacheManualClock clock;
        // Not attached: nothing is freed, as between two ticks.
        struct Detached : SyncCacheClock
        {
            const SyncCacheManualClock &of;
            explicit Detached(const SyncCacheManualClock &clock) : of(clock) { }
            std::chrono::nanoseconds now() const override { return of.now(); }
        } detached(clock);
        ValidatedCache<int, int> cache;
        cache.setClock(&detached);
        cache.setTimeToLive(1s);
        cache.insert(1, 1);
        clock.advance(1s);
        bool wasThere = true;
        cache.compute(1, [&wasThere](const int *value) {
            wasThere = value;
            return std::optional<int>(2);
        });
        QVERIFY(!wasThere);
        QCOMPARE(cache.find(1), std::optional<int>(2));
        clock.advance(1s);
        QVERIFY(cache.tryInsert(1, 3).inserted);
        clock.advance(1s);
        QCOMPARE(cache.exchange(1, 4), std::nullopt);
        QCOMPARE(cache.statistics().removals(SyncCacheRemovalCause::Expired), quint64(3));
        QVERIFY(cache.isConsistent());
    }

    void writesFreeWhatHasExpired()
    {
        SyncCacheManualClock clock;
        struct Detached : SyncCacheClock
        {
            const SyncCacheManualClock &of;
            explicit Detached(const SyncCacheManualClock &clock) : of(clock) { }
            std::chrono::nanoseconds now() const override { return of.now(); }
        } detached(clock);
        ValidatedCache<int, int> cache(100'000);
        cache.setClock(&detached);
        for (int i = 0; i < 1000; ++i)
            cache.insert(i, i, SyncCacheEntryOptions().setTimeToLive(1s));
        clock.advance(2s);
        QCOMPARE(cache.size(), 1000);
        for (int i = 0; i < 500; ++i)
            cache.insert(-1 - i, i);
        QCOMPARE(cache.size(), 500);
        cache.insert(5000, 0, SyncCacheEntryOptions().setTimeToLive(1s));
        clock.advance(2s);
        cache.trim(SyncCacheTrimLevel::Expired);
        QCOMPARE(cache.size(), 500);
    }

    // One timer, however many entries expire, and none for those that do not.
    void theTimerIsSetOnceAndOnlyIfSomethingCanExpire()
    {
        struct Counter : QObject
        {
            int calls = 0;
            bool eventFilter(QObject *, QEvent *event) override
            {
                calls += event->type() >= QEvent::User;
                return false;
            }
        } counter;
        QCoreApplication::processEvents();
        qApp->installEventFilter(&counter);
        ValidatedCache<int, int> cache;
        for (int i = 0; i < 300; ++i)
            cache.insert(i, i);
        cache.setStaleTime(1h); // frees nothing
        cache.insert(300, 0);
        QCoreApplication::processEvents();
        QCOMPARE(counter.calls, 0);
        cache.setTimeToLive(1h);
        for (int i = 0; i < 300; ++i)
            cache.insert(i, i);
        QCoreApplication::processEvents();
        QCOMPARE(counter.calls, 1);
        cache.insert(5, 5, SyncCacheEntryOptions().setTimeToLive(1s)); // sooner
        QCoreApplication::processEvents();
        QCOMPARE(counter.calls, 2);
    }

    void withAClockOfTheUsersThereIsNoTimer()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(1ms);
        cache.insert(1, 1);
        QCoreApplication::processEvents();
        QCOMPARE(cache.size(), 1);
        clock.advance(1ms);
        QCOMPARE(cache.size(), 0);
    }

    void trimFreesWhatHasExpiredWithoutAnEventLoop()
    {
        struct Clock : SyncCacheClock
        {
            std::atomic<std::chrono::nanoseconds> time { std::chrono::nanoseconds(0) };
            std::chrono::nanoseconds now() const override { return time; }
        } clock; // tells nobody that it moves
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToIdle(1s);
        cache.setTimeToLive(1h);
        for (int i = 0; i < 300; ++i)
            cache.insert(i, i);
        clock.time = 999ms;
        QVERIFY(cache.find(7)); // moves its deadline, not the wheel's
        clock.time = 1500ms;
        cache.trim(SyncCacheTrimLevel::Expired);
        QCOMPARE(cache.keys(), QList<int> { 7 });
        QCOMPARE(cache.size(), 1);
        clock.time = 2h;
        cache.trim(SyncCacheTrimLevel::Expired);
        QCOMPARE(cache.size(), 0);
    }

    // On the system's clock, with nobody who asks.
    void theEventLoopFreesWhatHasExpired()
    {
        ValidatedCache<int, int> cache;
        cache.setTimeToLive(20ms);
        for (int i = 0; i < 300; ++i)
            cache.insert(i, i);
        QTRY_COMPARE(cache.size(), 0);
        QVERIFY(cache.isConsistent());
    }

    // A use that was in time, but is noted late, does not bring back what another reader has missed
    // meanwhile. The clock stops the first reader between its look at the deadline and its note.
    void aLateNoteDoesNotBringBackWhatWasMissed()
    {
        InterruptedClock clock;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToIdle(1000ms);
        cache.insert(1, 1);
        clock.time = 990ms;
        bool isMissed = false;
        clock.interrupt(2, InterruptedClock::When::AfterTheLook, [&] {
            clock.time = 1010ms;
            isMissed = !cache.find(1);
        });
        cache.find(1);
        QVERIFY(isMissed);
        QVERIFY(!cache.contains(1));
    }

    // Who exchanges a value by an older time has not seen what a reader has missed: else the reader
    // came after him, and must find what he wrote. At whichever look of the writer.
    void whatAReaderHasMissedIsNotExchanged_data()
    {
        addWaysToExpire();
    }
    void whatAReaderHasMissedIsNotExchanged()
    {
        QFETCH(const bool, idles);
        int looks = 0;
        for (bool isOver = false; !isOver; ++looks) {
            InterruptedClock clock;
            ValidatedCache<int, int> cache;
            cache.setClock(&clock);
            insertForASecond(cache, idles);
            bool isMissed = false;
            clock.interrupt(looks + 1, InterruptedClock::When::AfterTheLook, [&] {
                clock.time = 1s;
                isMissed = !cache.peek(1);
            });
            const std::optional<int> before = cache.exchange(1, 2);
            isOver = !clock.isInterrupted();
            QVERIFY2(!isMissed || !before, qPrintable(QString::number(looks)));
            QCOMPARE(cache.peek(1), std::optional<int>(2));
        }
        QVERIFY(looks > 3);
    }

    // A key that is always written in time is never absent.
    void aLateReaderDoesNotMissWhatIsWrittenInTime_data()
    {
        addWaysToExpire();
    }
    void aLateReaderDoesNotMissWhatIsWrittenInTime()
    {
        QFETCH(const bool, idles);
        Companion writer;
        for (int how = 0; how < 3; ++how) {
            InterruptedClock clock;
            ValidatedCache<int, int> cache;
            cache.setClock(&clock);
            insertForASecond(cache, idles);
            clock.interrupt(1, InterruptedClock::When::BeforeTheLook, [&] {
                writer.run([&] {
                    if (how == 0)
                        QVERIFY(cache.insert(1, 2));
                    else if (how == 1)
                        QCOMPARE(cache.exchange(1, 2), std::optional<int>(1));
                    else
                        cache.compute(1, [](const int *was) { return std::optional(*was + 1); });
                    clock.time = 1s;
                });
            });
            QCOMPARE(cache.find(1), std::optional<int>(2)); // and not 1, whose time is over
            QVERIFY(clock.isInterrupted());
            QCOMPARE(cache.find(1), std::optional<int>(2));
        }
    }

    // Nor does a load that finds the value unchanged, by an older time.
    void aRenewalDoesNotBringBackWhatWasMissed_data()
    {
        addWaysToExpire();
    }
    void aRenewalDoesNotBringBackWhatWasMissed()
    {
        QFETCH(const bool, idles);
        int looks = 0;
        for (bool isOver = false; !isOver; ++looks) {
            InterruptedClock clock;
            QThreadPool pool;
            ValidatedCache<int, int> cache;
            cache.setClock(&clock);
            cache.setThreadPool(&pool);
            insertForASecond(cache, idles);
            bool isMissed = false;
            cache.setLoader([&](int, const SyncCacheLoadContext<int> &load) {
                clock.interrupt(looks + 1, InterruptedClock::When::AfterTheLook, [&] {
                    clock.time = 1s;
                    isMissed = !cache.peek(1);
                });
                load.notModified();
                return 0;
            });
            cache.refresh(1);
            QVERIFY(cache.waitForDone());
            pool.waitForDone();
            isOver = !clock.isInterrupted();
            QVERIFY2(!isMissed || !cache.peek(1), qPrintable(QString::number(looks)));
        }
        QVERIFY(looks > 2);
    }

    // What was there when tryInsert() looked is kept; what it inserts wins over loads under way. Not
    // half of each, if the entry expires in between.
    void tryInsertDecidesOnce()
    {
        InterruptedClock clock;
        Gate gate;
        ValidatedCache<int, int> cache;
        cache.setClock(&clock);
        cache.setTimeToLive(1s);
        cache.setLoader([&gate](int) { return gate.pass(100); });
        Companion other;
        clock.interrupt(1, InterruptedClock::When::AfterTheLook, [&] {
            other.run([&] {
                cache.insert(1, 1);
                cache.refresh(1);
                gate.entered.wait();
            });
            clock.interrupt(1, InterruptedClock::When::AfterTheLook, [&clock] { clock.time = 1s; });
        });
        const auto result = cache.tryInsert(1, 7);
        QVERIFY(clock.isInterrupted());
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        if (result.inserted)
            QCOMPARE(cache.peek(1), std::optional<int>(7));
        else
            QCOMPARE(result.value, 1);
    }

    // Also if a value has expired when it has just come in.
    void newsOfAKeyComeInTheirOrder()
    {
        int looks = 0;
        for (bool isOver = false; !isOver; ++looks) {
            InterruptedClock clock;
            ValidatedCache<int, int> cache;
            cache.setClock(&clock);
            QList<int> values;
            QObject context;
            cache.onRemoved(&context,
                            [&values](int, int value, SyncCacheRemovalCause) { values << value; });
            cache.insert(1, 1);
            clock.interrupt(looks + 1, InterruptedClock::When::BeforeTheLook,
                            [&clock] { clock.time += 2s; });
            cache.insert(1, 2, SyncCacheEntryOptions().setTimeToLive(1s));
            isOver = !clock.isInterrupted();
            cache.remove(1);
            QTRY_COMPARE(values, (QList<int> { 1, 2 }));
        }
        QVERIFY(looks > 1);
    }

    // The same by chance.
    void anExpiredEntryDoesNotComeBack()
    {
        for (int round = 0; round < 200; ++round) {
            SyncCacheManualClock clock;
            struct Detached : SyncCacheClock
            {
                const SyncCacheManualClock &of;
                explicit Detached(const SyncCacheManualClock &clock) : of(clock) { }
                std::chrono::nanoseconds now() const override { return of.now(); }
            } detached(clock);
            ValidatedCache<int, int> cache;
            cache.setClock(&detached);
            cache.setTimeToIdle(1000ms);
            cache.insert(1, 1);
            clock.advance(990ms);
            std::atomic<bool> isMissed { false };
            runInThreads(3, [&](int thread) {
                if (thread == 0) {
                    clock.advance(20ms);
                    return;
                }
                for (int i = 0; i < 50; ++i) {
                    const bool missedBefore = isMissed.load(std::memory_order_acquire);
                    const bool found = cache.find(1).has_value();
                    if (missedBefore && found)
                        qFatal("an entry came back");
                    if (!found)
                        isMissed.store(true, std::memory_order_release);
                }
            });
        }
    }

    void coarseTimeIsNotAheadAndNotFarBehind()
    {
        using namespace SyncMapInternal;
        int stood = 0;
        for (int i = 0; i < 10'000; ++i) {
            const qint64 before = exactNow();
            const qint64 coarse = coarseNow();
            const qint64 after = exactNow();
            QVERIFY(coarse <= after);
            // A machine that stood has another look, as soon as its system's clock has ticked.
            stood = before - coarse < CoarseLag ? 0 : stood + 1;
            QVERIFY2(stood < 2, qPrintable(QString::number(before - coarse)));
            if (stood != 0)
                QThread::msleep(20);
        }
    }

    // On the system's clock, at any moment around the deadline.
    void aDeadlineIsExact()
    {
        using namespace SyncMapInternal;
        for (int i = 0; i < 20; ++i) {
            ValidatedCache<int, int> cache;
            const qint64 before = exactNow();
            cache.insert(1, 1, SyncCacheEntryOptions().setTimeToLive(5ms));
            const qint64 after = exactNow();
            for (bool isOver = false; !isOver;) {
                const qint64 begun = exactNow();
                const bool found = cache.contains(1);
                const qint64 ended = exactNow();
                if (found)
                    QVERIFY(begun < after + 5'000'000);
                else
                    QVERIFY(ended >= before + 5'000'000);
                isOver = !found;
            }
        }
    }

    void whatExpiresWhileItIsComputedIsComputedAnew()
    {
        SyncCacheManualClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.insert(1, 5, SyncCacheEntryOptions().setTimeToLive(1s));
        QList<bool> wasThere;
        cache.compute(1, [&](const int *present) {
            wasThere.append(present != nullptr);
            clock.advance(1s);
            return std::optional<int>(present ? *present + 1 : 0);
        });
        QCOMPARE(wasThere, (QList<bool> { true, false }));
        QCOMPARE(cache.peek(1), std::optional<int>(0));
    }
};

QTEST_GUILESS_MAIN(tst_Expiry)

#include "tst_expiry.moc"
