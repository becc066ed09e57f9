// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/loads.h>

#include <QtCore/qscopeguard.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Asking: in whatever thread, a loader's too, it leads to an answer that is there, or to a load that
// somebody else is going to run.

template <typename Key, typename T, typename Core>
template <typename Function>
SyncCachePendingLoad<T> Loads<Key, T, Core>::getOrLoad(const Key &key, QObject *context, Function f,
                                                       const SyncCacheLoadOptions &options)
{
    if (Q_UNLIKELY(!context)) {
        reportNullContext();
        return {};
    }
    const quint64 hash = m_core.hashOf(key);
    Lookup<T> found = m_core.lookUp(key, hash);
    if (found.value) {
        if (found.isStale)
            askInBackground(key, hash, loader(), options);
        if (Courier::isIn(context)) {
            Result result = { std::move(found.value), {} };
            callBack(f, std::as_const(result));
            return SyncCachePendingLoad<T>(std::move(*result.value));
        }
    }
    return callLater(context, std::move(f), std::move(found),
                     { key, hash, loader(), options, false });
}

// With what was found, or with what is yet to come.
template <typename Key, typename T, typename Core>
template <typename Function>
Q_NEVER_INLINE SyncCachePendingLoad<T> Loads<Key, T, Core>::callLater(QObject *context, Function f,
                                                                      Lookup<T> found,
                                                                      const Question &question)
{
    auto asker =
            std::make_shared<CallbackAsker<T, Function>>(callerContextOf(context), std::move(f));
    Answered answered;
    if (found.value)
        answered.result = Result { std::move(found.value), {} };
    else
        answered = ask(question, asker);
    if (answered.result) {
        asker->deliver(*answered.result);
        asker->finish();
    } else {
        asker->follow();
        // The thread that answers it may end, and the look-out looks at futures.
        if (answered.load->where.courier)
            (void)guarded([&] { (void)asker->future(); });
    }
    return SyncCachePendingLoad<T>(std::shared_ptr<ContextAsker<T>>(std::move(asker)));
}

template <typename Key, typename T, typename Core>
QFuture<T> Loads<Key, T, Core>::getOrLoad(const Key &key, quint64 hash, Lookup<T> found,
                                          LoaderPointer itsLoader,
                                          const SyncCacheLoadOptions &options)
{
    if (found.value) { // stale
        askInBackground(key, hash, itsLoader, options);
        return readyFuture(std::move(*found.value));
    }
    return futureOf({ key, hash, std::move(itsLoader), options, false });
}

template <typename Key, typename T, typename Core>
QFuture<T> Loads<Key, T, Core>::refresh(const Key &key, const SyncCacheLoadOptions &options)
{
    return futureOf({ key, m_core.hashOf(key), loader(), options, true });
}

template <typename Key, typename T, typename Core>
QFuture<T> Loads<Key, T, Core>::futureOf(const Question &question)
{
    const auto asker = std::make_shared<FutureAsker<T>>();
    const Answered answered = ask(question, asker);
    if (answered.result) {
        asker->deliver(*answered.result);
        asker->finish();
    } else {
        asker->park();
    }
    return asker->future();
}

template <typename Key, typename T, typename Core>
SyncCacheLoadResult<T> Loads<Key, T, Core>::load(const Key &key, QDeadlineTimer deadline)
{
    const quint64 hash = m_core.hashOf(key);
    Lookup<T> found = m_core.lookUp(key, hash);
    if (found.value) {
        if (found.isStale)
            askInBackground(key, hash, loader());
        return { std::move(found.value), {} };
    }
    const auto asker = std::make_shared<BlockedAsker<T>>();
    Answered answered = ask({ key, hash, loader(), SyncCacheLoadOptions(), false }, asker);
    if (answered.result)
        return std::move(*answered.result);
    return asker->wait(deadline);
}

