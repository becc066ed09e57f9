// SPDX-License-Identifier: MIT

// The times that caches go by: the one that counts what the machine was suspended for, on a source
// that jumps; a user's clock; and the one that is moved by hand.

#define SYNCMAP_TEST_ONLY_COUNTS_ALLOCATIONS
#include "allocations.h"
#include "findings.h"
#include "threads.h"
#include "validatedcache.h"

#include <SyncMap/cache/synccacheclock.h>
#include <SyncMap/cache/synccachemanualclock.h>
#include <SyncMap/private/cache/expiry/suspendedtime.h>

#include <QtCore/qdatetime.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using namespace SyncMapInternal;
using namespace std::chrono_literals;

namespace {

constexpr qint64 Millisecond = 1'000'000;
constexpr qint64 Hour = 3'600'000 * Millisecond;

// A machine: how long it was awake, how long it slept, and how far its coarse clock is behind.
std::atomic<qint64> awake { 0 };
std::atomic<qint64> asleep { 0 };
std::atomic<qint64> behind { 0 };
std::atomic<int> looks { 0 };
// Called after a thread has read the clock that goes on; the number of the look.
std::function<void(int)> afterLook;

qint64 exact() noexcept
{
    return awake.load();
}

qint64 coarse() noexcept
{
    return awake.load() - behind.load();
}

qint64 withSuspension() noexcept
{
    const qint64 result = awake.load() + asleep.load();
    const int look = ++looks;
    if (afterLook)
        afterLook(look);
    return result;
}

constexpr SuspendedTime::Source machine { &exact, &coarse, &withSuspension };

// How much of it the time line knows.
qint64 known(SuspendedTime &time)
{
    return time.exactNow() - exact();
}

struct Listener : ClockListener
{
    std::function<void()> f;
    std::atomic<int> called { 0 };

    void clockAdvanced() override
    {
        ++called;
        if (f)
            f();
    }
};

// Implements what it must.
class SmallClock : public SyncCacheClock
{
public:
    void moveTo(std::chrono::nanoseconds time)
    {
        m_now.store(time.count());
        advanced();
    }
    std::chrono::nanoseconds now() const override { return std::chrono::nanoseconds(m_now.load()); }

private:
    std::atomic<qint64> m_now { 0 };
};

// Knows one thing that is asked of it, and leaves the rest to its base class.
class LaterClock : public SmallClock
{
public:
    void hook(int id, void *data) { virtual_hook(id, data); }

protected:
    void virtual_hook(int id, void *data) override
    {
        if (id == 1)
            *static_cast<int *>(data) = 42;
        else
            SmallClock::virtual_hook(id, data);
    }
};

QDateTime utc(int year, int month, int day, int hour = 0)
{
    // As text, for the constructors differ between versions of Qt.
    return QDateTime::fromString(QStringLiteral("%1-%2-%3T%4:00:00Z")
                                         .arg(year, 4, 10, QLatin1Char('0'))
                                         .arg(month, 2, 10, QLatin1Char('0'))
                                         .arg(day, 2, 10, QLatin1Char('0'))
                                         .arg(hour, 2, 10, QLatin1Char('0')),
                                 Qt::ISODate);
}

} // namespace

