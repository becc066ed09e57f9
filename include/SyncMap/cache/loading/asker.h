// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/loading/loadbase.h>
#include <SyncMap/cache/loading/loaderrors.h>
#include <SyncMap/cache/loading/lookout.h>
#include <SyncMap/cache/loading/parking.h>
#include <SyncMap/cache/removal/removal.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qfutureinterface.h>
#include <QtCore/qmutex.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace SyncMapInternal {

template <typename T>
class AskedLoad;

struct Progress
{
    int minimum = 0;
    int maximum = 100;
    int value = 0;
};

// One who is to be told of the end of a load.
template <typename T>
class Asker
{
public:
    Asker() = default;
    Q_DISABLE_COPY_MOVE(Asker)
    virtual ~Asker() = default;

    // What he waits for. Before he is on its list.
    virtual void setLoad(const std::shared_ptr<AskedLoad<T>> &load) = 0;

    // Told once, by whoever took him off the load's list, in two steps: copies the result; and then
    // lets others know, which may run anybody's code. Under no lock. A copy that throws is this
    // asker's result.
    virtual void deliver(const SyncLoadResult<T> &result) noexcept = 0;
    virtual void finish() noexcept { }

    // He has given up, and may never say so of his own accord. Any thread.
    virtual bool isCanceled() const noexcept { return false; }
    virtual void setProgress(const Progress &) { }

private:
    template <typename>
    friend class AskedLoad;
    std::size_t m_place = 0; // on the list
    bool m_hasJoined = false;
};

// A load, and those who wait for it: joining and leaving take constant time.
template <typename T>
class AskedLoad : public LoadBase
{
public:
    using AskerPointer = std::shared_ptr<Asker<T>>;
    using Askers = std::vector<AskerPointer>;

    // False if it has ended. Throws std::bad_alloc, with no effect.
    bool join(const AskerPointer &asker)
    {
        const std::lock_guard lock(m_askersMutex);
        if (m_isClosed)
            return false;
        m_askers.push_back(asker);
        asker->m_place = m_askers.size() - 1;
        asker->m_hasJoined = true;
        return true;
    }
    // Somebody wants it to go on whose future there is none of.
    void joinInBackground()
    {
        const std::lock_guard lock(m_askersMutex);
        m_isInBackground = true;
    }

    // True if it is the caller who is to tell him.
    bool leave(Asker<T> &asker)
    {
        AskerPointer kept; // outlives the mutex
        {
            const std::lock_guard lock(m_askersMutex);
            if (asker.m_place >= m_askers.size() || m_askers[asker.m_place].get() != &asker)
                return false;
            kept = takeLocked(asker.m_place);
        }
        return true;
    }
    // It was, or is, on the list.
    bool wasJoinedBy(const Asker<T> &asker) const noexcept { return asker.m_hasJoined; }
    // After leave(): what nobody waits for any more need not go on.
    virtual void leftBySomebody() noexcept = 0;

    // Nobody wants it any more. Amortised constant: who has cancelled is not asked again.
    bool isForsaken()
    {
        const std::lock_guard lock(m_askersMutex);
        return !m_isClosed && !m_isInBackground && !hasWaitersLocked();
    }
    // Somebody waits for it; else somebody may want it to go on all the same.
    bool isWaitedFor()
    {
        const std::lock_guard lock(m_askersMutex);
        return m_isClosed || hasWaitersLocked();
    }

    // Whoever asks from now on is too late. The first to call it gets those who are to be told.
    Askers closeAskers()
    {
        Askers askers;
        const std::lock_guard lock(m_askersMutex);
        m_isClosed = true;
        askers.swap(m_askers);
        m_canceled = 0;
        return askers;
    }
    static void tell(const Askers &askers, const SyncLoadResult<T> &result) noexcept
    {
        for (const AskerPointer &asker : askers)
            asker->deliver(result);
        for (const AskerPointer &asker : askers)
            asker->finish();
    }

    void setProgress(const Progress &progress)
    {
        const std::lock_guard lock(m_askersMutex);
        for (const AskerPointer &asker : m_askers)
            asker->setProgress(progress);
    }

private:
    // Those before m_canceled have been seen to have cancelled, which is for ever.
    bool hasWaitersLocked()
    {
        while (m_canceled < m_askers.size() && m_askers[m_canceled]->isCanceled())
            ++m_canceled;
        return m_canceled < m_askers.size();
    }
    AskerPointer takeLocked(std::size_t place)
    {
        // The last of those that are known to have cancelled takes its place, and the last of all
        // that one's.
        if (place < m_canceled) {
            swapLocked(place, m_canceled - 1);
            place = --m_canceled;
        }
        swapLocked(place, m_askers.size() - 1);
        AskerPointer taken = std::move(m_askers.back());
        m_askers.pop_back();
        return taken;
    }
    void swapLocked(std::size_t a, std::size_t b) noexcept
    {
        m_askers[a].swap(m_askers[b]);
        m_askers[a]->m_place = a;
        m_askers[b]->m_place = b;
    }

