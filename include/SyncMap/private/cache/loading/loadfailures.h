// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/map/syncmapkeylike.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/expiry/expiry.h>
#include <SyncMap/private/cache/loading/loaders.h>
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qmutex.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Why loads failed: for those who ask, and so that a key which is known to fail with a loader is not
// loaded again at once with it. A refresh in the background waits longer after each failure. Bounded
// in bytes: those that failed longest ago are forgotten, and the latest one is kept in any case.
template <typename Key>
class LoadFailures
{
public:
    static constexpr qsizetype DefaultBytes = 4 << 20;
    // It may be tried again at any time.
    static constexpr qint64 Over = (std::numeric_limits<qint64>::min)();

    // How long a background refresh waits after a failure, at least and at most; in between it
    // doubles with each.
    static constexpr qint64 ShortestWait = 1'000'000'000;
    static constexpr qint64 LongestWait = 60'000'000'000;

    // \a error: none if there was a value, but it could not be kept. \a span: for how long nobody
    // may try again.
    void remember(const Key &key, quint64 hash, const LoaderIdentity &loader,
                  const SyncCacheError &error, const Moment &now, qint64 span)
    {
        // Both outlive the lock: keys may do anything as they go.
        std::list<Failure> fresh;
        std::list<Failure> gone;
        fresh.push_back({ key, hash, loader, error, now.time, 0, 0, 0, 0 });
        fresh.front().bytes = bytesOf(fresh.front()); // asks the user's types
        const std::lock_guard lock(m_mutex);
        m_mayHold.store(true, std::memory_order_relaxed);
        qint64 wait = qMax(span, ShortestWait);
        const auto [first, last] = m_byHash.equal_range(hash);
        const auto known = std::find_if(first, last, [&](const auto &each) {
            return each.second->loader == loader && isSameKey(each.second->key, key);
        });
        if (known != last) {
            const auto old = known->second;
            wait = qMax(wait, qMin(saturatingAdd(old->wait, old->wait), LongestWait));
            takeLocked(old, gone);
            known->second = fresh.begin();
        } else {
            m_byHash.emplace(hash, fresh.begin());
        }
        m_bytes += fresh.front().bytes;
        Failure &failure = fresh.front();
        failure.until = span == 0 ? Over : endOf(now.time, span);
        failure.wait = wait;
        failure.backgroundUntil = endOf(now.awake, wait);
        m_byAge.splice(m_byAge.end(), fresh);
        boundLocked(gone);
    }

    void setMaxBytes(quint64 bytes)
    {
        std::list<Failure> gone; // outlives the lock, as below
        const std::lock_guard lock(m_mutex);
        m_maxBytes = bytes;
        boundLocked(gone);
        shrinkLocked();
    }
    quint64 maxBytes() const
    {
        const std::lock_guard lock(m_mutex);
        return m_maxBytes;
    }
    quint64 bytes() const
    {
        const std::lock_guard lock(m_mutex);
        return m_bytes;
    }

    // Those that count for nobody at that time any more.
    void forgetOver(const Moment &now)
    {
        forgetIf([&now](const Failure &failure) {
            return failure.until <= now.time && failure.backgroundUntil <= now.awake;
        });
    }
    void forgetAll()
    {
        forgetIf([](const Failure &) { return true; });
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
            if (!isSameKey(it->second->key, key)) {
                ++it;
                continue;
            }
            takeLocked(it->second, gone);
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
            if (isSameKey(it->second->key, key))
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
            if (isSameKey(failure.key, key) && (!error || failure.since >= latest)) {
                error = failure.error;
                latest = failure.since;
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
    // It is not to be tried in the background at that time, which does not count suspension.
    bool isPaused(const Key &key, quint64 hash, const LoaderIdentity &loader, qint64 awakeNow) const
    {
        const std::lock_guard lock(m_mutex);
        const Failure *failure = findLocked(key, hash, loader);
        return failure && failure->backgroundUntil > awakeNow;
    }
    bool mayHold() const noexcept { return m_mayHold.load(std::memory_order_relaxed); }

    // The end: what it holds goes.
    void clear()
    {
        std::list<Failure> gone;
        const std::lock_guard lock(m_mutex);
        m_byHash.clear();
        gone.swap(m_byAge);
        m_bytes = 0;
    }

private:
    struct Failure
    {
        Key key;
        quint64 hash;
        LoaderIdentity loader;
        SyncCacheError error;
        qint64 since;
        qint64 until; // for all
        qint64 backgroundUntil; // for refreshes in the background; without the time of suspension
        qint64 wait; // the last one of those
        quint64 bytes;

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
            if (it->second->loader == loader && isSameKey(it->second->key, key))
                return &*it->second;
        }
        return nullptr;
    }
    // With what the list and the table keep for it: two links, and a node, its place and its links.
    static quint64 bytesOf(const Failure &failure)
    {
        constexpr quint64 itself = sizeof(Failure) + 2 * sizeof(void *) + AllocationBytes
                + sizeof(typename ByHash::value_type) + 4 * sizeof(void *) + AllocationBytes;
        ByteCount key = measure(failure.key);
        key.bytes = addSaturated(key.bytes, itself);
        key.bytes = addSaturated(key.bytes, measure(failure.loader.content).bytes);
        key.bytes = addSaturated(key.bytes, CacheErrors::bytesOf(failure.error));
        return key.assumed();
    }
    // Into \a gone, which outlives the lock.
    void takeLocked(typename ByAge::iterator failure, ByAge &gone) noexcept
    {
        m_bytes -= failure->bytes;
        gone.splice(gone.end(), m_byAge, failure);
    }
    void boundLocked(ByAge &gone) noexcept
    {
        while (m_bytes > m_maxBytes && m_byAge.size() > 1)
            eraseLocked(m_byAge.begin(), gone);
    }
    // Gives room of the table back, if there is memory for a smaller one.
    void shrinkLocked() noexcept
    {
        (void)guarded([this] { m_byHash.rehash(0); });
    }
    template <typename Predicate>
    void forgetIf(const Predicate &isGone)
    {
        ByAge gone;
        const std::lock_guard lock(m_mutex);
        for (auto it = m_byAge.begin(); it != m_byAge.end();) {
            const auto failure = it++;
            if (isGone(*failure))
                eraseLocked(failure, gone);
        }
        if (!gone.empty())
            shrinkLocked();
    }
    void eraseLocked(typename ByAge::iterator failure, ByAge &gone) noexcept
    {
        auto [it, last] = m_byHash.equal_range(failure->hash);
        while (it != last && it->second != failure)
            ++it;
        if (it != last)
            m_byHash.erase(it);
        takeLocked(failure, gone);
    }

    mutable QMutex m_mutex;
    std::atomic<bool> m_mayHold { false }; // anything; written under the mutex
    quint64 m_maxBytes = DefaultBytes; // under the mutex, as all that follows
    quint64 m_bytes = 0;
    ByAge m_byAge; // the oldest first
    ByHash m_byHash;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
