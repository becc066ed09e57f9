// SPDX-License-Identifier: MIT

// Memory that runs out at every place where asking for values asks for some: who asks is told, or has
// it thrown, and not both; and what was begun ends.

#include "allocations.h"
#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <vector>

using Allocations::Failing;
using Allocations::Fails;
using Cache = ValidatedCache<int, int>;
using Pending = SyncCachePendingLoad<int>;
using Result = SyncCacheLoadResult<int>;

class tst_LoadsOutOfMemory : public QObject
{
    Q_OBJECT

private:
    // f(n, isLast) with one allocation of this thread after another failing, until none fails.
    template <typename Round>
    static void sweep(Round &&round)
    {
        for (qint64 n = 0;; ++n) {
            bool happened = false;
            round([&](auto &&operation) {
                const Failing failing(n);
                bool isThrown = false;
                try {
                    operation();
                } catch (const std::bad_alloc &) {
                    isThrown = true;
                }
                happened = failing.happened();
                return isThrown;
            });
            if (QTest::currentTestFailed() || !happened)
                return;
        }
    }

private Q_SLOTS:
    void initTestCase()
    {
        Cache warmUp(10);
        warmUp.setLoader([](int key) { return key; });
        warmUp.getOrLoad(1).waitForFinished();
    }

    void aCallbackIsToldOrThrown()
    {
        sweep([this](auto &&failing) {
            BusyPool busy;
            Cache cache(100);
            cache.setThreadPool(&busy.pool);
            cache.setLoader([](int key) { return key; });
            (void)cache.getOrLoad(2, this, [](const Result &) {}); // QObject::connect() has no care
            int told = 0;
            std::optional<Pending> pending;
            const bool isThrown = failing([&] {
                pending = cache.getOrLoad(1, this, [&told](const Result &) { ++told; });
            });
            QCOMPARE(pending.has_value(), !isThrown);
            busy.gate.mayLeave.open();
            QVERIFY(cache.waitForDone());
            QCoreApplication::processEvents();
            QCOMPARE(told, isThrown ? 0 : 1);
        });
    }

    void aDeferredOneToo()
    {
        sweep([this](auto &&failing) {
            Cache cache(100);
            cache.setLoader(this, [](int key, const SyncCacheLoadContext<int> &context) {
                context.finish(key);
            });
            (void)cache.getOrLoad(2, this, [](const Result &) {}); // QObject::connect() has no care
            int told = 0;
            std::optional<Pending> pending;
            const bool isThrown = failing([&] {
                pending = cache.getOrLoad(1, this, [&told](const Result &) { ++told; });
            });
            QCOMPARE(pending.has_value(), !isThrown);
            QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
            QCoreApplication::processEvents();
            QCOMPARE(told, isThrown ? 0 : 1);
        });
    }

    // One that could not be made is made the next time, and ends when it is cancelled.
    void aFutureThatWasNotMadeIsMadeLater()
    {
        sweep([this](auto &&failing) {
            BusyPool busy;
            Cache cache(100);
            cache.setThreadPool(&busy.pool);
            cache.setLoader([](int key) { return key; });
            Pending pending = cache.getOrLoad(1, this, [](const Result &) {});
            std::optional<QFuture<int>> first;
            const bool isThrown = failing([&] { first = pending.future(); });
            QCOMPARE(first.has_value(), !isThrown);
            QFuture<int> future = pending.future();
            QVERIFY(future.isStarted());
            pending.cancel();
            QTRY_VERIFY(future.isFinished());
        });
    }

    void allAreToldOfMany()
    {
        sweep([](auto &&failing) {
            BusyPool busy;
            Cache cache(100);
            cache.setThreadPool(&busy.pool);
            cache.setLoader([](int key) { return key; });
            // None of them is there: without memory, a QHash that a value is put in ends the program.
            const QList<int> keys { 1, 2, 3, 4 };
            std::optional<QFuture<QHash<int, int>>> all;
            const bool isThrown = failing([&] { all = cache.getAll(keys); });
            QCOMPARE(all.has_value(), !isThrown);
            busy.gate.mayLeave.open();
            QVERIFY(cache.waitForDone());
            if (all) {
                QTRY_VERIFY(all->isFinished());
                QVERIFY(all->result().size() >= keys.size() - 1); // one may be left out
            }
        });
    }

    // Its text needs none, either.
    void aDeferredOneIsToldWhy()
    {
        for (const Fails which : { Fails::One, Fails::All }) {
            for (qint64 n = 0;; ++n) {
                QObject context;
                Cache cache(100);
                cache.setLoader(&context, [](int key, const SyncCacheLoadContext<int> &load) {
                    load.finish(key);
                });
                (void)cache.getOrLoad(2, this,
                                      [](const Result &) {}); // QObject::connect() has no care
                std::optional<SyncCacheError> told;
                bool isThrown = false;
                bool happened = false;
                {
                    const Failing failing(n, which);
                    try {
                        cache.getOrLoad(1, this, [&told](const Result &r) { told = r.error; });
                    } catch (const std::bad_alloc &) {
                        isThrown = true;
                    }
                    happened = failing.happened();
                }
                QTRY_COMPARE(cache.statistics().loadsInFlight, quint64(0));
                QCoreApplication::processEvents();
                QVERIFY(isThrown ? !told : which == Fails::All || told.has_value());
                if (told && *told)
                    QVERIFY(!QByteArray(told->what()).contains("context"));
                if (!happened)
                    break;
            }
        }
    }

