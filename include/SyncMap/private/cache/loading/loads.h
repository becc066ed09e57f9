// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheloadoptions.h>
#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/cache/synccachependingload.h>
#include <SyncMap/private/cache/diary.h>
#include <SyncMap/private/cache/loading/blockedasker.h>
#include <SyncMap/private/cache/loading/contextasker.h>
#include <SyncMap/private/cache/loading/futureasker.h>
#include <SyncMap/private/cache/loading/gather.h>
#include <SyncMap/private/cache/loading/load.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/loaders.h>
#include <SyncMap/private/cache/loading/loadfailures.h>
#include <SyncMap/private/cache/loading/loadpool.h>
#include <SyncMap/private/cache/loading/loadqueue.h>
#include <SyncMap/private/cache/loading/loadtable.h>
#include <SyncMap/private/cache/loading/lookout.h>
#include <SyncMap/private/cache/loading/lookup.h>
#include <SyncMap/private/cache/loading/writelog.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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
//     ask ─▶ LoadTable ─▶ Load ─▶ LoadQueue ─▶ a thread of the pool ──┐ claim ─▶ loader ─▶ Port ─▶ store ─▶ Askers
//                          │  └─▶ Courier ─▶ the context's thread ────┤
//                          └─ Askers: futures, blocked threads ─ wait ┘
//
// Asking never runs a loader: it joins a load that is under way, or enters one. A load is claimed
// once, by whoever comes first: a thread of its pool, the event of its context, or a thread that
// waits for it. Threads wait for loads, loads run in threads.
//
// At most one load of a key runs, and one waits for its end. A load is wanted as long as its value
// may be stored: a write to its key is the end of that, for a load that has been claimed also a
// removal. (One that has not begun reads after the removal, and is right.) Who asks for a key whose
// load is not wanted any more, or was abandoned by all who waited, gets the one that waits. It
// begins when the other one has ended, or has not been wanted for a second.
//
// The table is under the cache's lock, so that a look at the map and one at the table are one step.
// Nothing runs under that lock: no loader, no callback, no completion of a future.
//
// A load keeps its loader and never the cache: what a loader answers goes through a Tenure, which
// the cache's end closes. Lock order: the cache's lock, a queue's, a load's.
template <typename Key, typename T, typename Core>
class Loads
{
    friend class Load<Key, T, Core>;
    friend class Batch<Key, T, Core>;
    class Port;

    using Load = SyncMapInternal::Load<Key, T, Core>;
    using LoadPointer = std::shared_ptr<Load>;
    using Batch = SyncMapInternal::Batch<Key, T, Core>;
    using Loader = SyncMapInternal::Loader<Key, T>;
    using LoaderPointer = std::shared_ptr<const Loader>;
    using BulkLoader = SyncMapInternal::BulkLoader<Key, T>;
    using Asker = SyncMapInternal::Asker<T>;
    using AskerPointer = std::shared_ptr<Asker>;
    using Result = SyncCacheLoadResult<T>;
    using Answer = typename LoadPort<T>::Answer;
    using Table = LoadTable<Load>;
    using Flight = typename Table::Flight;
    using Clock = std::chrono::steady_clock;
    using ItsTenure = Tenure<Core>;
    using Use = typename ItsTenure::Use;

public:
    explicit Loads(Core &core) : m_core(core), m_tenure(std::make_shared<ItsTenure>(&core)) { }
    Q_DISABLE_COPY_MOVE(Loads)
    ~Loads() = default;

