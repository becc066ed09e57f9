// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/removal/courier.h>

#include "objectwatch.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qthread.h>

#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Of a QThread that may be in its destructor: nothing but a QObject by now, whose own destructor waits
// for this one. What isFinished() reads is kept where QObject keeps its own, until that has ended, and
// it is not virtual; but UndefinedBehaviorSanitizer looks at what type the object has at this moment.
#if defined(__GNUC__)
__attribute__((no_sanitize("vptr")))
#endif
bool isFinishedThread(const QObject *thread)
{
    return static_cast<const QThread *>(thread)->isFinished();
}

} // namespace

struct Courier::State
{
    State(QObject *itsContext, std::function<void()> whenGone)
        : context(ObjectWatch::on(itsContext, std::move(whenGone))), last(itsContext->thread())
    {
    }
    Q_DISABLE_COPY_MOVE(State)
    ~State()
    {
        context->stop();
        if (watchedThread)
            watchedThread->stop();
    }

    const std::shared_ptr<ObjectWatch> context;

    // The thread that the context was seen in last, which may go before it does.
    mutable QMutex mutex;
    std::shared_ptr<ObjectWatch> watchedThread;
    const QThread *thread = nullptr;
    // What was seen of the thread at that moment, doubled, with a bit. relaxed: looked at again.
    std::atomic<quint64> seen { 0 };
    // The one that a function ran in last. relaxed: it is compared.
    std::atomic<const QThread *> last;

    QThread *currentThread() const
    {
        QThread *result = nullptr;
        context->with([&result](const QObject *object) {
            result = object->thread();
            return true;
        });
        return result;
    }
    const QThread *lastThread() const
    {
        const QThread *const result = last.load(std::memory_order_relaxed);
        const std::lock_guard lock(mutex);
        const bool hasGone = watchedThread && thread == result && !watchedThread->isThere();
        return hasGone ? nullptr : result;
    }
    std::shared_ptr<ObjectWatch> watchOf(QThread *current);
    bool hasNoThread();
};

std::shared_ptr<ObjectWatch> Courier::State::watchOf(QThread *current)
{
    {
        const std::lock_guard lock(mutex);
        if (watchedThread && thread == current)
            return watchedThread;
    }
    std::shared_ptr<ObjectWatch> old = ObjectWatch::on(current);
    std::shared_ptr<ObjectWatch> result = old;
    {
        const std::lock_guard lock(mutex);
        watchedThread.swap(old);
        thread = current;
    }
    if (old)
        old->stop();
    return result;
}

bool Courier::State::hasNoThread()
{
    for (;;) {
        QThread *const current = currentThread();
        if (!current)
            return context->isThere();
        const std::shared_ptr<ObjectWatch> watch = watchOf(current);
        bool isFinished = false;
        const auto ask = [&isFinished](const QObject *object) {
            isFinished = isFinishedThread(object);
            return true;
        };
        if (watch->with(ask))
            return isFinished;
        // It has gone since, or there is another one at the same address.
        const std::lock_guard lock(mutex);
        if (watchedThread == watch)
            watchedThread.reset();
    }
}

Courier::Courier(QObject *context, std::function<void()> whenGone)
{
    Q_ASSERT_X(context, "SyncCache", "a context object must not be null");
    m_state = std::make_shared<State>(context, std::move(whenGone));
}

Courier::~Courier()
{
    close();
}

bool Courier::post(std::function<void()> function)
{
    return m_state->context->with([&](QObject *context) {
        return QMetaObject::invokeMethod(
                context,
                [state = m_state, function = std::move(function)] {
                    if (!state->context->isThere())
                        return;
                    state->last.store(QThread::currentThread(), std::memory_order_relaxed);
                    function();
                },
                Qt::QueuedConnection);
    });
}

void Courier::close()
{
    m_state->context->stop();
}

bool Courier::isOpen() const noexcept
{
    return m_state->context->isThere();
}

bool Courier::isIn(const QObject *context)
{
    return context->thread() == QThread::currentThread();
}

void Courier::watchThread()
{
    if (QThread *const current = m_state->currentThread())
        (void)m_state->watchOf(current);
}

const QThread *Courier::thread() const
{
    const QThread *const current = m_state->currentThread();
    return current || isOpen() ? current : m_state->lastThread();
}

bool Courier::hasNoThread(quint64 moment) const noexcept
{
    const quint64 seen = m_state->seen.load(std::memory_order_relaxed);
    if (moment != 0 && seen >> 1 == moment)
        return seen & 1;
    bool hasNone = false;
    (void)guarded([&] { hasNone = m_state->hasNoThread(); }); // without memory, the next time
    m_state->seen.store(moment << 1 | quint64(hasNone), std::memory_order_relaxed);
    return hasNone;
}

bool Courier::isInItsThread() const
{
    return m_state->currentThread() == QThread::currentThread();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
