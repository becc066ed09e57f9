// SPDX-License-Identifier: MIT
#include <SyncMap/cache/removal/courier.h>

#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qthread.h>

#include <mutex>
#include <utility>

namespace SyncMapInternal {

struct Courier::State
{
    QMutex mutex;
    QObject *context = nullptr; // null once closed
    QMetaObject::Connection connection;
    // relaxed everywhere: a function that runs at this moment is under way.
    std::atomic<bool> isOpen { true };
    // What was seen of the thread at that moment, doubled, with a bit. relaxed, too: looked at again.
    std::atomic<quint64> seen { 0 };

    // In the context's destructor, which waits for whoever posts to it.
    void contextGone()
    {
        isOpen.store(false, std::memory_order_relaxed);
        const std::lock_guard lock(mutex);
        context = nullptr;
    }
};

Courier::Courier(QObject *context) : m_state(std::make_shared<State>())
{
    Q_ASSERT_X(context, "SyncCache", "a context object must not be null");
    const auto state = m_state;
    // In the thread that destroys the context, before the context has gone.
    const auto connection =
            QObject::connect(context, &QObject::destroyed, [state] { state->contextGone(); });
    const std::lock_guard lock(state->mutex);
    state->connection = connection;
    state->context = context;
}

Courier::~Courier()
{
    close();
}

bool Courier::post(std::function<void()> function)
{
    const std::lock_guard lock(m_state->mutex);
    if (!m_state->context)
        return false;
    return QMetaObject::invokeMethod(
            m_state->context,
            [state = m_state, function = std::move(function)] {
                if (state->isOpen.load(std::memory_order_relaxed))
                    function();
            },
            Qt::QueuedConnection);
}

void Courier::close()
{
    m_state->isOpen.store(false, std::memory_order_relaxed);
    QMetaObject::Connection connection;
    {
        const std::lock_guard lock(m_state->mutex);
        if (!std::exchange(m_state->context, nullptr))
            return;
        connection = std::exchange(m_state->connection, {});
        // The context lives, since its destructor would have to wait for this mutex.
        QObject::disconnect(connection);
    }
}

bool Courier::isOpen() const noexcept
{
    return m_state->isOpen.load(std::memory_order_relaxed);
}

bool Courier::isIn(const QObject *context)
{
    return context->thread() == QThread::currentThread();
}

const QThread *Courier::thread() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->context ? m_state->context->thread() : nullptr;
}

bool Courier::hasNoThread(quint64 moment) const
{
    const quint64 seen = m_state->seen.load(std::memory_order_relaxed);
    if (moment != 0 && seen >> 1 == moment)
        return seen & 1;
    bool hasNone = false;
    {
        const std::lock_guard lock(m_state->mutex);
        const QThread *itsThread = m_state->context ? m_state->context->thread() : nullptr;
        hasNone = m_state->context && (!itsThread || itsThread->isFinished());
    }
    m_state->seen.store(moment << 1 | quint64(hasNone), std::memory_order_relaxed);
    return hasNone;
}

bool Courier::isInItsThread() const
{
    return thread() == QThread::currentThread();
}

} // namespace SyncMapInternal
