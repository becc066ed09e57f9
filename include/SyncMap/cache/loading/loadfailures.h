// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/expiry/expiry.h>
#include <SyncMap/cache/loading/loaders.h>

#include <QtCore/qmutex.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace SyncMapInternal {

// Why loads failed: for those who ask, and so that a key which is known to fail with a loader is not
// loaded again at once with it. A refresh in the background waits longer after each failure. Bounded;
// the oldest are forgotten.
template <typename Key>
class LoadFailures
{
public:
    static constexpr std::size_t MaximalCount = 1024;
    // It may be tried again at any time.
    static constexpr qint64 Over = (std::numeric_limits<qint64>::min)();

    // How long a background refresh waits after a failure, at least and at most; in between it
    // doubles with each.
    static constexpr qint64 ShortestWait = 1'000'000'000;
    static constexpr qint64 LongestWait = 60'000'000'000;

    // \a error: none if there was a value, but it could not be kept. \a span: for how long nobody
    // may try again.
    void remember(const Key &key, quint64 hash, const LoaderIdentity &loader,
                  const SyncCacheError &error, qint64 now, qint64 span)
    {
        // Both outlive the lock: keys may do anything as they go.
        std::list<Failure> fresh;
        std::list<Failure> gone;
        fresh.push_back({ key, hash, loader, error, 0, 0, 0 });
        const std::lock_guard lock(m_mutex);
        m_mayHold.store(true, std::memory_order_relaxed);
        qint64 wait = qMax(span, ShortestWait);
        const auto [first, last] = m_byHash.equal_range(hash);
        const auto known = std::find_if(first, last, [&](const auto &each) {
            return each.second->loader == loader && each.second->key == key;
        });
        if (known != last) {
            const auto old = known->second;
            wait = qMax(wait, qMin(2 * old->wait, LongestWait));
            gone.splice(gone.end(), m_byAge, old);
            known->second = fresh.begin();
        } else {
            m_byHash.emplace(hash, fresh.begin());
        }
        Failure &failure = fresh.front();
        failure.until = span == 0 ? Over : saturatingAdd(now, span);
        failure.wait = wait;
        failure.backgroundUntil = saturatingAdd(now, wait);
        m_byAge.splice(m_byAge.end(), fresh);
        if (m_byAge.size() > MaximalCount)
            eraseLocked(m_byAge.begin(), gone);
    }

    // It was loaded.
    void forget(const Key &key, quint64 hash)
    {
        if (Q_LIKELY(!m_mayHold.load(std::memory_order_relaxed)))
            return;
        std::list<Failure> gone;
        const std::lock_guard lock(m_mutex);
        auto [it, last] = m_byHash.equal_range(hash);
        while (it != last) {
            if (!(it->second->key == key)) {
                ++it;
                continue;
            }
            gone.splice(gone.end(), m_byAge, it->second);
            it = m_byHash.erase(it);
        }
    }

    // From now on it may be tried again.
    void expire(const Key &key, quint64 hash)
    {
        // relaxed: a failure that is remembered at this moment is expired by who remembers it.
        if (Q_LIKELY(!m_mayHold.load(std::memory_order_relaxed)))
            return;
        const std::lock_guard lock(m_mutex);
        const auto [first, last] = m_byHash.equal_range(hash);
        for (auto it = first; it != last; ++it) {
            if (it->second->key == key)
                it->second->expire();
        }
    }
    void expireAll() noexcept
    {
        if (Q_LIKELY(!m_mayHold.load(std::memory_order_relaxed)))
            return;
        const std::lock_guard lock(m_mutex);
        for (Failure &failure : m_byAge)
            failure.expire();
    }

    // The last of that key, whatever its age and its loader.
    SyncCacheError find(const Key &key, quint64 hash) const
    {
        const std::lock_guard lock(m_mutex);
        const auto [first, last] = m_byHash.equal_range(hash);
        SyncCacheError error;
        qint64 latest = Over;
        for (auto it = first; it != last; ++it) {
            const Failure &failure = *it->second;
            if (failure.key == key
                && (!error || failure.backgroundUntil - failure.wait >= latest)) {
                error = failure.error;
                latest = failure.backgroundUntil - failure.wait;
            }
        }
        return error;
    }
    // Why it is not to be tried at that time with that loader.
    SyncCacheError findSince(const Key &key, quint64 hash, const LoaderIdentity &loader,
                             qint64 now) const
    {
        const std::lock_guard lock(m_mutex);
        const Failure *failure = findLocked(key, hash, loader);
        return failure && failure->until > now ? failure->error : SyncCacheError();
    }
    // It is not to be tried in the background at that time.
    bool isPaused(const Key &key, quint64 hash, const LoaderIdentity &loader, qint64 now) const
    {
        const std::lock_guard lock(m_mutex);
        const Failure *failure = findLocked(key, hash, loader);
        return failure && failure->backgroundUntil > now;
    }
    bool mayHold() const noexcept { return m_mayHold.load(std::memory_order_relaxed); }

    // The end: what it holds goes.
    void clear()
    {
        std::list<Failure> gone;
        const std::lock_guard lock(m_mutex);
        m_byHash.clear();
        gone.swap(m_byAge);
    }

private:
    struct Failure
    {
        Key key;
        quint64 hash;
        LoaderIdentity loader;
        SyncCacheError error;
        qint64 until; // for all
        qint64 backgroundUntil; // for refreshes in the background
        qint64 wait; // the last one of those

        void expire() noexcept
        {
            until = Over;
            backgroundUntil = Over;
            wait = 0;
        }
    };
    using ByAge = std::list<Failure>;
    using ByHash = std::unordered_multimap<quint64, typename ByAge::iterator>;

    const Failure *findLocked(const Key &key, quint64 hash, const LoaderIdentity &loader) const
    {
        const auto [first, last] = m_byHash.equal_range(hash);
        for (auto it = first; it != last; ++it) {
            if (it->second->loader == loader && it->second->key == key)
                return &*it->second;
        }
        return nullptr;
    }
    void eraseLocked(typename ByAge::iterator failure, ByAge &gone) noexcept
    {
        auto [it, last] = m_byHash.equal_range(failure->hash);
        while (it != last && it->second != failure)
            ++it;
        if (it != last)
            m_byHash.erase(it);
        gone.splice(gone.end(), m_byAge, failure);
    }

    mutable QMutex m_mutex;
    std::atomic<bool> m_mayHold { false }; // anything; written under the mutex
    ByAge m_byAge; // the oldest first
    ByHash m_byHash;
};

} // namespace SyncMapInternal
