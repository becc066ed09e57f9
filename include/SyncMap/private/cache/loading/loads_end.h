// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/loads.h>

#include <QtCore/qthread.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Set-up, the words of writers, and the end.

template <typename Key, typename T, typename Core>
std::shared_ptr<LoadQueue> Loads<Key, T, Core>::queueOfLocked(QThreadPool *pool)
{
    for (const auto &[itsPool, queue] : m_queues) {
        if (itsPool == pool)
            return queue;
    }
    // Pools may come and go with the calls that name them.
    constexpr std::size_t many = 16;
    if (m_queues.size() >= many) {
        m_queues.erase(
                std::remove_if(m_queues.begin(), m_queues.end(),
                               [](const auto &each) { return each.second.use_count() == 1; }),
                m_queues.end());
    }
    auto queue = std::make_shared<LoadQueue>(pool);
    queue->setMaximum(m_maxQueued);
    m_queues.emplace_back(pool, queue);
    return queue;
}

template <typename Key, typename T, typename Core>
std::shared_ptr<CallerContext> Loads<Key, T, Core>::callerContextOf(QObject *context)
{
    const auto findLocked = [&]() -> std::shared_ptr<CallerContext> {
        const auto found = m_callerContexts.find(context);
        // If it is closed, this is another object at the same address.
        const bool isIt = found != m_callerContexts.end() && found->second->courier.isOpen();
        return isIt ? found->second : nullptr;
    };
    {
        const std::lock_guard lock(m_setUp);
        if (auto known = findLocked())
            return known;
    }
    // To be connected to, and disconnected from, may be the user's code: not under the lock.
    auto fresh = std::make_shared<CallerContext>(context);
    std::vector<std::shared_ptr<CallerContext>> gone;
    const std::lock_guard lock(m_setUp);
    if (auto known = findLocked()) {
        gone.push_back(std::move(fresh));
        return known;
    }
    if (m_callerContexts.size() >= m_manyCallerContexts) {
        gone.reserve(m_callerContexts.size() + 1);
        for (auto it = m_callerContexts.begin(); it != m_callerContexts.end();) {
            if (it->second->courier.isOpen() && it->second.use_count() != 1) {
                ++it;
                continue;
            }
            gone.push_back(std::move(it->second));
            it = m_callerContexts.erase(it);
        }
        m_manyCallerContexts = qMax<std::size_t>(16, 2 * m_callerContexts.size());
    }
    std::shared_ptr<CallerContext> &place = m_callerContexts[context];
    place.swap(fresh);
    if (fresh)
        gone.push_back(std::move(fresh));
    return place;
}

