// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/loading/loadbase.h>

#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/loadqueue.h>
#include <SyncMap/private/cache/loading/unanswered.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

LoadBase::LoadBase() = default;
LoadBase::~LoadBase() = default;

namespace {

// The event of a deferred load, which others keep. If its context goes first, there is nobody to run
// the load.
class Delivery
{
public:
    explicit Delivery(std::weak_ptr<LoadBase> load) : m_load(std::move(load)) { }
    Q_DISABLE_COPY_MOVE(Delivery)
    ~Delivery()
    {
        const auto load = m_isDelivered ? nullptr : m_load.lock();
        if (load && load->tryDrop())
            load->fail(contextGoneError());
    }
    void deliver()
    {
        m_isDelivered = true;
        const auto load = m_load.lock();
        if (load && load->tryClaim())
            load->run();
    }
    // It was not posted: the load is the caller's.
    void forget() noexcept { m_isDelivered = true; }

private:
    const std::weak_ptr<LoadBase> m_load;
    bool m_isDelivered = false;
};

} // namespace

bool LoadBase::start()
{
    if (!where.courier)
        return where.queue->push(shared_from_this());
    if (isLost()) {
        if (tryDrop())
            fail(contextGoneError());
        return true;
    }
    const auto delivery = std::make_shared<Delivery>(weak_from_this());
    QT_TRY
    {
        // If the context has gone, so does the function, and with this handle the delivery.
        where.courier->post([delivery] { delivery->deliver(); });
    }
    QT_CATCH(...)
    {
        delivery->forget();
        QT_RETHROW;
    }
    return true;
}

bool LoadBase::tryClaim() noexcept
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_state.load(std::memory_order_relaxed) != State::Queued)
            return false;
        m_runner = thisThread();
        // [state] release: pairs with state(), as in the other places where it is written.
        m_state.store(State::Running, std::memory_order_release);
    }
    if (where.queue)
        where.queue->remove(*this);
    return true;
}

bool LoadBase::tryDrop() noexcept
{
    {
        const std::lock_guard lock(m_mutex);
        const State state = m_state.load(std::memory_order_relaxed);
        if (state == State::Running || state == State::Ended)
            return false;
        m_state.store(State::Ended, std::memory_order_release);
        m_changed.notify_all();
    }
    if (where.queue)
        where.queue->remove(*this);
    return true;
}

void LoadBase::endWaiting() noexcept
{
    const std::lock_guard lock(m_mutex);
    if (m_state.load(std::memory_order_relaxed) != State::Waiting)
        return;
    m_state.store(State::Queued, std::memory_order_release);
    m_changed.notify_all();
}

void LoadBase::setEnded() noexcept
{
    std::shared_ptr<WaitingThread> runner; // outlives the mutex
    const std::lock_guard lock(m_mutex);
    m_state.store(State::Ended, std::memory_order_release);
    m_runner.swap(runner);
    m_changed.notify_all();
}

bool LoadBase::mayRunHere(bool isHurried) const
{
    if (where.courier)
        return where.courier->isInItsThread();
    const int depth = LoaderFrame::depth();
    if (depth >= LoaderFrame::MaximalDepth)
        return false;
    if (!where.inItsThreadsOnly && (!isHurried || depth > 0))
        return true;
    return where.queue->isItsThread();
}

void LoadBase::takeOver(const Wait &wait, QDeadlineTimer deadline)
{
    Unanswered::endAll();
    const bool isHurried = !deadline.isForever();
    LoadBase &itself = carrier();
    {
        std::unique_lock lock(itself.m_mutex);
        const auto mayBegin = [&] {
            return wait.isOver()
                    || itself.m_state.load(std::memory_order_relaxed) != State::Waiting;
        };
        if (isHurried) {
            itself.m_changed.wait_for(lock, timeLeft(deadline), mayBegin);
        } else {
            itself.m_changed.wait(lock, mayBegin);
        }
    }
    if (wait.isOver() || deadline.hasExpired())
        return;
    if (itself.state() != State::Queued)
        return;
    if (itself.isLost() && itself.tryDrop())
        itself.fail(contextGoneError());
    else if (itself.mayRunHere(isHurried) && itself.tryClaim())
        itself.run();
    Unanswered::endAll();
}

void LoadBase::wakeSleepers() noexcept
{
    const std::lock_guard lock(m_mutex);
    m_changed.notify_all();
}

void LoadBase::raise(int priority) noexcept
{
    int old = m_priority.load(std::memory_order_relaxed);
    while (old < priority
           && !m_priority.compare_exchange_weak(old, priority, std::memory_order_relaxed)) {
    }
    if (where.queue && old < priority)
        where.queue->raise(*this, priority);
}

void LoadBase::setHandle(const std::weak_ptr<void> &handle)
{
    const std::lock_guard lock(m_mutex);
    m_handle = handle;
}

void LoadBase::holdHandle()
{
    const std::lock_guard lock(m_mutex);
    ++m_heldHandles;
}

void LoadBase::releaseHandle() noexcept
{
    const std::lock_guard lock(m_mutex);
    --m_heldHandles;
}

void LoadBase::setAnsweredBy(const std::weak_ptr<LoadBase> &load)
{
    const std::lock_guard lock(m_mutex);
    m_answeredBy.erase(std::remove_if(m_answeredBy.begin(), m_answeredBy.end(),
                                      [](const auto &weak) { return weak.expired(); }),
                       m_answeredBy.end());
    m_answeredBy.push_back(load);
}

LoadBase::Place LoadBase::place() const
{
    const std::lock_guard lock(m_mutex);
    switch (m_state.load(std::memory_order_relaxed)) {
    case State::Waiting:
    case State::Ended:
        return {};
    case State::Queued:
    case State::Running:
        break;
    }
    Place result;
    const bool isRunning = m_state.load(std::memory_order_relaxed) == State::Running;
    if (isRunning && where.courier && m_heldHandles > 0 && m_handle.use_count() == m_heldHandles) {
        for (const auto &weak : m_answeredBy) {
            if (auto load = weak.lock(); load && load->state() != State::Ended)
                result.answeredBy.push_back(std::move(load));
        }
    }
    if (where.courier)
        result.context = where.courier->thread();
    else if (isRunning)
        result.runner = m_runner;
    else
        result.queue = where.queue;
    return result;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
