// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qalgorithms.h>
#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Costs in classes: each is twice the one below. The limits between them are the bound of the cache,
// halved and halved again, so that costs and bound in another unit are the same classes, moved.
class CostScale
{
public:
    static constexpr int Classes = 64;
    static constexpr int Lowest = 2; // so that hits can lower it

    void setBound(quint64 bound) noexcept { m_bound = aligned(qMax<quint64>(bound, 1)); }

    // \a shift is for what makes an entry worth more or less than others of its cost. Costs of 2^54
    // and more are one class.
    int classOf(quint64 cost, int shift) const noexcept
    {
        cost = qMax<quint64>(cost, 1);
        const uint zeros = qCountLeadingZeroBits(cost);
        const int itsClass = Highest - int(zeros) - (cost << zeros < m_bound ? 1 : 0) + shift;
        return qBound(Lowest, itsClass, Classes - 1);
    }

private:
    static constexpr int Highest = 72; // of 2^63

    static quint64 aligned(quint64 value) noexcept { return value << qCountLeadingZeroBits(value); }

    quint64 m_bound = Q_UINT64_C(1) << 63;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
