// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/load.h>
#include <SyncMap/cache/loading/loaders.h>
#include <SyncMap/cache/loading/loadfailures.h>
#include <SyncMap/cache/loading/loadoptions.h>
#include <SyncMap/cache/loading/loadpool.h>
#include <SyncMap/cache/loading/loadqueue.h>
#include <SyncMap/cache/loading/lookup.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qfutureinterface.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <unordered_map>

namespace SyncMapInternal {

struct LoadStatistics
{
    quint64 loads = 0;
    quint64 coalesced = 0;
    quint64 loadFailures = 0;
    quint64 canceledLoads = 0;
    std::chrono::nanoseconds loadTime {};
    qsizetype inFlight = 0;
};

// The loads of a cache.
//
// A load is in the table of those under way from the moment somebody asks for a key that is not
// there to the moment its value is stored; who asks meanwhile joins it. It leaves the table earlier
// if the key is written, removed or invalidated, or if all who waited have cancelled: then it may
// answer those who wait, is not stored, and who asks next begins another load.
//
// The table is under the cache's lock, so that a look at the map and one at the table are one step.
// Nothing runs under that lock: no loader, no callback, no completion of a future.
//
// A load that is under way keeps the core alive, and its own loader.
template <typename Key, typename T, typename Core>
class Loads
{
    using Load = SyncMapInternal::Load<Key, T>;
    using LoadPointer = std::shared_ptr<Load>;
    using Loader = SyncMapInternal::Loader<Key, T>;
    using LoaderPointer = std::shared_ptr<const Loader>;
    using Waiter = LoadWaiter<T>;
    using Result = SyncLoadResult<T>;
    using Clock = std::chrono::steady_clock;

public:
    explicit Loads(Core &core) : m_core(core), m_queue(std::make_shared<LoadQueue>()) { }
    Q_DISABLE_COPY_MOVE(Loads)
    ~Loads() = default;

    template <typename Function>
    void setLoader(Function f)
    {
        setLoader(Loader::make(std::move(f)));
    }
    template <typename Function>
    void setLoader(QObject *context, Function f)
    {
        setLoader(Loader::make(context, std::move(f)));
    }
    void setBulkLoader(BulkLoader<Key, T> loader)
    {
        auto shared = std::make_shared<const BulkLoader<Key, T>>(std::move(loader));
        const std::lock_guard lock(m_setUp);
        m_bulkLoader.swap(shared);
    }
    bool hasLoader() const { return bool(loader()); }
    void setThreadPool(QThreadPool *pool) { m_pool.store(pool, std::memory_order_release); }
    void setErrorTimeToLive(std::chrono::milliseconds span)
    {
        m_errorTimeToLive.store(toNanoseconds(span), std::memory_order_relaxed);
    }

