// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qmutex.h>

#include <functional>
#include <map>
#include <memory>
#include <tuple>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace SyncMapInternal {

// What waits for a thread of a pool: the most urgent first, and among equals the newest, because
// that is what somebody looks at now. (QThreadPool itself runs the oldest first.)
//
// Each job starts one runnable, which does not do that job but the first of the queue.
class SYNCMAP_EXPORT LoadQueue : public std::enable_shared_from_this<LoadQueue>
{
public:
    // Called once: with true to run, or with false if the pool was cleared.
    using Job = std::function<void(bool)>;

    LoadQueue();
    ~LoadQueue();
    Q_DISABLE_COPY_MOVE(LoadQueue)

    // Throws std::bad_alloc, with no effect.
    void push(QThreadPool *pool, int priority, Job job);

private:
    class Runner;

    using Place = std::tuple<QThreadPool *, int, quint64>;
    void runFirst(QThreadPool *pool, bool run);

    QMutex m_mutex;
    std::map<Place, Job> m_jobs;
    quint64 m_order = ~quint64(0); // counts down
};

} // namespace SyncMapInternal
