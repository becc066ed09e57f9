// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace SyncMapInternal {

// Moments and spans in nanoseconds of a monotonic clock. Sums end at the ends of the range, so that
// "in three hundred years" is late, and never long ago.

inline constexpr qint64 Never = (std::numeric_limits<qint64>::max)();

constexpr qint64 saturatingAdd(qint64 a, qint64 b) noexcept
{
    constexpr qint64 least = (std::numeric_limits<qint64>::min)();
    if (b > 0)
        return a > Never - b ? Never : a + b;
    return a < least - b ? least : a + b;
}

constexpr qint64 saturatingSubtract(qint64 a, qint64 b) noexcept
{
    constexpr qint64 least = (std::numeric_limits<qint64>::min)();
    if (b == least)
        return a < 0 ? a - b : Never;
    return saturatingAdd(a, -b);
}

// Negative spans count as none.
constexpr qint64 toNanoseconds(std::chrono::milliseconds span) noexcept
{
    constexpr qint64 perMillisecond = 1'000'000;
    const qint64 count = span.count();
    if (count <= 0)
        return 0;
    return count > Never / perMillisecond ? Never : count * perMillisecond;
}

} // namespace SyncMapInternal
