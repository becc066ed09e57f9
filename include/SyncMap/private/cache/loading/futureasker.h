// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/asker.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/lookout.h>
#include <SyncMap/private/cache/loading/parking.h>

#include <QtCore/qfuture.h>
#include <QtCore/qfutureinterface.h>

#include <exception>
#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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
void report(QFutureInterface<Value> &promise, const SyncCacheLoadResult<Value> &result) noexcept
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
        const LoaderFrame frame(m_load->owner()); // continuations run here
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

    void deliver(const SyncCacheLoadResult<T> &result) noexcept override
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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
