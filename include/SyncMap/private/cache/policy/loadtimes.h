// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/policy/runningmean.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qalgorithms.h>
#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// By how much an entry is worth more than others, since its load took long. GreedyDual (Young,
// "On-line file caching", SODA 1998) divides the cost by it; here it is the square root of how many
// times longer than usual it took, since what took long once may not do so again: as much less is
// waited for, and a quarter of the misses come on top.
//
// In classes, each twice as long as the one below, from two milliseconds on: shorter ones are alike.
// Usual is the mean class of the first 64, and from then on one that forgets as fast. Times within a factor of four of it are alike, too.
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
        m_usual.add(loadClass);
    }

    // In classes of cost; negative if it took less than usual.
    int worthOf(quint8 loadClass) const noexcept
    {
        if (loadClass == 0)
            return 0;
        constexpr int unit = RunningMean::Unit;
        return qBound(-MostWorth, (loadClass * unit - m_usual.inUnits()) / (2 * unit), MostWorth);
    }

private:
    static constexpr int MostWorth = 5;

    RunningMean m_usual;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
