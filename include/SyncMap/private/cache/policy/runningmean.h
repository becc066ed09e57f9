// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The mean of small whole numbers: of the first 64, and from then on one that forgets as fast.
class RunningMean
{
public:
    static constexpr int Unit = 4096;

    void add(int value) noexcept
    {
        m_count = qMin(m_count + 1, Memory);
        m_mean += (value * Unit - m_mean) / m_count;
    }
    int inUnits() const noexcept { return m_mean; } // 0: of none

private:
    static constexpr int Memory = 64;

    int m_mean = 0;
    int m_count = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
