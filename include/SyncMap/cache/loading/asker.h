// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/loading/callercontext.h>
#include <SyncMap/cache/loading/chain.h>
#include <SyncMap/cache/loading/loadbase.h>
#include <SyncMap/cache/loading/loaderrors.h>
#include <SyncMap/cache/loading/lookout.h>
#include <SyncMap/cache/loading/parking.h>
#include <SyncMap/cache/removal/removal.h>

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qfuture.h>
#include <QtCore/qfutureinterface.h>
#include <QtCore/qmutex.h>
#include <QtCore/qscopeguard.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

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
    template <typename>
    friend class Askers;
    // Under the load's mutex, and then whoever's who took him off its list.
    ChainLinks<Asker> m_links;
    std::shared_ptr<Asker> m_itself; // as long as he is on a list
    bool m_hasJoined = false;
};

// Those who are to be told of the end of a load.
template <typename T>
class Askers
{
public:
    using AskerPointer = std::shared_ptr<Asker<T>>;
    using List = Chain<Asker<T>, &Asker<T>::m_links>;

    Askers() = default;
    Q_DISABLE_COPY(Askers)
    Askers(Askers &&) noexcept = default;
    Askers &operator=(Askers &&) = delete;
    ~Askers()
    {
        while (m_list.first())
            (void)take(*m_list.first());
    }

    bool isEmpty() const noexcept { return m_list.isEmpty(); }
    Asker<T> *first() const noexcept { return m_list.first(); }
    static Asker<T> *next(const Asker<T> &asker) noexcept { return List::next(asker); }
    static bool has(const Asker<T> &asker) noexcept { return List::isThere(asker); }

    void add(const AskerPointer &asker) noexcept
    {
        asker->m_itself = asker;
        m_list.append(*asker);
    }
    AskerPointer take(Asker<T> &asker) noexcept
    {
        m_list.remove(asker);
        return std::move(asker.m_itself);
    }

    void tell(const SyncLoadResult<T> &result) noexcept
    {
        for (Asker<T> *asker = first(); asker; asker = next(*asker))
            asker->deliver(result);
        while (first())
            take(*first())->finish();
    }

private:
    List m_list;
};

// A load, and those who wait for it: joining and leaving take constant time, and no memory.
template <typename T>
class AskedLoad : public LoadBase
{
public:
    using AskerPointer = std::shared_ptr<Asker<T>>;

    // False if it has ended.
    bool join(const AskerPointer &asker) noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        if (m_isClosed)
            return false;
        m_askers.add(asker);
        asker->m_hasJoined = true;
        if (!m_firstWaiting)
            m_firstWaiting = asker.get();
        return true;
    }
    // Somebody wants it to go on whose future there is none of.
    void joinInBackground() noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        m_isInBackground = true;
    }

    // True if it is the caller who is to tell him.
    bool leave(Asker<T> &asker) noexcept
    {
        AskerPointer kept; // outlives the mutex
        {
            const std::lock_guard lock(m_askersMutex);
            if (m_isClosed || !Askers<T>::has(asker))
                return false;
            if (m_firstWaiting == &asker)
                m_firstWaiting = Askers<T>::next(asker);
            kept = m_askers.take(asker);
            asker.m_hasJoined = false;
        }
        return true;
    }
    // It was, or is, on the list, and has not left it.
    bool wasJoinedBy(const Asker<T> &asker) const noexcept { return asker.m_hasJoined; }
    // What nobody waits for any more need not go on.
    virtual void leftBySomebody() noexcept = 0;
    // After leave(). If there are others, and they have cancelled, they are told by a thread of the
    // library, and not by this one.
    void wasLeft() noexcept
    {
        if (isAlone())
            return leftBySomebody();
        (void)guarded([this] {
            const std::weak_ptr<LoadBase> itself = weak_from_this();
            LookOut::callAt(LookOut::Clock::now(), [itself] {
                if (const auto load = itself.lock())
                    static_cast<AskedLoad *>(load.get())->leftBySomebody();
            });
        });
    }

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
    Askers<T> closeAskers() noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        m_isClosed = true;
        m_firstWaiting = nullptr;
        return std::move(m_askers);
    }

    void setProgress(const Progress &progress)
    {
        const std::lock_guard lock(m_askersMutex);
        for (Asker<T> *asker = m_askers.first(); asker; asker = Askers<T>::next(*asker))
            asker->setProgress(progress);
    }

private:
    bool isAlone() const noexcept
    {
        const std::lock_guard lock(m_askersMutex);
        return m_askers.isEmpty();
    }
    bool hasWaitersLocked()
    {
        while (m_firstWaiting && m_firstWaiting->isCanceled())
            m_firstWaiting = Askers<T>::next(*m_firstWaiting);
        return m_firstWaiting;
    }

    mutable QMutex m_askersMutex;
    Askers<T> m_askers;
    // Those before were seen to have cancelled, which is for ever; null: all.
    Asker<T> *m_firstWaiting = nullptr;
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

template <typename T>
QFuture<T> readyFuture(T value)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
    return QtFuture::makeReadyValueFuture(std::move(value));
