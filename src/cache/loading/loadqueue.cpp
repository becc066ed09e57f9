// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/loadqueue.h>

#include <QtCore/qrunnable.h>
#include <QtCore/qthreadpool.h>

#include <limits>
#include <mutex>
#include <utility>

namespace SyncMapInternal {

class LoadQueue::Runner : public QRunnable
{
public:
    explicit Runner(QThreadPool *pool) : m_pool(pool) { }
    Q_DISABLE_COPY_MOVE(Runner)
    ~Runner() override
    {
        if (m_queue)
            m_queue->runFirst(m_pool, false);
    }

    void arm(std::shared_ptr<LoadQueue> queue) { m_queue = std::move(queue); }
    void run() override { std::exchange(m_queue, nullptr)->runFirst(m_pool, true); }

private:
    std::shared_ptr<LoadQueue> m_queue;
    QThreadPool *const m_pool;
};

LoadQueue::LoadQueue() = default;
LoadQueue::~LoadQueue() = default;

void LoadQueue::push(QThreadPool *pool, int priority, Job job)
{
    auto runner = std::make_unique<Runner>(pool);
    {
        const std::lock_guard lock(m_mutex);
        // Priorities the other way round: the map's first is the queue's.
        const int rank = priority == std::numeric_limits<int>::min()
                ? std::numeric_limits<int>::max()
                : -priority;
        m_jobs.emplace(Place(pool, rank, m_order--), std::move(job));
    }
    runner->arm(shared_from_this());
    pool->start(runner.release(), priority);
}

void LoadQueue::runFirst(QThreadPool *pool, bool run)
{
    Job job;
    {
        const std::lock_guard lock(m_mutex);
        const auto first =
                m_jobs.lower_bound(Place(pool, std::numeric_limits<int>::min(), quint64(0)));
        if (first == m_jobs.end() || std::get<0>(first->first) != pool)
            return;
        job = std::move(first->second);
        m_jobs.erase(first);
    }
    job(run);
}

} // namespace SyncMapInternal
