// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/cache/synccacheloadresult.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/asker.h>
#include <SyncMap/private/cache/loading/loaderrors.h>
#include <SyncMap/private/cache/loading/lookout.h>
#include <SyncMap/private/cache/loading/waits.h>

#include <QtCore/qdeadlinetimer.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A thread that is blocked in SyncCache::load().
template <typename T>
class BlockedAsker : public Asker<T>,
                     public Wait,
                     public std::enable_shared_from_this<BlockedAsker<T>>
{
public:
    using Result = SyncCacheLoadResult<T>;

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
            } else if (const std::chrono::nanoseconds left = timeLeft(deadline); left.count() <= 0
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

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