#else
    return QtFuture::makeReadyFuture(std::move(value));
#endif
}

// Who has a promise, or may have one.
template <typename T>
class ParkedAsker : public Asker<T>, public Parked
{
public:
    void setLoad(const std::shared_ptr<AskedLoad<T>> &load) override { m_load = load; }
    Wait::Loads loads() const override { return { m_load }; }

    // In the thread that waits for the future.
    void serve() override
    {
        if (!this->isCanceled())
            m_load->takeOver(*this);
        if (this->isOver())
            return;
        if (this->isCanceled())
            return cancel();
        bool mayWaitForIt = true;
        const SyncCacheError failed =
                guarded([&] { mayWaitForIt = mayWait(Parked::shared_from_this()); });
        if (failed)
            end(failed);
        else if (!mayWaitForIt)
            end(recursionError());
    }
    void cancel() override
    {
        const bool isCancellation = this->isCanceled() || !m_load->isLost();
        end(isCancellation ? SyncCacheError(SyncCacheError::Canceled) : contextGoneError());
    }
    bool mayBeForsaken() const noexcept override { return m_load->where.courier != nullptr; }
    bool isForsaken() const noexcept override { return m_load->isLost(LookOut::moment()); }

protected:
    // If nobody else has told him.
    void end(const SyncCacheError &why)
    {
        const auto kept = Parked::shared_from_this();
        const bool isMine = m_load->leave(*this);
        if (isMine)
            this->deliver({ {}, why });
        m_load->carrier().wakeSleepers();
        // First, since a continuation may take its time.
        m_load->wasLeft();
        if (isMine)
            this->finish();
    }

    static void begin(QFutureInterface<T> &promise)
    {
        promise.setProgressRange(0, 100);
        promise.reportStarted();
    }
    static void show(QFutureInterface<T> &promise, const Progress &progress)
    {
        if (progress.minimum != promise.progressMinimum()
            || progress.maximum != promise.progressMaximum())
            promise.setProgressRange(progress.minimum, progress.maximum);
        promise.setProgressValue(progress.value);
    }

    std::shared_ptr<AskedLoad<T>> m_load;
};

// Who got a future.
template <typename T>
class FutureAsker : public ParkedAsker<T>
{
public:
    FutureAsker() { this->begin(m_promise); }
    Q_DISABLE_COPY_MOVE(FutureAsker)
    ~FutureAsker() override = default;

    QFuture<T> future() { return m_promise.future(); }
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
    void setProgress(const Progress &progress) override { this->show(m_promise, progress); }

private:
    QFutureInterface<T> m_promise;
};

// Who is to be told in the thread of a context, whose end is his: he is not told then, nor once he
// has cancelled. As long as nobody wants his future he has none, and no berth: the look-out finds
// him by his context.
//
// The mutex is a leaf for whatever a load holds; futures are parked under it.
template <typename T>
class ContextAsker : public ParkedAsker<T>, public ContextGuest
{
public:
    using Result = SyncLoadResult<T>;

    explicit ContextAsker(std::shared_ptr<CallerContext> context)
        : m_context(std::move(context)) { }
    Q_DISABLE_COPY_MOVE(ContextAsker)
    ~ContextAsker() override { m_context->leave(*this); }

    // Once he is on his load's list.
    void follow() noexcept { m_context->enter(*this, *this); }

    void deliver(const Result &result) noexcept override
    {
        if (const SyncCacheError failed = guarded([&] { m_result = result; }))
            m_result = { {}, failed };
        bool hasCanceled =
                false; // looked at before anybody can put the result in a promise of his own
        {
            const std::lock_guard lock(m_mutex);
            this->setOver();
            m_isPromised = m_promise.has_value();
            hasCanceled = m_isCanceled || (m_isPromised && m_promise->isCanceled());
        }
        if (hasCanceled || !m_context->courier.isOpen())
            drop();
        else
            post();
        if (m_isPromised)
            report(*m_promise, result);
    }
    void finish() noexcept override
    {
        m_context->leave(*this);
        this->leave();
        if (m_isPromised)
            (void)guarded([this] { m_promise->reportFinished(); });
    }
    bool isCanceled() const noexcept override
    {
        if (!m_context->courier.isOpen())
            return true;
        const std::lock_guard lock(m_mutex);
        return m_isCanceled || (m_promise && m_promise->isCanceled());
    }
    void setProgress(const Progress &progress) override
    {
        const std::lock_guard lock(m_mutex);
        if (m_promise)
            this->show(*m_promise, progress);
    }

    // By whoever asked.

