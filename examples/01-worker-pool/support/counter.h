// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qglobal.h>

#include <atomic>

// Counted by all workers, and on a cache line of its own: counting should slow down nothing else.
class alignas(64) Counter
{
public:
    // relaxed: nobody concludes from a count what else has happened.
    void operator+=(qint64 more) { m_count.fetch_add(more, std::memory_order_relaxed); }
    operator qint64() const { return m_count.load(std::memory_order_relaxed); }

private:
    std::atomic<qint64> m_count = 0;
};
