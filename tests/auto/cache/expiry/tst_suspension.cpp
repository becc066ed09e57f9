// SPDX-License-Identifier: MIT

// The system's times, on a machine that was suspended: this program has its own clock_gettime(),
// which the library calls, and which adds a night to the clocks that count it.

#include "childprocess.h"

#include <SyncMap/cache/synccacheclock.h>

#include <QtCore/qbytearray.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <dlfcn.h>

using namespace SyncMapInternal;

namespace {

constexpr qint64 Night = qint64(8) * 3600 * 1'000'000'000;
constexpr qint64 Interval = 250'000'000;
constexpr qint64 Noise = 1'000'000; // as far as two clocks can be compared

std::atomic<int> nights { 0 };

using GetTime = int(clockid_t, timespec *);

GetTime *systemsOwn()
{
    // NOLINTNEXTLINE(clang-analyzer-core.StackAddressEscape)
    static const auto result = reinterpret_cast<GetTime *>(dlsym(RTLD_NEXT, "clock_gettime"));
    return result;
}

// Until the machine's suspension is seen, and at most for the time within which it has to be.
bool isSeen(qint64 (*now)() noexcept, qint64 before)
{
    const qint64 begun = coarseNow();
    for (;;) {
        const qint64 coarse = coarseNow();
        if (now() - before >= Night)
            return true;
        if (coarse - begun >= Interval)
            return false;
    }
}

} // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec *time) noexcept
{
    const int result = systemsOwn()(clock, time);
    if (result == 0 && (clock == CLOCK_BOOTTIME || clock == CLOCK_REALTIME))
        time->tv_sec += time_t(nights.load() * (Night / 1'000'000'000));
    return result;
}

class tst_Suspension : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aSuspensionCountsForTheTimesThatSaySo()
    {
        for (int i = 0; i < 2; ++i) {
            const qint64 monotonic = exactNow();
            const qint64 coarse = coarseNow();
            const qint64 exactBefore = exactNowWithSuspension();
            const qint64 coarseBefore = coarseNowWithSuspension();
            nights.fetch_add(1);
            QVERIFY(isSeen(&exactNowWithSuspension, exactBefore));
            QVERIFY(coarseNowWithSuspension() - coarseBefore >= Night - Noise);
            QVERIFY(exactNowWithSuspension() - exactBefore < Night + Night / 2);
            QVERIFY(exactNow() - monotonic < Night / 2);
            QVERIFY(coarseNow() - coarse < Night / 2);
        }
    }

    void theCoarseTimeAloneSeesIt()
    {
        const qint64 before = coarseNowWithSuspension();
        nights.fetch_add(1);
        QVERIFY(isSeen(&coarseNowWithSuspension, before));
    }

    void whatIsDecidedOnceCanBeOtherwise_data()
    {
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("no coarse clock") << QByteArray("exact");
        QTest::newRow("no suspension known") << QByteArray("awake");
        QTest::newRow("neither") << QByteArray("exact,awake");
    }
    void whatIsDecidedOnceCanBeOtherwise()
    {
        QFETCH(QByteArray, words);
        qputenv("SYNCMAP_CLOCK", words);
        const ChildResult child = runAgain(words.constData());
        qunsetenv("SYNCMAP_CLOCK");
        QVERIFY2(child.succeeded(), child.output);
    }
};

namespace {

// As another process, in which SYNCMAP_CLOCK is \a words.
int run(const QByteArray &words)
{
    const bool isExact = words.contains("exact");
    const bool isAwake = words.contains("awake");
    int behind = 0;
    for (int i = 0; i < 10'000; ++i) {
        const qint64 before = exactNow();
        if (coarseNow() < before)
            ++behind;
    }
    if (isExact && behind != 0) {
        std::printf("the coarse clock is used\n");
        return 1;
    }
    const qint64 before = exactNowWithSuspension();
    nights.fetch_add(1);
    if (isSeen(&exactNowWithSuspension, before) == isAwake) {
        std::printf("suspension is %sseen\n", isAwake ? "" : "not ");
        return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "--role") == 0)
        return run(argv[2]);
    tst_Suspension test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_suspension.moc"
