// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/loads.h>

#include <QtCore/qscopeguard.h>

namespace SyncMapInternal {

// The load as its loader sees it. Keeps the core alive.
template <typename Key, typename T, typename Core>
class Loads<Key, T, Core>::Port : public LoadPort<T>
{
public:
    using Answer = typename LoadPort<T>::Answer;

    Port(std::shared_ptr<Core> core, LoadPointer load)
        : m_core(std::move(core)), m_load(std::move(load)), m_began(Clock::now())
    {
    }

    bool isCanceled() override { return m_core->loads.cancelIfAbandoned(m_load); }
    void whenCanceled(QObject *context, std::function<void()> f) override
    {
        m_load->whenCanceled(std::make_shared<Courier>(context), std::move(f));
    }
    void setProgress(int percent) override { m_load->setProgress(percent); }
    void change(const std::function<void(LoadedOptions &)> &f) override
    {
        const std::lock_guard lock(m_mutex);
        f(m_options);
    }
    void answer(Answer answer, std::optional<T> value, const QString &message) override
    {
        this->answer(answer, std::move(value), errorOf(answer, message));
    }
    void answer(Answer answer, std::optional<T> value, const SyncCacheError &error)
    {
        if (m_isAnswered.exchange(true))
            return;
        LoadedOptions options;
        {
            const std::lock_guard lock(m_mutex);
            options = m_options;
        }
        auto &loads = m_core->loads;
        const auto time = std::chrono::nanoseconds(Clock::now() - m_began);
        loads.m_loadTime.fetch_add(time.count(), std::memory_order_relaxed);
        loads.conclude(m_load, answer, std::move(value), error, options);
        loads.isDone();
    }
    bool isAnswered() const override { return m_isAnswered; }
    void insertOther(QMetaType type, const void *key, const T &value) override
    {
        const bool isKey = type == QMetaType::fromType<Key>();
        Q_ASSERT_X(isKey, "SyncLoadContext",
                   "insert() takes a key of exactly the type that the cache has");
        if (isKey)
            m_core->insertFromLoader(*static_cast<const Key *>(key), value);
    }

private:
    static SyncCacheError errorOf(Answer answer, const QString &message)
    {
        switch (answer) {
        case Answer::Absent:
            return { SyncCacheError::KeyNotFound, QStringLiteral("there is no such thing") };
        case Answer::Failure:
            return { SyncCacheError::LoadFailed, message };
        default:
            return {};
        }
    }