    QMutex m_askersMutex;
    Askers m_askers;
    std::size_t m_canceled = 0;
    bool m_isClosed = false;
    bool m_isInBackground = false;
};

// A promise that is finished by the thread that ends the load, so that whoever waits for the future
// needs no event loop.
template <typename Value>
void report(QFutureInterface<Value> &promise, const SyncCacheError &error)
{
#ifndef QT_NO_EXCEPTIONS
    if (const std::exception_ptr cause = error.cause())
        promise.reportException(cause);
    else
        promise.reportException(SyncCacheException(error));
#else
    Q_UNUSED(error)
    promise.cancel();
#endif
}
template <typename Value>
void report(QFutureInterface<Value> &promise, const SyncLoadResult<Value> &result) noexcept
{
    SyncCacheError error = result.error;
    if (result.value)
        error = guarded([&] { promise.reportResult(*result.value); });
    if (!result.value || error)
        (void)guarded([&] { report(promise, error); });
}

// Who got a future.
template <typename T>
class FutureAsker : public Asker<T>, public Parked
{
public:
    FutureAsker()
    {
        m_promise.setProgressRange(0, 100);
        m_promise.reportStarted();
    }
    Q_DISABLE_COPY_MOVE(FutureAsker)
    ~FutureAsker() override = default;

    QFuture<T> future() { return m_promise.future(); }
    const QFutureInterface<T> &promise() const noexcept { return m_promise; }

    void setLoad(const std::shared_ptr<AskedLoad<T>> &load) override { m_load = load; }
    // Before the future is handed out.
    void park() { Parked::park(m_promise); }

    void deliver(const SyncLoadResult<T> &result) noexcept override
    {
        this->setOver();
        report(m_promise, result);
    }
    void finish() noexcept override
    {
        this->leave();
        (void)guarded([this] { m_promise.reportFinished(); });
    }
    bool isCanceled() const noexcept override { return m_promise.isCanceled(); }
    void setProgress(const Progress &progress) override
    {
        if (progress.minimum != m_promise.progressMinimum()
            || progress.maximum != m_promise.progressMaximum())
            m_promise.setProgressRange(progress.minimum, progress.maximum);
        m_promise.setProgressValue(progress.value);
    }

    Wait::Loads loads() const override { return { m_load }; }

    // In the thread that waits for the future.
    void serve() override
    {
        if (!isCanceled())
            m_load->takeOver(*this);
        if (this->isOver())
            return;
        if (isCanceled())
            return cancel();
        bool mayWaitForIt = true;
        const SyncCacheError failed =
                guarded([&] { mayWaitForIt = mayWait(Parked::shared_from_this()); });
        if (failed)
            end(failed);
        else if (!mayWaitForIt)
            end(SyncCacheError(SyncCacheError::RecursiveLoad));
    }
    void cancel() override
    {
        const bool isCancellation = isCanceled() || !m_load->isLost();
        end(isCancellation ? SyncCacheError(SyncCacheError::Canceled) : contextGoneError());
    }
    bool mayBeForsaken() const noexcept override { return m_load->where.courier != nullptr; }
    bool isForsaken() const noexcept override { return m_load->isLost(LookOut::moment()); }

private:
    void end(const SyncCacheError &why)
    {
        const auto kept = Parked::shared_from_this();
        const bool isMine = m_load->leave(*this);
        if (isMine)
            deliver({ {}, why });
        m_load->carrier().wakeSleepers();
        // First, since a continuation may take its time.
        m_load->leftBySomebody();
        if (isMine)
            finish();
    }

    QFutureInterface<T> m_promise;
    std::shared_ptr<AskedLoad<T>> m_load;
};

// A function of the user's. What it throws is logged.
template <typename Function, typename... Arguments>
void callBack(Function &f, const Arguments &...arguments) noexcept
{
    if (const SyncCacheError thrown = guarded([&] { f(arguments...); }))
        reportThrowingCallback(thrown);
}

// Who gave a function, to be called in the thread of a context: and got a future, too. The end of
// the context is his.
template <typename T, typename Function>
class ContextAsker : public FutureAsker<T>
{
public:
    ContextAsker(std::shared_ptr<Courier> courier, Function f)
        : m_courier(std::move(courier)), m_callback(std::make_shared<Callback>(std::move(f)))
    {
    }
    Q_DISABLE_COPY_MOVE(ContextAsker)
    ~ContextAsker() override = default;

