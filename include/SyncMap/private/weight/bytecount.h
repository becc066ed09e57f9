// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <limits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

constexpr quint64 addSaturated(quint64 a, quint64 b) noexcept
{
    constexpr auto most = (std::numeric_limits<quint64>::max)();
    return a > most - b ? most : a + b;
}

constexpr quint64 multiplySaturated(quint64 a, quint64 b) noexcept
{
    constexpr auto most = (std::numeric_limits<quint64>::max)();
    return a != 0 && b > most / a ? most : a * b;
}

// What something that owns memory is taken for if nobody can know how much.
inline constexpr quint64 assumedBytes = quint64(32) * 1024;

// How many bytes are known of, and how many things own memory that is not.
struct ByteCount
{
    quint64 bytes = 0;
    quint64 unknown = 0;

    // Small enough that sums of many need not look for an overflow.
    static constexpr quint64 Most = quint64(1) << 47;

    constexpr ByteCount &operator+=(const ByteCount &other) noexcept
    {
        bytes = addSaturated(bytes, other.bytes);
        unknown = addSaturated(unknown, other.unknown);
        return *this;
    }

    // Of what lies in memory, and so cannot add up to more than there is.
    constexpr ByteCount &addPresent(const ByteCount &other) noexcept
    {
        bytes += other.bytes;
        unknown += other.unknown;
        return *this;
    }

    // Of \a all, if this is that of \a some of them.
    constexpr ByteCount scaled(quint64 some, quint64 all) const noexcept
    {
        return { scaled(bytes, some, all), scaled(unknown, some, all) };
    }

    // With what is unknown at a guess, up to Most.
    constexpr quint64 assumed() const noexcept
    {
        const quint64 all = addSaturated(bytes, multiplySaturated(unknown, assumedBytes));
        return all < Most ? all : Most;
    }

private:
    static constexpr quint64 scaled(quint64 sum, quint64 some, quint64 all) noexcept
    {
        return addSaturated(multiplySaturated(sum / some, all),
                            multiplySaturated(sum % some, all) / some);
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
