// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loading/loadpool.h>

#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

#include <atomic>

namespace SyncMapInternal {

namespace {

class LoadPool
{
public:
    LoadPool() : m_pool(new QThreadPool)
    {
        m_pool->setObjectName(QStringLiteral("SyncCache loads"));
        m_pool->setMaxThreadCount(qMax(4, 2 * QThread::idealThreadCount()));
    }
    Q_DISABLE_COPY_MOVE(LoadPool)
    ~LoadPool()
    {
        isGone = true;
        // A loader that never returns must not keep the application from ending.
        constexpr int patience = 1000; // milliseconds
        m_pool->clear();
        if (m_pool->waitForDone(patience))
            delete m_pool;
    }

    QThreadPool *pool() const { return m_pool; }

    // For loads that are begun by destructors of other static objects.
    static inline std::atomic<bool> isGone { false };

private:
    QThreadPool *const m_pool;
};

} // namespace

QThreadPool *loadPool()
{
    if (LoadPool::isGone)
        return QThreadPool::globalInstance();
    static const LoadPool instance;
    return instance.pool();
}

} // namespace SyncMapInternal
