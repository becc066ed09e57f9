// SPDX-License-Identifier: MIT
#include <SyncMap/cache/synccacheclock.h>
#include <SyncMap/cache/synccachemanualclock.h>

#include <SyncMap/private/cache/expiry/deadline.h>
#include <SyncMap/private/cache/expiry/suspendedtime.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qbytearraylist.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qlogging.h>
#include <QtCore/qmutex.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#if defined(Q_OS_LINUX)
#  include <ctime>
#elif defined(Q_OS_DARWIN)
#  include <mach/mach_time.h>
#elif defined(Q_OS_WIN)
#  include <QtCore/qt_windows.h>
#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

ClockListener::~ClockListener() = default;

namespace {

// SYNCMAP_CLOCK, words with commas between them: "exact" does without the coarse clock, "awake" without
// the time that the machine was suspended for, as systems do that have none.
bool doesWithout(const char *word)
{
    return qgetenv("SYNCMAP_CLOCK").split(',').contains(word);
}

} // namespace

#if defined(Q_OS_LINUX) // Android, too

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

clockid_t chooseCoarseClock() noexcept
{
    timespec tick = {};
    const bool isThere =
            clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 && toNanoseconds(tick) < CoarseLag / 2;
    return isThere && !doesWithout("exact") ? CLOCK_MONOTONIC_COARSE : CLOCK_MONOTONIC;
}

// A kernel without that clock leaves it at 0, and suspended for no time.
qint64 readWithSuspension() noexcept
{
    return read(CLOCK_BOOTTIME);
}

