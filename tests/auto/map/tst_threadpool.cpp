// SPDX-License-Identifier: MIT
#include "findings.h"
#include "instances.h"

#include <SyncMap/SyncMap>

#include <QtConcurrent/qtconcurrentmap.h>
#include <QtConcurrent/qtconcurrentrun.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <memory>
#include <numeric>

namespace {

constexpr int Shrink = SYNCMAP_SANITIZED ? 5 : 1;

class Entry : public Instances<Entry>
{
public:
    explicit Entry(int number) : m_number(number) { }
    int number() const { return m_number; }

private:
    int m_number;
};

using Map = SyncMap<QString, Entry>;

} // namespace

class tst_ThreadPool : public QObject
{
    Q_OBJECT

private slots:
    void cleanup();

    void threadsThatExpireLeaveTheirEntries();
    void threadsThatExpireLeaveNoGarbage();
    void mapMayDieBeforeTheThreads();
    void mapsOfTasksMayDieOneAfterAnother();
    void blockingMapShares();
    void blockingMappedReducedCounts();
    void workersAnswerForEachOther();
};

void tst_ThreadPool::cleanup()
{
    QCOMPARE(Entry::alive(), 0);
}

// Nearly each task finds that the thread of the one before has ended.
void tst_ThreadPool::threadsThatExpireLeaveTheirEntries()
{
    constexpr int Rounds = 200 / Shrink;
    constexpr int PerRound = 4;
    constexpr int PerTask = 25;
    Map map;
    Findings findings;
    {
        QThreadPool pool;
        pool.setExpiryTimeout(1);
        pool.setMaxThreadCount(PerRound);
        for (int round = 0; round < Rounds; ++round) {
            for (int task = 0; task < PerRound; ++task) {
                pool.start([&map, &findings, first = (round * PerRound + task) * PerTask] {
                    for (int i = first; i < first + PerTask; ++i)
                        map.insert(QString::number(i), Entry(i));
                    for (int i = first; i < first + PerTask; ++i) {
                        const auto guard = map.guard();
                        const Entry *entry = map.get(QString::number(i), guard);
                        findings.expect(entry && entry->number() == i, "a task lost its entries");
                    }
                });
            }
            pool.waitForDone();
        }
    }
    QVERIFY2(findings.isEmpty(), findings.first());
    QCOMPARE(map.size(), qsizetype(Rounds) * PerRound * PerTask);
    for (int i = 0; i < Rounds * PerRound * PerTask; ++i)
        QCOMPARE(map.find(QString::number(i)).value_or(Entry(-1)).number(), i);
}

void tst_ThreadPool::threadsThatExpireLeaveNoGarbage()
{
    constexpr int Rounds = 200 / Shrink;
    constexpr int PerTask = 20;
    Map map;
    QThreadPool pool;
    pool.setExpiryTimeout(1);
    for (int round = 0; round < Rounds; ++round) {
        for (int task = 0; task < 3; ++task) {
            pool.start([&map] {
                for (int i = 0; i < PerTask; ++i) {
                    map.insert(QString::number(i), Entry(i));
                    map.take(QString::number(i));
                }
            });
        }
        pool.waitForDone();
    }
    // What the threads that ended had not collected yet waits in slots that others have taken over:
    // less than a batch in each of as many slots as there were threads at once. As much again may have
    // been taken from them, and wait: for a thread that lost its processor under a guard.
    constexpr int PerSlot = int(SyncMapInternal::DefaultTraits::batchObjects) + PerTask;
    static_assert(2 * 4 * PerSlot < Rounds * 3 * PerTask / 2, "far less than what was removed");
    QVERIFY(Entry::alive() <= 2 * 4 * PerSlot);
    QVERIFY(map.collect());
    QCOMPARE(Entry::alive(), 0);
}

