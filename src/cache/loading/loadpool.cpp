// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/loading/loadpool.h>

#include <SyncMap/private/cache/loading/waits.h>

#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

QThreadPool *makePool()
{
    auto *pool = new QThreadPool;
    pool->setObjectName(QStringLiteral("SyncCache loads"));
    pool->setMaxThreadCount(qMax(4, 2 * QThread::idealThreadCount()));
    return pool;
}

// Never destroyed: destructors of other static objects may load.
QThreadPool *pool()
{
    static QThreadPool *const instance = makePool();
    return instance;
}

// At the program's end, loaders get a moment to end, too. One that never returns must not keep it.
struct Farewell
{
    Farewell() = default;
    Q_DISABLE_COPY_MOVE(Farewell)
    ~Farewell()
    {
        constexpr int patience = 1000; // milliseconds
        pool()->clear();
        pool()->waitForDone(patience);
    }
};

} // namespace

QThreadPool *loadPool()
{
    static const bool isPrepared = (prepareWaits(), true);
    Q_UNUSED(isPrepared)
    static const Farewell farewell;
    return pool();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
