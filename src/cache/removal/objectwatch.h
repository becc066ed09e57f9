// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qpointer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// An object of somebody else's, which may end at any time and in any thread: it is used under a mutex
// that its end takes to say so. That its owner disconnects whatever is connected to it is no end: what
// was connected here then is so once more.
//
// Only stop() or the object's end breaks the circle of this and what is connected.
class ObjectWatch : public std::enable_shared_from_this<ObjectWatch>
{
    struct Private
    {
    };
    struct Link;

public:
    // The object must be alive during this call; any thread. Throws std::bad_alloc. May run
    // connectNotify(), which is the user's. \a whenGone, which must not throw, is called once by the
    // object's end, in its thread and under no lock; not by stop().
    static std::shared_ptr<ObjectWatch> on(QObject *object,
                                           std::function<void()> whenGone = nullptr);
    ObjectWatch(Private, QObject *object, std::function<void()> whenGone);
    ~ObjectWatch() = default;
    Q_DISABLE_COPY_MOVE(ObjectWatch)

    // relaxed: whoever uses the object at this moment does so to the end.
    bool isThere() const noexcept { return m_isThere.load(std::memory_order_relaxed); }
    // Calls \a f with the object, which waits for that before it ends; its result, or false without
    // an object.
    template <typename Function>
    bool with(Function &&f) const
    {
        const std::lock_guard lock(m_mutex);
        QObject *object = m_object.load(std::memory_order_relaxed);
        return object && m_alive && f(object);
    }
    // As if the object had gone. Any thread, any number of times.
    void stop() noexcept;

private:
    void connectTo(QObject *object);
    void gone() noexcept;
    void linkGone() noexcept;

    mutable QMutex m_mutex;
    // Written under the mutex. relaxed: read without it where this thread may have it.
    std::atomic<QObject *> m_object;
    const QPointer<QObject> m_alive;
    QMetaObject::Connection m_connection; // under the mutex
    std::function<void()> m_whenGone; // likewise
    std::atomic<bool> m_isThere { true };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
