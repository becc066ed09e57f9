// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/loading/loadqueue.h>

#include <QtCore/qrunnable.h>
#include <QtCore/qscopeguard.h>

#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

void dropCanceled(LoadBase &load) noexcept
{
    if (load.tryDrop())
        load.fail(SyncCacheError(SyncCacheError::Canceled));
}

} // namespace

class LoadQueue::Starter : public QRunnable
{
public:
    explicit Starter(std::shared_ptr<LoadQueue> queue) : m_queue(std::move(queue)) { }
    Q_DISABLE_COPY_MOVE(Starter)
    // Without having been run: by QThreadPool::clear().
    ~Starter() override
    {
        if (!m_queue)
            return;
        {
            const std::lock_guard lock(m_queue->m_mutex);
            --m_queue->m_starters;
        }
        m_queue->failAll(SyncCacheError(SyncCacheError::Canceled));
    }
    void run() override { std::exchange(m_queue, nullptr)->runFirst(); }

    // The pool has it, unless this throws.
    static void startIn(QThreadPool &pool, const std::shared_ptr<LoadQueue> &queue, int priority)
    {
        auto starter = std::make_unique<Starter>(queue);
        auto undo = qScopeGuard([&] { starter->m_queue = nullptr; });
        pool.start(starter.get(), priority);
        undo.dismiss();
        (void)starter.release();
    }

private:
    std::shared_ptr<LoadQueue> m_queue;
};

LoadQueue::LoadQueue(QThreadPool *pool) : m_pool(pool) { }
LoadQueue::~LoadQueue() = default;

bool LoadQueue::push(const std::shared_ptr<LoadBase> &load)
{
    int priority = 0;
    bool areTooMany = false;
    QThreadPool *pool = nullptr;
    {
        std::unique_lock lock(m_mutex);
        if (!m_pool)
            return false;
        // Whoever claims a load takes it out of here, after: either it is seen here, or there.
        if (load->state() != LoadBase::State::Queued)
            return true;
        if (m_maximum == 0 && load->mayBeTooMuch()) { // or a free thread might be quicker
            lock.unlock();
            dropCanceled(*load);
            return true;
        }
        priority = load->priority();
        m_byUrgency[priority].prepend(*load);
        m_byAge.append(*load);
        load->m_queuedPriority = priority;
        load->m_itself = load;
        ++m_size;
        m_loads += load->mayBeTooMuch();
        areTooMany = m_maximum >= 0 && m_loads > m_maximum;
        pool = claimStarterLocked();
    }
    QT_TRY
    {
        if (pool)
            startIn(*pool, priority);
    }
    QT_CATCH(...)
    {
        remove(*load);
        // Others that have come since rely on this starter.
        failAll(currentError());
        QT_RETHROW;
    }
    if (areTooMany)
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
            LoadBase *load = m_byAge.first();
            while (!load->mayBeTooMuch())
                load = ByAge::next(*load);
            oldest = takeLocked(*load);
        }
        dropCanceled(*oldest);
    }
}

void LoadQueue::startOne(int priority)
{
    QThreadPool *pool = nullptr;
    {
        const std::lock_guard lock(m_mutex);
        pool = claimStarterLocked();
    }
    if (pool)
        startIn(*pool, priority);
}

// The pool has a runnable for what waits, unless it has as many as it has threads. Null: it has.
QThreadPool *LoadQueue::claimStarterLocked() noexcept
{
    if (!m_pool || m_starters >= m_size || m_starters >= qMax(1, m_pool->maxThreadCount()))
        return nullptr;
    ++m_starters;
    return m_pool;
}

void LoadQueue::startIn(QThreadPool &pool, int priority)
{
    QT_TRY
    {
        Starter::startIn(pool, shared_from_this(), priority);
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
        // Without memory for another starter, this one does it all.
        const bool isAlone = bool(guarded([this, &load] { startOne(load->priority()); }));
        load->run();
        if (!isAlone)
            return;
    }
}

std::shared_ptr<LoadBase> LoadQueue::takeFirst()
{
    constexpr unsigned oldestEach = 4;
    const std::lock_guard lock(m_mutex);
    if (m_byAge.isEmpty())
        return nullptr;
    const bool isOldest = ++m_starts % oldestEach == 0;
    if (isOldest)
        return takeLocked(*m_byAge.first());
    auto level = m_byUrgency.begin();
    while (level->second.isEmpty())
        ++level;
    return takeLocked(*level->second.first());
}

std::shared_ptr<LoadBase> LoadQueue::takeLocked(LoadBase &load) noexcept
{
    leaveLevelLocked(load);
    m_byAge.remove(load);
    --m_size;
    m_loads -= load.mayBeTooMuch();
    return std::move(load.m_itself);
}

void LoadQueue::leaveLevelLocked(LoadBase &load) noexcept
{
    constexpr int usual = 0;
    const auto level = m_byUrgency.find(load.m_queuedPriority);
    level->second.remove(load);
    if (level->second.isEmpty() && level->first != usual)
        m_byUrgency.erase(level);
}

bool LoadQueue::remove(LoadBase &load) noexcept
{
    std::shared_ptr<LoadBase> kept; // outlives the mutex
    const std::lock_guard lock(m_mutex);
    if (!has(load))
        return false;
    kept = takeLocked(load);
    return true;
}

void LoadQueue::raise(LoadBase &load, int priority) noexcept
{
    const std::lock_guard lock(m_mutex);
    if (!has(load) || priority <= load.m_queuedPriority)
        return;
    QT_TRY
    {
        ByUrgency &level = m_byUrgency[priority];
        leaveLevelLocked(load);
        level.prepend(load);
        load.m_queuedPriority = priority;
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
    return m_size;
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

void LoadQueue::close(const SyncCacheError &why) noexcept
{
    {
        const std::lock_guard lock(m_mutex);
        m_pool = nullptr;
    }
    failAll(why);
}

void LoadQueue::failAll(const SyncCacheError &why) noexcept
{
    for (;;) {
        std::shared_ptr<LoadBase> load;
        {
            const std::lock_guard lock(m_mutex);
            if (m_byAge.isEmpty())
                return;
            load = takeLocked(*m_byAge.first());
        }
        if (load->tryDrop())
            load->fail(why);
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
