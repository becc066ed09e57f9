// SPDX-License-Identifier: MIT
#pragma once

#include "flushbudget.h"

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How many keys are looked up for one turn of the event loop, before any of them is told of: as many as
// take no more than a quarter of the turn. What does not fit into it is looked up again in the next one:
// where that took the whole turn, each would tell of one range of rows, and all of them take a time that
// is quadratic.
class BatchSize
{
public:
    qsizetype keys(const FlushBudget &budget) const
    {
        return budget.isLimited() ? m_keys : budget.keys();
    }
    // So many, in so many nanoseconds. Other threads may have had the processor meanwhile, so that one
    // time says little.
    void lookedUp(qsizetype count, qint64 time)
    {
        if (count == 0)
            return;
        const qint64 affordable =
                count * (FlushBudget::MostNanoseconds / 4) / qMax(time, qint64(1));
        m_keys = qsizetype(qBound(qint64(m_keys / 2), affordable, qint64(2 * m_keys)));
        m_keys = qBound(Fewest, m_keys, FlushBudget::MostKeys);
    }

private:
    static constexpr qsizetype Fewest = 8;

    qsizetype m_keys = FlushBudget::MostKeys;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
