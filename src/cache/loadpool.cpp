// SPDX-License-Identifier: MIT
#include <SyncMap/cache/loadpool.h>

#include <QtCore/qglobalstatic.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

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
        // A loader that never returns must not keep the application from ending.
        constexpr int patience = 1000; // milliseconds
        m_pool->clear();
        if (m_pool->waitForDone(patience))
            delete m_pool;
    }

    QThreadPool *pool() const { return m_pool; }

private:
    QThreadPool *const m_pool;
};

Q_GLOBAL_STATIC(LoadPool, theLoadPool)

} // namespace

QThreadPool *loadPool()
{
    LoadPool *pool = theLoadPool();
    return pool ? pool->pool() : QThreadPool::globalInstance();
}

} // namespace SyncMapInternal
