// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/loadqueue.h>

#include <QtCore/qrunnable.h>

#include <algorithm>
#include <utility>

namespace SyncMapInternal {

class LoadQueue::Starter : public QRunnable
{
public:
    explicit Starter(std::shared_ptr<LoadQueue> queue) : m_queue(std::move(queue)) { }
    Q_DISABLE_COPY_MOVE(Starter)
    // Without having been run: by QThreadPool::clear().
    ~Starter() override
    {
        if (m_queue)
            m_queue->clear(SyncCacheError(SyncCacheError::Canceled));
    }
    void run() override { std::exchange(m_queue, nullptr)->runFirst(); }

private:
    std::shared_ptr<LoadQueue> m_queue;
};

LoadQueue::LoadQueue(QThreadPool *pool) : m_pool(pool) { }
LoadQueue::~LoadQueue() = default;

bool LoadQueue::push(const std::shared_ptr<LoadBase> &load)
{
    // Made before the mutex is taken: what follows has an effect as a whole, or none.
    std::list<std::shared_ptr<LoadBase>> byAge { load };
    std::list<LoadBase *> byUrgency { load.get() };
    int priority = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_pool)
            return false;
        // Whoever claims a load takes it out of here, after: either it is seen here, or there.
        if (load->state() != LoadBase::State::Queued)
            return true;
        priority = load->priority();
        auto &level = m_byUrgency[priority];
        auto &queued = load->m_queued;
        queued.byAge = byAge.begin();
        queued.byUrgency = byUrgency.begin();
        queued.priority = priority;
        queued.isThere = true;
        m_byAge.splice(m_byAge.end(), byAge);
        level.splice(level.begin(), byUrgency);
        m_loads += load->mayBeTooMuch();
    }
    QT_TRY
    {
        startOne(priority);
    }
    QT_CATCH(...)
    {
        remove(*load);
        QT_RETHROW;
    }
    dropTooMany();
    return true;
}

void LoadQueue::dropTooMany() noexcept
{
    for (;;) {
        std::shared_ptr<LoadBase> oldest;
        {
            const std::lock_guard lock(m_mutex);
            if (m_maximum < 0 || m_loads <= m_maximum)
                return;
            oldest = *std::find_if(m_byAge.begin(), m_byAge.end(),
                                   [](const auto &load) { return load->mayBeTooMuch(); });
            takeLocked(*oldest);
        }
        if (oldest->tryDrop())
            oldest->fail(SyncCacheError(SyncCacheError::Canceled));
    }
}

// The pool has a runnable for what waits, unless it has as many as it has threads.
void LoadQueue::startOne(int priority)
{
    QThreadPool *pool = nullptr;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_pool || m_starters >= qMax(1, m_pool->maxThreadCount())
            || m_starters >= int(qMin<std::size_t>(m_byAge.size(), 1 << 20)))
            return;
        ++m_starters;
        pool = m_pool;
    }
    QT_TRY
    {
        pool->start(new Starter(shared_from_this()), priority);
    }
    QT_CATCH(...)
    {
        const std::lock_guard lock(m_mutex);
        --m_starters;
        if (m_starters == 0)
            QT_RETHROW;
    }
}

void LoadQueue::runFirst()
{
    {
        const std::lock_guard lock(m_mutex);
        --m_starters;
    }
    // One that is found here may have been taken over meanwhile.
    while (const auto load = takeFirst()) {
        if (!load->tryClaim())
            continue;
        QT_TRY
        {
            startOne(load->priority());
        }
        QT_CATCH(...)
        {
            // What waits is started by whoever comes next.
        }
        load->run();
        return;
    }
}

std::shared_ptr<LoadBase> LoadQueue::takeFirst()
{
    constexpr unsigned oldestEach = 4;
    std::shared_ptr<LoadBase> first;
    const std::lock_guard lock(m_mutex);
    if (m_byAge.empty())
        return first;
    const bool isOldest = ++m_starts % oldestEach == 0;
    first = isOldest ? m_byAge.front() : *m_byUrgency.begin()->second.front()->m_queued.byAge;
    takeLocked(*first);
    return first;
}

void LoadQueue::takeLocked(LoadBase &load) noexcept
{
    auto &queued = load.m_queued;
    queued.isThere = false;
    const auto level = m_byUrgency.find(queued.priority);
    level->second.erase(queued.byUrgency);
    if (level->second.empty())
        m_byUrgency.erase(level);
    m_loads -= load.mayBeTooMuch();
    m_byAge.erase(queued.byAge);
}

bool LoadQueue::remove(LoadBase &load) noexcept
{
    std::shared_ptr<LoadBase> kept; // outlives the mutex
    const std::lock_guard lock(m_mutex);
    if (!load.m_queued.isThere)
        return false;
    kept = *load.m_queued.byAge;
    takeLocked(load);
    return true;
}

void LoadQueue::raise(LoadBase &load, int priority) noexcept
{
    const std::lock_guard lock(m_mutex);
    auto &queued = load.m_queued;
    if (!queued.isThere || priority <= queued.priority)
        return;
    QT_TRY
    {
        auto &level = m_byUrgency[priority];
        const auto old = m_byUrgency.find(queued.priority);
        level.splice(level.begin(), old->second, queued.byUrgency);
        if (old->second.empty())
            m_byUrgency.erase(old);
        queued.priority = priority;
    }
    QT_CATCH(...)
    {
        // Without memory for another priority.
    }
}

void LoadQueue::setMaximum(qsizetype maximum)
{
    {
        const std::lock_guard lock(m_mutex);
        m_maximum = maximum;
    }
    dropTooMany();
}

qsizetype LoadQueue::size() const
{
    const std::lock_guard lock(m_mutex);
    return qsizetype(m_byAge.size());
}

bool LoadQueue::isItsThread() const
{
    bool isIts = false;
    lookAtPool(
            [&isIts](const QThreadPool &pool) { isIts = pool.contains(QThread::currentThread()); });
    return isIts;
}

bool LoadQueue::runOne()
{
    while (const auto load = takeFirst()) {
        if (!load->tryClaim())
            continue;
        load->run();
        return true;
    }
    return false;
}

std::list<std::shared_ptr<LoadBase>> LoadQueue::close()
{
    std::list<std::shared_ptr<LoadBase>> rest;
    const std::lock_guard lock(m_mutex);
    m_pool = nullptr;
    rest.swap(m_byAge);
    for (const auto &load : rest)
        load->m_queued.isThere = false;
    m_byUrgency.clear();
    m_loads = 0;
    return rest;
}

void LoadQueue::clear(const SyncCacheError &why) noexcept
{
    {
        const std::lock_guard lock(m_mutex);
        --m_starters;
    }
    for (;;) {
        std::shared_ptr<LoadBase> load;
        {
            const std::lock_guard lock(m_mutex);
            if (m_byAge.empty())
                return;
            load = m_byAge.front();
            takeLocked(*load);
        }
        if (load->tryDrop())
            load->fail(why);
    }
}

} // namespace SyncMapInternal