    // Set-up.

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
    template <typename Function>
    void setBulkLoader(Function f)
    {
        auto loader = std::make_shared<BulkLoader>();
        loader->identity = LoaderIdentity::of(f);
        loader->load = std::move(f);
        std::shared_ptr<const BulkLoader> shared =
                std::move(loader); // the old one outlives the lock
        const std::lock_guard lock(m_setUp);
        m_bulkLoader.swap(shared);
    }
    void resetLoader() { setLoader(LoaderPointer()); }
    // An interface's goes before the one that was set, as long as it is there.
    template <typename Function>
    void setForegroundLoader(QObject *context, Function f)
    {
        exchange(m_foreground, Loader::make(context, std::move(f)));
    }
    void resetForegroundLoader() { exchange(m_foreground, nullptr); }
    // Has the loader that was set answer what another one has left unanswered. False if there is none.
    bool answerByLoader(const Key &key, const typename Loader::Context &context);
    void resetBulkLoader()
    {
        std::shared_ptr<const BulkLoader> none;
        const std::lock_guard lock(m_setUp); // the old one outlives it
        m_bulkLoader.swap(none);
    }
    bool hasLoader() const { return bool(loader()); }
    bool hasBulkLoader() const { return bool(bulkLoader()); }
    void setThreadPool(QThreadPool *pool, SyncCachePoolUse use)
    {
        const std::lock_guard lock(m_setUp);
        m_pool = pool;
        m_poolUse = use;
    }
    QThreadPool *threadPool() const
    {
        const std::lock_guard lock(m_setUp);
        return m_pool ? m_pool : loadPool();
    }
    void setErrorTimeToLive(std::chrono::milliseconds span)
    {
        m_errorTimeToLive.store(toNanoseconds(span), std::memory_order_relaxed);
    }
    qint64 errorTimeToLive() const { return m_errorTimeToLive.load(std::memory_order_relaxed); }
    void setMaxErrorBytes(qsizetype bytes)
    {
        Q_ASSERT_X(bytes >= 0, "SyncCache", "a bound in bytes must not be negative");
        m_failures.setMaxBytes(quint64(qMax<qsizetype>(bytes, 0)));
    }
    qsizetype maxErrorBytes() const { return qsizetype(m_failures.maxBytes()); }
    quint64 errorBytes() const { return m_failures.bytes(); }
    // Failures whose time is over, or all of them.
    void forgetFailures(bool all)
    {
        if (!m_failures.mayHold())
            return;
        all ? m_failures.forgetAll() : m_failures.forgetOver(m_core.moment());
    }
    void setMaxQueuedLoads(qsizetype maximum);
    qsizetype maxQueuedLoads() const
    {
        const std::lock_guard lock(m_setUp);
        return m_maxQueued;
    }
    // For how long a load that is not wanted any more is in the way of the next one.
    void setUnwantedTime(std::chrono::milliseconds span)
    {
        m_unwantedTime.store(qMax<qint64>(span.count(), 0), std::memory_order_relaxed);
    }
    std::chrono::milliseconds unwantedTime() const
    {
        return std::chrono::milliseconds(m_unwantedTime.load(std::memory_order_relaxed));
    }

    // Asking.

    QFuture<T> getOrLoad(const Key &key, const SyncCacheLoadOptions &options = {})
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        if (Q_LIKELY(found.value && !found.isStale))
            return readyFuture(std::move(*found.value));
        return getOrLoad(key, hash, std::move(found), loader(), options);
    }
    template <typename Function>
    QFuture<T> getOrLoad(const Key &key, Function f, const SyncCacheLoadOptions &options)
    {
        const quint64 hash = m_core.hashOf(key);
        Lookup<T> found = m_core.lookUp(key, hash);
        if (Q_LIKELY(found.value && !found.isStale))
            return readyFuture(std::move(*found.value));
        return getOrLoad(key, hash, std::move(found),
                         isEmptyFunction(f) ? nullptr : Loader::make(std::move(f)), options);
    }
    template <typename Function>
    SyncCachePendingLoad<T> getOrLoad(const Key &key, QObject *context, Function f,
                                      const SyncCacheLoadOptions &options);
    Result load(const Key &key, QDeadlineTimer deadline);
    QFuture<T> refresh(const Key &key, const SyncCacheLoadOptions &options = {});
    QFuture<QHash<Key, T>> getAll(const QList<Key> &keys);

    SyncCacheError lastError(const Key &key) const
    {
        return m_failures.find(key, m_core.hashOf(key));
    }

    // Waits until nothing is under way. False if the deadline has passed, or if this thread is what
    // would have to be waited for.
    bool waitForDone(QDeadlineTimer deadline);

    // Other work in the threads of loaders; dropped if the cache ends first.
    void start(const std::shared_ptr<LoadBase> &work);
    // By what has been done, or was dropped: the cache's end waits for that.
    void wasDone() noexcept
    {
        const std::lock_guard lock(m_doneMutex);
        --m_works;
        m_done.notify_all();
    }
    // And then by what has told so.
    void ended(const LoadBase &work) noexcept { isDone(work); }
    bool isEnding() const noexcept { return m_isEnding.load(std::memory_order_relaxed); }

    LoadStatistics statistics() const;
    const std::shared_ptr<ItsTenure> &tenure() const noexcept { return m_tenure; }

    // The end, in two steps. Everybody is told, and nothing begins any more;
    void close();
    // and what its loaders are made of goes. In between, the tenure is closed.
    void clear();

    // A writer's word on the key, under the cache's lock.

    enum class Word : quint8 { Written, Removed };
    void supersedeLocked(quint64 hash, const Key &key, Word word = Word::Written)
    {
        if (Q_UNLIKELY(!m_table.isEmpty() || m_failures.mayHold() || m_log.isWatched()))
            supersedeUnderWayLocked(hash, key, word);
    }
    // For those who bring what is old: what is said from now on is remembered.
    WriteLog::Epoch watchLocked() noexcept
    {
        m_log.watchAll();
        return m_log.now();
    }
    void unwatchLocked() noexcept
    {
        m_log.unwatchAll();
        if (m_table.isEmpty())
            m_log.forgetTags();
    }
    void amendedLocked(quint64 hash) noexcept { m_log.amended(hash); }
    bool wasAnythingSaidSinceLocked(quint64 hash, const QStringList &tags,
                                    WriteLog::Epoch epoch) const
    {
        return m_log.wasWrittenSince(hash, epoch) || m_log.wasAmendedSince(hash, epoch)
                || m_log.wasAnyRemovedSince(tags, epoch);
    }
    void supersedeAllLocked(Word word) noexcept;
    // One of the key is under way, and what it brings may be stored.
    bool isWantedLocked(quint64 hash, const Key &key);
    // What bears the tag is not to come back by a load that is under way.
    void removeTagLocked(const QString &tag) noexcept
    {
        if (!m_table.isEmpty() || m_log.isWatched())
            m_log.tagRemoved(tag);
    }

