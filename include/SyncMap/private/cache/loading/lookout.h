// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <chrono>
#include <functional>
#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class CallerContext;

// The thread of the library that notices which futures were cancelled, since Qt tells nobody: it
// looks at each every 130 ms, in slices, as long as there are any, and sleeps otherwise. It takes care
// of what is due at a time, too.
class SYNCMAP_EXPORT LookOut
{
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::milliseconds Interval { 130 };

    // Calls \a f in the library's thread, about then, unless its \a subject has gone; it keeps nothing
    // alive, and is itself not kept for long without it. It must not throw, nor block. Any thread;
    // under locks, too. Throws std::bad_alloc.
    static void callAt(Clock::time_point time, std::weak_ptr<const void> subject,
                       std::function<void()> f);

    // Counts the looks, from 1 on.
    static quint64 moment() noexcept;

    // Looks whether the context has gone, as long as it has guests. Any thread. Throws std::bad_alloc.
    static void watch(std::weak_ptr<CallerContext> context);

    // There is something to look at.
    static void wake() noexcept;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
