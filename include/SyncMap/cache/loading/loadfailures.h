// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/expiry/expiry.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <deque>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace SyncMapInternal {

// Why loads failed: for those who ask, and so that a key which is known to fail is not loaded again
// at once. Bounded; the oldest are forgotten.
template <typename Key>
class LoadFailures
{
public:
    static constexpr std::size_t MaximalCount = 1024;
    // It may be tried again at any time.
    static constexpr qint64 Over = (std::numeric_limits<qint64>::min)();

    void remember(const Key &key, quint64 hash, const SyncCacheError &error, qint64 until)
    {
        Failure failure = { key, error, until };
        typename Table::node_type oldest; // both outlive the lock: keys may do anything as they go
        const std::lock_guard lock(m_mutex);
        if (until != Over)
            m_mayHold.store(true, std::memory_order_relaxed);
        const auto found = m_failures.find(hash);
        if (found != m_failures.end()) {
            std::swap(found->second, failure);
            return;
        }
        if (m_failures.size() >= MaximalCount) {
            oldest = m_failures.extract(m_order.front());
            m_order.pop_front();
        }
        m_order.push_back(hash);
        m_failures.emplace(hash, std::move(failure));
    }

    void forget(quint64 hash)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_failures.find(hash);
        if (found != m_failures.end())
            found->second.error = {};
    }

    // From now on it may be tried again.
    void expire(const Key &key, quint64 hash)
    {
        // relaxed: a failure that is remembered at this moment is expired by who remembers it.
        if (Q_LIKELY(!m_mayHold.load(std::memory_order_relaxed)))
            return;
        const std::lock_guard lock(m_mutex);
        const auto found = m_failures.find(hash);
        if (found != m_failures.end() && found->second.key == key)
            found->second.until = Over;
    }
    void expireAll() noexcept
    {
        const std::lock_guard lock(m_mutex);
        for (auto &[hash, failure] : m_failures)
            failure.until = Over;
        m_mayHold.store(false, std::memory_order_relaxed);
    }

    // Whatever its age.
    SyncCacheError find(const Key &key, quint64 hash) const
    {
        return findSince(key, hash, Anytime);
    }
    // One that holds at that time.
    SyncCacheError findSince(const Key &key, quint64 hash, qint64 now) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_failures.find(hash);
        if (found == m_failures.end() || (now != Anytime && found->second.until <= now)
            || !(found->second.key == key))
            return {};
        return found->second.error;
    }

private:
    struct Failure
    {
        Key key;
        SyncCacheError error;
        qint64 until;
    };

    using Table = std::unordered_map<quint64, Failure>;

    static constexpr qint64 Anytime = (std::numeric_limits<qint64>::min)();

    mutable QMutex m_mutex;
    std::atomic<bool> m_mayHold { false }; // a failure that is not over; written under the mutex
    Table m_failures;
    std::deque<quint64> m_order;
};

} // namespace SyncMapInternal