    void aLoadMayEndUnanswered()
    {
        for (qint64 n = 0;; ++n) {
            Cache cache(100);
            std::optional<SyncCacheLoadContext<int>> kept;
            cache.setLoader(this,
                            [&kept](int, const SyncCacheLoadContext<int> &load) { kept = load; });
            QFuture<int> future = cache.getOrLoad(1);
            QTRY_VERIFY(kept);
            bool happened = false;
            {
                const Failing failing(n);
                kept.reset();
                happened = failing.happened();
            }
            QVERIFY(future.isFinished());
            QVERIFY(cache.waitForDone());
            if (!happened)
                break;
        }
    }

    // The thread of the loader's context has ended.
    void whatIsLostIsCountedOut()
    {
        QObject context;
        QThread thread;
        context.moveToThread(&thread);
        thread.start();
        thread.quit();
        thread.wait();
        sweep([&context](auto &&failing) {
            Cache cache(100);
            cache.setLoader(&context, [](int key, const SyncCacheLoadContext<int> &load) {
                load.finish(key);
            });
            (void)failing([&cache] { (void)cache.load(1, QDeadlineTimer(100)); });
            QVERIFY(cache.waitForDone(QDeadlineTimer(2000)));
            QCOMPARE(cache.statistics().loadsInFlight, quint64(0));
        });
    }

    void theCacheMayEnd()
    {
        for (qint64 n = 0;; ++n) {
            BusyPool busy;
            auto cache = std::make_unique<Cache>(100);
            cache->setThreadPool(&busy.pool);
            cache->setLoader([](int key) { return key; });
            std::vector<QFuture<int>> futures;
            for (int key = 0; key < 3; ++key)
                futures.push_back(cache->getOrLoad(key));
            bool happened = false;
            {
                const Failing failing(n);
                cache.reset();
                happened = failing.happened();
            }
            for (const QFuture<int> &future : futures)
                QVERIFY(future.isFinished());
            if (!happened)
                break;
        }
    }

    // The pool's thread has none for the next runnable.
    void whatWaitsIsStartedAllTheSame()
    {
        for (int n = 0; n < 6; ++n) {
            BusyPool busy;
            Cache cache(100);
            cache.setThreadPool(&busy.pool);
            cache.setLoader([](int key) { return key; });
            busy.pool.start([&cache, n] {
                (void)cache.load(4); // for a thread that it gets to know glibc has no care
                Allocations::thread.fails = Fails::One;
                Allocations::thread.passing = n;
            });
            int told = 0;
            for (int key = 0; key < 3; ++key)
                cache.getOrLoad(key, this, [&told](const Result &) { ++told; });
            busy.gate.mayLeave.open();
            QTRY_COMPARE(told, 3);
        }
    }

    void nothingStaysOfMany()
    {
        for (qint64 n = 0;; ++n) {
            const auto kept = std::make_shared<int>(0);
            bool happened = false;
            {
                BusyPool busy;
                SyncCache<int, std::shared_ptr<int>> cache(100);
                cache.setThreadPool(&busy.pool);
                cache.setLoader([kept](int) { return kept; });
                const QList<int> keys { 1, 2, 3 };
                try {
                    const Failing failing(n);
                    const auto failed = qScopeGuard([&] { happened = failing.happened(); });
                    cache.getAll(keys);
                } catch (const std::bad_alloc &) {
                }
                busy.gate.mayLeave.open();
                QVERIFY(cache.waitForDone());
            }
            QTRY_COMPARE(kept.use_count(), 1L);
            if (!happened)
                break;
        }
    }

    void theOneThatIsToldHasNone_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::newRow("a value") << false;
        QTest::newRow("an error") << true;
    }
    // Told of that, or not at all without any; nothing of the function stays either way.
    void theOneThatIsToldHasNone()
    {
        QFETCH(bool, fails);
        for (const Fails which : { Fails::One, Fails::All }) {
            for (qint64 n = 0;; ++n) {
                bool happened = false;
                QThreadPool pool;
                Cache cache(100);
                cache.setThreadPool(&pool);
                cache.setLoader([&](int key, const SyncCacheLoadContext<int> &context) {
                    cache.insert(0, 0); // for a thread that it gets to know glibc has no care
                    const Failing failing(n, which);
                    if (fails)
                        context.finishAbsent();
                    else
                        context.finish(key);
                    happened = failing.happened();
                    return key;
                });
                const auto kept = std::make_shared<int>(0);
                int told = 0;
                Pending pending =
                        cache.getOrLoad(1, this, [&told, kept](const Result &) { ++told; });
                QVERIFY(pool.waitForDone()); // the loader goes on after its answer
                QVERIFY(pending.isFinished());
                QTRY_COMPARE(kept.use_count(), 1L);
                QVERIFY(told == 1 || (which == Fails::All && told == 0));
                if (!happened)
                    break;
            }
        }
    }
};

QTEST_GUILESS_MAIN(tst_LoadsOutOfMemory)

#include "tst_loadsoutofmemory.moc"