private:
    void setLoader(LoaderPointer loader) { exchange(m_loader, std::move(loader)); }
    void exchange(LoaderPointer &present, LoaderPointer loader)
    {
        const std::lock_guard lock(m_setUp); // the old one outlives it
        present.swap(loader);
    }
    LoaderPointer loader() const
    {
        const std::lock_guard lock(m_setUp);
        return m_foreground ? m_foreground : m_loader;
    }
    std::shared_ptr<const BulkLoader> bulkLoader() const
    {
        const std::lock_guard lock(m_setUp);
        return m_bulkLoader;
    }
    void supersedeUnderWayLocked(quint64 hash, const Key &key, Word word);
    std::shared_ptr<LoadQueue> queueOfLocked(QThreadPool *pool);
    std::shared_ptr<CallerContext> callerContextOf(QObject *context);
    LoadBase::Where whereFor(const Loader &loader, const SyncCacheLoadOptions &options);

    // loads_ask.h

    struct Question
    {
        const Key &key;
        quint64 hash;
        LoaderPointer loader;
        const SyncCacheLoadOptions &options;
        bool anew; // what is there will not do
        std::shared_ptr<Batch> batch = nullptr; // what is entered goes there, and is not started
    };
    // Where a question leads: to an answer, or to a load that the asker is on the list of.
    struct Answered
    {
        std::optional<Result> result;
        LoadPointer load; // or none: in the background, and it is not to be tried now
    };
    Answered ask(const Question &question, const AskerPointer &asker);
    enum class Entered : quint8 { No, AtOnce, Later };
    Entered enterLocked(const LoadPointer &fresh, Flight *flight, const Question &question,
                        const AskerPointer &asker, Clock::time_point &due);
    void stopWaiting(const LoadPointer &load) noexcept;
    bool joinLocked(const LoadPointer &load, const AskerPointer &asker);
    LoadPointer joinFlightLocked(Flight &flight, const AskerPointer &asker);
    Clock::time_point unwantedSinceLocked(const Load &load, Clock::time_point now) const;
    void startEntered(const LoadPointer &load);
    void askInBackground(const Key &key, quint64 hash, const LoaderPointer &itsLoader,
                         const SyncCacheLoadOptions &options = {});
    bool isPaused(const Key &key, quint64 hash, const LoaderPointer &itsLoader) const;
    SyncCacheError knownFailure(const Key &key, quint64 hash, const LoaderIdentity &loader) const
    {
        if (errorTimeToLive() == 0 || !m_failures.mayHold())
            return {};
        return m_failures.findSince(key, hash, loader, m_core.now());
    }
    QFuture<T> getOrLoad(const Key &key, quint64 hash, Lookup<T> found, LoaderPointer itsLoader,
                         const SyncCacheLoadOptions &options);
    QFuture<T> futureOf(const Question &question);
    template <typename Function>
    SyncCachePendingLoad<T> callLater(QObject *context, Function f, Lookup<T> found,
                                      const Question &question);

    // loads_run.h: how loads begin and end. Static: the cache may end meanwhile.

    static void run(const LoadPointer &load) noexcept;
    static void endUntold(Load &load) noexcept;
    static void runDirect(const LoadPointer &load) noexcept;
    static void runDeferred(const LoadPointer &load) noexcept;
    template <typename Function>
    static auto runIn(const Load &load, Function &&f);
    // After so much time, in which so many were loaded together.
    static void conclude(const LoadPointer &load, Answer answer, std::optional<T> &value,
                         const SyncCacheError &error, const LoadedOptions &options,
                         std::chrono::nanoseconds time, qint64 together = 1) noexcept;
    bool begin(const LoadPointer &load) noexcept;
    void beginLocked(Load &load) noexcept
    {
        load.begun = m_log.now();
        if (load.loader().mayInsert) {
            load.isWatching = true;
            m_log.watch();
        }
    }
    void store(const LoadPointer &load, Answer answer, std::optional<T> &value,
               const LoadedOptions &options, std::chrono::nanoseconds time,
               Result &result) noexcept;
    void noteOutcome(const LoadPointer &load, const Result &result, bool isRefused) noexcept;
    // For people who debug.
    static void tellOfFailure(const Load &load, const SyncCacheError &error,
                              std::chrono::nanoseconds time) noexcept
    {
        if (Q_UNLIKELY(tellsOfLoads())) {
            sayIfPossible([&] {
                SyncMapInternal::tellOfFailure(textForMessage(load.key()), error, time);
            });
        }
    }
    void end(const LoadPointer &load, const Result &result) noexcept;
    void dropped(const LoadPointer &load, const SyncCacheError &why,
                 bool isCancellation = true) noexcept;
    void dropIfForsaken(const LoadPointer &load) noexcept;
    // Its place is free, and what waited for that begins.
    void leave(const LoadPointer &load) noexcept;
    void insertOther(const LoadPointer &load, const Key &key, const T &value);
    void startNext(const LoadPointer &next) noexcept;
    bool isWantedLocked(const Load &load) const noexcept
    {
        return load.isWanted && !m_log.wasAllWrittenSince(load.entered)
                && (!load.hasBegun() || !m_log.wasAllRemovedSince(load.begun));
    }
    void notInFlight(Load &load) noexcept
    {
        if (load.leaveFlight())
            m_inFlight.fetch_sub(1, std::memory_order_relaxed);
    }
    void lookAtLater(const LoadPointer &load) noexcept;

    // loads_bulk.h

    LoaderPointer oneByOne(const std::shared_ptr<const BulkLoader> &bulkLoader) const;
    static void runBatch(const std::shared_ptr<Batch> &batch,
                         typename Batch::Members claimed) noexcept;
    void startBatch(const std::shared_ptr<Batch> &batch);

    void began(const LoadBase &work)
    {
        const std::lock_guard lock(m_doneMutex);
        if (work.where.courier) {
            ++m_deferred[work.where.courier]; // this may throw
            m_done.notify_all(); // it may be the affair of a thread that waits
        }
        ++m_active;
    }
    void isDone(const LoadBase &work) noexcept
    {
        const std::lock_guard lock(m_doneMutex);
        if (const auto found = m_deferred.find(work.where.courier);
            found != m_deferred.end() && --found->second == 0)
            m_deferred.erase(found);
        if (--m_active == 0)
            m_done.notify_all();
    }
    bool isWaitedForHere() const;
    bool isDeferredHereLocked() const;
    bool isLostLocked() const;
    bool runWhatWaitsHere(QDeadlineTimer deadline);

    Core &m_core;
    const std::shared_ptr<ItsTenure> m_tenure;

    mutable QMutex m_setUp;
    LoaderPointer m_loader;
    LoaderPointer m_foreground;
    std::shared_ptr<const BulkLoader> m_bulkLoader;
    QThreadPool *m_pool = nullptr;
    SyncCachePoolUse m_poolUse = SyncCachePoolUse::AnyThread;
    qsizetype m_maxQueued = -1;
    std::vector<std::pair<QThreadPool *, std::shared_ptr<LoadQueue>>> m_queues;
    std::unordered_map<const QObject *, std::shared_ptr<CallerContext>> m_callerContexts;
    std::size_t m_manyCallerContexts = 16; // then those that have gone are taken out
    std::atomic<bool> m_isEnding { false }; // relaxed: a hint

    std::atomic<qint64> m_errorTimeToLive { 0 };
    std::atomic<qint64> m_unwantedTime { 1000 };

    Table m_table; // under the cache's lock, as the next ones
    WriteLog m_log;
    // The last of the words that concerned all keys, as far as they matter.
    struct AllSuperseded
    {
        WriteLog::Epoch epoch;
        Clock::time_point time;
        Word word;
    };
    std::deque<AllSuperseded> m_allSuperseded;
    bool m_isClosed = false;
    std::atomic<qsizetype> m_inFlight { 0 }; // loads that somebody may still want

    LoadFailures<Key> m_failures;

    mutable QMutex m_doneMutex;
    std::condition_variable_any m_done;
    qint64 m_active = 0;
    std::map<std::shared_ptr<Courier>, qint64> m_deferred; // of these, those that contexts answer
    qint64 m_works = 0; // other work that has not been done

    std::atomic<quint64> m_loads { 0 };
    std::atomic<quint64> m_coalesced { 0 };
    std::atomic<quint64> m_loadFailures { 0 };
    std::atomic<quint64> m_canceledLoads { 0 };
    std::atomic<qint64> m_loadTime { 0 };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#include <SyncMap/private/cache/loading/loads_ask.h>
#include <SyncMap/private/cache/loading/loads_bulk.h>
#include <SyncMap/private/cache/loading/loads_end.h>
#include <SyncMap/private/cache/loading/loads_run.h>
