// SPDX-License-Identifier: MIT

// The usual way to share a hash, with the members of SyncMap that this example uses.

#pragma once

#include <QtCore/qhash.h>
#include <QtCore/qreadwritelock.h>

#include <optional>

template <typename Key, typename T>
class LockedHash
{
public:
    struct TryInsertResult
    {
        T value;
        bool inserted;
    };

    std::optional<T> find(const Key &key) const
    {
        const QReadLocker locker(&m_lock);
        const auto it = m_hash.constFind(key);
        return it == m_hash.cend() ? std::nullopt : std::optional<T>(*it);
    }

    TryInsertResult tryInsert(const Key &key, const T &value)
    {
        const QWriteLocker locker(&m_lock);
        const auto it = m_hash.constFind(key);
        if (it != m_hash.cend())
            return { *it, false };
        m_hash.insert(key, value);
        return { value, true };
    }

    template <typename Function>
    void forEach(Function f) const
    {
        const QReadLocker locker(&m_lock);
        for (auto it = m_hash.cbegin(); it != m_hash.cend(); ++it)
            f(it.key(), it.value());
    }

private:
    mutable QReadWriteLock m_lock;
    QHash<Key, T> m_hash;
};
