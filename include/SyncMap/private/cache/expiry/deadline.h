// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Moments and spans in nanoseconds of a monotonic clock. Sums end at the ends of the range, so that
// "in three hundred years" is late, and never long ago.

// Now, twice: on the time line that goes on while the machine is suspended, and on the one that stands
// still. Each is 0 where nobody asks for it.
struct Moment
{
    qint64 time = 0;
    qint64 awake = 0;
};

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

// What is 0 or less is over at once; what is longer than the range, SyncCacheForever too, is Never.
constexpr qint64 toNanoseconds(std::chrono::milliseconds span) noexcept
{
    constexpr qint64 perMillisecond = 1'000'000;
    const qint64 count = span.count();
    if (count <= 0)
        return 0;
    return count > Never / perMillisecond ? Never : count * perMillisecond;
}

// When a span that begins now is over.
constexpr qint64 endOf(qint64 now, qint64 span) noexcept
{
    return span == Never ? Never : saturatingAdd(now, span);
}

// As a span for people: whole milliseconds, and without end for Never.
constexpr std::chrono::milliseconds toMilliseconds(qint64 nanoseconds) noexcept
{
    if (nanoseconds == Never)
        return (std::chrono::milliseconds::max)();
    return std::chrono::milliseconds(nanoseconds / 1'000'000);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