    void setLoad(const std::shared_ptr<AskedLoad<T>> &load) override
    {
        FutureAsker<T>::setLoad(load);
        m_callback->handles.waitFor(load);
    }
    void deliver(const SyncLoadResult<T> &result) noexcept override
    {
        // Who has cancelled is not called back.
        if (!isCanceled())
            tell(result);
        FutureAsker<T>::deliver(result);
    }
    bool isCanceled() const noexcept override
    {
        return !m_courier->isOpen() || FutureAsker<T>::isCanceled();
    }
    bool mayBeForsaken() const noexcept override { return true; }
    bool isForsaken() const noexcept override
    {
        return !m_courier->isOpen() || FutureAsker<T>::isForsaken();
    }

private:
    struct Callback
    {
        HeldHandles handles;
        std::optional<Function> function;

        explicit Callback(Function &&f) : function(std::move(f)) { handles.stop(); }

        void call(const SyncLoadResult<T> &result)
        {
            callBack(*function, result);
            // Whoever has gone on with the contexts that it held has put them elsewhere by now.
            function.reset();
            handles.release();
            handles.look();
        }
    };

    void tell(const SyncLoadResult<T> &result) noexcept
    {
        const SyncCacheError failed = guarded([&] {
            // The courier goes with its function: it must live until that has run.
            m_courier->post([courier = m_courier, callback = m_callback, promise = this->promise(),
                             result] {
                // Cancelled since; an exception is no cancellation, though Qt says so.
                if (!result.value || !promise.isCanceled() || promise.hasException())
                    callback->call(result);
            });
        });
        if (!failed)
            return;
        (void)guarded([&] {
            m_courier->post([courier = m_courier, callback = m_callback, failed] {
                callback->call({ {}, failed });
            });
        });
    }

    const std::shared_ptr<Courier> m_courier;
    const std::shared_ptr<Callback> m_callback;
};

// A thread that is blocked in SyncCache::load().
template <typename T>
class BlockedAsker : public Asker<T>,
                     public Wait,
                     public std::enable_shared_from_this<BlockedAsker<T>>
{
public:
    using Result = SyncLoadResult<T>;

    BlockedAsker() = default;
    Q_DISABLE_COPY_MOVE(BlockedAsker)
    ~BlockedAsker() override = default;

    void setLoad(const std::shared_ptr<AskedLoad<T>> &load) override { m_load = load; }

    void deliver(const Result &result) noexcept override
    {
        this->setOver();
        // Copied before the mutex is taken, and under none.
        const SyncCacheError failed = guarded([&] { m_result.value = result.value; });
        m_result.error = failed ? failed : result.error;
        const std::lock_guard lock(m_mutex);
        m_isTold = true;
        m_told.notify_all();
    }

    Wait::Loads loads() const override { return { m_load }; }

    // A load that is not waited for any longer goes on: the thread may well come back for it.
    Result wait(QDeadlineTimer deadline)
    {
        if (deadline.isForever() || !deadline.hasExpired())
            m_load->takeOver(*this, deadline);
        if (!this->isOver()) {
            bool may = true;
            if (const SyncCacheError failed =
                        guarded([&] { may = mayWait(this->shared_from_this()); }))
                return giveUp(failed);
            if (!may)
                return giveUp(SyncCacheError(SyncCacheError::RecursiveLoad));
        }
        std::unique_lock lock(m_mutex);
        while (!m_isTold) {
            if (deadline.isForever() && m_load->where.courier) {
                m_told.wait_for(lock, LookOut::Interval);
                if (m_isTold || !m_load->isLost())
                    continue;
                lock.unlock();
                return giveUp(contextGoneError());
            }
            if (deadline.isForever()) {
                m_told.wait(lock);
            } else if (const std::chrono::nanoseconds left(deadline.remainingTimeNSecs());
                       left.count() <= 0
                       || m_told.wait_for(lock, left) == std::cv_status::timeout) {
                if (m_isTold)
                    break;
                lock.unlock();
                m_load->joinInBackground();
                return giveUp(SyncCacheError(SyncCacheError::TimedOut));
            }
        }
        lock.unlock();
        return std::move(m_result);
    }

private:
    Result giveUp(const SyncCacheError &why)
    {
        if (!m_load->leave(*this)) {
            // Somebody is telling it.
            std::unique_lock lock(m_mutex);
            m_told.wait(lock, [this] { return m_isTold; });
            lock.unlock();
            return std::move(m_result);
        }
        this->setOver();
        m_load->leftBySomebody();
        return { {}, why };
    }

    std::shared_ptr<AskedLoad<T>> m_load;
    std::mutex m_mutex;
    std::condition_variable m_told;
    Result m_result;
    bool m_isTold = false;
};

} // namespace SyncMapInternal
