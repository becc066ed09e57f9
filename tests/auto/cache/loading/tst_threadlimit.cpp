// SPDX-License-Identifier: MIT

// A process that can have no more threads: each case in a process of its own, in which the system
// refuses to start one.

#include "childprocess.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>

using namespace std::chrono_literals;

namespace {

#define EXPECT(condition) \
  do { \
    if (!(condition)) { \
      std::printf("line %d: not so: %s\n", __LINE__, #condition); \
      return 1; \
    } \
  } while (false)

bool refuseThreads()
{
    const auto skip = [](quint32 ifEqual, int yes, int no) {
        return sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ifEqual, quint8(yes), quint8(no)));
    };
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, quint32(offsetof(seccomp_data, nr))),
        skip(SYS_clone, 1, 0),
        skip(SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program = { quint16(std::size(filter)), filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool canStartAThread()
{
    try {
        std::thread([] {}).join();
    } catch (const std::system_error &) {
        return false;
    }
    return true;
}

int useMap()
{
    SyncMap<int, QString> map;
    EXPECT(refuseThreads());
    EXPECT(!canStartAThread());
    for (int i = 0; i < 20000; ++i) {
        map.insert(i, QString::number(i));
        if (i % 3 == 0)
            map.remove(i / 2);
    }
    EXPECT(!map.isEmpty());
    map.clear();
    EXPECT(map.collect());
    return 0;
}

int useCache()
{
    SyncCacheManualClock clock;
    SyncCache<int, int> cache(100);
    cache.setClock(&clock);
    cache.setTimeToLive(10s);
    EXPECT(refuseThreads());
    EXPECT(!canStartAThread());
    for (int i = 0; i < 1000; ++i)
        EXPECT(cache.insert(i, i) && cache.find(i) == i);
    EXPECT(cache.totalCost() == 100);
    clock.advance(10s);
    EXPECT(cache.isEmpty());
    EXPECT(cache.isConsistent());
    return 0;
}

// A loader with a context needs no thread but that of its context.
int loadInContext(int &argc, char **argv)
{
    QCoreApplication application(argc, argv);
    SyncCache<int, int> cache(100);
    cache.setLoader(&application, [](int key, const SyncCacheLoadContext<int> &context) {
        context.finish(key * 2);
    });
    EXPECT(refuseThreads());
    EXPECT(!canStartAThread());
    const QFuture<int> future = cache.getOrLoad(21);
    while (!future.isFinished())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    EXPECT(future.result() == 42);
    EXPECT(cache.find(21) == 42);
    return 0;
}

// What waits for a pool that can start no thread ends with its cache.
int waitForAPool()
{
    auto cache = std::make_unique<SyncCache<int, int>>(100);
    cache->setLoader([](int key) { return key; });
    EXPECT(refuseThreads());
    EXPECT(!canStartAThread());
    const QFuture<int> future = cache->getOrLoad(1);
    EXPECT(!future.isFinished());
    EXPECT(cache->insert(2, 3) && cache->find(2) == 3);
    EXPECT(cache->getOrLoad(2).result() == 3);
    cache.reset();
    EXPECT(future.isFinished());
    return 0;
}

} // namespace

class tst_ThreadLimit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aMapNeedsNoThreads() { succeeds("map"); }
    void aCacheNeedsNoThreads() { succeeds("cache"); }
    void aLoaderWithAContextNeedsNoThreads() { succeeds("context"); }
    void loadsThatFindNoThreadEndWithTheirCache() { succeeds("pool"); }

private:
    static void succeeds(const char *role)
    {
        const ChildResult child = runAgain(role);
        QVERIFY2(child.succeeded(), child.output);
    }
};

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], "--role") == 0) {
        const QByteArray role = argv[2];
        const int result = role == "map" ? useMap()
                : role == "cache"        ? useCache()
                : role == "context"      ? loadInContext(argc, argv)
                                         : waitForAPool();
        std::fflush(stdout);
        // A pool waits at the end for a thread that never was, and LeakSanitizer needs one.
        _exit(result);
    }
    QCoreApplication application(argc, argv);
    tst_ThreadLimit test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_threadlimit.moc"
