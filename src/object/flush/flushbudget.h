// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qelapsedtimer.h>

#include <limits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What one turn of the event loop may take of its thread: so many keys, and so much time, looked at
// after each signal, and every few keys. A slot that takes longer is the last one of its batch.
class FlushBudget
{
public:
    static constexpr qsizetype MostKeys = 512;
    static constexpr qint64 MostNanoseconds = 4'000'000;
    static constexpr qsizetype KeysPerLook = 64; // at the clock, where nobody is told of each

    static FlushBudget ofATurn() { return FlushBudget(true); }
    static FlushBudget unlimited() { return FlushBudget(false); }

    bool isLimited() const noexcept { return m_isLimited; }
    qsizetype keys() const noexcept
    {
        return m_isLimited ? MostKeys : std::numeric_limits<qsizetype>::max();
    }
    qint64 elapsed() const { return m_clock.nsecsElapsed(); }
    bool isSpent() const { return isOver(MostNanoseconds); }
    // Before a step that takes a millisecond or two.
    bool isHalfSpent() const { return isOver(MostNanoseconds / 2); }

private:
    bool isOver(qint64 nanoseconds) const
    {
        return m_isLimited && m_clock.nsecsElapsed() >= nanoseconds;
    }

    explicit FlushBudget(bool isLimited) : m_isLimited(isLimited) { m_clock.start(); }

    bool m_isLimited;
    QElapsedTimer m_clock;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
