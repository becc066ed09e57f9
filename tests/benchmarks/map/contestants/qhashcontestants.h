// SPDX-License-Identifier: MIT

#pragma once

#include "map/contender.h"

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qreadwritelock.h>

#include <optional>

namespace Benchmark {

// What stands for a lock where one thread is alone.
class NoLock
{
public:
    static constexpr const char *Name = NoLockName;
    static constexpr bool IsConcurrent = false;

    struct Reading
    {
        explicit Reading(NoLock &) { }
    };
    using Writing = Reading;
};

class MutexLock
{
public:
    static constexpr const char *Name = "QHash+QMutex";
    static constexpr bool IsConcurrent = true;

    class Reading
    {
    public:
        explicit Reading(MutexLock &lock) : m_locker(&lock.m_mutex) { }

    private:
        QMutexLocker<QMutex> m_locker;
    };
    using Writing = Reading;

private:
    QMutex m_mutex;
};

class SharedLock
{
public:
    static constexpr const char *Name = "QHash+QReadWriteLock";
    static constexpr bool IsConcurrent = true;

    class Reading
    {
    public:
        explicit Reading(SharedLock &lock) : m_locker(&lock.m_lock) { }

    private:
        QReadLocker m_locker;
    };
    class Writing
    {
    public:
        explicit Writing(SharedLock &lock) : m_locker(&lock.m_lock) { }

    private:
        QWriteLocker m_locker;
    };

private:
    QReadWriteLock m_lock;
};

// A QHash with one lock around it, and the lock held for the length of each operation.
template <typename Lock, typename Key, typename Value>
class LockedQHash
{
public:
    static constexpr const char *Name = Lock::Name;
    static constexpr bool IsConcurrent = Lock::IsConcurrent;
    static constexpr bool CanIterate = true;
    static constexpr bool CanFindAll = false;

    explicit LockedQHash(quint64) { }
    static void enterThread() { }

    template <typename Use>
    bool visit(const Key &key, Use &&use) const
    {
        const typename Lock::Reading locker(m_lock);
        const auto found = m_hash.constFind(key);
        if (found == m_hash.constEnd())
            return false;
        use(*found);
        return true;
    }
    template <typename Use>
    bool copy(const Key &key, Use &&use) const
    {
        const std::optional<Value> found = find(key);
        if (!found)
            return false;
        use(*found);
        return true;
    }
    std::optional<Value> find(const Key &key) const
    {
        const typename Lock::Reading locker(m_lock);
        const auto found = m_hash.constFind(key);
        return found == m_hash.constEnd() ? std::nullopt : std::optional<Value>(*found);
    }
    void insert(const Key &key, const Value &value)
    {
        const typename Lock::Writing locker(m_lock);
        m_hash.insert(key, value);
    }
    void add(const Key &key, const Value &value) { insert(key, value); }
    bool remove(const Key &key)
    {
        const typename Lock::Writing locker(m_lock);
        return m_hash.remove(key);
    }
    template <typename Use>
    void forEach(Use &&use) const
    {
        const typename Lock::Reading locker(m_lock);
        for (auto entry = m_hash.constBegin(); entry != m_hash.constEnd(); ++entry)
            use(entry.key(), entry.value());
    }
    void settle() { }

private:
    mutable Lock m_lock;
    QHash<Key, Value> m_hash;
};

template <typename Key, typename Value>
using QHashContestant = LockedQHash<NoLock, Key, Value>;
template <typename Key, typename Value>
using QMutexContestant = LockedQHash<MutexLock, Key, Value>;
template <typename Key, typename Value>
using QReadWriteLockContestant = LockedQHash<SharedLock, Key, Value>;

} // namespace Benchmark
