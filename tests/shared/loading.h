// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/errors.h>

#include <QtCore/qfuture.h>
#include <QtCore/qmutex.h>
#include <QtCore/qthreadpool.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

// Closed until it is opened.
class Latch
{
public:
    void open()
    {
        const std::lock_guard lock(m_mutex);
        m_isOpen = true;
        m_condition.notify_all();
    }
    void wait()
    {
        std::unique_lock lock(m_mutex);
        m_condition.wait(lock, [this] { return m_isOpen; });
    }

private:
    QMutex m_mutex;
    std::condition_variable_any m_condition;
    bool m_isOpen = false;
};

// A loader that says when it runs and goes on when it may.
struct Gate
{
    Latch entered;
    Latch mayLeave;
    std::atomic<int> runs { 0 };

    int pass(int value)
    {
        ++runs;
        entered.open();
        mayLeave.wait();
        return value;
    }
};

// A pool of one thread that is held up, so that what is asked for waits for its turn.
struct BusyPool
{
    Gate gate;
    QThreadPool pool; // ends before what its thread waits for

    BusyPool()
    {
        pool.setMaxThreadCount(1);
        pool.start([this] { gate.pass(0); });
        gate.entered.wait();
    }
    ~BusyPool() { gate.mayLeave.open(); }
    Q_DISABLE_COPY_MOVE(BusyPool)
};

template <typename T>
SyncCacheError errorOf(QFuture<T> future)
{
    try {
        future.waitForFinished();
    } catch (...) { // whatever a loader threw
        return SyncMapInternal::currentError();
    }
    return {};
}
