// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/callercontext.h>
#include <SyncMap/private/cache/loading/futureasker.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/waits.h>

#include <QtCore/qmutex.h>
#include <QtCore/qscopeguard.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Who is to be told in the thread of a context, whose end is his: he is not told then, nor once he
// has cancelled. As long as nobody wants his future he has none, and no berth: the look-out finds
// him by his context.
//
// The mutex is a leaf for whatever a load holds; futures are parked under it.
template <typename T>
class ContextAsker : public ParkedAsker<T>, public ContextGuest
{
public:
    using Result = SyncCacheLoadResult<T>;

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
        // Looked at before anybody can put the result in a promise that he makes now.
        bool hasCanceled = false;
        {
            const std::lock_guard lock(m_mutex);
            this->setOver();
            m_isPromised = m_promise.has_value();
            m_isCanceled = m_isCanceled || !m_context->courier.isOpen(); // as it was said to be
            hasCanceled = m_isCanceled || (m_isPromised && m_promise->isCanceled());
        }
        if (hasCanceled)
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

        Call(std::shared_ptr<ContextAsker> itsAsker, SyncCacheError itsError)
            : asker(std::move(itsAsker)), failed(std::move(itsError))
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
    void call(const SyncCacheLoadResult<T> &result) noexcept override
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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
