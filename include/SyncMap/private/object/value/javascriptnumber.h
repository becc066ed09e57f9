// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What JavaScript calls a number of milliseconds, or of cost.

constexpr double LargestNumber = 9e15;

inline qint64 toInteger(double number) noexcept
{
    return qint64(std::clamp(number, -LargestNumber, LargestNumber));
}

// In QML, -1 is without end, of times and of bounds; and so is what no clock counts to, as Infinity.
inline bool isEndless(double number) noexcept
{
    constexpr double longest =
            double((std::numeric_limits<qint64>::max)()) / 1e6; // in milliseconds
    return number == -1 || number >= longest;
}

// Neither NaN nor another negative number.
inline bool isLimit(double number) noexcept
{
    return number >= 0 || number == -1;
}

// What is more than nothing is no 0, which is over at once.
inline std::chrono::milliseconds toSpan(double milliseconds) noexcept
{
    return isEndless(milliseconds) ? SyncCacheForever
                                   : std::chrono::milliseconds(toInteger(std::ceil(milliseconds)));
}

inline qint64 toBound(double number) noexcept
{
    return isEndless(number) ? -1 : toInteger(number);
}

// What is more than nothing is no 0, which is never evicted.
inline bool isCost(double number) noexcept
{
    return number >= 0;
}

inline qsizetype toCost(double number) noexcept
{
    return qsizetype(toInteger(std::ceil(number)));
}

inline double fromSpan(std::chrono::milliseconds span) noexcept
{
    return span == SyncCacheForever ? -1 : double(span.count());
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
