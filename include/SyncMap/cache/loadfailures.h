// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/deadline.h>

#include <QtCore/qmutex.h>

#include <deque>
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

    void remember(const Key &key, quint64 hash, const SyncCacheError &error, qint64 until)
    {
        Failure failure = { key, error, until };
        const std::lock_guard lock(m_mutex);
        const auto found = m_failures.find(hash);
        if (found != m_failures.end()) {
            std::swap(found->second, failure);
            return;
        }
        if (m_failures.size() >= MaximalCount) {
            m_failures.erase(m_order.front());
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

    // Whatever its age.
    SyncCacheError find(const Key &key, quint64 hash) const
    {
        return findSince(key, hash, std::numeric_limits<qint64>::min());
    }
    // One that holds at that time.
    SyncCacheError findSince(const Key &key, quint64 hash, qint64 now) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_failures.find(hash);
        if (found == m_failures.end() || found->second.until <= now || !(found->second.key == key))
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

    mutable QMutex m_mutex;
    std::unordered_map<quint64, Failure> m_failures;
    std::deque<quint64> m_order;
};

} // namespace SyncMapInternal
