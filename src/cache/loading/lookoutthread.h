// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/lookout.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class CallerContext;
class Parked;

// What is behind LookOut. Never destroyed.
class LookOutThread
{
public:
    using Clock = LookOut::Clock;

    static LookOutThread &instance();

    // Never returns.
    void run();

    void callAt(Clock::time_point time, std::weak_ptr<const void> subject, std::function<void()> f);
    void watch(std::weak_ptr<CallerContext> context);
    void wake() noexcept;
    quint64 moment() const noexcept { return m_moment.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t MaximalSlices = 8;

    struct Due
    {
        std::weak_ptr<const void> subject;
        std::function<void()> f;
    };

    LookOutThread() = default;
    void callDue();
    void waitLocked(std::unique_lock<std::mutex> &lock, Clock::time_point until);
    void sweepLocked() noexcept;
    // At one of so many slices of what there is, each of some lots. True if there is any future there.
    bool look(std::size_t slice, std::size_t slices);
    bool lookAtContexts(std::vector<std::shared_ptr<Parked>> &forsaken);

    std::atomic<quint64> m_moment { 1 }; // relaxed: a number
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::multimap<Clock::time_point, Due> m_due; // under the mutex, as the next one
    std::size_t m_manyDue = 64; // then those without a subject are taken out
    std::mutex m_contextsMutex;
    std::vector<std::weak_ptr<CallerContext>> m_contexts; // under that one
    // Written under the mutex. Whoever parks a future reads it after he has left the mutex of the
    // lot, whoever has a context watched after that of the contexts; this thread says that it sleeps
    // before it looks at lots and contexts for the last time, with those mutexes: so one of the two
    // sees the other.
    std::atomic<bool> m_isAwake { false };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