bool knowsSuspension() noexcept
{
    return true;
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

namespace {

#  if defined(Q_OS_DARWIN)

// std::chrono::steady_clock counts what the machine sleeps, with some standard libraries.
qint64 fromTicks(quint64 ticks) noexcept
{
    static const mach_timebase_info_data_t base = [] {
        mach_timebase_info_data_t result = {};
        mach_timebase_info(&result);
        return result;
    }();
    // 24 MHz and 125/3 go on for a hundred years.
    return qint64(ticks * base.numer / base.denom);
}

qint64 readExact() noexcept
{
    return fromTicks(mach_absolute_time());
}

qint64 readWithSuspension() noexcept
{
    return fromTicks(mach_continuous_time());
}

bool knowsSuspension() noexcept
{
    return true;
}

#  else

qint64 readSteady() noexcept
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

#    if defined(Q_OS_WIN)

// std::chrono::steady_clock, the performance counter, counts what the machine sleeps. The interrupt
// times do it, and do not (unbiased). Their precise kind is in KernelBase.dll as of Windows 10, and in
// few import libraries; the other kind has ticks of up to 16 ms.
using ReadInterruptTime = void(WINAPI *)(PULONGLONG);

ReadInterruptTime resolve(const char *name) noexcept
{
    const HMODULE library = GetModuleHandleW(L"KernelBase.dll");
    const FARPROC function = library ? GetProcAddress(library, name) : nullptr;
    // By way of a type that stands for any function: compilers warn of others.
    return reinterpret_cast<ReadInterruptTime>(reinterpret_cast<void (*)()>(function));
}

struct InterruptTimes
{
    ReadInterruptTime unbiased = resolve("QueryUnbiasedInterruptTimePrecise");
    ReadInterruptTime biased = resolve("QueryInterruptTimePrecise");
};

const InterruptTimes &interruptTimes() noexcept
{
    static const InterruptTimes times;
    return times;
}

qint64 read(ReadInterruptTime function) noexcept
{
    ULONGLONG hundreds = 0;
    function(&hundreds);
    return qint64(hundreds) * 100;
}

qint64 readExact() noexcept
{
    const ReadInterruptTime unbiased = interruptTimes().unbiased;
    return unbiased ? read(unbiased) : readSteady();
}

qint64 readWithSuspension() noexcept
{
    return read(interruptTimes().biased);
}

bool knowsSuspension() noexcept
{
    return interruptTimes().unbiased && interruptTimes().biased;
}

#    else

qint64 readExact() noexcept
{
    return readSteady();
}

qint64 readWithSuspension() noexcept
{
    return readSteady();
}

bool knowsSuspension() noexcept
{
    return false;
}

#    endif
#  endif

} // namespace

qint64 exactNow() noexcept
{
    return readExact();
}

qint64 coarseNow() noexcept
{
    return exactNow();
}

#endif

namespace {

SuspendedTime &systemTime() noexcept
{
    static SuspendedTime time(
            { &exactNow, &coarseNow,
              knowsSuspension() && !doesWithout("awake") ? &readWithSuspension : nullptr });
    return time;
}

} // namespace

qint64 exactNowWithSuspension() noexcept
{
    return systemTime().at(exactNow());
}

qint64 coarseNowWithSuspension() noexcept
{
    return systemTime().at(coarseNow());
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

class SyncCacheClockPrivate
{
public:
    void attach(const std::weak_ptr<SyncMapInternal::ClockListener> &listener)
    {
        const std::lock_guard lock(m_mutex);
        // Now and then: a clock may see many caches come and go, and never be advanced.
        if (m_listeners.size() >= m_sizeToLookAt) {
            forgetDeadLocked();
            m_sizeToLookAt = std::max(leastSizeToLookAt, 2 * m_listeners.size());
        }
        m_listeners.push_back(listener);
    }

    std::vector<std::weak_ptr<SyncMapInternal::ClockListener>> listeners()
    {
        const std::lock_guard lock(m_mutex);
        forgetDeadLocked();
        return m_listeners;
    }

private:
    static constexpr std::size_t leastSizeToLookAt = 8;

    void forgetDeadLocked()
    {
        const auto dead = std::remove_if(m_listeners.begin(), m_listeners.end(),
                                         [](const auto &listener) { return listener.expired(); });
        m_listeners.erase(dead, m_listeners.end());
    }

    QMutex m_mutex;
    std::vector<std::weak_ptr<SyncMapInternal::ClockListener>> m_listeners;
    std::size_t m_sizeToLookAt = leastSizeToLookAt;
};

void SyncMapInternal::ClockListeners::add(SyncCacheClock &clock,
                                          const std::weak_ptr<ClockListener> &listener)
{
    clock.d->attach(listener);
}

SyncCacheClock::SyncCacheClock() : d(std::make_unique<SyncCacheClockPrivate>()) { }

SyncCacheClock::~SyncCacheClock() = default;

std::chrono::nanoseconds SyncCacheClock::nowWithSuspension() const
{
    return now();
}

QDateTime SyncCacheClock::currentDateTime() const
{
    return QDateTime::currentDateTimeUtc();
}

void SyncCacheClock::advanced()
{
    for (const auto &weak : d->listeners()) {
        if (const auto listener = weak.lock())
            listener->clockAdvanced();
    }
}

void SyncCacheClock::virtual_hook(int, void *) { }

class SyncCacheManualClockPrivate
{
public:
    explicit SyncCacheManualClockPrivate(qint64 start) : now(start), setAt(start) { }

    // A sum of two that do not decrease: neither does it.
    qint64 nowWithSuspension() const
    {
        // [manual-time] acquire: as in SyncCacheManualClock::now().
        const qint64 awake = now.load(std::memory_order_acquire);
        return SyncMapInternal::saturatingAdd(awake, suspended.load(std::memory_order_acquire));
    }

    static void add(std::atomic<qint64> &time, std::chrono::nanoseconds span)
    {
        Q_ASSERT_X(span.count() >= 0, "SyncCacheManualClock", "time does not go back");
        qint64 old = time.load(std::memory_order_relaxed); // relaxed: the exchange looks again
        // [manual-time] acq_rel: who sees the new time sees what was done before it was set.
        while (!time.compare_exchange_weak(
                old, SyncMapInternal::saturatingAdd(old, std::max<qint64>(span.count(), 0)),
                std::memory_order_acq_rel, std::memory_order_relaxed)) {
        }
    }

    std::atomic<qint64> now;
    std::atomic<qint64> suspended { 0 };

    QMutex mutex;
    // The wall clock was this, in UTC, when nowWithSuspension() was that.
    QDateTime set = QDateTime::fromMSecsSinceEpoch(946'684'800'000).toUTC(); // 2000-01-01
    qint64 setAt;
};

SyncCacheManualClock::SyncCacheManualClock(std::chrono::nanoseconds start)
    : d(std::make_unique<SyncCacheManualClockPrivate>(start.count()))
{
}

SyncCacheManualClock::~SyncCacheManualClock() = default;

std::chrono::nanoseconds SyncCacheManualClock::now() const
{
    // [manual-time] acquire: who sees the new time sees what was done before it was set.
    return std::chrono::nanoseconds(d->now.load(std::memory_order_acquire));
}

std::chrono::nanoseconds SyncCacheManualClock::nowWithSuspension() const
{
    return std::chrono::nanoseconds(d->nowWithSuspension());
}

QDateTime SyncCacheManualClock::currentDateTime() const
{
    using namespace SyncMapInternal;
    const std::lock_guard lock(d->mutex);
    const qint64 passed = saturatingSubtract(d->nowWithSuspension(), d->setAt) / 1'000'000;
    // Not past the end of its range, where a QDateTime would be invalid.
    return d->set.addMSecs(std::min(passed, saturatingSubtract(Never, d->set.toMSecsSinceEpoch())));
}

void SyncCacheManualClock::advance(std::chrono::nanoseconds span)
{
    SyncCacheManualClockPrivate::add(d->now, span);
    advanced();
}

void SyncCacheManualClock::suspend(std::chrono::nanoseconds span)
{
    SyncCacheManualClockPrivate::add(d->suspended, span);
    advanced();
}

void SyncCacheManualClock::setCurrentDateTime(const QDateTime &dateTime)
{
    if (!dateTime.isValid()) {
        qWarning("SyncCacheManualClock: an invalid date is not set");
        return;
    }
    const std::lock_guard lock(d->mutex);
    d->set = dateTime.toUTC();
    d->setAt = d->nowWithSuspension();
}
