// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>

#include <QtCore/qfuture.h>
#include <QtCore/qmutex.h>

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
