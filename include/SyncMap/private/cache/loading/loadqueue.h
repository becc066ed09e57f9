// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/loadbase.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmutex.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What of one cache waits for a thread of one pool. Of four starts three take the newest of the
// highest priority, because that is what somebody looks at now, and the fourth what has waited
// longest, so that it does not wait for ever. (QThreadPool itself runs the oldest first.)
//
// QThreadPool's own queue is walked with each start. So there wait at most as many runnables of ours
// as the pool may have threads, however much waits here; each takes what is the first when its turn
// has come, starts the next runnable behind whatever else the pool has, and runs what it took. What
// is taken over by a thread that waits for it, or dropped, leaves this queue and nothing behind.
//
// Each operation takes constant time beside the number of distinct priorities.
class SYNCMAP_EXPORT LoadQueue : public std::enable_shared_from_this<LoadQueue>
{
public:
    explicit LoadQueue(QThreadPool *pool);
    ~LoadQueue();
    Q_DISABLE_COPY_MOVE(LoadQueue)

    // False if the queue is closed. Throws std::bad_alloc, with no effect.
    bool push(const std::shared_ptr<LoadBase> &load);
    void raise(LoadBase &load, int priority) noexcept;
    bool remove(LoadBase &load) noexcept;

    // At most so many loads wait; those that have waited longest are told SyncCacheError::Canceled.
    // Negative, the default: any number.
    void setMaximum(qsizetype maximum);
    qsizetype size() const;

    // The calling thread is one of the pool.
    bool isItsThread() const;
    // Runs what is first in the calling thread. False if there was nothing.
    bool runOne();

    // From here on nothing comes in, and the pool is not touched any more. What there is, is told why.
    void close(const SyncCacheError &why) noexcept;

    // Calls \a look(const QThreadPool &) while the pool is sure to live; false if the queue is
    // closed.
    template <typename Look>
    bool lookAtPool(Look &&look) const
    {
        const std::lock_guard lock(m_mutex);
        if (!m_pool)
            return false;
        look(std::as_const(*m_pool));
        return true;
    }

private:
    class Starter;

    using ByAge = Chain<LoadBase, &LoadBase::m_byAge>;
    using ByUrgency = Chain<LoadBase, &LoadBase::m_byUrgency>;

    static bool has(const LoadBase &load) noexcept { return ByAge::isThere(load); }
    std::shared_ptr<LoadBase> takeFirst();
    std::shared_ptr<LoadBase> takeLocked(LoadBase &load) noexcept;
    void leaveLevelLocked(LoadBase &load) noexcept;
    void dropTooMany() noexcept;
    void startOne(int priority);
    QThreadPool *claimStarterLocked() noexcept;
    void startIn(QThreadPool &pool, int priority);
    void runFirst();
    void failAll(const SyncCacheError &why) noexcept;

    mutable QMutex m_mutex;
    QThreadPool *m_pool; // null once closed
    ByAge m_byAge; // the oldest first
    // The newest first. The priority that most have stays, without any, too.
    std::map<int, ByUrgency, std::greater<>> m_byUrgency;
    qsizetype m_size = 0;
    qsizetype m_maximum = -1;
    qsizetype m_loads = 0; // of what waits, those that may be too much
    int m_starters = 0; // runnables that the pool has not begun
    unsigned m_starts = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
