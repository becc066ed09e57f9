// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/expiry/applicationtimer.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qcoreevent.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

struct ApplicationTimer::State
{
    explicit State(std::function<void()> itsFired) : fired(std::move(itsFired)) { }

    const std::function<void()> fired;
    // The number of the receiver that knows of it. relaxed: a hint; a timer that is thought active
    // for a moment too long is started by the next write.
    std::atomic<quint64> receiver { 0 };
    bool isWaiting = false; // for an application; under the mutex of Present
};

namespace {

using State = ApplicationTimer::State;

class TimerEvent : public QEvent
{
public:
    explicit TimerEvent(const State *itsKey) : QEvent(type()), key(itsKey) { }
    TimerEvent(const std::shared_ptr<State> &itsState, std::chrono::milliseconds itsWait)
        : QEvent(type()), key(itsState.get()), state(itsState), wait(itsWait)
    {
    }

    static Type type()
    {
        static const int registered = registerEventType();
        return Type(registered);
    }

    const State *const key;
    const std::weak_ptr<State> state; // to start it; empty: to stop it
    const std::chrono::milliseconds wait {};
};

// One timer of Qt for each of ours that is active.
class Receiver : public QObject
{
public:
    bool event(QEvent *event) override
    {
        if (event->type() != TimerEvent::type())
            return QObject::event(event);
        const auto *told = static_cast<TimerEvent *>(event);
        stop(told->key);
        if (told->state.expired())
            return true;
        const int id = startTimer(told->wait, Qt::CoarseTimer);
        m_ids[told->key] = id;
        m_states[id] = told->state;
        return true;
    }

    // Those that have not fired.
    std::vector<std::weak_ptr<State>> active() const
    {
        std::vector<std::weak_ptr<State>> result;
        for (const auto &[id, state] : m_states)
            result.push_back(state);
        return result;
    }

protected:
    void timerEvent(QTimerEvent *event) override
    {
        const auto found = m_states.find(event->timerId());
        const auto state = found == m_states.end() ? nullptr : found->second.lock();
        if (!state)
            return killTimer(event->timerId()); // it is being stopped
        stop(state.get());
        // relaxed: see State.
        state->receiver.store(0, std::memory_order_relaxed);
        state->fired();
    }

private:
    void stop(const State *key)
    {
        const auto found = m_ids.find(key);
        if (found == m_ids.end())
            return;
        killTimer(found->second);
        m_states.erase(found->second);
        m_ids.erase(found);
    }

    std::unordered_map<const State *, int> m_ids;
    std::unordered_map<int, std::weak_ptr<State>> m_states;
};

// Never destroyed: timers may be started while static objects are.
struct Present
{
    QMutex mutex;
    Receiver *receiver = nullptr; // in the application's thread; null without one
    std::vector<std::weak_ptr<State>> waiting; // for the next one
    quint64 count = 0; // of the receivers so far
    std::atomic<quint64> current { 0 }; // its number; 0 without one
};

Present &present()
{
    static auto *const instance = new Present;
    return *instance;
}

// Under the mutex. Throws std::bad_alloc.
void letWait(Present &its, const std::shared_ptr<State> &state)
{
    if (std::exchange(state->isWaiting, true))
        return;
    // Those of caches that have gone meanwhile.
    if (its.waiting.size() == its.waiting.capacity()) {
        its.waiting.erase(std::remove_if(its.waiting.begin(), its.waiting.end(),
                                         [](const auto &each) { return each.expired(); }),
                          its.waiting.end());
    }
    auto undo = qScopeGuard([&state] { state->isWaiting = false; });
    its.waiting.push_back(state);
    undo.dismiss();
}

void applicationEnds()
{
    std::unique_ptr<Receiver> receiver;
    // They outlive the mutex: with one, a cache may end.
    std::vector<std::shared_ptr<State>> states;
    {
        Present &its = present();
        const std::lock_guard lock(its.mutex);
        receiver.reset(std::exchange(its.receiver, nullptr));
        its.current.store(0, std::memory_order_relaxed);
        if (!receiver)
            return;
        // Qt calls this in the application's thread: events that were posted are known then.
        QT_TRY
        {
            QCoreApplication::sendPostedEvents(receiver.get(), TimerEvent::type());
            for (const auto &weak : receiver->active()) {
                if (auto state = weak.lock()) {
                    letWait(its, state);
                    states.push_back(std::move(state));
                }
            }
        }
        QT_CATCH(...)
        {
            // Then they are started by the next writes.
        }
    }
}

// Under the mutex, with a receiver. Throws std::bad_alloc.
void startLocked(Present &its, const std::shared_ptr<State> &state, std::chrono::milliseconds wait)
{
    QCoreApplication::postEvent(its.receiver, new TimerEvent(state, wait));
    state->receiver.store(its.count, std::memory_order_relaxed);
}

void applicationBegins()
{
    auto receiver = std::make_unique<Receiver>();
    // If this library is loaded into a program that runs, it may be by any thread.
    receiver->moveToThread(QCoreApplication::instance()->thread());
    constexpr std::chrono::milliseconds soon(1); // who is told knows what is due
    std::vector<std::shared_ptr<State>> states; // outlive the mutex, as above
    {
        Present &its = present();
        const std::lock_guard lock(its.mutex);
        if (its.receiver)
            return;
        its.receiver = receiver.release();
        its.current.store(++its.count, std::memory_order_relaxed);
        for (const auto &weak : std::exchange(its.waiting, {})) {
            const auto state = weak.lock();
            if (!state)
                continue;
            states.push_back(state);
            state->isWaiting = false;
            QT_TRY
            {
                startLocked(its, state, soon);
            }
            QT_CATCH(...)
            {
                // By the next write, then.
            }
        }
    }
    qAddPostRoutine(applicationEnds);
}

} // namespace

Q_COREAPP_STARTUP_FUNCTION(applicationBegins)

ApplicationTimer::ApplicationTimer(std::function<void()> fired)
    : m_state(std::make_shared<State>(std::move(fired)))
{
}

ApplicationTimer::~ApplicationTimer()
{
    if (!isActive())
        return;
    Present &its = present();
    const std::lock_guard lock(its.mutex);
    if (!its.receiver)
        return;
    QT_TRY
    {
        QCoreApplication::postEvent(its.receiver, new TimerEvent(m_state.get()));
    }
    QT_CATCH(...)
    {
        // Then it fires for nobody.
    }
}

bool ApplicationTimer::start(std::chrono::milliseconds wait)
{
    Present &its = present();
    const std::lock_guard lock(its.mutex);
    if (!its.receiver) {
        letWait(its, m_state);
        return false;
    }
    startLocked(its, m_state, wait);
    return true;
}

bool ApplicationTimer::isActive() const noexcept
{
    const quint64 receiver = m_state->receiver.load(std::memory_order_relaxed);
    return receiver != 0 && receiver == present().current.load(std::memory_order_relaxed);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
