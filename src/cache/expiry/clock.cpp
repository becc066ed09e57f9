// SPDX-License-Identifier: MIT
#include <SyncMap/cache/expiry/clock.h>

#include <SyncMap/cache/expiry/deadline.h>

#include <QtCore/qbytearray.h>

#include <algorithm>
#include <mutex>

#ifdef Q_OS_LINUX
#  include <ctime>
#endif

namespace SyncMapInternal {

ClockListener::~ClockListener() = default;

#ifdef Q_OS_LINUX

namespace {

qint64 toNanoseconds(const timespec &time) noexcept
{
    return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

qint64 read(clockid_t clock) noexcept
{
    timespec time = {};
    clock_gettime(clock, &time);
    return toNanoseconds(time);
}

// SYNCMAP_CLOCK=exact does without the coarse clock, as systems do that have none.
clockid_t chooseCoarseClock() noexcept
{
    timespec tick = {};
    const bool isThere =
            clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 && toNanoseconds(tick) < CoarseLag / 2;
    return isThere && qgetenv("SYNCMAP_CLOCK") != "exact" ? CLOCK_MONOTONIC_COARSE
                                                          : CLOCK_MONOTONIC;
}

} // namespace

qint64 exactNow() noexcept
{
    return read(CLOCK_MONOTONIC);
}

qint64 coarseNow() noexcept
{
    static const clockid_t clock = chooseCoarseClock();
    return read(clock);
}

#else

qint64 exactNow() noexcept
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

qint64 coarseNow() noexcept
{
    return exactNow();
}

#endif

} // namespace SyncMapInternal

SyncCacheClock::~SyncCacheClock() = default;

void SyncCacheClock::attach(const std::weak_ptr<SyncMapInternal::ClockListener> &) { }

SyncManualClock::SyncManualClock(std::chrono::nanoseconds start) : m_now(start.count()) { }

SyncManualClock::~SyncManualClock() = default;

std::chrono::nanoseconds SyncManualClock::now() const
{
    // acquire and release: who sees the new time sees what was done before it was set.
    return std::chrono::nanoseconds(m_now.load(std::memory_order_acquire));
}

void SyncManualClock::advance(std::chrono::nanoseconds span)
{
    Q_ASSERT_X(span.count() >= 0, "SyncManualClock", "time does not go back");
    qint64 now = m_now.load(std::memory_order_relaxed);
    while (!m_now.compare_exchange_weak(
            now, SyncMapInternal::saturatingAdd(now, std::max<qint64>(span.count(), 0)),
            std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
    std::vector<std::weak_ptr<SyncMapInternal::ClockListener>> listeners;
    {
        const std::lock_guard lock(m_mutex);
        const auto dead = std::remove_if(m_listeners.begin(), m_listeners.end(),
                                         [](const auto &listener) { return listener.expired(); });
        m_listeners.erase(dead, m_listeners.end());
        listeners = m_listeners;
    }
    for (const auto &weak : listeners) {
        if (const auto listener = weak.lock())
            listener->clockAdvanced();
    }
}

void SyncManualClock::attach(const std::weak_ptr<SyncMapInternal::ClockListener> &listener)
{
    const std::lock_guard lock(m_mutex);
    m_listeners.push_back(listener);
}
