// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/loads.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How loads begin and end.

// The load as its loader sees it. When the cache has gone, it does nothing.
template <typename Key, typename T, typename Core>
class Loads<Key, T, Core>::Port : public LoadPort<T>
{
public:
    explicit Port(LoadPointer load) : m_load(std::move(load)), m_began(Clock::now()) { }

    std::shared_ptr<LoadBase> load() const override { return m_load; }
    bool isCanceled() override
    {
        // Whoever looks first sees it, and not only the library's thread.
        if (!m_load->isAbandoned() && m_load->isForsaken())
            m_load->leftBySomebody();
        return m_load->isAbandoned();
    }
    void whenCanceled(QObject *context, std::function<void()> f) override
    {
        m_load->whenCanceled(std::make_shared<Courier>(context), std::move(f));
    }
    void setProgressRange(int minimum, int maximum) override
    {
        const std::lock_guard lock(m_mutex);
        m_progress = { minimum, qMax(minimum, maximum), minimum };
    }
    void setProgress(int value) override
    {
        Progress progress;
        {
            const std::lock_guard lock(m_mutex);
            m_progress.value = value;
            progress = m_progress;
        }
        m_load->setProgress(progress);
    }
    void change(const std::function<void(LoadedOptions &)> &f) override
    {
        const std::lock_guard lock(m_mutex);
        f(m_options);
    }
    void answer(Answer answer, std::optional<T> value, const SyncCacheError &error) override
    {
        answerBy(answer, value, error);
    }
    void answerBy(Answer answer, std::optional<T> &value, const SyncCacheError &error) noexcept
    {
        if (m_isAnswered.exchange(true))
            return;
        LoadedOptions options;
        {
            const std::lock_guard lock(m_mutex);
            options = m_options;
        }
        conclude(m_load, answer, value, error, options, Clock::now() - m_began);
    }
    bool isAnswered() const override { return m_isAnswered; }
    void failUnanswered() noexcept override
    {
        std::optional<T> none;
        answerBy(Answer::Failure, none, noAnswerError());
    }
    // With what the loader returns, unless it has given an answer before.
    void answerWith(typename Loader::Context &context)
    {
        std::optional<T> value =
                runIn(*m_load, [&] { return m_load->loader().direct(m_load->key(), context); });
        if (value)
            answerBy(Answer::Value, value, {});
    }
    bool insertOther(QMetaType type, const void *key, const T &value) override
    {
        const Use core(*m_load->tenure);
        if (!core)
            return true;
        const QMetaType own = QMetaType::fromType<Key>();
        if (!type.isValid() || type == own) {
            core->loads.insertOther(m_load, *static_cast<const Key *>(key), value);
            return true;
        }
        if constexpr (std::is_default_constructible_v<Key>) {
            Key converted {};
            if (QMetaType::convert(type, key, own, &converted)) {
                core->loads.insertOther(m_load, converted, value);
                return true;
            }
        }
        return false;
    }

private:
    const LoadPointer m_load;
    const Clock::time_point m_began;
    QMutex m_mutex;
    LoadedOptions m_options;
    Progress m_progress;
    std::atomic<bool> m_isAnswered { false };
};

// A loader of the load's cache runs in this thread meanwhile.
template <typename Key, typename T, typename Core>
template <typename Function>
auto Loads<Key, T, Core>::runIn(const Load &load, Function &&f)
{
    const LoaderFrame frame(load.tenure->identity());
    return f();
}

