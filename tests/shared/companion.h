// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

// A second thread that does one thing after another, each when the test says so, and ends with this
// object: with it, a test decides the order in which threads do things.
class Companion
{
public:
    Companion() : m_thread([this] { work(); }) { }
    ~Companion()
    {
        wait(); // an empty task is not to take the place of another one
        post({});
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(Companion)

    // Runs \a task in the other thread and waits for its end.
    void run(std::function<void()> task)
    {
        post(std::move(task));
        wait();
    }

    // Lets the other thread begin \a task, and does not wait.
    void post(std::function<void()> task)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_task = std::move(task);
            m_isBusy = true;
        }
        m_changed.notify_all();
    }

    // Waits for the end of what was posted.
    void wait()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_isBusy; });
    }

private:
    void work()
    {
        for (;;) {
            std::function<void()> task;
            {
                std::unique_lock lock(m_mutex);
                m_changed.wait(lock, [this] { return m_isBusy; });
                task = std::exchange(m_task, {});
            }
            if (!task)
                return;
            task();
            task = {};
            {
                const std::lock_guard lock(m_mutex);
                m_isBusy = false;
            }
            m_changed.notify_all();
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::function<void()> m_task;
    bool m_isBusy = false;
    std::thread m_thread;
};