    const std::shared_ptr<Core> m_core;
    const LoadPointer m_load;
    const Clock::time_point m_began;
    QMutex m_mutex;
    LoadedOptions m_options;
    std::atomic<bool> m_isAnswered { false };
};

template <typename Key, typename T, typename Core>
std::shared_ptr<typename Loads<Key, T, Core>::Port>
Loads<Key, T, Core>::makePort(const LoadPointer &load)
{
    return std::make_shared<Port>(m_core.shared_from_this(), load);
}

// Whoever asks ends here: told at once, joined to a load that is under way, or to one that begins.
// A \a waiter without tell() waits for nothing. \a anew: what is there will not do.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::ask(const Key &key, quint64 hash, LoaderPointer itsLoader,
                              const SyncLoadOptions &options, Waiter waiter, bool anew)
{
    const auto tell = [&waiter](const Result &result) {
        if (waiter.tell)
            waiter.tell(result);
    };
    if (!anew || !waiter.tell) {
        if (const SyncCacheError known = knownFailure(key, hash))
            return tell({ {}, known });
    }
    LoadPointer fresh; // made before the lock is taken
    for (;;) {
        LoadPointer load;
        Lookup<T> found;
        {
            typename Core::Lock lock(m_core);
            if (!anew)
                found = m_core.lookUpLocked(key, hash);
            if (!found.value) {
                const auto present = findLocked(hash, key);
                if (present != m_table.end()) {
                    load = present->second;
                } else if (fresh && !m_isClosed) {
                    m_table.emplace(hash, fresh);
                    m_inFlight.fetch_add(1, std::memory_order_relaxed);
                }
            }
            if (m_isClosed && fresh) {
                lock.unlock();
                return tell(failure(SyncCacheError::CacheDestroyed,
                                    QStringLiteral("the cache has been destroyed")));
            }
        }
        if (found.value)
            return tell({ std::move(found.value), {} });
        if (load) {
            // It has left the table, or leaves it now, because nobody waited any more.
            if (cancelIfAbandoned(load))
                continue;
            if (!LoadChain::mayWaitFor(load.get())) {
                return tell(failure(
                        SyncCacheError::RecursiveLoad,
                        QStringLiteral("a loader asked for a key that is being loaded, directly "
                                       "or by way of others, for its own sake")));
            }
            if (waiter.tell && !load->join(waiter))
                continue; // it has just ended
            m_coalesced.fetch_add(1, std::memory_order_relaxed);
            // A loader does not wait for a thread that its own pool may never have to spare.
            if (LoadChain::isInLoader() && load->begin())
                run(load);
            return;
        }
        if (fresh)
            break;
        if (!itsLoader) {
            return tell(failure(SyncCacheError::KeyNotFound,
                                QStringLiteral("the key is not in the cache, and no loader is "
                                               "set")));
        }
        fresh = std::make_shared<Load>(key, hash, itsLoader);
    }
    began();
    if (waiter.tell)
        fresh->join(waiter);
    LoadChain::mayWaitFor(fresh.get());
    start(fresh, options);
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::start(const LoadPointer &load, const SyncLoadOptions &options)
{
    if (load->loader->courier || LoadChain::isInLoader()) {
        if (load->begin())
            run(load);
        return;
    }
    QThreadPool *pool = options.pool;
    if (!pool)
        pool = m_pool.load(std::memory_order_acquire); // acquire: the pool is whole
    if (!pool)
        pool = loadPool();
    const auto core = m_core.shared_from_this();
    m_queue->push(pool, options.priority, [core, load](bool run) {
        Loads &loads = core->loads;
        if (!load->begin()) {
            if (load->wasNeverBegun())
                loads.isDone();
            return; // else another thread was faster
        }
        if (run) {
            loads.run(load);
        } else {
            loads.cancel(load);
            loads.isDone();
        }
    });
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::run(const LoadPointer &load)
{
    if (cancelIfAbandoned(load)) {
        isDone();
        return;
    }
    m_loads.fetch_add(1, std::memory_order_relaxed);
    const std::shared_ptr<Courier> &courier = load->loader->courier;
    if (!courier)
        return runDirect(load);
    const auto context = LoadContexts::make<T>(makePort(load));
    pollCanceled(courier);
    // If the loader's context has gone, so does the handle, and the load fails.
    courier->post([load, context] {
        QT_TRY
        {
            load->loader->deferred(load->key, context);
        }
        QT_CATCH(...)
        {
            context.fail(QStringLiteral("the loader threw an exception"));
        }
    });
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::runDirect(const LoadPointer &load)
{
    const auto port = makePort(load);
    auto context = LoadContexts::make<T>(port);
    using Answer = typename Port::Answer;
    std::optional<T> value;
    SyncCacheError error;
    {
        const LoadChain chain(load.get());
        QT_TRY
        {
            value.emplace(load->loader->direct(load->key, context));
#ifndef QT_NO_EXCEPTIONS
        }
        catch (const SyncCacheError &thrown)
        {
            error = thrown;
        }
        catch (const std::exception &thrown)
        {
            error = { SyncCacheError::LoadFailed, QString::fromUtf8(thrown.what()) };
#endif
        }
        QT_CATCH(...)
        {
            error = { SyncCacheError::LoadFailed,
                      QStringLiteral("the loader threw something that is no std::exception") };
        }
    }
    if (value)
        port->answer(Answer::Value, std::move(value), error);
    else
        port->answer(Answer::Failure, {}, error);
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::conclude(const LoadPointer &load, typename LoadPort<T>::Answer answer,
                                   std::optional<T> value, const SyncCacheError &error,
                                   const LoadedOptions &options)
{
    using Answer = typename LoadPort<T>::Answer;
    const auto isWanted = [&] { return load->isWantedWith(options.tags); };
    Result result = { {}, error };
    QT_TRY
    {
        switch (answer) {
        case Answer::Value:
            m_core.storeLoaded(load->key, load->hash, *value, options, isWanted);
            result.value = std::move(value);
            break;
        case Answer::NotModified:
            result.value = m_core.renew(load->key, load->hash, isWanted);
            if (!result.value) {
                result.error = { SyncCacheError::KeyNotFound,
                                 QStringLiteral("not modified, but the old value has gone") };
            }
            break;
        case Answer::Absent:
            m_core.removeAbsent(load->key, load->hash, isWanted);
            break;
        case Answer::Failure:
            break;
        }
#ifndef QT_NO_EXCEPTIONS
    }
    catch (const std::exception &thrown)
    {
        result = failure(SyncCacheError::LoadFailed, QString::fromUtf8(thrown.what()));
#endif
    }
    QT_CATCH(...)
    {
        result = failure(SyncCacheError::LoadFailed,
                         QStringLiteral("the loaded value could not be stored"));
    }
    if (result.value) {
        m_failures.forget(load->hash);
    } else {
        m_loadFailures.fetch_add(1, std::memory_order_relaxed);
        rememberFailure(load, result.error);
    }
    leave(load);
    load->end(result);
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::rememberFailure(const LoadPointer &load,
                                          const SyncCacheError &error) noexcept
{
    QT_TRY
    {
        const qint64 span = m_errorTimeToLive.load(std::memory_order_relaxed);
        m_failures.remember(load->key, load->hash, error,
                            span == 0 ? LoadFailures<Key>::Over
                                      : saturatingAdd(m_core.now(), span));
    }
    QT_CATCH(...)
    {
        return; // then the next caller tries again
    }
    // Who wrote the key meanwhile knows better; who writes it from now on finds the failure.
    typename Core::Lock lock(m_core);
    if (!load->isWanted)
        m_failures.expire(load->key, load->hash);
}

// Seen by the first who looks; from then on the load is not in the way of others.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::cancelIfAbandoned(const LoadPointer &load)
{
    if (!load->isAbandoned())
        return false;
    cancel(load);
    return true;
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::cancel(const LoadPointer &load)
{
    leave(load);
    if (load->end(failure(SyncCacheError::Canceled, QStringLiteral("the load was cancelled")))) {
        m_canceledLoads.fetch_add(1, std::memory_order_relaxed);
        load->announceCancellation();
    }
}

// Nobody else looks at loads that wait for an answer; so the loader's thread does, now and then, as
// long as there are any.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::pollCanceled(const std::shared_ptr<Courier> &courier)
{
    const std::weak_ptr<Core> weak = m_core.weak_from_this();
    courier->postAfter(CancelPoll, [weak, courier] {
        const auto core = weak.lock();
        if (!core)
            return;
        Loads &loads = core->loads;
        std::vector<LoadPointer> underWay;
        {
            typename Core::Lock lock(*core);
            for (const auto &[hash, load] : loads.m_table)
                underWay.push_back(load);
        }
        for (const LoadPointer &load : underWay)
            loads.cancelIfAbandoned(load);
        if (!underWay.empty())
            loads.pollCanceled(courier);
    });
}

template <typename Key, typename T, typename Core>
QFuture<QHash<Key, T>> Loads<Key, T, Core>::getAll(const QList<Key> &keys)
{
    struct State
    {
        QMutex mutex;
        QHash<Key, T> values;
        SyncCacheError error;
        QFutureInterface<QHash<Key, T>> promise;
        qsizetype missing = 1; // this function is one

        void add(const Key &key, const Result &result)
        {
            const std::lock_guard lock(mutex);
            if (result.value)
                values.insert(key, *result.value);
            else if (result.error.code() != SyncCacheError::KeyNotFound && !error)
                error = result.error;
        }
        void finishOne()
        {
            {
                const std::lock_guard lock(mutex);
                if (--missing != 0)
                    return;
            }
            SyncLoadResult<QHash<Key, T>> all;
            if (error)
                all.error = error;
            else
                all.value = std::move(values);
            finish(promise, all);
        }
    };
    const auto state = std::make_shared<State>();
    state->promise.reportStarted();
    const auto waiterFor = [&state](const Key &key) {
        ++state->missing; // nobody else knows the state until the waiter is handed out
        Waiter waiter;
        waiter.tell = [state, key](const Result &result) {
            state->add(key, result);
            state->finishOne();
        };
        waiter.isCanceled = [state] { return state->promise.isCanceled(); };
        return waiter;
    };

    std::shared_ptr<const BulkLoader<Key, T>> bulkLoader;
    {
        const std::lock_guard lock(m_setUp);
        bulkLoader = m_bulkLoader;
    }
    const LoaderPointer itsLoader = loader();
    std::vector<LoadPointer> fresh;
    for (const Key &key : keys) {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        const bool isThere = found.value.has_value();
        if (isThere)
            state->add(key, { std::move(found.value), {} });
        if (isThere && !found.isStale)
            continue;
        // What is stale is loaded anew, and not waited for.
        Waiter waiter;
        if (!isThere) {
            const std::lock_guard lock(state->mutex);
            waiter = waiterFor(key);
        }
        if (bulkLoader && !knownFailure(key, hash)) {
            auto load = std::make_shared<Load>(key, hash);
            if (Waiter copy = waiter; copy.tell)
                load->join(copy); // in vain, if somebody else was faster
            load->begin(); // by this batch
            if (enter(load, isThere)) {
                LoadChain::mayWaitFor(load.get());
                fresh.push_back(std::move(load));
                continue;
            }
        }
        ask(key, hash, itsLoader, {}, std::move(waiter), isThere);
    }
    if (!fresh.empty()) {
        began(qint64(fresh.size()));
        QThreadPool *pool = m_pool.load(std::memory_order_acquire);
        const auto core = m_core.shared_from_this();
        const auto job = [core, fresh, bulkLoader](bool run) {
            if (run)
                return core->loads.runBulk(fresh, *bulkLoader);
            for (const LoadPointer &load : fresh) {
                core->loads.cancel(load);
                core->loads.isDone();
            }
        };
        if (LoadChain::isInLoader())
            job(true);
        else
            m_queue->push(pool ? pool : loadPool(), 0, job);
    }
    state->finishOne();
    return state->promise.future();
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::runBulk(const std::vector<LoadPointer> &loads,
                                  const BulkLoader<Key, T> &itsLoader)
{
    using Answer = typename LoadPort<T>::Answer;
    QList<Key> keys;
    std::vector<std::shared_ptr<Port>> ports;
    for (const LoadPointer &load : loads) {
        if (cancelIfAbandoned(load)) {
            isDone();
            continue;
        }
        keys.append(load->key);
        ports.push_back(makePort(load));
        m_loads.fetch_add(1, std::memory_order_relaxed);
    }
    if (keys.isEmpty())
        return;
    QHash<Key, T> values;
    SyncCacheError error;
    QT_TRY
    {
        // Whoever waits for one of these keys waits for the batch.
        LoadBase batch;
        const LoadChain chain(&batch, { loads.begin(), loads.end() });
        values = itsLoader(keys);
#ifndef QT_NO_EXCEPTIONS
    }
    catch (const SyncCacheError &thrown)
    {
        error = thrown;
    }
    catch (const std::exception &thrown)
    {
        error = { SyncCacheError::LoadFailed, QString::fromUtf8(thrown.what()) };
#endif
    }
    QT_CATCH(...)
    {
        error = { SyncCacheError::LoadFailed,
                  QStringLiteral("the loader threw something that is no std::exception") };
    }
    std::vector<std::optional<T>> answers(std::size_t(keys.size()));
    for (qsizetype i = 0; i < keys.size(); ++i) {
        const auto found = values.find(keys.at(i));
        if (found != values.end()) {
            answers[std::size_t(i)] = std::move(*found);
            values.erase(found);
        }
    }
    // What it loaded beside is welcome.
    for (auto it = values.cbegin(); it != values.cend(); ++it)
        m_core.insertFromLoader(it.key(), it.value());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (error)
            ports[i]->answer(Answer::Failure, {}, error);
        else if (answers[i])
            ports[i]->answer(Answer::Value, std::move(answers[i]), QString());
        else
            ports[i]->answer(Answer::Absent, {}, QString());
    }
}

} // namespace SyncMapInternal
