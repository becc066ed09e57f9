// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/traits.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The lock of a cache's writers, held for the policy's work on one write. Spins a little before it
// sleeps, as the locks of the map's shards do: sleeping and waking costs more than that work.
//
// What a write changes under the lock (the heads of queues, counts, ghosts) is in the processor's
// cache of the thread that held it last. So a writer that finds the lock taken leaves its work to
// the one who holds it, and waits for the answer: two lines cross over instead of twenty. This is
// flat combining (Hendler, Incze, Shavit and Tzafrir, SPAA 2010), with a stack of requests in place
// of their list of records.
class CacheMutex
{
public:
    CacheMutex() = default;
    Q_DISABLE_COPY_MOVE(CacheMutex)

    void lock() noexcept
    {
        for (int i = 0; i < SpinLimit; ++i) {
            if (tryLock())
                return;
            DefaultTraits::relax();
        }
        m_mutex.lock();
        m_isHeld.store(true, std::memory_order_relaxed); // relaxed: a hint
    }
    void unlock() noexcept
    {
        m_isHeld.store(false, std::memory_order_relaxed); // relaxed: a hint
        m_mutex.unlock();
    }

    // Never waits. False if it is taken, also by this thread.
    bool tryLock() noexcept
    {
        // relaxed: a hint, so that those who wait only look, and do not take the line from the one
        // who is about to unlock.
        if (m_isHeld.load(std::memory_order_relaxed) || !m_mutex.try_lock())
            return false;
        m_isHeld.store(true, std::memory_order_relaxed);
        return true;
    }

    // Runs work() once under the lock: in this thread, or in another one that holds it. Either way
    // it has been done when this returns, and what it throws is thrown here.
    template <typename Work>
    void run(Work &&work)
    {
        if (tryLock()) {
            const std::unique_lock lock(*this, std::adopt_lock);
            work();
            serve();
            return;
        }
        Call<Work> call(work);
        push(call);
        for (int i = 0; i < SpinLimit; ++i) {
            // [answer] acquire: pairs with serve(); the work is done, and seen.
            if (call.isDone.load(std::memory_order_acquire))
                return call.finish();
            if (tryLock()) {
                serveAndUnlock();
                return call.finish();
            }
            DefaultTraits::relax();
        }
        lock();
        serveAndUnlock();
        call.finish();
    }

private:
    struct Request
    {
        Request *next = nullptr;
        void (*run)(Request &request) noexcept = nullptr;
        std::atomic<bool> isDone { false };
    };

    // On the stack of who waits for it.
    template <typename Work>
    struct Call : Request
    {
        Work &work;
        std::exception_ptr thrown;

        explicit Call(Work &itsWork) noexcept : work(itsWork) { this->run = &Call::runIt; }

        static void runIt(Request &request) noexcept
        {
            auto &self = static_cast<Call &>(request);
            QT_TRY
            {
                self.work();
            }
            QT_CATCH(...)
            {
#ifndef QT_NO_EXCEPTIONS
                self.thrown = std::current_exception();
#endif
            }
        }
        void finish() const
        {
#ifndef QT_NO_EXCEPTIONS
            if (Q_UNLIKELY(thrown))
                std::rethrow_exception(thrown);
#endif
        }
    };

    void push(Request &request) noexcept
    {
        request.next = m_requests.load(std::memory_order_relaxed);
        // [request] release: who takes the request sees what its work needs.
        while (!m_requests.compare_exchange_weak(request.next, &request, std::memory_order_release,
                                                 std::memory_order_relaxed)) {
        }
    }

    // Under the lock. Each request that was there before is done afterwards: those that somebody
    // else took were done before that one unlocked.
    void serve() noexcept
    {
        // relaxed: who pushes and is not seen here gets the lock itself.
        if (Q_LIKELY(!m_requests.load(std::memory_order_relaxed)))
            return;
        // [request] acquire: pairs with push().
        Request *request = m_requests.exchange(nullptr, std::memory_order_acquire);
        while (request) {
            Request *next = request->next;
            request->run(*request);
            // [answer] release: who waits sees what was done. From here on the request is gone.
            request->isDone.store(true, std::memory_order_release);
            request = next;
        }
    }
    void serveAndUnlock() noexcept
    {
        serve();
        unlock();
    }

    static constexpr int SpinLimit = 128;

    QMutex m_mutex;
    std::atomic<bool> m_isHeld { false };
    std::atomic<Request *> m_requests { nullptr };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
