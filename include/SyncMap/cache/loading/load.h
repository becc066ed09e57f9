// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/loading/loadchain.h>
#include <SyncMap/cache/loading/loaders.h>
#include <SyncMap/cache/removal/removal.h>

#include <QtCore/qmutex.h>
#include <QtCore/qstringlist.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace SyncMapInternal {

// Somebody who waits for a load. Each function may be called by any thread, under no lock of the
// cache.
template <typename T>
struct LoadWaiter
{
    std::function<void(const SyncLoadResult<T> &)> tell; // once
    std::function<bool()> isCanceled; // empty: never
    std::function<void(int)> setProgress; // empty: does not matter
};

// One load that is under way: a key, and those who wait for its value.
template <typename Key, typename T>
class Load : public LoadBase
{
public:
    using Loader = SyncMapInternal::Loader<Key, T>;

    // Without a loader: one of a batch.
    Load(Key itsKey, quint64 itsHash, std::shared_ptr<const Loader> itsLoader = nullptr)
        : key(std::move(itsKey)), hash(itsHash), loader(std::move(itsLoader))
    {
    }

    const Key key;
    const quint64 hash;
    // Whoever runs the load runs this one, whatever loader he would have begun it with.
    const std::shared_ptr<const Loader> loader;

    // Under the cache's lock.

    // Its value may be stored: nobody has written to the key meanwhile.
    bool isWanted = true;
    // Tags that were removed since it began: what bears one of them may be older than that.
    QStringList removedTags;

    bool isWantedWith(const QStringList &tags) const
    {
        return isWanted && std::none_of(tags.cbegin(), tags.cend(), [this](const QString &tag) {
                   return removedTags.contains(tag);
               });
    }

    // A worker, or a caller that needs the value now, takes the load over. One gets it.
    bool begin()
    {
        const std::lock_guard lock(m_mutex);
        return m_state == State::Queued && (m_state = State::Running, true);
    }

    // False if it has ended: its value is to be found in the cache, or to be loaded anew.
    bool join(LoadWaiter<T> &waiter)
    {
        const std::lock_guard lock(m_mutex);
        if (m_state == State::Ended)
            return false;
        m_hadWaiters = true;
        m_waiters.push_back(std::move(waiter));
        return true;
    }

    // Everybody who waited has cancelled. A load that nobody ever waited for goes on: it refreshes.
    bool isAbandoned() const
    {
        const std::lock_guard lock(m_mutex);
        return m_state == State::Ended
                || (m_hadWaiters
                    && std::all_of(m_waiters.cbegin(), m_waiters.cend(),
                                   [](const LoadWaiter<T> &waiter) {
                                       return waiter.isCanceled && waiter.isCanceled();
                                   }));
    }

    bool hasEnded() const
    {
        const std::lock_guard lock(m_mutex);
        return m_state == State::Ended;
    }

    // It ended while it waited for its turn.
    bool wasNeverBegun() const
    {
        const std::lock_guard lock(m_mutex);
        return m_wasNeverBegun;
    }

    // False if it had ended before.
    bool end(const SyncLoadResult<T> &result)
    {
        std::vector<LoadWaiter<T>> waiters;
        {
            const std::lock_guard lock(m_mutex);
            const State before = std::exchange(m_state, State::Ended);
            if (before == State::Ended)
                return false;
            m_wasNeverBegun = before == State::Queued;
            waiters.swap(m_waiters);
        }
        for (const LoadWaiter<T> &waiter : waiters)
            waiter.tell(result);
        return true;
    }

    void setProgress(int percent)
    {
        const std::lock_guard lock(m_mutex);
        for (const LoadWaiter<T> &waiter : m_waiters) {
            if (waiter.setProgress)
                waiter.setProgress(percent);
        }
    }

    // \a f is posted at once if the load is cancelled already.
    void whenCanceled(std::shared_ptr<Courier> courier, std::function<void()> f)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (!m_isCanceled) {
                m_whenCanceled.emplace_back(std::move(courier), std::move(f));
                return;
            }
        }
        courier->post(std::move(f));
    }
    void announceCancellation()
    {
        std::vector<std::pair<std::shared_ptr<Courier>, std::function<void()>>> told;
        {
            const std::lock_guard lock(m_mutex);
            m_isCanceled = true;
            told.swap(m_whenCanceled);
        }
        // The courier goes with its function: it must live until that has run.
        for (auto &[courier, f] : told)
            courier->post([courier = courier, f = std::move(f)] { f(); });
    }

private:
    enum class State : quint8 { Queued, Running, Ended };

    mutable QMutex m_mutex;
    State m_state = State::Queued;
    bool m_wasNeverBegun = false;
    bool m_hadWaiters = false;
    bool m_isCanceled = false;
    std::vector<LoadWaiter<T>> m_waiters;
    std::vector<std::pair<std::shared_ptr<Courier>, std::function<void()>>> m_whenCanceled;
};

} // namespace SyncMapInternal