    QFuture<T> getOrLoad(const Key &key, const SyncLoadOptions &options = {})
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        if (Q_LIKELY(found.value && !found.isStale))
            return readyFuture(std::move(*found.value));
        return getOrLoad(key, hash, std::move(found), loader(), options);
    }
    template <typename Function>
    QFuture<T> getOrLoad(const Key &key, Function f, const SyncLoadOptions &options)
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        if (Q_LIKELY(found.value && !found.isStale))
            return readyFuture(std::move(*found.value));
        return getOrLoad(key, hash, std::move(found), Loader::make(std::move(f)), options);
    }

    template <typename Function>
    void getOrLoad(const Key &key, QObject *context, Function f)
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        if (found.value) {
            if (found.isStale)
                ask(key, hash, loader(), {}, Waiter(), true);
            const Result result = { std::move(found.value), {} };
            if (Courier::isIn(context))
                return f(result);
            const auto courier = std::make_shared<Courier>(context);
            courier->post([courier, f = std::move(f), result]() mutable { f(result); });
            return;
        }
        const auto courier = std::make_shared<Courier>(context);
        auto shared = std::make_shared<Function>(std::move(f));
        Waiter waiter;
        waiter.tell = [courier, shared](const Result &result) {
            courier->post([courier, shared, result] { (*shared)(result); });
        };
        waiter.isCanceled = [courier] { return !courier->isOpen(); };
        ask(key, hash, loader(), {}, std::move(waiter), false);
    }

    Result load(const Key &key, QDeadlineTimer deadline)
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        const LoaderPointer itsLoader = loader();
        if (found.value) {
            if (found.isStale)
                ask(key, hash, itsLoader, {}, Waiter(), true);
            return { std::move(found.value), {} };
        }
        if (itsLoader && itsLoader->courier && itsLoader->courier->isInItsThread()) {
            return { {},
                     SyncCacheError(SyncCacheError::LoadFailed,
                                    QStringLiteral("a blocking load in the thread of the loader's "
                                                   "context would wait for itself")) };
        }
        const auto wait = std::make_shared<BlockingWait>();
        Waiter waiter;
        waiter.tell = [wait](const Result &result) { wait->finish(result); };
        ask(key, hash, itsLoader, {}, std::move(waiter), false);
        return wait->result(deadline);
    }

    QFuture<T> refresh(const Key &key)
    {
        QFutureInterface<T> promise;
        ask(key, m_core.hashOf(key), loader(), {}, waiterOf(promise), true);
        return promise.future();
    }

    QFuture<QHash<Key, T>> getAll(const QList<Key> &keys);

    SyncCacheError lastError(const Key &key) const
    {
        return m_failures.find(key, m_core.hashOf(key));
    }

    bool waitForDone(QDeadlineTimer deadline)
    {
        std::unique_lock lock(m_doneMutex);
        while (m_active != 0) {
            if (!waitOn(m_done, lock, deadline))
                return m_active == 0;
        }
        return true;
    }

    // Other work in the threads of loaders.
    void runInPool(std::function<void(bool)> job)
    {
        began();
        const auto core = m_core.shared_from_this();
        QThreadPool *pool = m_pool.load(std::memory_order_acquire); // acquire: the pool is whole
        m_queue->push(pool ? pool : loadPool(), 0, [core, job = std::move(job)](bool run) {
            job(run);
            core->loads.isDone();
        });
    }

    LoadStatistics statistics() const
    {
        constexpr auto order = std::memory_order_relaxed; // numbers for people
        LoadStatistics result;
        result.loads = m_loads.load(order);
        result.coalesced = m_coalesced.load(order);
        result.loadFailures = m_loadFailures.load(order);
        result.canceledLoads = m_canceledLoads.load(order);
        result.loadTime = std::chrono::nanoseconds(m_loadTime.load(order));
        result.inFlight = m_inFlight.load(order);
        return result;
    }

    // The cache has gone.
    void destroyed()
    {
        std::vector<LoadPointer> loads;
        {
            typename Core::Lock lock(m_core);
            m_isClosed = true;
            for (auto &[hash, load] : m_table) {
                load->isWanted = false;
                loads.push_back(load);
            }
            m_table.clear();
            m_inFlight.store(0, std::memory_order_relaxed);
        }
        for (const LoadPointer &load : loads) {
            load->end(failure(SyncCacheError::CacheDestroyed,
                              QStringLiteral("the cache was destroyed during the load")));
            load->announceCancellation();
        }
    }

    // A writer's word on the key: under the cache's lock. Its load stays in the table until it ends,
    // for the sake of those who wait for it, but nobody joins it any more.
    void supersedeLocked(quint64 hash, const Key &key)
    {
        m_failures.expire(key, hash);
        // relaxed: written under the same lock.
        if (Q_LIKELY(m_inFlight.load(std::memory_order_relaxed) == 0))
            return;
        const auto found = findLocked(hash, key);
        if (found != m_table.end())
            found->second->isWanted = false;
    }
    void supersedeAllLocked() noexcept
    {
        m_failures.expireAll();
        for (auto &[hash, load] : m_table)
            load->isWanted = false;
    }

    // What bears the tag is not to come back by a load that is under way.
    void removeTagLocked(const QString &tag)
    {
        for (auto &[hash, load] : m_table) {
            if (!load->removedTags.contains(tag))
                load->removedTags.append(tag);
        }
    }

