// SPDX-License-Identifier: MIT

// Memory that runs out at every place where asking for values asks for some: who asks is told, or has
// it thrown, and not both; and what was begun ends.

#include "allocations.h"
#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qcoreapplication.h>
#include <QtTest/qtest.h>

#include <functional>
#include <new>
#include <optional>

using Allocations::Failing;
using Allocations::Fails;
using Cache = ValidatedCache<int, int>;
using Pending = SyncPendingLoad<int>;
using Result = SyncLoadResult<int>;

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
            cache.setLoader(this, [](int key, const SyncLoadContext<int> &context) {
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
                cache.setLoader([&](int key, const SyncLoadContext<int> &context) {
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
