// SPDX-License-Identifier: MIT
#include "rowranges.h"

#include <SyncMap/syncmapglobal.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

static void closeSmallestGaps(std::vector<RowRange> &ranges, std::size_t surplus)
{
    const auto gapBefore = [&ranges](std::size_t i) {
        return ranges[i].first - ranges[i - 1].last;
    };
    std::vector<qsizetype> gaps;
    gaps.reserve(ranges.size() - 1);
    for (std::size_t i = 1; i < ranges.size(); ++i)
        gaps.push_back(gapBefore(i));
    const auto limit = gaps.begin() + qptrdiff(surplus) - 1;
    std::nth_element(gaps.begin(), limit, gaps.end());
    const qsizetype largest = *limit;
    // All that are smaller, and of those that are as large, as many as it takes.
    std::size_t ofLargest = surplus
            - std::size_t(std::count_if(gaps.begin(), limit,
                                        [=](qsizetype gap) { return gap < largest; }));
    std::vector<RowRange> fewer { ranges.front() };
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        const qsizetype gap = gapBefore(i);
        if (gap < largest || (gap == largest && ofLargest != 0)) {
            ofLargest -= gap == largest;
            fewer.back().last = ranges[i].last;
            fewer.back().aspect = std::max(fewer.back().aspect, ranges[i].aspect);
        } else {
            fewer.push_back(ranges[i]);
        }
    }
    ranges = std::move(fewer);
}

std::vector<RowRange> rangesOf(std::vector<RowChange> &changes, std::size_t most)
{
    // A row that comes twice comes first with what includes the other.
    std::sort(changes.begin(), changes.end(), [](const RowChange &left, const RowChange &right) {
        return left.row != right.row ? left.row < right.row : left.aspect > right.aspect;
    });
    std::vector<RowRange> ranges;
    for (const RowChange &change : changes) {
        if (!ranges.empty() && change.row <= ranges.back().last)
            continue;
        if (!ranges.empty() && change.row == ranges.back().last + 1
            && change.aspect == ranges.back().aspect)
            ranges.back().last = change.row;
        else
            ranges.push_back({ change.row, change.row, change.aspect });
    }
    if (ranges.size() > most)
        closeSmallestGaps(ranges, ranges.size() - most);
    return ranges;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
