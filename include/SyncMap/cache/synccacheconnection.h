// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/removal/listenerbase.h>
#include <SyncMap/syncmapglobal.h>

#include <memory>
#include <utility>

/*!
    \class SyncCacheConnection
    \inmodule SyncMap
    \brief What SyncCache::onRemoved() returns: a copyable handle, as QMetaObject::Connection is one.
    Letting go of it disconnects nothing.
*/
class SyncCacheConnection
{
public:
    /*! A handle of nothing: it is not connected. */
    SyncCacheConnection() = default;

    /*!
        No call begins after this one returns, if it is made in the listener's thread. What was not
        told yet is freed, in the thread that disconnects.
    */
    void disconnect()
    {
        if (const auto listener = m_listener.lock())
            listener->disconnect();
    }
    /*! Returns true until somebody disconnects, or the context or the cache has gone. */
    bool isConnected() const
    {
        const auto listener = m_listener.lock();
        return listener && listener->isOpen();
    }
    /*! Returns true as isConnected() does. */
    explicit operator bool() const { return isConnected(); }

private:
    template <typename Key, typename T>
    friend class SyncCache;
    explicit SyncCacheConnection(std::weak_ptr<SyncMapInternal::ListenerBase> listener)
        : m_listener(std::move(listener))
    {
    }

    std::weak_ptr<SyncMapInternal::ListenerBase> m_listener;
};

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // its names before 1.0
using SyncConnection = SyncCacheConnection;
using SyncRemovalConnection = SyncCacheConnection;
#endif
