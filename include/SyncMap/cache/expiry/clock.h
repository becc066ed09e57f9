// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace SyncMapInternal {

// Who wants to know that a clock was advanced by hand: caches, which then free what has expired.
class SYNCMAP_EXPORT ClockListener
{
public:
    virtual ~ClockListener();
    virtual void clockAdvanced() = 0;

protected:
    ClockListener() = default;
    Q_DISABLE_COPY_MOVE(ClockListener)
};

// Moments in nanoseconds, all of one monotonic time line. The coarse clock is read in a quarter of
// the time, and is behind the exact one: by a tick of a few milliseconds, by more where the ticks of
// a virtual machine come late. Where it does not exist, it is the exact one.
SYNCMAP_EXPORT qint64 exactNow() noexcept;
SYNCMAP_EXPORT qint64 coarseNow() noexcept;

// More than the coarse clock is ever behind: what is nearer is decided by the exact one.
inline constexpr qint64 CoarseLag = 100'000'000;

} // namespace SyncMapInternal

/*!
    \class SyncCacheClock
    \inmodule SyncMap
    \threadsafe
    \brief Where a SyncCache has the time from, if not from the system's monotonic clock.
*/
class SYNCMAP_EXPORT SyncCacheClock
{
public:
    virtual ~SyncCacheClock();

    /*!
        The time since some moment. Monotonic; called by any thread, with the cache locked, too. Must
        not throw, nor use a cache.
    */
    virtual std::chrono::nanoseconds now() const = 0;

    /*! \internal Called by each cache that uses the clock. */
    virtual void attach(const std::weak_ptr<SyncMapInternal::ClockListener> &listener);

protected:
    SyncCacheClock() = default;
    Q_DISABLE_COPY_MOVE(SyncCacheClock)
};

/*!
    \class SyncManualClock
    \inmodule SyncMap
    \threadsafe
    \brief A clock for tests: it stands still until it is advanced.

    \code
    SyncManualClock clock;
    SyncCache<QString, int> cache;
    cache.setClock(&clock);
    cache.setTimeToLive(10s);
    cache.insert(u"answer"_s, 42);
    clock.advance(10s); // and the answer is gone
    \endcode
*/
class SYNCMAP_EXPORT SyncManualClock : public SyncCacheClock
{
public:
    explicit SyncManualClock(std::chrono::nanoseconds start = {});
    ~SyncManualClock() override;

    std::chrono::nanoseconds now() const override;

    /*!
        Moves the time forward, and frees in the calling thread what has expired by then in the
        caches that use this clock. The time ends at the end of its range. \a span must not be
        negative.
    */
    void advance(std::chrono::nanoseconds span);

    void attach(const std::weak_ptr<SyncMapInternal::ClockListener> &listener) override;

private:
    std::atomic<qint64> m_now;
    QMutex m_mutex;
    std::vector<std::weak_ptr<SyncMapInternal::ClockListener>> m_listeners;
};