class tst_Clock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        awake = 5 * Hour;
        asleep = 0;
        behind = 0;
        looks = 0;
        afterLook = nullptr;
    }

    void theFirstAnswerCountsWhatWasBefore()
    {
        asleep = 8 * Hour;
        SuspendedTime time(machine);
        QCOMPARE(time.coarseNow(), 13 * Hour);
        QCOMPARE(time.exactNow(), 13 * Hour);
    }

    void aSuspensionIsSeenAtTheNextLookAndNotBefore_data()
    {
        QTest::addColumn<qint64>("lag");
        QTest::newRow("exact") << qint64(0);
        QTest::newRow("coarse") << 4 * Millisecond;
    }
    void aSuspensionIsSeenAtTheNextLookAndNotBefore()
    {
        QFETCH(qint64, lag);
        behind = lag;
        SuspendedTime time(machine);
        for (int night = 0; night < 3; ++night) {
            const qint64 before = asleep;
            const int looksBefore = looks;
            asleep += 8 * Hour;
            QCOMPARE(time.coarseNow(), coarse() + before);
            awake += SuspendedTime::Interval - 1;
            QCOMPARE(time.coarseNow(), coarse() + before);
            QCOMPARE(looks.load(), looksBefore);
            awake += 1;
            QCOMPARE(time.coarseNow(), coarse() + asleep);
            QCOMPARE(time.exactNow(), exact() + asleep);
            QCOMPARE(looks.load(), looksBefore + 1);
        }
    }

    // One that asks for the exact time alone may look earlier, by how far the coarse one is behind.
    void theExactTimeAloneIsEnoughToLook()
    {
        behind = 4 * Millisecond;
        SuspendedTime time(machine);
        asleep = 8 * Hour;
        awake += SuspendedTime::Interval;
        QCOMPARE(time.exactNow(), exact() + 8 * Hour);
    }

    void timeNeverGoesBack()
    {
        asleep = 8 * Hour;
        SuspendedTime time(machine);
        asleep = 7 * Hour;
        qint64 last = time.exactNow();
        for (int i = 0; i < 10; ++i) {
            awake += SuspendedTime::Interval / 2;
            const qint64 now = time.exactNow();
            QVERIFY(now > last);
            last = now;
            QCOMPARE(known(time), 8 * Hour);
        }
        QVERIFY(looks.load() > 3);
        asleep = 9 * Hour;
        awake += SuspendedTime::Interval;
        QCOMPARE(known(time), 9 * Hour);
    }

    void whatIsBelowAMillisecondIsNoise()
    {
        asleep = Hour;
        SuspendedTime time(machine);
        for (const qint64 noise : { 999'999, -999'999, 1, -1, 500'000 }) {
            asleep = Hour + noise;
            awake += SuspendedTime::Interval;
            QCOMPARE(known(time), Hour);
        }
        // And together it is not.
        asleep += 500'000;
        awake += SuspendedTime::Interval;
        QCOMPARE(known(time), Hour + Millisecond);
    }

    void whereNothingIsKnownItIsTheMonotonicTime()
    {
        SuspendedTime time({ &exact, &coarse, nullptr });
        behind = 4 * Millisecond;
        for (int i = 0; i < 10; ++i) {
            asleep += Hour;
            awake += SuspendedTime::Interval;
            QCOMPARE(time.exactNow(), exact());
            QCOMPARE(time.coarseNow(), coarse());
        }
        QCOMPARE(looks.load(), 0);
    }

    void aLookThatWasInterruptedIsTriedAgain()
    {
        SuspendedTime time(machine);
        asleep = 8 * Hour;
        awake += SuspendedTime::Interval;
        looks = 0;
        afterLook = [](int look) { awake += look < 4 ? 10 * Millisecond : 100'000; };
        (void)time.exactNow();
        QCOMPARE(looks.load(), 4);
        QCOMPARE(known(time), 8 * Hour - 100'000);
    }

    // It says less than is true, never more, and corrects that when it can.
    void ifEachLookIsInterruptedTheBestOneCounts()
    {
        SuspendedTime time(machine);
        asleep = 8 * Hour;
        awake += SuspendedTime::Interval;
        looks = 0;
        afterLook = [](int look) { awake += look == 5 ? 2 * Millisecond : 10 * Millisecond; };
        (void)time.exactNow();
        QCOMPARE(looks.load(), 8);
        QCOMPARE(known(time), 8 * Hour - 2 * Millisecond);
        afterLook = nullptr;
        awake += SuspendedTime::Interval;
        QCOMPARE(known(time), 8 * Hour);
    }

    void aSuspensionDuringALookIsSeenByTheNextOne()
    {
        SuspendedTime time(machine);
        awake += SuspendedTime::Interval;
        afterLook = [](int) { asleep = 8 * Hour; };
        const qint64 before = time.exactNow();
        QCOMPARE(before, exact());
        awake += SuspendedTime::Interval;
        QCOMPARE(known(time), 8 * Hour);
    }

    // Each thread, whoever of them looks.
    void whoeverAsksInTimeSeesASuspension()
    {
        constexpr int threads = 4;
        constexpr int rounds = 500;
        SuspendedTime time(machine);
        std::atomic<int> round { 0 };
        std::atomic<int> done { 0 };
        Findings findings;
        runInThreads(threads + 1, [&](int thread) {
            for (int i = 1; i <= rounds; ++i) {
                if (thread == threads) {
                    asleep += Hour;
                    awake += SuspendedTime::Interval;
                    done.store(0);
                    round.store(i);
                    while (done.load() != threads)
                        std::this_thread::yield();
                } else {
                    while (round.load() != i)
                        std::this_thread::yield();
                    const qint64 now = thread % 2 == 0 ? time.exactNow() : time.coarseNow();
                    findings.expect(now == awake + i * Hour, "a suspension is not seen");
                    ++done;
                }
            }
        });
        QVERIFY2(findings.isEmpty(), findings.first());
    }

    void noThreadSeesTimeGoBackOrAhead()
    {
        constexpr int readers = 3;
        SuspendedTime time(machine);
        std::atomic<int> reading { readers };
        Findings findings;
        runInThreads(readers + 1, [&](int thread) {
            if (thread == readers) {
                for (qint64 i = 0; reading.load() > 0; ++i) {
                    awake += SuspendedTime::Interval / 7;
                    if (i % 3 == 0)
                        asleep += 2 * Millisecond;
                    std::this_thread::yield();
                }
                return;
            }
            qint64 last = 0;
            for (int i = 0; i < 20'000; ++i) {
                const qint64 now = i % 2 == 0 ? time.exactNow() : time.coarseNow();
                findings.expect(now >= last, "time went back");
                findings.expect(now <= awake + asleep, "time is ahead");
                last = now;
            }
            --reading;
        });
        QVERIFY2(findings.isEmpty(), findings.first());
    }

    void theSystemsTimesAgree()
    {
        // They are the same two time lines, with what passes between two calls.
        for (int i = 0; i < 10'000; ++i) {
            const qint64 coarseBefore = coarseNowWithSuspension();
            const qint64 before = exactNowWithSuspension();
            const qint64 monotonic = exactNow();
            const qint64 after = exactNowWithSuspension();
            QVERIFY(coarseBefore <= before);
            QVERIFY(before <= after);
            QVERIFY(before >= monotonic - (after - before));
        }
    }

    void aClockThatSaysNowAloneHasAllTimes()
    {
        SmallClock clock;
        clock.moveTo(7s);
        QCOMPARE(clock.now(), std::chrono::nanoseconds(7s));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(7s));
        const QDateTime before = QDateTime::currentDateTimeUtc();
        const QDateTime now = clock.currentDateTime();
        const QDateTime after = QDateTime::currentDateTimeUtc();
        QVERIFY(before <= now && now <= after);
        QCOMPARE(now.timeSpec(), Qt::UTC);
    }

    void aClockOfOnesOwnFreesWhatHasExpired()
    {
        SmallClock clock;
        ValidatedCache<int, int> cache(100);
        cache.setClock(&clock);
        cache.setTimeToLive(10s);
        cache.insert(1, 1);
        clock.moveTo(9s);
        QCOMPARE(cache.size(), 1);
        clock.moveTo(10s);
        QCOMPARE(cache.size(), 0);
        QCOMPARE(cache.totalCost(), 0);
    }

    void aClockMayKnowMoreThanItsBase()
    {
        LaterClock clock;
        int answer = 0;
        clock.hook(2, &answer);
        QCOMPARE(answer, 0);
        clock.hook(1, &answer);
        QCOMPARE(answer, 42);
    }

    void aManualClockIsAdvanced()
    {
        SyncCacheManualClock clock(5s);
        const auto listener = std::make_shared<Listener>();
        listenTo(clock, listener);
        QCOMPARE(clock.now(), std::chrono::nanoseconds(5s));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(5s));
        QCOMPARE(clock.currentDateTime(), utc(2000, 1, 1));
        QCOMPARE(clock.currentDateTime().timeSpec(), Qt::UTC);
        clock.advance(3h);
        QCOMPARE(clock.now(), std::chrono::nanoseconds(3h + 5s));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(3h + 5s));
        QCOMPARE(clock.currentDateTime(), utc(2000, 1, 1, 3));
        QCOMPARE(listener->called.load(), 1);
    }

    void aManualClockIsSuspended()
    {
        SyncCacheManualClock clock(5s);
        const auto listener = std::make_shared<Listener>();
        listenTo(clock, listener);
        clock.suspend(8h);
        QCOMPARE(clock.now(), std::chrono::nanoseconds(5s));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(8h + 5s));
        QCOMPARE(clock.currentDateTime(), utc(2000, 1, 1, 8));
        QCOMPARE(listener->called.load(), 1);
        clock.advance(2h);
        QCOMPARE(clock.now(), std::chrono::nanoseconds(2h + 5s));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(10h + 5s));
        QCOMPARE(clock.currentDateTime(), utc(2000, 1, 1, 10));
        QCOMPARE(listener->called.load(), 2);
    }

    void theWallClockIsSetBackAndGoesOn()
    {
        SyncCacheManualClock clock;
        clock.advance(100h);
        const auto listener = std::make_shared<Listener>();
        listenTo(clock, listener);
        clock.setCurrentDateTime(utc(1999, 12, 31, 20));
        QCOMPARE(clock.currentDateTime(), utc(1999, 12, 31, 20));
        QCOMPARE(clock.now(), std::chrono::nanoseconds(100h));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(100h));
        QCOMPARE(listener->called.load(), 0);
        clock.advance(1h);
        clock.suspend(3h);
        QCOMPARE(clock.currentDateTime(), utc(2000, 1, 1));
    }

    void theWallClockIsOfUtc()
    {
        SyncCacheManualClock clock;
        clock.setCurrentDateTime(
                QDateTime::fromString(QStringLiteral("2024-05-01T12:00:00+05:00"), Qt::ISODate));
        QCOMPARE(clock.currentDateTime(), utc(2024, 5, 1, 7));
        QCOMPARE(clock.currentDateTime().timeSpec(), Qt::UTC);
    }

    void anInvalidDateIsRefused()
    {
        SyncCacheManualClock clock;
        clock.setCurrentDateTime(utc(2024, 5, 1));
        QTest::ignoreMessage(QtWarningMsg, "SyncCacheManualClock: an invalid date is not set");
        clock.setCurrentDateTime(QDateTime());
        QCOMPARE(clock.currentDateTime(), utc(2024, 5, 1));
    }

    void timesEndAtTheEndOfTheirRange()
    {
        constexpr std::chrono::nanoseconds end = (std::chrono::nanoseconds::max)();
        SyncCacheManualClock clock(1h);
        clock.advance(end);
        QCOMPARE(clock.now(), end);
        clock.suspend(end);
        QCOMPARE(clock.now(), end);
        QCOMPARE(clock.nowWithSuspension(), end);
        clock.advance(end);
        QCOMPARE(clock.nowWithSuspension(), end);
        QCOMPARE(clock.currentDateTime().date().year(), 2292);

        SyncCacheManualClock other;
        const QDateTime last = QDateTime::fromMSecsSinceEpoch(Never - 1000).toUTC();
        other.setCurrentDateTime(last.isValid() ? last : utc(9999, 1, 1));
        other.advance(100h);
        QVERIFY(other.currentDateTime().isValid());
    }

    void askingAllocatesNothing()
    {
        SyncCacheManualClock clock;
        (void)exactNowWithSuspension();
        const Allocations::Watch watch;
        (void)clock.now();
        (void)clock.nowWithSuspension();
        (void)exactNowWithSuspension();
        (void)coarseNowWithSuspension();
        QCOMPARE(watch.calls(), quint64(0));
    }

    // A listener may use the clock, and others may come: no lock is held.
    void listenersAreToldUnderNoLock()
    {
        SyncCacheManualClock clock;
        const auto late = std::make_shared<Listener>();
        const auto early = std::make_shared<Listener>();
        early->f = [&] {
            if (early->called > 1)
                return;
            listenTo(clock, late);
            clock.setCurrentDateTime(clock.currentDateTime().addSecs(1));
            clock.suspend(1s);
        };
        listenTo(clock, early);
        clock.advance(1s);
        QCOMPARE(early->called.load(), 2);
        QCOMPARE(late->called.load(), 1);
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(2s));
    }

    void listenersThatHaveGoneAreForgotten()
    {
        SmallClock clock;
        const auto stays = std::make_shared<Listener>();
        listenTo(clock, stays);
        const qint64 before = Allocations::liveBlocks;
        for (int i = 0; i < 1000; ++i)
            listenTo(clock, std::make_shared<Listener>());
        QVERIFY(Allocations::liveBlocks - before < 100);
        clock.moveTo(1s);
        QCOMPARE(stays->called.load(), 1);
    }

    void aManualClockIsForManyThreads()
    {
        constexpr int threads = 4;
        constexpr int rounds = 500;
        SyncCacheManualClock clock;
        Findings findings;
        runInThreads(threads, [&](int thread) {
            std::chrono::nanoseconds last {};
            for (int i = 0; i < rounds; ++i) {
                const auto listener = std::make_shared<Listener>();
                if (i % 8 == 0)
                    listenTo(clock, listener);
                if (thread % 2 == 0)
                    clock.advance(1ms);
                else
                    clock.suspend(1ms);
                if (i % 16 == 0)
                    clock.setCurrentDateTime(utc(2001, 1, 1));
                const auto now = clock.nowWithSuspension();
                findings.expect(now >= last + 1ms, "time went back, or stood still");
                findings.expect(clock.currentDateTime() >= utc(2000, 1, 1), "the wall went back");
                last = now;
            }
        });
        QVERIFY2(findings.isEmpty(), findings.first());
        QCOMPARE(clock.now(), std::chrono::nanoseconds(1ms) * (threads / 2 * rounds));
        QCOMPARE(clock.nowWithSuspension(), std::chrono::nanoseconds(1ms) * (threads * rounds));
    }
};

QTEST_GUILESS_MAIN(tst_Clock)

#include "tst_clock.moc"
