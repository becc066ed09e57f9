// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/loading/chain.h>
#include <SyncMap/private/cache/loading/waits.h>
#include <SyncMap/private/cache/removal/removal.h>

#include <QtCore/qdeadlinetimer.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How long a condition may be waited for until then: what is centuries away is not to be added to the
// time of now.
inline std::chrono::nanoseconds timeLeft(QDeadlineTimer deadline)
{
    const std::chrono::nanoseconds left(deadline.remainingTimeNSecs());
    return std::min<std::chrono::nanoseconds>(left, std::chrono::hours(24 * 365));
}

class LoadQueue;

// One thing that is to be done in a thread of a pool, or of a context: a load, a batch of them, the
// saving of a file. It is claimed once, by whoever comes first: a thread of the pool, the event of
// the context, or a thread that waits for it; and whoever has claimed it runs it.
//
//     Waiting ──▶ Queued ──claim──▶ Running ──▶ Ended
//        └──────────┴─────────────dropped─────────▶
//
// Waiting is what must not begin yet. Knows neither key nor value.
//
// The mutex is a leaf.
class SYNCMAP_EXPORT LoadBase : public std::enable_shared_from_this<LoadBase>
{
public:
    enum class State : quint8 { Waiting, Queued, Running, Ended };

    LoadBase();
    virtual ~LoadBase();
    Q_DISABLE_COPY_MOVE(LoadBase)

    // Where it is to run; set before anybody else knows it. Either in the courier's thread, or by a
    // thread of the queue's pool, and then by any thread that waits, unless those alone may.
    struct Where
    {
        std::shared_ptr<Courier> courier;
        std::shared_ptr<LoadQueue> queue;
        bool inItsThreadsOnly = false;
    };
    Where where;
    // Called once, under no lock: whoever may take it finds it from now on. False if its pool's
    // queue is closed, or its context has gone: then it is still the caller's. Throws std::bad_alloc,
    // likewise.
    bool start();

    // [state] acquire: who sees a state sees what was done before it.
    State state() const noexcept { return m_state.load(std::memory_order_acquire); }

    // By the thread that is going to run it.
    bool tryClaim() noexcept;
    // It is not going to run. False if somebody has claimed it.
    bool tryDrop() noexcept;
    // It is not Waiting any more.
    void endWaiting() noexcept;
    // It has run.
    void setEnded() noexcept;

    // Claimed by the caller.
    virtual void run() noexcept = 0;
    // Dropped by the caller: those who wait are told why.
    virtual void fail(const SyncCacheError &why) noexcept = 0;
    // What has to be claimed so that this one runs: itself, but for a load of a batch.
    virtual LoadBase &carrier() noexcept { return *this; }

    // \a wait is about to block the calling thread, for ever or until then: runs the load here if it
    // has not begun, and this thread may. Sleeps as long as it must not begin. Who does not wait for
    // ever runs only what might find no other thread.
    void takeOver(const Wait &wait, QDeadlineTimer deadline = QDeadlineTimer::Forever);
    // It waits for a thread that has ended. As Courier::hasNoThread().
    bool isLost(quint64 moment = 0) const
    {
        return where.courier && where.courier->hasNoThread(moment);
    }

    // For those who sleep in takeOver(): \a wait is over, perhaps.
    void wakeSleepers() noexcept;

    // Higher ones first, from now on. Any thread. Without memory, it stays as it is.
    void raise(int priority) noexcept;
    void setPriority(int priority) noexcept // before anybody else knows it
    {
        m_priority.store(priority, std::memory_order_relaxed);
    }
    int priority() const noexcept { return m_priority.load(std::memory_order_relaxed); }
    // The cache that it is of, to be compared.
    virtual const void *owner() const noexcept = 0;
    // It may be told that too many wait.
    virtual bool mayBeTooMuch() const noexcept { return true; }

    // Where it is now, for those who look for circles. All null: nobody has to do anything for it.
    struct Place
    {
        std::shared_ptr<WaitingThread> runner;
        const QThread *context = nullptr;
        std::shared_ptr<LoadQueue> queue;
        Wait::Loads answeredBy; // who has the contexts waits for these
    };
    virtual Place place() const;

    // See HeldHandles.

    void setHandle(const std::weak_ptr<void> &handle);
    void holdHandle();
    void releaseHandle() noexcept;
    void setAnsweredBy(const std::weak_ptr<LoadBase> &load);
    // In place of the answer that never comes.
    virtual void refuse(const SyncCacheError &) noexcept { }

private:
    friend class LoadQueue;
    bool mayRunHere(bool isHurried) const;

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::atomic<State> m_state { State::Queued }; // written under the mutex
    std::atomic<int> m_priority { 0 }; // relaxed: the queue looks again under its mutex
    std::shared_ptr<WaitingThread> m_runner; // under the mutex, as the next ones
    std::weak_ptr<void> m_handle; // of its contexts
    long m_heldHandles = 0;
    std::vector<std::weak_ptr<LoadBase>> m_answeredBy;

protected:
    void setWaiting() noexcept { m_state.store(State::Waiting, std::memory_order_relaxed); }

private:
    // Under the queue's mutex.
    ChainLinks<LoadBase> m_byAge;
    ChainLinks<LoadBase> m_byUrgency;
    int m_queuedPriority = 0;
    std::shared_ptr<LoadBase> m_itself; // as long as it is in a queue
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
