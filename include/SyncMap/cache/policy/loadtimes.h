// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qalgorithms.h>
#include <QtCore/qglobal.h>

namespace SyncMapInternal {

// By how much an entry is worth more than others, since its load took long. GreedyDual (Young,
// "On-line file caching", SODA 1998) divides the cost by it; here it is the square root of how many
// times longer than usual it took, since what took long once may not do so again: as much less is
// waited for, with half the misses more.
//
// In classes, each twice as long as the one below, from a millisecond on: shorter ones are alike.
// Usual is the mean of the last 64 or so. Times within a factor of four of it are alike, too.
class LoadTimes
{
public:
    // 0, for what was not loaded, if it took no time.
    static quint8 classOf(qint64 nanoseconds) noexcept
    {
        if (nanoseconds <= 0)
            return 0;
        const quint64 milliseconds = quint64(qMax<qint64>(nanoseconds / 1'000'000, 1));
        return quint8(64 - qCountLeadingZeroBits(milliseconds));
    }

    void add(quint8 loadClass) noexcept
    {
        if (loadClass == 0)
            return;
        const int value = loadClass * Unit;
        m_usual = m_usual == 0 ? value : m_usual + (value - m_usual) / Memory;
    }

    // In classes of cost; negative if it took less than usual.
    int worthOf(quint8 loadClass) const noexcept
    {
        if (loadClass == 0)
            return 0;
        return qBound(-MostWorth, (loadClass * Unit - m_usual) / (2 * Unit), MostWorth);
    }

private:
    static constexpr int Unit = 4096;
    static constexpr int Memory = 64;
    static constexpr int MostWorth = 5;

    int m_usual = 0; // 0: none was added yet
};

} // namespace SyncMapInternal
