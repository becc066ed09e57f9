// SPDX-License-Identifier: MIT
#include "objectwatch.h"

#include <SyncMap/private/cache/errors.h>

#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Qt publishes what the first pointer makes by a relaxed store: not to be made by two threads at once.
QPointer<QObject> pointerTo(QObject *object)
{
    static QBasicMutex mutex;
    const std::lock_guard lock(mutex);
    return { object };
}

} // namespace

// What is connected to the object, and goes with the connection.
struct ObjectWatch::Link
{
    std::shared_ptr<ObjectWatch> watch;

    explicit Link(std::shared_ptr<ObjectWatch> itsWatch) : watch(std::move(itsWatch)) { }
    Q_DISABLE_COPY_MOVE(Link)
    ~Link()
    {
        if (watch)
            watch->linkGone();
    }
};

std::shared_ptr<ObjectWatch> ObjectWatch::on(QObject *object, std::function<void()> whenGone)
{
    auto watch = std::make_shared<ObjectWatch>(Private(), object, std::move(whenGone));
    watch->connectTo(object);
    return watch;
}

ObjectWatch::ObjectWatch(Private, QObject *object, std::function<void()> whenGone)
    : m_object(object), m_alive(pointerTo(object)), m_whenGone(std::move(whenGone))
{
}

void ObjectWatch::connectTo(QObject *object)
{
    const auto link = std::make_shared<Link>(shared_from_this());
    QMetaObject::Connection connection;
    QT_TRY
    {
        // In the thread that destroys the object, before the object has gone.
        connection = QObject::connect(object, &QObject::destroyed, [link] { link->watch->gone(); });
    }
    QT_CATCH(...)
    {
        link->watch.reset(); // there is nothing that could go
        QT_RETHROW;
    }
    const std::lock_guard lock(m_mutex);
    if (m_object.load(std::memory_order_relaxed))
        m_connection = connection;
    else
        QObject::disconnect(connection); // stopped meanwhile, or gone, and then this does nothing
}

void ObjectWatch::stop() noexcept
{
    m_isThere.store(false, std::memory_order_relaxed);
    const std::lock_guard lock(m_mutex);
    if (!m_object.exchange(nullptr, std::memory_order_relaxed))
        return;
    // The object lives, since its destructor would have to wait for this mutex.
    QObject::disconnect(std::exchange(m_connection, {}));
}

// In the object's destructor, which waits for whoever uses it.
void ObjectWatch::gone() noexcept
{
    m_isThere.store(false, std::memory_order_relaxed);
    std::function<void()> whenGone;
    {
        const std::lock_guard lock(m_mutex);
        m_object.store(nullptr, std::memory_order_relaxed);
        whenGone.swap(m_whenGone);
    }
    if (whenGone)
        whenGone();
}

// By the object's end, by stop(), which has the mutex, or else by its owner, who has disconnected all.
void ObjectWatch::linkGone() noexcept
{
    if (!m_object.load(std::memory_order_relaxed))
        return;
    QObject *object = nullptr;
    {
        const std::lock_guard lock(m_mutex);
        if (m_alive)
            object = m_object.load(std::memory_order_relaxed);
    }
    // Without memory for it, it is as good as gone.
    if (!object || guarded([&] { connectTo(object); }))
        gone();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
