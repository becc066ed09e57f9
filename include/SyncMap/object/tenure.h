// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qmutex.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {

// Access to a map that somebody else may destroy at any time: its destructor waits until nobody
// uses it through here, and nobody does after. A map that is shared instead lives as long as this.
template <typename Map>
class Tenure
{
public:
    explicit Tenure(Map *map) noexcept : m_map(map) { }
    explicit Tenure(std::shared_ptr<Map> owner) noexcept
        : m_map(owner.get()), m_owner(std::move(owner))
    {
    }
    Q_DISABLE_COPY_MOVE(Tenure)
    ~Tenure() = default;

    class Use
    {
    public:
        explicit Use(Tenure &tenure) : m_tenure(tenure), m_map(tenure.begin()) { }
        Q_DISABLE_COPY_MOVE(Use)
        ~Use()
        {
            if (m_map)
                m_tenure.end();
        }
        explicit operator bool() const noexcept { return m_map; }
        Map *operator->() const noexcept { return m_map; }
        Map &operator*() const noexcept { return *m_map; }

    private:
        Tenure &m_tenure;
        Map *const m_map;
    };

    // By the map's destructor.
    void close()
    {
        std::unique_lock lock(m_mutex);
        m_isClosed = true;
        while (m_users != 0)
            m_unused.wait(lock);
    }

    const std::shared_ptr<Map> &owner() const noexcept { return m_owner; }
    const void *identity() const noexcept { return m_map; }

private:
    Map *begin()
    {
        if (m_owner)
            return m_map;
        const std::lock_guard lock(m_mutex);
        if (m_isClosed)
            return nullptr;
        ++m_users;
        return m_map;
    }
    void end()
    {
        if (m_owner)
            return;
        const std::lock_guard lock(m_mutex);
        if (--m_users == 0)
            m_unused.notify_all();
    }

    Map *const m_map;
    const std::shared_ptr<Map> m_owner;
    QMutex m_mutex;
    std::condition_variable_any m_unused;
    int m_users = 0;
    bool m_isClosed = false;
};

} // namespace SyncMapInternal