template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::isPaused(const Key &key, quint64 hash,
                                   const LoaderPointer &itsLoader) const
{
    return itsLoader && m_failures.mayHold()
            && m_failures.isPaused(key, hash, itsLoader->identity, m_core.awakeNow());
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::askInBackground(const Key &key, quint64 hash,
                                          const LoaderPointer &itsLoader,
                                          const SyncCacheLoadOptions &options)
{
    if (itsLoader && !isPaused(key, hash, itsLoader))
        ask({ key, hash, itsLoader, options, true }, nullptr);
}

// Without an asker somebody wants the load to go on, and waits for nothing.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::joinLocked(const LoadPointer &load, const AskerPointer &asker)
{
    if (asker) {
        asker->setLoad(load);
        if (!load->join(asker))
            return false; // it is just ending
    } else {
        load->joinInBackground();
    }
    if (!load->hasBegun()) {
        // What it was overtaken by came before this.
        load->isWanted = true;
        load->entered = m_log.now();
    }
    return true;
}

template <typename Key, typename T, typename Core>
std::shared_ptr<typename Loads<Key, T, Core>::Load>
Loads<Key, T, Core>::joinFlightLocked(Flight &flight, const AskerPointer &asker)
{
    const LoadPointer &running = flight.running;
    if (running->hasBegun() && isWantedLocked(*running) && running->isForsaken()) {
        running->isWanted = false; // all have cancelled: the library's thread is about to see it
        flight.unwantedSince = Clock::now();
    }
    const auto mayJoin = [this](const Load &load) {
        return load.state() != LoadBase::State::Ended && !load.isAbandoned()
                && (!load.hasBegun() || isWantedLocked(load));
    };
    if (mayJoin(*running) && joinLocked(running, asker))
        return running;
    if (flight.waiting && mayJoin(*flight.waiting) && joinLocked(flight.waiting, asker))
        return flight.waiting;
    return nullptr;
}

// When the load was overtaken, if nobody has noted that.
template <typename Key, typename T, typename Core>
typename Loads<Key, T, Core>::Clock::time_point
Loads<Key, T, Core>::unwantedSinceLocked(const Load &load, Clock::time_point now) const
{
    Clock::time_point since = now;
    for (const AllSuperseded &each : m_allSuperseded) {
        const bool isAfter = each.word == Word::Written
                ? each.epoch > load.entered
                : load.begun != 0 && each.epoch > load.begun;
        if (isAfter)
            since = qMin(since, each.time);
    }
    return since;
}

// Throws std::bad_alloc, with no effect.
template <typename Key, typename T, typename Core>
typename Loads<Key, T, Core>::Entered
Loads<Key, T, Core>::enterLocked(const LoadPointer &fresh, Flight *flight, const Question &question,
                                 const AskerPointer &asker, Clock::time_point &due)
{
    if (question.batch)
        question.batch->makeRoom();
    began(*fresh);
    auto undo = qScopeGuard([&] {
        if (asker)
            (void)fresh->leave(*asker);
        (void)fresh->closeAskers();
        isDone(*fresh);
    });
    joinLocked(fresh, asker);
    fresh->setPriority(question.options.priority);
    fresh->entered = m_log.now();
    auto entered = Entered::AtOnce;
    if (!flight) {
        m_table.enter(fresh);
    } else {
        const auto now = Clock::now();
        if (flight->unwantedSince == Clock::time_point())
            flight->unwantedSince = unwantedSinceLocked(*flight->running, now);
        constexpr std::chrono::hours longest(24 * 365); // so that there is such a moment
        due = flight->unwantedSince + std::min<std::chrono::milliseconds>(unwantedTime(), longest);
        if (due <= now) {
            m_table.displace(*flight, fresh);
        } else {
            fresh->setWaiting();
            fresh->batch = nullptr;
            if (flight->waiting)
                flight->waiting->isWanted = false; // it is just ending
            flight->waiting = fresh;
            entered = Entered::Later;
        }
    }
    undo.dismiss();
    if (question.batch && entered == Entered::AtOnce)
        question.batch->add(fresh);
    m_inFlight.fetch_add(1, std::memory_order_relaxed);
    return entered;
}

template <typename Key, typename T, typename Core>
typename Loads<Key, T, Core>::Answered Loads<Key, T, Core>::ask(const Question &question,
                                                                const AskerPointer &asker)
{
    const auto &[key, hash, itsLoader, options, anew, batch] = question;
    if (!anew && itsLoader) {
        if (const SyncCacheError known = knownFailure(key, hash, itsLoader->identity))
            return { Result { {}, known }, nullptr };
    }
    LoadPointer fresh; // made before the lock is taken
    auto entered = Entered::No;
    Clock::time_point due;
    for (;;) {
        LoadPointer joined;
        bool isClosed = false;
        {
            // Found under the lock, copied after it: that is the user's.
            const typename Core::Reader pin(m_core.map().domain());
            const typename Core::Entry *present = nullptr;
            {
                typename Core::Lock lock(m_core);
                isClosed = m_isClosed;
                if (!anew && !isClosed)
                    present = m_core.peek(hash, key);
                if (!present && !isClosed) {
                    Flight *flight = m_table.find(hash, key);
                    if (flight)
                        joined = joinFlightLocked(*flight, asker);
                    if (!joined && fresh)
                        entered = enterLocked(fresh, flight, question, asker, due);
                }
            }
            if (present)
                return { Result { present->value, {} }, nullptr };
        }
        if (isClosed)
            return { Result { {}, SyncCacheError(SyncCacheError::CacheDestroyed) }, nullptr };
        if (joined) {
            m_coalesced.fetch_add(1, std::memory_order_relaxed);
            joined->carrier().raise(options.priority);
            return { {}, joined };
        }
        if (entered != Entered::No)
            break;
        if (!itsLoader)
            return { Result { {}, noLoaderError() }, nullptr };
        fresh = std::make_shared<Load>(m_tenure, key, hash, itsLoader);
        fresh->where = whereFor(*itsLoader, options);
        fresh->batch = batch;
    }
    if (entered == Entered::Later) {
        // Without memory it begins when the other one ends.
        (void)guarded([&] {
            const std::weak_ptr<Load> weak = fresh;
            LookOut::callAt(due, weak, [weak] {
                const LoadPointer load = weak.lock();
                if (!load)
                    return;
                if (const Use core { *load->tenure })
                    core->loads.stopWaiting(load);
            });
        });
    } else if (!fresh->batch) {
        startEntered(fresh);
    }
    return { {}, std::move(fresh) };
}

// Where it was entered. What cannot be started is told so.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::startEntered(const LoadPointer &load)
{
    bool isStarted = false;
    const SyncCacheError failed = guarded([&] { isStarted = load->start(); });
    if (!isStarted && load->tryDrop()) {
        dropped(load, failed ? failed : SyncCacheError(SyncCacheError::CacheDestroyed));
    }
}

// The one before was not wanted for long enough.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::stopWaiting(const LoadPointer &load) noexcept
{
    {
        typename Core::Lock lock(m_core);
        Flight *flight = m_table.findFlightOf(*load);
        if (!flight || flight->waiting != load)
            return; // it began, or was dropped
        // Without memory it begins when the other one ends.
        if (guarded([&] { m_table.displace(*flight, load); }))
            return;
        flight->waiting = nullptr;
    }
    startNext(load);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
