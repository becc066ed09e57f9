// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Values that come as they like, and go in their order. What is added together is sorted at once; what
// was sorted is merged as it is taken: so the work for a million of them can be done in small steps.
template <typename Value, typename Less = std::less<Value>>
class SortedRuns
{
public:
    using Run = std::vector<Value>; // the last one goes first

    bool isEmpty() const noexcept { return m_runs.empty(); }

    void add(Run run)
    {
        if (run.empty())
            return;
        std::sort(run.begin(), run.end(),
                  [](const Value &left, const Value &right) { return Less()(right, left); });
        m_runs.push_back(std::move(run));
        std::push_heap(m_runs.begin(), m_runs.end(), isLater);
    }
    // The smallest. Not if it is empty.
    Value take()
    {
        std::pop_heap(m_runs.begin(), m_runs.end(), isLater);
        Run &run = m_runs.back();
        Value value = std::move(run.back());
        run.pop_back();
        if (run.empty())
            m_runs.pop_back();
        else
            std::push_heap(m_runs.begin(), m_runs.end(), isLater);
        return value;
    }
    // All that is left, in no order.
    std::vector<Run> takeRuns() { return std::exchange(m_runs, {}); }

private:
    static bool isLater(const Run &left, const Run &right)
    {
        return Less()(right.back(), left.back());
    }

    std::vector<Run> m_runs; // a heap by what each has last
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