template <typename Key, typename T, typename Core>
LoadBase::Where Loads<Key, T, Core>::whereFor(const Loader &loader,
                                              const SyncCacheLoadOptions &options)
{
    LoadBase::Where where;
    where.courier = loader.courier;
    if (where.courier)
        return where;
    QThreadPool *pool = options.pool;
    SyncCachePoolUse use = options.poolUse;
    const std::lock_guard lock(m_setUp);
    if (!pool || pool == m_pool) {
        pool = m_pool;
        use = m_poolUse;
    }
    where.queue = queueOfLocked(pool ? pool : loadPool());
    where.inItsThreadsOnly = use == SyncCachePoolUse::OwnThreadsOnly;
    return where;
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::setMaxQueuedLoads(qsizetype maximum)
{
    std::vector<std::pair<QThreadPool *, std::shared_ptr<LoadQueue>>> queues;
    {
        const std::lock_guard lock(m_setUp);
        m_maxQueued = qMax<qsizetype>(maximum, -1);
        queues = m_queues;
    }
    for (const auto &[pool, queue] : queues)
        queue->setMaximum(maximum);
}

template <typename Key, typename T, typename Core>
LoadStatistics Loads<Key, T, Core>::statistics() const
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

// Whoever runs the load goes on, for the sake of those who wait for it; nobody else joins it. One that
// has not begun reads what is new after a removal, and is wanted all the same.
template <typename Key, typename T, typename Core>
Q_NEVER_INLINE void Loads<Key, T, Core>::supersedeUnderWayLocked(quint64 hash, const Key &key,
                                                                 Word word)
{
    m_failures.expire(key, hash);
    m_log.written(hash);
    if (Q_LIKELY(m_table.isEmpty()))
        return;
    Flight *flight = m_table.find(hash, key);
    if (!flight)
        return;
    for (const LoadPointer &load : { flight->running, flight->waiting }) {
        if (!load || !load->isWanted || (word == Word::Removed && !load->hasBegun()))
            continue;
        load->isWanted = false;
        if (load == flight->running && flight->unwantedSince == Clock::time_point())
            flight->unwantedSince = Clock::now();
        if (!load->isWaitedFor())
            lookAtLater(load);
    }
}

template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::isWantedLocked(quint64 hash, const Key &key)
{
    const Flight *const flight = m_table.find(hash, key);
    const auto isWanted = [this](const LoadPointer &load) { return load && isWantedLocked(*load); };
    return flight && (isWanted(flight->running) || isWanted(flight->waiting));
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::supersedeAllLocked(Word word) noexcept
{
    m_failures.expireAll();
    if (word == Word::Written)
        m_log.allWritten();
    else
        m_log.allRemoved();
    if (m_table.isEmpty())
        return m_allSuperseded.clear();
    constexpr std::size_t many = 64;
    (void)guarded([&] {
        m_allSuperseded.push_back({ m_log.now(), Clock::now(), word });
        if (m_allSuperseded.size() > many)
            m_allSuperseded.pop_front();
    });
}

// Not under the cache's lock.
template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::lookAtLater(const LoadPointer &load) noexcept
{
    // Without memory, it is looked at when its turn has come.
    (void)guarded([&] {
        const std::weak_ptr<Load> weak = load;
        LookOut::callAt(Clock::now(), weak, [weak] {
            if (const LoadPointer itsLoad = weak.lock())
                itsLoad->leftBySomebody();
        });
    });
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::start(const std::shared_ptr<LoadBase> &work)
{
    const Loader inAPool;
    work->where = whereFor(inAPool, {});
    began(*work);
    {
        const std::lock_guard lock(m_doneMutex);
        ++m_works;
    }
    bool isStarted = false;
    const SyncCacheError failed = guarded([&] { isStarted = work->start(); });
    if (!isStarted && work->tryDrop())
        work->fail(failed ? failed : SyncCacheError(SyncCacheError::CacheDestroyed));
}

// Its end is that of this call, or of what this thread does.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::isWaitedForHere() const
{
    if (LoaderFrame::isWithin(m_tenure->identity()))
        return true;
    const std::lock_guard lock(m_doneMutex);
    return isDeferredHereLocked();
}

// A load is to be answered in this thread.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::isDeferredHereLocked() const
{
    return std::any_of(m_deferred.cbegin(), m_deferred.cend(), [](const auto &each) {
        return each.first->thread() == QThread::currentThread();
    });
}

template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::waitForDone(QDeadlineTimer deadline)
{
    constexpr std::chrono::nanoseconds patience = std::chrono::milliseconds(10);
    const bool isForEver = deadline.isForever();
    Unanswered::endAll();
    for (;;) {
        // Before anything is run here: each might wait in turn.
        if (isForEver && isWaitedForHere()) {
            reportWaitForOneself();
            return false;
        }
        // This may be the thread of a pool that they wait for, and go on waiting for.
        const bool isInPool = runWhatWaitsHere(deadline);
        std::unique_lock lock(m_doneMutex);
        while (m_active != 0) {
            if (isForEver && isDeferredHereLocked())
                break; // it has come since
            if (isForEver && !isInPool && m_deferred.empty()) {
                m_done.wait(lock);
                continue;
            }
            if (isForEver && isLostLocked())
                return false;
            const std::chrono::nanoseconds left = isForEver ? patience : timeLeft(deadline);
            if (left.count() <= 0)
                return false;
            if (m_done.wait_for(lock, isInPool ? qMin(left, patience) : left)
                        == std::cv_status::timeout
                && isInPool)
                break;
        }
        if (m_active == 0)
            return true;
    }
}

// A load waits for a thread that has ended.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::isLostLocked() const
{
    return std::any_of(m_deferred.cbegin(), m_deferred.cend(),
                       [](const auto &each) { return each.first->hasNoThread(); });
}

// True if this is a thread of a pool.
template <typename Key, typename T, typename Core>
bool Loads<Key, T, Core>::runWhatWaitsHere(QDeadlineTimer deadline)
{
    std::vector<std::shared_ptr<LoadQueue>> queues;
    {
        const std::lock_guard lock(m_setUp);
        for (const auto &[pool, queue] : m_queues)
            queues.push_back(queue);
    }
    bool isInPool = false;
    for (const auto &queue : queues) {
        if (!queue->isItsThread())
            continue;
        isInPool = true;
        // Not one within another without end: each may wait for all in turn.
        while (!deadline.hasExpired() && LoaderFrame::depth() < LoaderFrame::MaximalDepth
               && queue->runOne())
            Unanswered::endAll();
    }
    return isInPool;
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::close()
{
    m_isEnding.store(true, std::memory_order_relaxed);
    Unanswered::endAll();
    Table loads;
    {
        typename Core::Lock lock(m_core);
        m_isClosed = true;
        m_table.swap(loads);
        loads.forEach([this](const LoadPointer &load) { notInFlight(*load); });
    }
    decltype(m_queues) queues;
    {
        const std::lock_guard lock(m_setUp);
        queues.swap(m_queues);
    }
    SyncCacheError why;
    if (!loads.isEmpty() || !queues.empty())
        why = SyncCacheError(SyncCacheError::CacheDestroyed);
    const LoaderFrame frame(m_tenure->identity()); // continuations run here
    loads.forEach([&why](const LoadPointer &load) {
        const bool hasNotBegun = load->tryDrop();
        (void)load->abandon();
        Askers<T> askers = load->closeAskers();
        load->announceCancellation();
        askers.tell({ {}, why });
        if (hasNotBegun)
            load->discard(); // else whoever runs its loader has it
    });
    Table().swap(loads);
    for (const auto &[pool, queue] : queues)
        queue->close(why);
    // Files that other threads have begun.
    std::unique_lock lock(m_doneMutex);
    m_done.wait(lock, [this] { return m_works == 0; });
}

template <typename Key, typename T, typename Core>
void Loads<Key, T, Core>::clear()
{
    m_failures.clear();
    LoaderPointer itsLoader;
    LoaderPointer foreground;
    std::shared_ptr<const BulkLoader> bulk;
    decltype(m_callerContexts) contexts;
    const std::lock_guard lock(m_setUp);
    itsLoader.swap(m_loader);
    foreground.swap(m_foreground);
    bulk.swap(m_bulkLoader);
    contexts.swap(m_callerContexts);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