private:
    class Port;
    using Table = std::unordered_multimap<quint64, LoadPointer>;

    // How a thread waits for a load. If its deadline ends the wait, the load goes on: the thread may
    // well come back for the value.
    class BlockingWait
    {
    public:
        void finish(const Result &result)
        {
            const std::lock_guard lock(m_mutex);
            m_result = result;
            m_condition.notify_all();
        }
        Result result(QDeadlineTimer deadline)
        {
            std::unique_lock lock(m_mutex);
            while (!m_result) {
                if (!waitOn(m_condition, lock, deadline) && !m_result) {
                    return failure(SyncCacheError::TimedOut,
                                   QStringLiteral("the load takes longer than its caller"));
                }
            }
            return *m_result;
        }

    private:
        QMutex m_mutex;
        std::condition_variable_any m_condition;
        std::optional<Result> m_result;
    };

    // False if the deadline has passed.
    static bool waitOn(std::condition_variable_any &condition, std::unique_lock<QMutex> &lock,
                       QDeadlineTimer deadline)
    {
        if (deadline.isForever()) {
            condition.wait(lock);
            return true;
        }
        const auto left = std::chrono::nanoseconds(deadline.remainingTimeNSecs());
        return left.count() > 0 && condition.wait_for(lock, left) == std::cv_status::no_timeout;
    }

    static Result failure(SyncCacheError::Code code, const QString &message)
    {
        return { {}, SyncCacheError(code, message) };
    }

    static QFuture<T> readyFuture(T value)
    {
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
        return QtFuture::makeReadyValueFuture(std::move(value));
#else
        return QtFuture::makeReadyFuture(std::move(value));
#endif
    }

    // Every future that is handed out is finished in the thread that ends the load, so that whoever
    // blocks on it needs no event loop.
    template <typename Value>
    static void finish(QFutureInterface<Value> promise, const SyncLoadResult<Value> &result)
    {
        if (result.value) {
            promise.reportResult(*result.value);
        } else {
#ifndef QT_NO_EXCEPTIONS
            promise.reportException(result.error);
#else
            promise.cancel();
#endif
        }
        promise.reportFinished();
    }
    static Waiter waiterOf(QFutureInterface<T> promise)
    {
        promise.setProgressRange(0, 100);
        promise.reportStarted();
        Waiter waiter;
        waiter.tell = [promise](const Result &result) { finish(promise, result); };
        waiter.isCanceled = [promise] { return promise.isCanceled(); };
        waiter.setProgress = [promise](int percent) {
            QFutureInterface<T>(promise).setProgressValue(percent);
        };
        return waiter;
    }

    void setLoader(LoaderPointer loader)
    {
        const std::lock_guard lock(m_setUp);
        m_loader.swap(loader);
    }
    LoaderPointer loader() const
    {
        const std::lock_guard lock(m_setUp);
        return m_loader;
    }

    QFuture<T> getOrLoad(const Key &key, quint64 hash, Lookup<T> found, LoaderPointer itsLoader,
                         const SyncLoadOptions &options)
    {
        if (found.value) { // stale
            ask(key, hash, std::move(itsLoader), options, Waiter(), true);
            return readyFuture(std::move(*found.value));
        }
        QFutureInterface<T> promise;
        ask(key, hash, std::move(itsLoader), options, waiterOf(promise), false);
        return promise.future();
    }

    // The table, under the cache's lock.

    // The load whose value is going to be the key's.
    typename Table::iterator findLocked(quint64 hash, const Key &key)
    {
        const auto range = m_table.equal_range(hash);
        for (auto it = range.first; it != range.second; ++it) {
            if (it->second->isWanted && it->second->key == key)
                return it;
        }
        return m_table.end();
    }
    void eraseLocked(typename Table::iterator load) noexcept
    {
        // Not its end: who runs it, or the queue, holds it.
        load->second->isWanted = false;
        m_table.erase(load);
        m_inFlight.fetch_sub(1, std::memory_order_relaxed);
    }
    void leave(const LoadPointer &load)
    {
        typename Core::Lock lock(m_core);
        const auto range = m_table.equal_range(load->hash);
        for (auto it = range.first; it != range.second; ++it) {
            if (it->second == load) {
                eraseLocked(it);
                return;
            }
        }
    }

    // A failure that is not to be tried again yet.
    SyncCacheError knownFailure(const Key &key, quint64 hash) const
    {
        if (m_errorTimeToLive.load(std::memory_order_relaxed) == 0)
            return {};
        return m_failures.findSince(key, hash, m_core.now());
    }
    // False if the key is there by now, unless it is to be loaded \a anew, or somebody loads it.
    bool enter(const LoadPointer &load, bool anew)
    {
        typename Core::Lock lock(m_core);
        if (m_isClosed || findLocked(load->hash, load->key) != m_table.end()
            || (!anew && m_core.isThereLocked(load->key, load->hash)))
            return false;
        m_table.emplace(load->hash, load);
        m_inFlight.fetch_add(1, std::memory_order_relaxed);
        return true;
    }

    void ask(const Key &key, quint64 hash, LoaderPointer itsLoader, const SyncLoadOptions &options,
             Waiter waiter, bool anew);
    void start(const LoadPointer &load, const SyncLoadOptions &options);
    void run(const LoadPointer &load);
    void runDirect(const LoadPointer &load);
    void runBulk(const std::vector<LoadPointer> &loads, const BulkLoader<Key, T> &itsLoader);
    bool cancelIfAbandoned(const LoadPointer &load);
    void cancel(const LoadPointer &load);
    void pollCanceled(const std::shared_ptr<Courier> &courier);
    void conclude(const LoadPointer &load, typename LoadPort<T>::Answer answer,
                  std::optional<T> value, const SyncCacheError &error,
                  const LoadedOptions &options);
    void rememberFailure(const LoadPointer &load, const SyncCacheError &error) noexcept;
    std::shared_ptr<Port> makePort(const LoadPointer &load);

    void began(qint64 count = 1)
    {
        const std::lock_guard lock(m_doneMutex);
        m_active += count;
    }
    void isDone()
    {
        const std::lock_guard lock(m_doneMutex);
        if (--m_active == 0)
            m_done.notify_all();
    }

    static constexpr std::chrono::milliseconds CancelPoll { 100 };

    Core &m_core;

    mutable QMutex m_setUp;
    LoaderPointer m_loader;
    std::shared_ptr<const BulkLoader<Key, T>> m_bulkLoader;
    std::atomic<QThreadPool *> m_pool { nullptr };
    std::atomic<qint64> m_errorTimeToLive { 0 };

    Table m_table; // under the cache's lock
    bool m_isClosed = false; // likewise
    std::atomic<qsizetype> m_inFlight { 0 }; // the table's size; written under the cache's lock

    const std::shared_ptr<LoadQueue> m_queue;
    LoadFailures<Key> m_failures;

    QMutex m_doneMutex;
    std::condition_variable_any m_done;
    qint64 m_active = 0;

    std::atomic<quint64> m_loads { 0 };
    std::atomic<quint64> m_coalesced { 0 };
    std::atomic<quint64> m_loadFailures { 0 };
    std::atomic<quint64> m_canceledLoads { 0 };
    std::atomic<qint64> m_loadTime { 0 };
};

} // namespace SyncMapInternal

#include <SyncMap/cache/loading/loads_impl.h>