// Claimed by the caller. False if there is nobody to load it for any more, and then it has ended.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::begin(const LoadPointer &load) noexcept
{
    bool isCancellation = false; // that nobody has counted
    bool isClosed = false;
    {
        typename Core::Lock lock(m_core);
        isClosed = m_isClosed;
        const bool isForsaken = load->isForsaken();
        if (!isClosed && !isForsaken && (isWantedLocked(*load) || load->isWaitedFor())) {
            beginLocked(*load);
            m_loads.fetch_add(1, std::memory_order_relaxed);
            return true;
        }
        isCancellation =
                isForsaken && load->abandon(); // the look-out may have been first, or is late
    }
    if (isClosed) {
        endUntold(*load);
        return false;
    }
    if (isCancellation)
        m_canceledLoads.fetch_add(1, std::memory_order_relaxed);
    leave(load);
    end(load, { {}, SyncCacheError(SyncCacheError::Canceled) });
    isDone(*load);
    return false;
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::run(const LoadPointer &load) noexcept
{
    {
        const Use core(*load->tenure);
        const auto kept =
                core ? core->weak_from_this().lock() : nullptr; // it may be destroyed by a call
        if (!core)
            endUntold(*load);
        if (!core || !core->loads.begin(load))
            return;
        load->hold();
    }
    if (load->loader().courier)
        runDeferred(load);
    else
        runDirect(load);
    load->discard();
}

// Everybody has been told, by the end of the cache.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::endUntold(Load &load) noexcept
{
    load.setEnded();
    load.discard();
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::runDeferred(const LoadPointer &load) noexcept
{
    const SyncCacheError error = guarded([&] {
        const auto port = std::make_shared<Port>(load);
        load->port = port;
        const auto context = LoadContexts::make<Key, T>(port);
        const SyncCacheError failed = guarded(
                [&] { runIn(*load, [&] { load->loader().deferred(load->key(), context); }); });
        if (failed)
            context.fail(failed);
    });
    std::optional<T> none;
    if (error)
        conclude(load, Answer::Failure, none, error, {}, {});
    else if (waitsForItself(*load))
        load->refuse(SyncCacheError(SyncCacheError::RecursiveLoad));
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::runDirect(const LoadPointer &load) noexcept
{
    std::shared_ptr<Port> port;
    const SyncCacheError error = guarded([&] {
        port = std::make_shared<Port>(load);
        auto context = LoadContexts::make<Key, T>(port);
        const SyncCacheError failed = guarded([&] { port->answerWith(context); });
        if (failed)
            port->answer(Answer::Failure, {}, failed);
    });
    std::optional<T> none;
    if (error)
        conclude(load, Answer::Failure, none, error, {}, {});
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::conclude(const LoadPointer &load, Answer answer, std::optional<T> &value,
                                   const SyncCacheError &error, const LoadedOptions &options,
                                   std::chrono::nanoseconds time, qint64 together) noexcept
{
    const Use core(*load->tenure);
    if (!core)
        return endUntold(*load);
    const auto kept = core->weak_from_this().lock(); // whoever is told may destroy it
    Loads &loads = core->loads;
    // relaxed: a number for people.
    loads.m_loadTime.fetch_add(time.count() / together, std::memory_order_relaxed);
    const LoaderFrame frame(load->tenure->identity()); // continuations run here
    Result result = { {}, error };
    if (!load->isAbandoned() && load->isForsaken())
        loads.dropIfForsaken(load);
    // There is no such thing, whatever the loader's way to say so.
    if (answer == Answer::Failure && error.code() == SyncCacheError::KeyNotFound)
        answer = Answer::Absent;
    if (load->isAbandoned())
        result.error = SyncCacheError(SyncCacheError::Canceled);
    else
        loads.store(load, answer, value, options, time, result);
    if (!result.value)
        tellOfFailure(*load, result.error, time);
    loads.leave(load);
    loads.end(load, result);
    loads.isDone(*load);
}

// What becomes of the answer, for those who wait.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::store(const LoadPointer &load, Answer answer, std::optional<T> &value,
                                const LoadedOptions &options, std::chrono::nanoseconds time,
                                Result &result) noexcept
{
    bool isRefused = false;
    const auto mayStore = [&](const QStringList &tags) {
        const bool may = isWantedLocked(*load) && !m_log.wasAnyRemovedSince(tags, load->begun);
        if (may)
            m_log.written(load->hash);
        return may;
    };
    const SyncCacheError failed = guarded([&] {
        switch (answer) {
        case Answer::Value:
            isRefused = m_core.storeLoaded(load->key(), load->hash, *value, options, time, mayStore)
                    == Core::Outcome::Refused;
            result.value = std::move(value);
            break;
        case Answer::NotModified:
            result.value = m_core.renew(load->key(), load->hash, options, mayStore);
            if (!result.value)
                result.error = nothingToRenewError();
            break;
        case Answer::Absent:
            m_core.removeIf(load->key(), load->hash, SyncCacheRemovalCause::Invalidated,
                            [&mayStore] { return mayStore({}); });
            break;
        case Answer::Failure:
            break;
        }
    });
    if (failed) {
        result.value.reset();
        result.error = failed;
    }
    noteOutcome(load, result, isRefused);
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::noteOutcome(const LoadPointer &load, const Result &result,
                                      bool isRefused) noexcept
{
    if (!result.value)
        m_loadFailures.fetch_add(1, std::memory_order_relaxed);
    {
        typename Core::Lock lock(m_core);
        if (!m_table.findFlightOf(*load))
            return; // the load that took its place knows better
    }
    // Without memory: then the next caller tries again.
    (void)guarded([&] {
        if (result.value && !isRefused)
            return m_failures.forget(load->key(), load->hash);
        m_failures.remember(load->key(), load->hash, load->loader().identity, result.error,
                            m_core.moment(), result.value ? 0 : errorTimeToLive());
        // Who wrote the key meanwhile knows better; who writes it from now on finds the failure.
        typename Core::Lock lock(m_core);
        if (!isWantedLocked(*load))
            m_failures.expire(load->key(), load->hash);
    });
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::leave(const LoadPointer &load) noexcept
{
    typename Table::Left left;
    {
        typename Core::Lock lock(m_core);
        (void)guarded([&] { left = m_table.leave(*load); });
        if (std::exchange(load->isWatching, false))
            m_log.unwatch();
        if (m_table.isEmpty())
            m_log.forgetTags();
    }
    if (left.next)
        startNext(left.next);
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::startNext(const LoadPointer &next) noexcept
{
    next->endWaiting();
    startEntered(next);
}

// As long as it is under way: afterwards nobody remembers what was written meanwhile.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::insertOther(const LoadPointer &load, const Key &key, const T &value)
{
    m_core.insertFromLoader(key, value, [&](quint64 hash, const QStringList &tags) {
        const bool may = !m_isClosed && load->isWatching && !m_table.find(hash, key)
                && !m_log.wasWrittenSince(hash, load->begun, load.get())
                && !m_log.wasAnyRemovedSince(tags, load->begun);
        if (may)
            m_log.written(hash, load.get());
        return may;
    });
}

// Those who wait are told, and nobody joins any more.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::end(const LoadPointer &load, const Result &result) noexcept
{
    Askers<T> askers = load->closeAskers();
    load->setEnded();
    load->forgetWhenCanceled();
    notInFlight(*load);
    askers.tell(result);
    load->discard();
}

// It left the queue without having begun.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::dropped(const LoadPointer &load, const SyncCacheError &why,
                                  bool isCancellation) noexcept
{
    const auto kept = m_core.weak_from_this().lock(); // whoever is told may destroy it
    const LoaderFrame frame(m_tenure->identity()); // continuations run here
    if (why.code() != SyncCacheError::Canceled)
        noteOutcome(load, { {}, why }, false);
    else if (isCancellation)
        m_canceledLoads.fetch_add(1, std::memory_order_relaxed);
    tellOfFailure(*load, why, {});
    leave(load);
    end(load, { {}, why });
    if (load->batch)
        load->batch->leftByOne();
    isDone(*load);
}

// Nobody waits for it, perhaps: then it leaves the queue, or its loader is told.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::dropIfForsaken(const LoadPointer &load) noexcept
{
    bool isCancellation = true;
    bool isDropped = false;
    bool isAbandoned = false;
    {
        typename Core::Lock lock(m_core);
        isCancellation = load->isForsaken();
        const bool isUseless = !isWantedLocked(*load) && !load->isWaitedFor();
        if (m_isClosed || load->state() == LoadBase::State::Ended
            || (!isCancellation && !isUseless))
            return;
        load->isWanted = false;
        isDropped = load->tryDrop();
        if (!isDropped && load->state() == LoadBase::State::Running) {
            isAbandoned = load->abandon();
            Flight *flight = m_table.findFlightOf(*load);
            if (flight && flight->running == load && flight->unwantedSince == Clock::time_point())
                flight->unwantedSince = Clock::now();
        }
    }
    if (isDropped)
        return dropped(load, SyncCacheError(SyncCacheError::Canceled), isCancellation);
    if (!isAbandoned)
        return;
    // It goes on for nobody. Who has cancelled is told by the library's thread, and whoever asks next
    // gets another one.
    notInFlight(*load);
    if (isCancellation)
        m_canceledLoads.fetch_add(1, std::memory_order_relaxed);
    load->announceCancellation();
}

template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::answerByLoader(const Key &key, const typename Loader::Context &context)
{
    LoaderPointer itsLoader;
    QThreadPool *pool = nullptr;
    {
        const std::lock_guard lock(m_setUp);
        itsLoader = m_loader;
        pool = m_pool;
    }
    if (!itsLoader)
        return false;
    const auto answer = [itsLoader, key, context, tenure = m_tenure] {
        const LoaderFrame frame(tenure->identity());
        auto its = context;
        const SyncCacheError failed = guarded([&] {
            if (itsLoader->courier)
                itsLoader->deferred(key, its);
            else if (std::optional<T> value = itsLoader->direct(key, its))
                its.finish(std::move(*value));
        });
        if (failed)
            its.fail(failed);
    };
    if (itsLoader->courier)
        itsLoader->courier->post(answer);
    else
        (pool ? pool : loadPool())->start(answer);
    return true;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