    QFuture<T> future()
    {
        bool isLate = false;
        {
            const std::lock_guard lock(m_mutex);
            if (!m_promise) {
                isLate = this->isOver();
                makePromiseLocked();
            }
        }
        if (isLate) {
            report(*m_promise, m_result);
            m_promise->reportFinished();
        }
        return m_promise->future();
    }
    void cancelByCaller()
    {
        std::optional<QFutureInterface<T>> promise;
        {
            const std::lock_guard lock(m_mutex);
            if (m_isDone)
                return;
            m_isCanceled = true;
            promise = m_promise;
        }
        // A future is finished by the library's thread, as any that is cancelled.
        if (promise)
            promise->cancel();
        else if (!this->isOver())
            this->end(SyncCacheError(SyncCacheError::Canceled));
    }
    // It stays as it is once he has been told.
    bool wasCanceled() const
    {
        if (!this->isOver())
            return isCanceled();
        const std::lock_guard lock(m_mutex);
        return m_isCanceled || m_result.error.code() == SyncCacheError::Canceled
                || isFutureCanceledLocked();
    }

protected:
    // Each is called once, and one of them. In the thread of the context;
    virtual void call(const Result &result) noexcept = 0;
    // in any.
    virtual void forget() noexcept = 0;

private:
    // What the event keeps, which others may drop.
    struct Call
    {
        std::shared_ptr<ContextAsker> asker;
        const SyncCacheError failed; // in place of the result, if it is an error

        Call(std::shared_ptr<ContextAsker> itsAsker, const SyncCacheError &itsError)
            : asker(std::move(itsAsker)), failed(itsError)
        {
        }
        Q_DISABLE_COPY_MOVE(Call)
        ~Call()
        {
            if (asker)
                asker->drop();
        }
        void run()
        {
            const auto its = std::exchange(asker, nullptr);
            if (!its->setDone())
                its->forget();
            else if (failed)
                its->call({ {}, failed });
            else
                its->call(its->m_result);
        }
    };

    std::shared_ptr<ContextAsker> itself()
    {
        return std::static_pointer_cast<ContextAsker>(this->weak_from_this().lock());
    }
    // Without memory for it, once more, to say so.
    void post() noexcept
    {
        SyncCacheError failed;
        for (int attempt = 0; attempt < 2; ++attempt) {
            std::shared_ptr<Call> call;
            const SyncCacheError error = guarded([&] {
                call = std::make_shared<Call>(itself(), failed);
                m_context->courier.post([call] { call->run(); });
            });
            if (!error)
                return;
            if (call)
                call->asker.reset();
            failed = error;
        }
        drop();
    }
    void drop() noexcept
    {
        (void)setDone();
        forget();
    }
    // False if he has cancelled since he was told.
    bool setDone() noexcept
    {
        const std::lock_guard lock(m_mutex);
        m_isDone = true;
        return !m_isCanceled && !isFutureCanceledLocked();
    }
    // An exception is no cancellation, though Qt says so.
    bool isFutureCanceledLocked() const
    {
        return m_result.value && m_promise && m_promise->isCanceled() && !m_promise->hasException();
    }
    void makePromiseLocked()
    {
        m_promise.emplace();
        auto undo = qScopeGuard([this] { m_promise.reset(); });
        this->begin(*m_promise);
        if (!this->isOver())
            this->park(*m_promise);
        undo.dismiss();
        if (m_isCanceled)
            m_promise->cancel();
    }

    const std::shared_ptr<CallerContext> m_context;
    mutable QMutex m_mutex;
    std::optional<QFutureInterface<T>> m_promise; // under the mutex, and then it stays
    bool m_isCanceled = false; // under the mutex, as the next one
    bool m_isDone = false; // called, or about to be, or never going to be
    bool m_isPromised = false; // by whoever tells him: it was there before
    Result m_result; // before he is over
};

// A function of the user's. What it throws is logged.
template <typename Function, typename... Arguments>
void callBack(Function &f, const Arguments &...arguments) noexcept
{
    if (const SyncCacheError thrown = guarded([&] { f(arguments...); }))
        reportThrowingCallback(thrown);
}

// Who gave a function.
template <typename T, typename Function>
class CallbackAsker : public ContextAsker<T>
{
public:
    CallbackAsker(std::shared_ptr<CallerContext> context, Function &&f)
        : ContextAsker<T>(std::move(context)), m_function(std::move(f))
    {
        m_handles.stop();
    }
    Q_DISABLE_COPY_MOVE(CallbackAsker)
    ~CallbackAsker() override = default;

    void setLoad(const std::shared_ptr<AskedLoad<T>> &load) override
    {
        ContextAsker<T>::setLoad(load);
        if (Q_UNLIKELY(!m_handles.isEmpty()))
            m_handles.waitFor(load);
    }

private:
    void call(const SyncLoadResult<T> &result) noexcept override
    {
        callBack(*m_function, result);
        forget();
    }
    void forget() noexcept override
    {
        // Whoever has gone on with the contexts that it held has put them elsewhere by now.
        m_function.reset();
        m_handles.letGo();
    }

    HeldHandles m_handles; // before what it looks at
    std::optional<Function> m_function;
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
                return giveUp(recursionError());
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
        m_load->wasLeft();
        return { {}, why };
    }

    std::shared_ptr<AskedLoad<T>> m_load;
    std::mutex m_mutex;
    std::condition_variable m_told;
    Result m_result;
    bool m_isTold = false;
};

} // namespace SyncMapInternal
