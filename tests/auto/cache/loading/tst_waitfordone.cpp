// SPDX-License-Identifier: MIT

// SyncCache::waitForDone() waits, or returns at once and says why.

#include "companion.h"
#include "loading.h"
#include "runningthread.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

using Cache = ValidatedCache<int, int>;
using Context = SyncCacheLoadContext<int>;
using Result = SyncCacheLoadResult<int>;

namespace {

// Calls a function when it is written.
struct Written
{
    static inline std::function<void()> whenWritten;
    int number = 0;

    friend bool operator==(const Written &a, const Written &b) { return a.number == b.number; }
    friend QDataStream &operator<<(QDataStream &stream, const Written &value)
    {
        if (whenWritten)
            whenWritten();
        return stream << value.number;
    }
    friend QDataStream &operator>>(QDataStream &stream, Written &value)
    {
        return stream >> value.number;
    }
};

void expectRefusals(int count)
{
    for (int i = 0; i < count; ++i) {
        QTest::ignoreMessage(QtWarningMsg,
                             "waitForDone() was called by what it would wait for, and has not "
                             "waited.");
    }
}

} // namespace

class tst_WaitForDone : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void notInWhatAFileIsDoneWith_data()
    {
        QTest::addColumn<int>("where");
        QTest::newRow("a continuation of save()") << 0;
        QTest::newRow("a continuation of restore()") << 1;
        QTest::newRow("a value's operator<<") << 2;
    }
    void notInWhatAFileIsDoneWith()
    {
        QFETCH(const int, where);
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("cache"));
        QThreadPool pool;
        BusyPool busy;
        SyncCache<int, Written> cache(100);
        cache.insert(1, Written { 1 });
        if (where == 1)
            QVERIFY(cache.save(file).result());
        cache.setThreadPool(&busy.pool);
        std::atomic<int> waited { -1 };
        const auto wait = [&] { waited = cache.waitForDone(); };
        expectRefusals(1);
        if (where == 2) {
            Written::whenWritten = wait;
            busy.gate.mayLeave.open();
            cache.save(file).waitForFinished();
            Written::whenWritten = nullptr;
        } else {
            QFuture<bool> future = where == 0 ? cache.save(file) : cache.restore(file);
            auto after = future.then([wait](bool) { wait(); });
            busy.gate.mayLeave.open();
            after.waitForFinished();
        }
        QCOMPARE(waited.load(), 0);
        QVERIFY(cache.waitForDone());
    }

    // In the thread that finishes cancelled futures of everybody.
    void notInAContinuationOfACancelledFuture()
    {
        Gate gate;
        QThreadPool pool;
        Cache cache(100);
        cache.setThreadPool(&pool);
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        std::atomic<int> waited { -1 };
        QFuture<int> future = cache.getOrLoad(1);
        QFuture<QHash<int, int>> all = cache.getAll({ 1, 2 });
        expectRefusals(2);
        auto after = future.onCanceled([&] {
            waited = cache.waitForDone();
            return 0;
        });
        auto afterAll = all.onCanceled([&] {
            waited = cache.waitForDone();
            return QHash<int, int>();
        });
        gate.entered.wait();
        future.cancel();
        QTRY_COMPARE(waited.load(), 0);
        waited = -1;
        all.cancel();
        QTRY_COMPARE(waited.load(), 0);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
    }

    // It was not under way when the wait began.
    void aLoadForThisThreadThatComesLaterEndsTheWait()
    {
        Cache cache(100);
        Gate gate;
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        cache.getOrLoad(1);
        gate.entered.wait();
        cache.setLoader(this, [](int key, const Context &context) { context.finish(key); });
        Companion other;
        other.post([&cache] {
            QThread::msleep(50); // the wait has begun, most likely
            cache.getOrLoad(2);
        });
        expectRefusals(1);
        QVERIFY(!cache.waitForDone());
        gate.mayLeave.open();
        other.wait();
        QTRY_VERIFY(cache.waitForDone(QDeadlineTimer(0)));
    }

    // No circle: the threads that wait for all run what they wait for.
    void threadsOfThePoolRunWhatTheyWaitFor()
    {
        constexpr int Threads = 2;
        for (const SyncCachePoolUse use :
             { SyncCachePoolUse::AnyThread, SyncCachePoolUse::OwnThreadsOnly }) {
            for (int round = 0; round < 30; ++round) {
                QThreadPool pool;
                pool.setMaxThreadCount(Threads);
                Cache cache(-1);
                cache.setThreadPool(&pool, use);
                cache.setLoader([](int key) { return key; });
                std::atomic<int> done { 0 };
                std::atomic<int> begun { 0 };
                for (int i = 0; i < Threads; ++i) {
                    pool.start([&] {
                        ++begun;
                        while (begun < Threads)
                            std::this_thread::yield();
                        done += cache.waitForDone();
                    });
                }
                std::atomic<int> refused { 0 };
                for (int key = 0; key < 20; ++key) {
                    if (key % 2)
                        cache.getOrLoad(key);
                    else
                        refused += cache.load(key).error.isError();
                }
                QVERIFY(pool.waitForDone(20'000));
                QCOMPARE(refused.load(), 0);
                QCOMPARE(done.load(), Threads);
            }
        }
    }

    // One at a time, and not one within another.
    void aRefusedWaitRunsNothing()
    {
        BusyPool busy;
        Cache cache(-1);
        cache.setThreadPool(&busy.pool);
        constexpr int Count = 20'000;
        std::atomic<int> depth { 0 };
        std::atomic<int> deepest { 0 };
        cache.setLoader([&](int key) {
            deepest = qMax(deepest.load(), ++depth);
            if (key % 100 == 0)
                (void)cache.waitForDone();
            --depth;
            return key;
        });
        expectRefusals(Count / 100);
        for (int key = 0; key < Count; ++key)
            cache.getOrLoad(key);
        busy.gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCOMPARE(deepest.load(), 1);
    }
};

QTEST_GUILESS_MAIN(tst_WaitForDone)

#include "tst_waitfordone.moc"
