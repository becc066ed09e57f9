// SPDX-License-Identifier: MIT
#include "childprocess.h"
#include "companion.h"
#include "retiredobject.h"
#include "threads.h"

#include <SyncMap/SyncMap>

#include <QtTest/qtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <sys/prctl.h>
#include <sys/syscall.h>

using namespace SyncMapInternal;

namespace {

constexpr int Batch = int(DefaultTraits::batchObjects);

constexpr quint32 TheBarrier = 1 << 3; // PRIVATE_EXPEDITED

// What the system says, asked without the library.
bool systemHasBarrier()
{
    const long commands = syscall(SYS_membarrier, 0, 0, 0);
    constexpr long Needed = TheBarrier | (1 << 4); // and its registration
    return commands >= 0 && (commands & Needed) == Needed;
}

enum class Refused : quint8 { Everything, AllButTheQuery, TheBarrierAlone };

// From now on the calling thread, and threads that it starts, get \a error from membarrier.
bool refuseBarrier(int error, Refused refused)
{
    const auto load = [](std::size_t offset) {
        return sock_filter(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, quint32(offset)));
    };
    const auto skip = [](quint32 ifEqual, int yes, int no) {
        return sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ifEqual, quint8(yes), quint8(no)));
    };
    const auto answer = [](quint32 what) { return sock_filter(BPF_STMT(BPF_RET | BPF_K, what)); };
    const sock_filter command = refused == Refused::Everything ? skip(0, 0, 0)
            : refused == Refused::AllButTheQuery               ? skip(0, 1, 0)
                                                               : skip(TheBarrier, 0, 1);
    sock_filter filter[] = {
        load(offsetof(seccomp_data, nr)),
        skip(SYS_membarrier, 0, 3),
        load(offsetof(seccomp_data, args)), // the lower half, on a little-endian machine
        command,
        answer(SECCOMP_RET_ERRNO | quint32(error)),
        answer(SECCOMP_RET_ALLOW),
    };
    const sock_fprog program = { quint16(std::size(filter)), filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
            && syscall(SYS_membarrier, TheBarrier, 0, 0) == -1 && errno == error;
}

// The roles of child processes. Each returns 0 if all was as it should be, and says what was not.

#define EXPECT(condition) \
  do { \
    if (!(condition)) { \
      std::printf("line %d: not so: %s\n", __LINE__, #condition); \
      return 1; \
    } \
  } while (false)

template <typename Traits>
void write(Domain<Traits> &domain)
{
    WritePin pin(domain);
    pin.retire(new RetiredObject, 0, 1);
}

int printMode()
{
    std::puts(processFenceMode() == FenceMode::Asymmetric ? "asymmetric" : "symmetric");
    return 0;
}

// Everything that a domain does, with readers and writers that meet.
int work()
{
    Domain<DefaultTraits> domain(&RetiredObject::destroy);
    {
        Companion reader;
        std::optional<HeldPin<DefaultTraits>> guard;
        reader.run([&] { guard.emplace(domain); });
        for (int i = 0; i < 2 * Batch; ++i)
            write(domain);
        EXPECT(RetiredObject::alive() == 2 * Batch);
        EXPECT(!domain.collect());
        reader.run([&] { guard.reset(); });
        EXPECT(domain.collect());
        EXPECT(RetiredObject::alive() == 0);
    }
    SyncMap<int, QString> map;
    runInThreads(4, [&](int) {
        for (int i = 0; i < 2000; ++i) {
            map.insert(i % 50, QString::number(i));
            (void)map.find((i * 7) % 50);
            map.remove((i * 3) % 50);
        }
    });
    EXPECT(map.collect());
    EXPECT(map.statistics().retiredObjects == 0);
    return 0;
}

int workWithoutBarrier(int error, Refused refused)
{
    EXPECT(refuseBarrier(error, refused));
    EXPECT(processFenceMode() == FenceMode::Symmetric);
    return work();
}

int loseBarrier()
{
    {
        Domain<DefaultTraits> first(&RetiredObject::destroy);
        Domain<DefaultTraits> second(&RetiredObject::destroy);
        const bool needsBarrier = processFenceMode() == FenceMode::Asymmetric;
        shareWithAnotherThread(first);
        shareWithAnotherThread(second);
        write(first);
        EXPECT(first.collect());
        EXPECT(refuseBarrier(EPERM, Refused::Everything));
        for (int i = 0; i < 3 * Batch; ++i) {
            write(first);
            write(second);
        }
        EXPECT(first.collect() != needsBarrier);
        EXPECT(second.collect() != needsBarrier);
        EXPECT(!first.collect() == needsBarrier);
        EXPECT(RetiredObject::alive() == (needsBarrier ? 6 * Batch : 0));
        // Domains that come later have the mode of the process.
        Domain<DefaultTraits> third(&RetiredObject::destroy);
        shareWithAnotherThread(third);
        write(third);
        EXPECT(third.collect() != needsBarrier);
    }
    EXPECT(RetiredObject::alive() == 0);
    return 0;
}

// A filter of one thread does not keep the others from collecting what that thread retired.
int loseBarrierInOneThread()
{
    Domain<DefaultTraits> domain(&RetiredObject::destroy);
    shareWithAnotherThread(domain);
    Companion confined;
    bool isConfined = false;
    confined.run([&] {
        isConfined = refuseBarrier(EPERM, Refused::Everything);
        for (int i = 0; i < 2 * Batch; ++i)
            write(domain);
    });
    EXPECT(isConfined);
    EXPECT(RetiredObject::alive() == 2 * Batch);
    EXPECT(domain.collect());
    EXPECT(RetiredObject::alive() == 0);
    return 0;
}

// Registered for the barrier, then another program in the same process.
int workAndExecute()
{
    const int failed = work();
    if (failed != 0)
        return failed;
    char program[] = "/proc/self/exe";
    char option[] = "--role";
    char role[] = "work";
    char *arguments[] = { program, option, role, nullptr };
    std::fflush(stdout);
    execv(program, arguments);
    return 1;
}

struct Role
{
    const char *name;
    int (*play)();
};
constexpr Role roles[] = {
    { "mode", &printMode },
    { "work", &work },
    { "refused", [] { return workWithoutBarrier(EPERM, Refused::Everything); } },
    { "unknown", [] { return workWithoutBarrier(ENOSYS, Refused::Everything); } },
    { "half-refused", [] { return workWithoutBarrier(EPERM, Refused::AllButTheQuery); } },
    { "barrier-refused", [] { return workWithoutBarrier(EPERM, Refused::TheBarrierAlone); } },
    { "lost", &loseBarrier },
    { "lost-in-one-thread", &loseBarrierInOneThread },
    { "execute", &workAndExecute },
};

int play(const char *name)
{
    for (const Role &role : roles) {
        if (qstrcmp(role.name, name) == 0)
            return role.play();
    }
    return 2;
}

int warningsIn(const QByteArray &output)
{
    return int(output.count("syncmap.reclamation"));
}

} // namespace

