// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheclock.h>

/*!
    \class SyncCacheManualClock
    \inmodule SyncMap
    \threadsafe
    \brief A clock for tests: it stands still until it is advanced.

    \code
    SyncCacheManualClock clock;
    SyncCache<QString, int> cache;
    cache.setClock(&clock);
    cache.setTimeToLive(10s);
    cache.insert(u"answer"_s, 42);
    clock.advance(10s); // and the answer is gone
    \endcode

    A machine that sleeps for a night, and a user who sets the wall clock, are to be had as well:
    suspend() and setCurrentDateTime(). It has to outlive each cache that uses it.
*/
class SYNCMAP_EXPORT SyncCacheManualClock : public SyncCacheClock
{
public:
    /*!
        now() and nowWithSuspension() are \a start, currentDateTime() is the beginning of 2000-01-01,
        UTC. Throws std::bad_alloc.
    */
    explicit SyncCacheManualClock(std::chrono::nanoseconds start = {});
    ~SyncCacheManualClock() override;

    /*! The start, and what the clock was advanced by. Does not allocate. */
    std::chrono::nanoseconds now() const override;

    /*! The same, and what it was suspended for. Does not allocate. */
    std::chrono::nanoseconds nowWithSuspension() const override;

    /*! In UTC: what was set, or 2000-01-01, and what nowWithSuspension() has moved by since then. */
    QDateTime currentDateTime() const override;

    /*!
        Moves all three times forward, and frees in the calling thread what has expired by then in the
        caches that use this clock. Each time ends at the end of its range. \a span must not be
        negative. Called by any thread. Throws as advanced() does, after the times have moved.
    */
    void advance(std::chrono::nanoseconds span);

    /*!
        The machine sleeps for \a span: nowWithSuspension() and currentDateTime() move forward, now()
        does not. Otherwise as advance().
    */
    void suspend(std::chrono::nanoseconds span);

    /*!
        The wall clock is set, forward or back: from now on, currentDateTime() goes on from
        \a dateTime. now() and nowWithSuspension() stay, and nothing expires. Called by any thread. An
        invalid \a dateTime is warned of, and changes nothing.
    */
    void setCurrentDateTime(const QDateTime &dateTime);

private:
    std::unique_ptr<class SyncCacheManualClockPrivate> d;
};

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
using SyncManualClock = SyncCacheManualClock;
#endif
