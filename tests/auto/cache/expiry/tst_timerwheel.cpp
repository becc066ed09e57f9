// SPDX-License-Identifier: MIT

#include "seed.h"

#include <SyncMap/private/cache/expiry/timerwheel.h>

#include <QtTest/qtest.h>

#include <map>
#include <random>
#include <vector>

using SyncMapInternal::Never;
using SyncMapInternal::TimerHook;
using SyncMapInternal::TimerWheel;

namespace {

quint64 seed = 0;

constexpr qint64 Tick = qint64(1) << 20;
constexpr qint64 Least = std::numeric_limits<qint64>::min();

// However often it takes to ask.
TimerHook *take(TimerWheel &wheel, qint64 now)
{
    TimerHook *due = wheel.takeExpired(now);
    while (!due && wheel.isBehind())
        due = wheel.takeExpired(now);
    return due;
}

} // namespace

class tst_TimerWheel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingIsDueBeforeItsDeadline_data()
    {
        QTest::addColumn<qint64>("now");
        QTest::addColumn<qint64>("span");
        for (const qint64 now : { Least, -5 * Tick, qint64(-1), qint64(0), 77 * Tick }) {
            for (int bits = 0; bits < 63; bits += 3) {
                const qint64 span = qint64(1) << bits;
                if (now <= 0 || span < Never - now)
                    QTest::addRow("%lld + 2^%d", static_cast<long long>(now), bits) << now << span;
            }
        }
    }
    void nothingIsDueBeforeItsDeadline()
    {
        QFETCH(const qint64, now);
        QFETCH(const qint64, span);
        TimerWheel wheel;
        wheel.reserve();
        QVERIFY(!wheel.takeExpired(now));
        TimerHook hook;
        wheel.schedule(hook, now + span);
        QVERIFY(wheel.nextDue() <= now + span);
        QVERIFY(!wheel.takeExpired(now + span - 1));
        QVERIFY(wheel.isConsistent());
        QCOMPARE(wheel.takeExpired(now + span), &hook);
        QVERIFY(!hook.isLinked());
        QVERIFY(wheel.isEmpty());
        QCOMPARE(wheel.nextDue(), Never);
    }

    void aHookThatIsDueAlreadyIsTakenAtOnce()
    {
        TimerWheel wheel;
        wheel.reserve();
        TimerHook later;
        wheel.schedule(later, 1000 * Tick);
        QCOMPARE(wheel.takeExpired(2000 * Tick), &later);
        TimerHook hook;
        wheel.schedule(hook, 3);
        QCOMPARE(wheel.takeExpired(2000 * Tick), &hook);
    }

    void neverIsNotScheduled()
    {
        TimerWheel wheel;
        wheel.reserve();
        TimerHook hook;
        wheel.schedule(hook, 5);
        wheel.schedule(hook, Never);
        QVERIFY(!hook.isLinked());
        QVERIFY(wheel.isEmpty());
    }

    void cancellingTwiceIsHarmless()
    {
        TimerWheel wheel;
        wheel.reserve();
        TimerHook hook;
        wheel.schedule(hook, 5);
        wheel.cancel(hook);
        wheel.cancel(hook);
        QVERIFY(wheel.isEmpty());
        QVERIFY(!wheel.takeExpired(Never - 1));
    }

    // A bucket may hold all entries of a cache, and who comes to it holds the cache's lock.
    void aFullBucketIsEmptiedInSteps()
    {
        constexpr int count = 10'000;
        TimerWheel wheel;
        wheel.reserve();
        std::vector<TimerHook> hooks(count);
        for (int i = 0; i < count; ++i)
            wheel.schedule(hooks[std::size_t(i)], 5000 * Tick + i);
        const qint64 early = 4999 * Tick; // the wheel has come to their bucket
        int steps = 0;
        do {
            QVERIFY(!wheel.takeExpired(early));
            QVERIFY(wheel.isConsistent());
            QVERIFY(wheel.nextDue() <= 5000 * Tick);
            ++steps;
        } while (wheel.isBehind());
        QVERIFY(steps > 100);
        QVERIFY(!wheel.takeExpired(early));
        // And if it is late.
        TimerHook last;
        wheel.schedule(last, 9000 * Tick);
        QVERIFY(!wheel.takeExpired(early));
        int taken = 0;
        while (TimerHook *due = take(wheel, 9000 * Tick)) {
            QVERIFY(due->deadline <= 9000 * Tick);
            ++taken;
        }
        QCOMPARE(taken, count + 1);
        QVERIFY(wheel.isEmpty() && !wheel.isBehind());
        // One that is cancelled leaves nothing to do.
        for (TimerHook &hook : hooks)
            wheel.schedule(hook, 20'000 * Tick);
        QVERIFY(!wheel.takeExpired(19'999 * Tick));
        QVERIFY(wheel.isBehind());
        for (TimerHook &hook : hooks)
            wheel.cancel(hook);
        QVERIFY(!wheel.takeExpired(30'000 * Tick));
        QVERIFY(!wheel.isBehind());
    }

    void agreesWithASortedMap()
    {
        std::mt19937_64 random(seed);
        for (int round = 0; round < 50; ++round) {
            TimerWheel wheel;
            wheel.reserve();
            std::vector<TimerHook> hooks(100);
            std::multimap<qint64, TimerHook *> reference;
            qint64 now = qint64(random()) / 2;
            const auto forget = [&](TimerHook *hook) {
                const auto range = reference.equal_range(hook->deadline);
                for (auto it = range.first; it != range.second; ++it) {
                    if (it->second == hook) {
                        reference.erase(it);
                        return;
                    }
                }
            };
            for (int step = 0; step < 500; ++step) {
                TimerHook &hook = hooks[random() % hooks.size()];
                const qint64 span = qint64(random() >> (2 + random() % 60));
                switch (random() % 4) {
                case 0:
                case 1:
                    forget(&hook);
                    wheel.schedule(hook, now + span / 4);
                    reference.emplace(hook.deadline, &hook);
                    break;
                case 2:
                    forget(&hook);
                    wheel.cancel(hook);
                    break;
                default:
                    if (now < Never / 2)
                        now += span / 64;
                    while (TimerHook *due = take(wheel, now)) {
                        QVERIFY(due->deadline <= now);
                        forget(due);
                    }
                    QVERIFY(reference.empty() || reference.begin()->first > now);
                }
                QCOMPARE(wheel.count(), qint64(reference.size()));
                QVERIFY(reference.empty() || wheel.nextDue() <= reference.begin()->first);
            }
            QVERIFY(wheel.isConsistent());
        }
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_TimerWheel test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_timerwheel.moc"
