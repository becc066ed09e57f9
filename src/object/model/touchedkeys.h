// SPDX-License-Identifier: MIT
#pragma once

#include "rowranges.h"

#include <QtCore/qhash.h>
#include <QtCore/qstring.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Of which rows views have to be told, each once, in the order in which they came.
class TouchedKeys
{
public:
    using Touched = std::pair<QString, RowAspect>;

    bool isEmpty() const noexcept { return m_order.empty(); }
    void clear()
    {
        m_order.clear();
        m_aspects.clear();
    }
    void add(const QString &key, RowAspect aspect)
    {
        const auto known = m_aspects.find(key);
        if (known != m_aspects.end()) {
            *known = std::max(*known, aspect);
            return;
        }
        m_aspects.insert(key, aspect);
        m_order.push_back(key);
    }
    std::vector<Touched> take(qsizetype most)
    {
        std::vector<Touched> taken;
        for (; !m_order.empty() && qsizetype(taken.size()) < most; m_order.pop_front())
            taken.emplace_back(m_order.front(), m_aspects.take(m_order.front()));
        if (m_order.empty())
            m_aspects.clear(); // gives the memory back
        return taken;
    }

private:
    std::deque<QString> m_order;
    QHash<QString, RowAspect> m_aspects;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
