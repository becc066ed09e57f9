// SPDX-License-Identifier: MIT

// Loaders that ask the cache for more: other keys work, also where every thread is busy; whoever
// would wait for himself is told so at once.

#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <atomic>

class tst_Recursion : public QObject
{
    Q_OBJECT

private:
    QThreadPool m_poolOfOne;

private Q_SLOTS:
    void initTestCase() { m_poolOfOne.setMaxThreadCount(1); }
    void cleanup() { m_poolOfOne.waitForDone(); }

    // The loader in the pool's only thread runs the load that waits behind it, with the loader that
    // this one was begun with.
    void aLoadBehindItsCallerRunsWithItsOwnLoader()
    {
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&m_poolOfOne);
        Gate gate;
        cache.setLoader([&](int key) -> int {
            if (key != 0)
                return -1;
            gate.pass(0);
            return cache.getOrLoad(1).result();
        });
        QFuture<int> outer = cache.getOrLoad(0);
        gate.entered.wait();
        QFuture<int> behind = cache.getOrLoad(1, [](int) { return 7; });
        gate.mayLeave.open();
        QCOMPARE(outer.result(), 7);
        QCOMPARE(behind.result(), 7);
    }

    void withoutALoaderOfTheCacheTooOnesOwnIsEnough()
    {
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&m_poolOfOne);
        Gate gate;
        QFuture<int> outer = cache.getOrLoad(0, [&](int) {
            gate.pass(0);
            return cache.getOrLoad(1).result() + 1;
        });
        gate.entered.wait();
        cache.getOrLoad(1, [](int) { return 7; });
        gate.mayLeave.open();
        QCOMPARE(outer.result(), 8);
    }

    void nestedBatchesOnAPoolOfOne()
    {
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&m_poolOfOne);
        cache.setBulkLoader([&cache](const QList<int> &keys) {
            QHash<int, int> values;
            for (const int key : keys)
                values.insert(key, key < 10 ? key : cache.getAll({ key / 10 }).result().size());
            return values;
        });
        QCOMPARE(cache.getAll({ 50, 3 }).result(), (QHash<int, int> { { 50, 1 }, { 3, 3 } }));
    }

    void aBatchThatAsksForOneOfItsOwnFailsAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> code { SyncCacheError::NoError };
        cache.setBulkLoader([&](const QList<int> &) {
            code = cache.load(2).error.code();
            return QHash<int, int> { { 1, 1 }, { 2, 2 } };
        });
        QCOMPARE(cache.getAll({ 1, 2 }).result().size(), 2);
        QCOMPARE(code.load(), int(SyncCacheError::RecursiveLoad));
    }

    void aLoaderWhoseBatchAsksForItFailsAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> code { SyncCacheError::NoError };
        cache.setLoader(
                [&cache](int key) { return int(cache.getAll({ key + 1 }).result().size()); });
        cache.setBulkLoader([&](const QList<int> &keys) {
            code = errorOf(cache.getOrLoad(keys.first() - 1)).code();
            return QHash<int, int> { { keys.first(), 0 } };
        });
        // The batch is loaded by the thread that waits for it, or by another one: then that one's wait
        // may be the one that is refused, which is what the loader fails with.
        QFuture<int> outer = cache.getOrLoad(5);
        const SyncCacheError error = errorOf(outer);
        QVERIFY(error ? error.code() == SyncCacheError::RecursiveLoad : outer.result() == 1);
        QVERIFY(cache.waitForDone());
        QCOMPARE(code.load(), int(SyncCacheError::RecursiveLoad));
    }

    // A thread loads the batch, another one key 9; each asks for what the other loads.
    void aCircleThroughABatchFailsAtOnce()
    {
        ValidatedCache<int, int> cache(100);
        std::atomic<int> entered { 0 };
        const auto meet = [&entered] {
            ++entered;
            while (entered.load() < 2)
                std::this_thread::yield();
        };
        std::atomic<int> refused { 0 };
        const auto note = [&refused](const SyncCacheLoadResult<int> &result) {
            refused += result.error.code() == SyncCacheError::RecursiveLoad;
        };
        cache.setLoader([&](int key) {
            meet();
            note(cache.load(1));
            return key;
        });
        cache.setBulkLoader([&](const QList<int> &) {
            meet();
            note(cache.load(9));
            return QHash<int, int> { { 1, 1 }, { 2, 2 } };
        });
        QFuture<QHash<int, int>> batch = cache.getAll({ 1, 2 });
        QFuture<int> single = cache.getOrLoad(9);
        batch.waitForFinished();
        single.waitForFinished();
        QCOMPARE(refused.load(), 1);
    }

    // Chains know no borders between caches.
    void aCircleThroughTwoCachesFailsAtOnce()
    {
        ValidatedCache<int, int> first(100);
        ValidatedCache<int, int> second(100);
        first.setLoader([&second](int key) { return second.getOrLoad(key).result(); });
        second.setLoader([&first](int key) { return first.getOrLoad(key).result(); });
        QCOMPARE(first.load(1).error.code(), SyncCacheError::RecursiveLoad);
        QVERIFY(first.waitForDone());
        QVERIFY(second.waitForDone());
    }

    void twoCachesOnAPoolOfOne()
    {
        ValidatedCache<int, int> first(100);
        ValidatedCache<int, int> second(100);
        first.setThreadPool(&m_poolOfOne);
        second.setThreadPool(&m_poolOfOne);
        first.setLoader([&second](int key) { return second.getOrLoad(key).result() + 1; });
        second.setLoader([](int key) { return key * 10; });
        QCOMPARE(first.getOrLoad(4).result(), 41);
    }

    void refreshAndWritesWithinALoader()
    {
        ValidatedCache<int, int> cache(100);
        cache.setThreadPool(&m_poolOfOne);
        cache.setLoader([&cache](int key) {
            if (key != 1)
                return key;
            cache.insert(2, 20);
            const int fresh = cache.refresh(2).result();
            cache.remove(2);
            cache.clear(); // and with it this load's claim
            return fresh;
        });
        QCOMPARE(cache.getOrLoad(1).result(), 2);
        QVERIFY(cache.waitForDone());
        QVERIFY(cache.isEmpty());
        QVERIFY(cache.isConsistent());
    }
};

QTEST_GUILESS_MAIN(tst_Recursion)

#include "tst_recursion.moc"
