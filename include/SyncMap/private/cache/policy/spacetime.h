// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What an entry has taken of its cache since it was last used: age times cost. Both in whole numbers,
// and the cost as its class, a power of two, so that products that no number holds can be compared.
struct SpaceTime
{
    quint64 age = 0; // in uses of the cache; 1 at least, or there is none
    int costClass = 0;

    bool isLessThan(const SpaceTime &other) const noexcept
    {
        // The one of the greater cost is so many times dearer; x < y * 2^n as whole numbers is
        // (x >> n) < y, and x * 2^n < y is x <= (y - 1) >> n.
        const int dearer = other.costClass - costClass;
        if (dearer >= 0)
            return (age >> dearer) < other.age;
        return other.age != 0 && age <= (other.age - 1) >> -dearer;
    }
    SpaceTime twice() const noexcept { return { age * 2, costClass }; }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