void tst_ThreadPool::mapMayDieBeforeTheThreads()
{
    constexpr int Rounds = 50 / Shrink;
    QSemaphore done; // whoever releases it may still be within it when the round is over
    QThreadPool pool;
    pool.setExpiryTimeout(-1);
    pool.setMaxThreadCount(4);
    for (int round = 0; round < Rounds; ++round) {
        auto map = std::make_unique<Map>();
        for (int task = 0; task < 8; ++task) {
            pool.start([&map = *map, &done, task] {
                for (int i = 0; i < 100; ++i)
                    map.insert(QString::number(i), Entry(i * task));
                done.release();
            });
        }
        done.acquire(8);
        QCOMPARE(map->size(), qsizetype(100));
        map.reset();
        QCOMPARE(Entry::alive(), 0);
    }
    // The threads have known all those maps, and end now.
    pool.waitForDone();
}

void tst_ThreadPool::mapsOfTasksMayDieOneAfterAnother()
{
    constexpr int Tasks = 2000 / Shrink;
    QThreadPool pool;
    pool.setExpiryTimeout(1);
    Map shared;
    for (int task = 0; task < Tasks; ++task) {
        pool.start([&shared, task] {
            Map own;
            for (int i = 0; i < 10; ++i)
                own.insert(QString::number(i), Entry(i));
            own.remove(QStringLiteral("3"));
            shared.insert(QString::number(task), Entry(int(own.size())));
        });
    }
    pool.waitForDone();
    QCOMPARE(shared.size(), qsizetype(Tasks));
    shared.forEach([](const QString &, const Entry &entry) { QCOMPARE(entry.number(), 9); });
}

void tst_ThreadPool::blockingMapShares()
{
    constexpr int Count = 20000 / Shrink;
    QList<int> numbers(Count);
    std::iota(numbers.begin(), numbers.end(), 0);
    Map map;
    QtConcurrent::blockingMap(numbers, [&map](int &number) {
        // A hundred names for as many entries: all but the first ask in vain to put theirs in.
        (void)map.tryInsert(QString::number(number % 100), Entry(number % 100));
        number = map.find(QString::number(number % 100)).value_or(Entry(-1)).number();
    });
    QCOMPARE(map.size(), qsizetype(100));
    for (int i = 0; i < Count; ++i)
        QCOMPARE(numbers.at(i), i % 100);
}

void tst_ThreadPool::blockingMappedReducedCounts()
{
    constexpr int Count = 20000 / Shrink;
    QList<int> numbers(Count);
    std::iota(numbers.begin(), numbers.end(), 0);
    SyncMap<int, int> map;
    const int sum = QtConcurrent::blockingMappedReduced<int>(
            numbers,
            [&map](int number) {
                map.compute(number % 10, [](const int *count) {
                    return std::optional<int>(count ? *count + 1 : 1);
                });
                return 1;
            },
            [](int &result, int one) { result += one; });
    QCOMPARE(sum, Count);
    for (int key = 0; key < 10; ++key)
        QCOMPARE(map.value(key), Count / 10);
}

// A cache in miniature: what one worker has made, no other makes again, once it is there.
void tst_ThreadPool::workersAnswerForEachOther()
{
    constexpr int Workers = 6;
    constexpr int Count = 2000 / Shrink;
    QThreadPool pool;
    pool.setExpiryTimeout(1);
    pool.setMaxThreadCount(Workers);
    Map map;
    std::atomic<int> made { 0 };
    QList<QFuture<int>> sums;
    for (int worker = 0; worker < Workers; ++worker) {
        sums += QtConcurrent::run(&pool, [&map, &made] {
            int sum = 0;
            for (int i = 0; i < Count; ++i) {
                sum += map.getOrInsert(QString::number(i), [&made, i] {
                              ++made;
                              return Entry(i);
                          }).number();
            }
            return sum;
        });
    }
    for (QFuture<int> &sum : sums)
        QCOMPARE(sum.result(), Count * (Count - 1) / 2);
    QVERIFY(made >= Count);
    QVERIFY(made <= Count * Workers);
    QCOMPARE(map.size(), qsizetype(Count));
    pool.waitForDone();
}

QTEST_GUILESS_MAIN(tst_ThreadPool)

#include "tst_threadpool.moc"
