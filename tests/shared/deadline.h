// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

// Ends the program if this object does not end in time: for tests that hang if they fail.
class Deadline
{
public:
    explicit Deadline(std::chrono::seconds limit = std::chrono::seconds(20))
        : m_thread([this, limit] { watch(limit); })
    {
    }
    Q_DISABLE_COPY_MOVE(Deadline)
    ~Deadline()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isMet = true;
        }
        m_met.notify_one();
        m_thread.join();
    }

private:
    void watch(std::chrono::seconds limit)
    {
        std::unique_lock lock(m_mutex);
        if (m_met.wait_for(lock, limit, [this] { return m_isMet; }))
            return;
        std::fputs("FAIL!  : it has not ended in time\n", stderr);
        std::_Exit(1);
    }

    std::mutex m_mutex;
    std::condition_variable m_met;
    bool m_isMet = false;
    std::thread m_thread;
};
