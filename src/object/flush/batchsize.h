// SPDX-License-Identifier: MIT
#pragma once

#include "flushbudget.h"

#include <QtCore/qglobal.h>

namespace SyncMapInternal {

// How many keys are looked up for one turn of the event loop. Those that then do not fit into the turn,
// since whoever is told of them is slow, or the machine is, were looked up in vain: the next turn takes
// no more than twice as many as were told.
class BatchSize
{
public:
    qsizetype keys(const FlushBudget &budget) const
    {
        return budget.isLimited() ? m_keys : budget.keys();
    }
    void told(qsizetype count, qsizetype ofThem)
    {
        m_keys = qBound(Fewest, 2 * (count < ofThem ? count : m_keys), FlushBudget::MostKeys);
    }

private:
    static constexpr qsizetype Fewest = 8; // cost little, whoever is told

    qsizetype m_keys = FlushBudget::MostKeys;
};

} // namespace SyncMapInternal
