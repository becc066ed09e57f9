// SPDX-License-Identifier: MIT
#include <SyncMap/cache/removal/courier.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qobject.h>
#include <QtCore/qthread.h>

#include <atomic>
#include <mutex>
#include <utility>

namespace SyncMapInternal {

namespace {

class CallEvent : public QEvent
{
public:
    explicit CallEvent(std::function<void()> itsFunction, std::chrono::milliseconds itsDelay = {})
        : QEvent(type()), function(std::move(itsFunction)), delay(itsDelay)
    {
    }

    static Type type()
    {
        static const int registered = registerEventType();
        return Type(registered);
    }

    std::function<void()> function;
    const std::chrono::milliseconds delay;
};

} // namespace

// Deletes itself in its own thread, whoever closes.
class Courier::Receiver : public QObject
{
public:
    bool event(QEvent *event) override
    {
        if (event->type() != CallEvent::type())
            return QObject::event(event);
        if (!isOpen)
            return true;
        auto *call = static_cast<CallEvent *>(event);
        if (call->delay.count() == 0) {
            call->function();
        } else {
            m_delayed = std::move(call->function);
            if (m_timer != 0)
                killTimer(m_timer);
            m_timer = startTimer(call->delay, Qt::CoarseTimer);
        }
        return true;
    }

    std::atomic<bool> isOpen { true };

protected:
    void timerEvent(QTimerEvent *) override
    {
        killTimer(std::exchange(m_timer, 0));
        const auto function = std::exchange(m_delayed, nullptr);
        if (isOpen && function)
            function();
    }

private:
    std::function<void()> m_delayed;
    int m_timer = 0;
};

struct Courier::State
{
    QMutex mutex;
    Receiver *receiver = nullptr; // null once closed

    void close()
    {
        const std::lock_guard lock(mutex);
        if (Receiver *closing = std::exchange(receiver, nullptr)) {
            // relaxed: an event that is handled at this moment is under way.
            closing->isOpen.store(false, std::memory_order_relaxed);
            closing->deleteLater();
        }
    }
};

Courier::Courier(QObject *context) : m_state(std::make_shared<State>())
{
    Q_ASSERT_X(context, "SyncCache", "a context object must not be null");
    auto receiver = std::make_unique<Receiver>();
    receiver->moveToThread(context->thread());
    const auto state = m_state;
    // Direct: it runs in the context's destructor, before the context has gone.
    QObject::connect(
            context, &QObject::destroyed, receiver.get(), [state] { state->close(); },
            Qt::DirectConnection);
    state->receiver = receiver.release();
}

Courier::~Courier()
{
    close();
}

bool Courier::post(std::function<void()> function)
{
    return postAfter({}, std::move(function));
}

bool Courier::postAfter(std::chrono::milliseconds delay, std::function<void()> function)
{
    auto event = std::make_unique<CallEvent>(std::move(function), delay);
    const std::lock_guard lock(m_state->mutex);
    if (!m_state->receiver)
        return false;
    QCoreApplication::postEvent(m_state->receiver, event.release());
    return true;
}

void Courier::close()
{
    m_state->close();
}

bool Courier::isOpen() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->receiver;
}

bool Courier::isIn(const QObject *context)
{
    return context->thread() == QThread::currentThread();
}

bool Courier::isInItsThread() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->receiver && m_state->receiver->thread() == QThread::currentThread();
}

} // namespace SyncMapInternal