class tst_Fence : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void modeIsAsymmetricWhereTheSystemHasABarrier();
    void modeIsSymmetricIfTheEnvironmentSaysSo();
    // NOLINTBEGIN(readability-identifier-naming): Qt Test's name for the rows of a test
    void everythingWorksInBothModes_data();
    void modeIsSymmetricIfTheBarrierIsRefused_data();
    // NOLINTEND(readability-identifier-naming)
    void everythingWorksInBothModes();
    void modeIsSymmetricIfTheBarrierIsRefused();
    void barrierThatIsLostLaterKeepsGarbageAndIsReportedOnce();
    void symmetricModeDoesNotMissALostBarrier();
    void threadWithoutBarrierLeavesItsGarbageToOthers();
    void programThatIsExecutedRegistersAnew();
    void fencesLeaveErrnoAlone();
};

void tst_Fence::modeIsAsymmetricWhereTheSystemHasABarrier()
{
    const ChildResult child = runAgain("mode");
    QVERIFY(child.succeeded());
    QCOMPARE(child.output, QByteArray(systemHasBarrier() ? "asymmetric\n" : "symmetric\n"));
}

void tst_Fence::modeIsSymmetricIfTheEnvironmentSaysSo()
{
    QCOMPARE(runAgain("mode", "symmetric").output, QByteArray("symmetric\n"));
    // Anything else means nothing.
    const QByteArray byDefault = runAgain("mode").output;
    QCOMPARE(runAgain("mode", "").output, byDefault);
    QCOMPARE(runAgain("mode", "asymmetric").output, byDefault);
}

void tst_Fence::everythingWorksInBothModes_data()
{
    QTest::addColumn<QByteArray>("fence");
    QTest::newRow("default") << QByteArray();
    QTest::newRow("symmetric") << QByteArray("symmetric");
}

void tst_Fence::everythingWorksInBothModes()
{
    QFETCH(const QByteArray, fence);
    const ChildResult child = runAgain("work", fence.isEmpty() ? nullptr : fence.constData());
    QVERIFY2(child.succeeded(), child.output);
}

void tst_Fence::modeIsSymmetricIfTheBarrierIsRefused_data()
{
    QTest::addColumn<QByteArray>("role");
    QTest::newRow("EPERM") << QByteArray("refused");
    QTest::newRow("ENOSYS") << QByteArray("unknown");
    QTest::newRow("the query is allowed") << QByteArray("half-refused");
    QTest::newRow("the registration is allowed") << QByteArray("barrier-refused");
}

void tst_Fence::modeIsSymmetricIfTheBarrierIsRefused()
{
    QFETCH(const QByteArray, role);
    const ChildResult child = runAgain(role.constData());
    QVERIFY2(child.succeeded(), child.output);
    QCOMPARE(warningsIn(child.output), 0);
}

void tst_Fence::barrierThatIsLostLaterKeepsGarbageAndIsReportedOnce()
{
    const ChildResult child = runAgain("lost");
    QVERIFY2(child.succeeded(), child.output);
    QCOMPARE(warningsIn(child.output), systemHasBarrier() ? 1 : 0);
}

void tst_Fence::symmetricModeDoesNotMissALostBarrier()
{
    const ChildResult child = runAgain("lost", "symmetric");
    QVERIFY2(child.succeeded(), child.output);
    QCOMPARE(warningsIn(child.output), 0);
}

void tst_Fence::threadWithoutBarrierLeavesItsGarbageToOthers()
{
    if (!systemHasBarrier())
        return; // the same as modeIsSymmetricIfTheBarrierIsRefused()
    const ChildResult child = runAgain("lost-in-one-thread");
    QVERIFY2(child.succeeded(), child.output);
    QCOMPARE(warningsIn(child.output), 1);
}

void tst_Fence::programThatIsExecutedRegistersAnew()
{
    const ChildResult child = runAgain("execute");
    QVERIFY2(child.succeeded(), child.output);
}

void tst_Fence::fencesLeaveErrnoAlone()
{
    for (const FenceMode mode : { processFenceMode(), FenceMode::Symmetric }) {
        errno = 4711;
        QVERIFY(heavyFence(mode));
        lightFence(mode);
        QCOMPARE(errno, 4711);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "--role") == 0)
        return play(argv[2]);
    QCoreApplication application(argc, argv);
    tst_Fence test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_fence.moc"
