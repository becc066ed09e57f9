// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qbytearray.h>

#include <atomic>
#include <mutex>

// What threads found wrong, for Qt Test, whose own macros are for one thread only:
//
//     Findings findings;
//     runInThreads(8, [&](int) { findings.expect(map.contains(1), "key 1 is gone"); });
//     QVERIFY2(findings.isEmpty(), findings.first());
class Findings
{
public:
    void expect(bool holds, const char *otherwise)
    {
        if (Q_UNLIKELY(!holds))
            add(otherwise);
    }

    void add(const QByteArray &finding)
    {
        const std::lock_guard lock(m_mutex);
        if (m_count.fetch_add(1, std::memory_order_relaxed) == 0)
            m_first = finding;
    }

    // relaxed: threads use it to end early, tests ask after they joined the threads.
    bool isEmpty() const { return m_count.load(std::memory_order_relaxed) == 0; }

    // After the threads have ended.
    const char *first() const { return m_first.constData(); }

private:
    std::mutex m_mutex;
    QByteArray m_first;
    std::atomic<int> m_count { 0 };
};
