// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

// Finds out whether a lock is held at this moment, wherever code of a user's runs: another thread does
// something that needs it. To ask allocates nothing.
class LockProbe
{
public:
    // \a use takes the lock and lets it go.
    explicit LockProbe(std::function<void()> use) : m_use(std::move(use)) { }
    // The lock is free by now.
    ~LockProbe()
    {
        m_isOver = true;
        m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(LockProbe)

    // Once it has been held, it is not asked for again.
    void ask() noexcept
    {
        if (m_wasHeld)
            return;
        ++m_askedFor;
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (m_answered != m_askedFor) {
            if (std::chrono::steady_clock::now() > end) {
                m_wasHeld = true;
                return;
            }
            std::this_thread::yield();
        }
    }

    int questions() const noexcept { return m_askedFor; }
    bool wasHeld() const noexcept { return m_wasHeld; }

private:
    void work()
    {
        while (!m_isOver) {
            if (const int asked = m_askedFor; m_answered != asked) {
                m_use();
                m_answered = asked;
            }
            std::this_thread::yield();
        }
    }

    const std::function<void()> m_use;
    std::atomic<int> m_askedFor { 0 };
    std::atomic<int> m_answered { 0 };
    std::atomic<bool> m_wasHeld { false };
    std::atomic<bool> m_isOver { false };
    std::thread m_thread { [this] { work(); } };
};

// A value that says how large it is itself, and may do more then.
struct MeasuredValue
{
    static inline thread_local std::function<void()> whenMeasured;

    char content = 0;
    MeasuredValue() = default;
    MeasuredValue(const MeasuredValue &other) : content(other.content) { }
    MeasuredValue &operator=(const MeasuredValue &) = default;
    ~MeasuredValue() { content = 1; }

    qint64 sizeInBytes() const
    {
        if (whenMeasured)
            whenMeasured();
        return 1 << 20;
    }
};
