// SPDX-License-Identifier: MIT

// Contexts, their threads, and what they hold may end, be disconnected and be handed on in every way:
// whoever is to be told is told in time or not at all, and nobody waits for what has gone.

#include "loading.h"
#include "runningthread.h"
#include "validatedcache.h"

#include <SyncMap/private/cache/loading/lookout.h>
#include <SyncMap/private/cache/removal/courier.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using SyncMapInternal::Courier;
using SyncMapInternal::LookOut;
using Cache = SyncCache<int, int>;
using Context = SyncCacheLoadContext<int>;
using Pending = SyncCachePendingLoad<int>;
using Result = SyncCacheLoadResult<int>;

namespace {

// Says what its owner wants to hear.
class Speaker : public QObject
{
    Q_OBJECT
Q_SIGNALS:
    void spoke();
};

// Of the caches' users: whatever is connected to it, to whomever.
void disconnectAll(QObject &object)
{
    object.disconnect();
    QObject::disconnect(&object, nullptr, nullptr, nullptr);
}

} // namespace

class tst_Contexts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        // Those of the last test have told what they had to.
        QCoreApplication::sendPostedEvents();
    }

    // QObject::disconnect() without an argument is everybody's.
    void aDisconnectedContextIsToldAsLongAsItLives()
    {
        Gate gate;
        QThreadPool pool;
        Cache cache(100);
        cache.setThreadPool(&pool);
        const auto open = qScopeGuard([&gate] { gate.mayLeave.open(); });
        cache.setLoader([&gate](int key) { return gate.pass(key); });
        QObject context;
        int told = 0;
        int removed = 0;
        cache.onRemoved(&context, [&removed](int, int, SyncCacheRemovalCause) { ++removed; });
        cache.insert(2, 2);
        const Pending pending = cache.getOrLoad(1, &context, [&told](const Result &) { ++told; });
        for (int i = 0; i < 3; ++i)
            disconnectAll(context);
        gate.mayLeave.open();
        QTRY_COMPARE(told, 1);
        QVERIFY(pending.isFinished());
        cache.remove(2);
        QTRY_COMPARE(removed, 1);
    }
    void aDisconnectedContextIsSeenToEnd()
    {
        Gate gate;
        QThreadPool pool;
        Cache cache(100);
        cache.setThreadPool(&pool);
        const auto open = qScopeGuard([&gate] { gate.mayLeave.open(); });
        std::atomic<bool> isCanceled { false };
        auto canceled = std::make_unique<QObject>();
        cache.setLoader([&](int key, const Context &context) {
            context.onCanceled(canceled.get(), [&isCanceled] { isCanceled = true; });
            return gate.pass(key);
        });
        auto context = std::make_unique<QObject>();
        int told = 0;
        cache.onRemoved(context.get(), [&told](int, int, SyncCacheRemovalCause) { ++told; });
        const Pending pending =
                cache.getOrLoad(1, context.get(), [&told](const Result &) { ++told; });
        gate.entered.wait();
        disconnectAll(*context);
        disconnectAll(*canceled);
        cache.insert(3, 3);
        cache.remove(3); // on its way
        context.reset();
        canceled.reset();
        QTRY_VERIFY(pending.isFinished());
        cache.insert(2, 2);
        cache.remove(2);
        gate.mayLeave.open();
        QVERIFY(cache.waitForDone());
        QCoreApplication::processEvents();
        QCOMPARE(told, 0);
        QVERIFY(!isCanceled);
    }
    void aLoadersDisconnectedContextIsSeenToEnd()
    {
        Cache cache(100);
        auto context = std::make_unique<QObject>();
        cache.setLoader(context.get(), [](int key, const Context &load) { load.finish(key); });
        disconnectAll(*context);
        QFuture<int> first = cache.getOrLoad(1);
        QTRY_VERIFY(first.isFinished());
        QCOMPARE(first.result(), 1);
        disconnectAll(*context);
        context.reset();
        QCOMPARE(errorOf(cache.getOrLoad(2)).code(), SyncCacheError::LoadFailed);
    }
    // What is disconnected while it sends a signal is let go of after that signal.
    void aContextMayBeDisconnectedByItsOwnSignal()
    {
        for (const bool endsThere : { false, true }) {
            auto *speaker = new Speaker;
            auto courier = std::make_unique<Courier>(speaker);
            connect(speaker, &Speaker::spoke, speaker, [speaker, endsThere] {
                disconnectAll(*speaker);
                if (endsThere)
                    delete speaker;
            });
            Q_EMIT speaker->spoke();
            int calls = 0;
            QCOMPARE(courier->post([&calls] { ++calls; }), !endsThere);
            QCOMPARE(courier->isOpen(), !endsThere);
            if (!endsThere)
                delete speaker;
            QVERIFY(!courier->post([&calls] { ++calls; }));
            QCoreApplication::processEvents();
            QCOMPARE(calls, 0);
        }
    }
    void couriersComeAndGoBesideDisconnecting()
    {
        constexpr int Rounds = SYNCMAP_SANITIZED ? 300 : 3000;
        auto context = std::make_unique<QObject>();
        std::atomic<bool> isOver { false };
        std::atomic<int> called { 0 };
        std::thread others([&] {
            while (!isOver) {
                Courier courier(context.get());
                courier.watchThread();
                courier.post([&called] { ++called; });
                (void)courier.hasNoThread();
                if (called % 2)
                    courier.close();
                std::this_thread::yield();
            }
        });
        const Courier kept(context.get());
        for (int i = 0; i < Rounds; ++i) {
            disconnectAll(*context);
            QCoreApplication::sendPostedEvents();
            std::this_thread::yield();
        }
        isOver = true;
        others.join();
        QVERIFY(kept.isOpen());
        context.reset();
        QVERIFY(!kept.isOpen());
    }

    // The usual order: the thread, and then what lived in it.
    void aContextsThreadMayGoWhileItIsLookedAt()
    {
        constexpr int Rounds = SYNCMAP_SANITIZED ? 100 : 500;
        for (int round = 0; round < Rounds; ++round) {
            QObject context;
            auto thread = std::make_unique<RunningThread>();
            context.moveToThread(thread.get());
            Courier courier(&context);
            courier.watchThread();
            std::atomic<bool> hasBegun { false };
            std::thread looking([&] {
                do {
                    hasBegun = true;
                } while (!courier.hasNoThread());
            });
            while (!hasBegun)
                std::this_thread::yield();
            thread.reset();
            looking.join();
            QVERIFY(courier.isOpen());
            QVERIFY(courier.hasNoThread());
        }
    }
    void aContextMayMoveToAnotherThread()
    {
        QObject context;
        Courier courier(&context);
        courier.watchThread();
        QVERIFY(!courier.hasNoThread());
        for (int i = 0; i < 3; ++i) {
            RunningThread thread;
            context.moveToThread(&thread);
            QVERIFY(!courier.hasNoThread());
            QThread *const home = QThread::currentThread();
            QMetaObject::invokeMethod(
                    &context, [&context, home] { context.moveToThread(home); },
                    Qt::BlockingQueuedConnection);
            QVERIFY(!courier.hasNoThread());
        }
        QVERIFY(!courier.hasNoThread());
    }

    void chainsOfCallersEndOneAfterAnother_data()
    {
        QTest::addColumn<int>("end");
        QTest::newRow("their context has gone") << 0;
        QTest::newRow("and the cache") << 1;
        QTest::newRow("the last context of the first load") << 2;
    }
    // Each keeps what answers the next one, in a way that nobody looks through.
    void chainsOfCallersEndOneAfterAnother()
    {
        QFETCH(const int, end);
        constexpr int Count = SYNCMAP_SANITIZED ? 3'000 : 30'000;
        QObject loaders;
        auto cache = std::make_unique<Cache>(-1);
        auto callers = std::make_unique<QObject>();
        std::vector<std::shared_ptr<std::optional<Context>>> contexts(Count);
        cache->setLoader(&loaders, [&contexts](int key, const Context &context) {
            contexts[std::size_t(key)] = std::make_shared<std::optional<Context>>(context);
        });
        for (int key = 0; key < Count; ++key)
            cache->getOrLoad(key);
        while (!contexts.back())
            QCoreApplication::processEvents();
        std::vector<Pending> pending;
        pending.reserve(Count);
        for (int key = 0; key + 1 < Count; ++key) {
            pending.push_back(
                    cache->getOrLoad(key, callers.get(),
                                     [next = contexts[std::size_t(key) + 1]](const Result &) {}));
        }
        const auto first = contexts.front();
        contexts.clear();
        switch (end) {
        case 0:
            callers.reset();
            break;
        case 1:
            callers.reset();
            cache.reset();
            break;
        default:
            callers.reset();
            first->reset();
            break;
        }
        constexpr int patience = 60'000; // for so many, on a busy machine
        QTRY_VERIFY_WITH_TIMEOUT(std::all_of(pending.cbegin(), pending.cend(),
                                             [](const Pending &each) { return each.isFinished(); }),
                                 patience);
        if (cache)
            QTRY_VERIFY_WITH_TIMEOUT(cache->waitForDone(QDeadlineTimer(0)) || end == 0, patience);
        first->reset();
        if (cache)
            QTRY_VERIFY_WITH_TIMEOUT(cache->waitForDone(QDeadlineTimer(0)), patience);
    }
    // Its answer was put off until the one further out had ended.
    void whoWaitsWithinSuchAnEndIsServed_data()
    {
        QTest::addColumn<int>("how");
        QTest::newRow("load") << 0;
        QTest::newRow("a future") << 1;
        QTest::newRow("waitForDone") << 2;
        QTest::newRow("the end of the cache") << 3;
    }
    void whoWaitsWithinSuchAnEndIsServed()
    {
        QFETCH(const int, how);
        RunningThread thread;
        auto loaders = std::make_unique<QObject>();
        loaders->moveToThread(&thread);
        const auto away = qScopeGuard([&loaders] { loaders.release()->deleteLater(); });
        auto cache = std::make_unique<Cache>(100);
        constexpr int Waited = 0;
        constexpr int First = 1;
        constexpr int Last = 50; // so many within one another that the next one is put off
        std::optional<Context> contexts[Last + 1];
        cache->setLoader(loaders.get(),
                         [&contexts](int key, const Context &context) { contexts[key] = context; });
        QFuture<int> waited = cache->getOrLoad(Waited);
        std::optional<SyncCacheError> error;
        const auto wait = [&] {
            contexts[Waited].reset();
            switch (how) {
            case 0:
                error = cache->load(Waited).error;
                break;
            case 1:
                error = errorOf(waited);
                break;
            case 2:
                error.emplace();
                (void)cache->waitForDone(QDeadlineTimer(2000));
                break;
            default:
                error.emplace();
                cache.reset();
                break;
            }
        };
        std::vector<QFuture<int>> continuations;
        for (int key = First; key <= Last; ++key) {
            continuations.push_back(
                    cache->getOrLoad(key).onFailed([&, key](const SyncCacheException &) {
                        if (key < Last)
                            contexts[key + 1].reset();
                        else
                            wait();
                        return 0;
                    }));
        }
        QMetaObject::invokeMethod(
                loaders.get(), [] {}, Qt::BlockingQueuedConnection);
        contexts[First].reset(); // in this thread, which calls all continuations
        QVERIFY(error.has_value());
        QVERIFY(how > 1 || error->isError());
        QVERIFY(continuations.back().isFinished());
        QVERIFY(errorOf(waited).isError());
    }

    // It may be a year until then.
    void remindersGoWithWhatTheyAreFor()
    {
        constexpr int Count = 10'000;
        const auto counted = std::make_shared<int>(0);
        for (int i = 0; i < Count; ++i) {
            const auto subject = std::make_shared<int>(i);
            LookOut::callAt(LookOut::Clock::now() + 1h, subject, [counted] {});
        }
        QVERIFY2(counted.use_count() < 300, qPrintable(QString::number(counted.use_count())));
        std::atomic<bool> isCalled { false };
        LookOut::callAt(LookOut::Clock::now(), counted, [&isCalled] { isCalled = true; });
        QTRY_VERIFY(isCalled);
    }

    // The look-out sleeps until then, and is woken when the reminder has gone. For AddressSanitizer.
    void aReminderMayGoWhileItIsSleptFor()
    {
        auto subject = std::make_shared<int>(0);
        LookOut::callAt(LookOut::Clock::now() + 1h, subject, [] {});
        const auto isAsleep = [] {
            const quint64 moment = LookOut::moment();
            QTest::qWait(int(3 * LookOut::Interval / 1ms));
            return LookOut::moment() == moment;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isAsleep(), 60'000);
        subject.reset();
        for (int i = 0; i < 100; ++i) // so many that it is swept
            LookOut::callAt(LookOut::Clock::now() + 2h, subject, [] {});
        const auto alive = std::make_shared<int>(0);
        std::atomic<bool> isCalled { false };
        LookOut::callAt(LookOut::Clock::now(), alive, [&isCalled] { isCalled = true; });
        QTRY_VERIFY(isCalled);
    }

    // A load that was claimed as the cache ended.
    void whatALoaderCapturedGoesWithTheCache()
    {
        QThreadPool pool;
        pool.setMaxThreadCount(2);
        QElapsedTimer timer;
        timer.start();
        quint32 random = 1;
        while (timer.elapsed() < 1000) {
            const auto captured = std::make_shared<int>(0);
            std::vector<Pending> pending;
            {
                Cache cache(100);
                cache.setThreadPool(&pool);
                cache.setLoader([captured](int key) { return key; });
                for (int key = 0; key < 3; ++key)
                    pending.push_back(cache.getOrLoad(key, this, [](const Result &) {}));
                random = random * 1664525 + 1013904223;
                for (quint32 i = random >> 17; i > 0; --i)
                    std::atomic_signal_fence(std::memory_order_seq_cst);
            }
            QVERIFY(pool.waitForDone());
            QCOMPARE(captured.use_count(), 1L);
        }
    }

    // The answer was expected from the event loop of the thread that waits now.
    void whoseContextHasGoneIsNotWaitedForInItsThread()
    {
        ValidatedCache<int, int> cache(100);
        auto context = std::make_unique<QObject>();
        std::vector<Context> kept;
        cache.setLoader(context.get(), [&kept](int, const Context &load) { kept.push_back(load); });
        QFuture<int> future = cache.getOrLoad(1);
        QTRY_COMPARE(kept.size(), std::size_t(1));
        context.reset();
        QCOMPARE(cache.load(1).error.code(), SyncCacheError::RecursiveLoad);
        QTest::ignoreMessage(QtWarningMsg,
                             "waitForDone() was called by what it would wait for, and has not "
                             "waited.");
        QVERIFY(!cache.waitForDone());
        QCOMPARE(errorOf(future).code(), SyncCacheError::RecursiveLoad);
        // Whoever else waits may.
        QFuture<int> other = cache.getOrLoad(1);
        std::thread waiting([&other] { (void)errorOf(other); });
        QTest::qWait(20);
        kept.clear();
        waiting.join();
        QVERIFY(cache.waitForDone());
    }

    void aThreadThatEndsLeavesItsKeysOut_data()
    {
        QTest::addColumn<bool>("hasBegun");
        QTest::newRow("in the queue of its events") << false;
        QTest::newRow("begun") << true;
    }
    // Whoever blocks for all of them, and whoever does not.
    void aThreadThatEndsLeavesItsKeysOut()
    {
        QFETCH(const bool, hasBegun);
        for (const bool blocks : { false, true }) {
            QObject context;
            std::atomic<int> begun { 0 };
            std::vector<Context> kept;
            ValidatedCache<int, int> cache(100);
            cache.insert(0, 7);
            cache.setLoader(&context, [&](int, const Context &load) {
                kept.push_back(load);
                ++begun;
            });
            QFuture<QHash<int, int>> all;
            {
                Latch mayGoOn;
                RunningThread thread;
                context.moveToThread(&thread);
                if (!hasBegun) {
                    QMetaObject::invokeMethod(&context, [&] {
                        mayGoOn.wait();
                        thread.quit();
                    });
                }
                all = cache.getAll({ 0, 1, 2 });
                if (hasBegun)
                    QTRY_COMPARE(begun.load(), 2);
                mayGoOn.open();
            }
            if (blocks)
                all.waitForFinished();
            QTRY_VERIFY(all.isFinished());
            QVERIFY(all.result().value(0) == 7);
            kept.clear();
            QTRY_VERIFY(cache.waitForDone(QDeadlineTimer(0)));
        }
    }
};

QTEST_GUILESS_MAIN(tst_Contexts)

#include "tst_contexts.moc"
