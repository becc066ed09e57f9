// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmap.h>

#include <QtCore/qmutex.h>
#include <QtCore/qthreadpool.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Work in numbered parts, which threads take one after another until none is left or one says that
// it is enough. Shared with the jobs in the pool: one that the pool begins too late finds it closed,
// and looks at nothing else.
class SharedWork
{
public:
    // \a work(part) returns false if no more parts are wanted. It is called until run() returns. A
    // thread of the pool calls prepare() before; one that cannot prepare itself does not help.
    SharedWork(int parts, std::function<void()> prepare, std::function<bool(int)> work)
        : m_parts(parts), m_prepare(std::move(prepare)), m_work(std::move(work))
    {
    }

    // How many threads may help. There is no global pool any more when the application has ended.
    static int helpersIn(QThreadPool *&pool)
    {
        if (!pool)
            pool = QThreadPool::globalInstance();
        constexpr int most = 1024;
        return pool ? qBound(0, pool->maxThreadCount(), most) : 0;
    }

    // In the threads of the pool that are free, and in this one. Throws what a part threw first.
    static void run(QThreadPool *pool, int parts, std::function<void()> prepare,
                    std::function<bool(int)> work)
    {
        const auto shared =
                std::make_shared<SharedWork>(parts, std::move(prepare), std::move(work));
        QT_TRY
        {
            const int helpers = qMin(parts - 1, helpersIn(pool));
            for (int i = 0; i < helpers; ++i) {
                if (!pool->tryStart([shared] { shared->help(); }))
                    break;
            }
        }
        QT_CATCH(...)
        {
            // No memory for another job: those that have begun suffice.
        }
        shared->takeParts();
        shared->close();
    }

private:
    void takeParts() noexcept
    {
        QT_TRY
        {
            for (;;) {
                // relaxed, as below: who takes a part only has to be the only one.
                const int part = m_next.fetch_add(1, std::memory_order_relaxed);
                if (part >= m_parts)
                    return;
                if (!m_work(part))
                    m_next.store(m_parts, std::memory_order_relaxed);
            }
        }
        QT_CATCH(...)
        {
            m_next.store(m_parts, std::memory_order_relaxed);
            const QMutexLocker lock(&m_mutex);
            if (!m_thrown)
                m_thrown = std::current_exception();
        }
    }

    void help() noexcept
    {
        {
            const QMutexLocker lock(&m_mutex);
            if (m_isClosed)
                return;
            ++m_helping;
        }
        bool isPrepared = false;
        QT_TRY
        {
            m_prepare();
            isPrepared = true;
        }
        QT_CATCH(...)
        {
            // No memory to be one of the threads that read the map.
        }
        if (isPrepared)
            takeParts();
        const QMutexLocker lock(&m_mutex);
        if (--m_helping == 0)
            m_allEnded.notify_all();
    }

    void close()
    {
        QMutexLocker lock(&m_mutex);
        m_isClosed = true;
        while (m_helping > 0)
            m_allEnded.wait(m_mutex);
        lock.unlock();
        if (m_thrown)
            std::rethrow_exception(m_thrown);
    }

    const int m_parts;
    const std::function<void()> m_prepare;
    const std::function<bool(int)> m_work;
    std::atomic<int> m_next { 0 };
    QMutex m_mutex;
    std::condition_variable_any m_allEnded;
    int m_helping = 0;
    bool m_isClosed = false;
    std::exception_ptr m_thrown;
};

// The hashes, divided by their first bits, as shards are: so a part is in one shard, or is made of
// whole ones.
class HashParts
{
public:
    // Some four for each thread, but not of fewer than a few entries, whatever work each of them may
    // be.
    HashParts(qsizetype entries, int threads) noexcept
    {
        while (m_bits < MostBits && (1 << m_bits) < threads * 4
               && (entries >> (m_bits + 1)) >= LeastEntries)
            ++m_bits;
    }

    int count() const noexcept { return 1 << m_bits; }
    quint64 first(int part) const noexcept { return m_bits ? quint64(part) << (64 - m_bits) : 0; }
    quint64 last(int part) const noexcept { return first(part) | (~quint64(0) >> m_bits); }

private:
    static constexpr int MostBits = 12;
    static constexpr qsizetype LeastEntries = 16;
    int m_bits = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

template <typename Key, typename T>
template <typename Visit>
void SyncMap<Key, T>::visitInParallel(QThreadPool *pool, Visit &&visit) const
{
    using SyncMapInternal::SharedWork;
    const SyncMapInternal::HashParts parts(size(), SharedWork::helpersIn(pool) + 1);
    std::atomic<bool> isEnough { false };
    const auto prepare = [this] { const Reader pin(m_engine.domain()); };
    SharedWork::run(pool, parts.count(), prepare, [&](int part) {
        // relaxed: only saves work.
        const auto mayStop = [&isEnough] { return isEnough.load(std::memory_order_relaxed); };
        auto visitor = visit();
        const quint64 last = parts.last(part);
        quint64 next = parts.first(part);
        const quint64 first = next;
        // A shard may be larger than the part: it is walked through, and the rest left out.
        const auto visitOwn = [&](Reader &, const Position &position) {
            const quint64 hash = m_engine.hashOf(*position.node);
            if (hash < first || hash > last || mayStop())
                return;
            const ConstPointer value = position.node->value.pointer();
            if (!visitor(position.node->key, *value))
                isEnough.store(true, std::memory_order_relaxed);
        };
        m_engine.template forEachFrom<Reader>(next, visitOwn,
                                              [&] { return next >= last || mayStop(); });
        visitor.finish();
        return !mayStop();
    });
}

template <typename Key, typename T>
template <typename Function>
void SyncMap<Key, T>::forEachParallel(QThreadPool *pool, Function &&f) const
{
    if constexpr (SyncMapInternal::VisitsEntries<Key, T, Function &>::value) {
        struct Visitor
        {
            Function &f;
            bool operator()(const Key &key, const T &value) const
            {
                using Result = std::invoke_result_t<Function &, const Key &, const T &>;
                if constexpr (std::is_same_v<Result, bool>) {
                    return f(key, value);
                } else {
                    f(key, value);
                    return true;
                }
            }
            void finish() const { }
        };
        visitInParallel(pool, [&f] { return Visitor { f }; });
    }
}

template <typename Key, typename T>
template <typename Map, typename Reduce, typename R>
R SyncMap<Key, T>::mappedReduced(QThreadPool *pool, Map &&map, Reduce &&reduce, R initial) const
{
    if constexpr (SyncMapInternal::VisitsEntries<Key, T, Map &>::value
                  && SyncMapInternal::ReducesMapped<Key, T, Map &, Reduce &, R>::value) {
        using Mapped = std::decay_t<std::invoke_result_t<Map &, const Key &, const T &>>;
        std::mutex mutex;
        // Reduces what it has mapped many at a time: the lock is not worth one.
        struct Visitor
        {
            Map &map;
            Reduce &reduce;
            R &result;
            std::mutex &mutex;
            std::vector<Mapped> mapped;

            bool operator()(const Key &key, const T &value)
            {
                mapped.push_back(map(key, value));
                if (mapped.size() >= 256)
                    finish();
                return true;
            }
            void finish()
            {
                const std::lock_guard lock(mutex);
                for (auto &&each : mapped)
                    reduce(result, static_cast<Mapped &&>(each));
                mapped.clear();
            }
        };
        visitInParallel(pool, [&] { return Visitor { map, reduce, initial, mutex, {} }; });
        return initial;
    }
}
