// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <chrono>
#include <memory>

QT_BEGIN_NAMESPACE
class QDateTime;
QT_END_NAMESPACE

class SyncCacheClock;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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

// A friend of each clock. A class, since GCC for Windows forgets that a friend is imported if it is a
// function of a namespace, and says so to each user.
struct ClockListeners
{
    SYNCMAP_EXPORT static void add(SyncCacheClock &clock,
                                   const std::weak_ptr<ClockListener> &listener);
};

// Adds \a listener to those that \a clock tells when it was advanced by hand; until it has gone.
inline void listenTo(SyncCacheClock &clock, const std::weak_ptr<ClockListener> &listener)
{
    ClockListeners::add(clock, listener);
}

// Moments in nanoseconds, all of one monotonic time line, which stands still while the machine is
// suspended. The coarse clock is read in a quarter of the time, and is behind the exact one: by a tick
// of a few milliseconds, by more where the ticks of a virtual machine come late. Where it does not
// exist, it is the exact one.
SYNCMAP_EXPORT qint64 exactNow() noexcept;
SYNCMAP_EXPORT qint64 coarseNow() noexcept;

// The same, and what the machine was suspended for: another monotonic time line. For up to a quarter
// of a second after it has resumed, both may not know of it yet (suspendedtime.h). Where the system
// does not say how long it was suspended, they are the same as the clocks above.
SYNCMAP_EXPORT qint64 exactNowWithSuspension() noexcept;
SYNCMAP_EXPORT qint64 coarseNowWithSuspension() noexcept;

// More than a coarse clock is ever behind: what is nearer is decided by the exact one.
inline constexpr qint64 CoarseLag = 100'000'000;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

/*!
    \class SyncCacheClock
    \inmodule SyncMap
    \threadsafe
    \brief Where a SyncCache has the time from, if not from the system's clocks.

    A clock of yours says what now() is; the other times are made of it, or of the system's, unless
    it says those too. It has to outlive each cache that uses it.

    What is called by caches must not throw, nor use a cache: it may be called by any thread, by
    several at once, and while a cache is locked.
*/
class SYNCMAP_EXPORT SyncCacheClock
{
public:
    virtual ~SyncCacheClock();

    /*!
        The time since some moment, for times to idle. Monotonic: no thread sees it go back. It need
        not count the time that the machine is suspended. Called by any thread, with the cache locked,
        too. Must not throw, nor use a cache.
    */
    virtual std::chrono::nanoseconds now() const = 0;

    /*!
        The time since some moment, which need not be that of now(), with what the machine was
        suspended for: for times to live, to stay fresh, and for those of errors. Monotonic, and
        called, as now() is, which it is by default.
    */
    virtual std::chrono::nanoseconds nowWithSuspension() const;

    /*!
        Date and time of the world outside, for files: what is restored is as old as this says. May be
        set, and so go back. By default that of the system, in UTC. Called by any thread. Must not
        throw, nor use a cache; what it returns has to be valid.
    */
    virtual QDateTime currentDateTime() const;

protected:
    /*! Throws std::bad_alloc. */
    SyncCacheClock();

    /*!
        For clocks that are moved by hand: says that time has passed, and frees in the calling thread
        what has expired by then in the caches that use this clock. Others need not call it: what has
        expired is never returned, and is freed by later writes. Called by any thread, after the times
        have moved, with no lock held that they take. May run what the end of keys and values runs.
        Throws std::bad_alloc, and then has freed nothing; or what these throw.
    */
    void advanced();

    /*!
        For what comes later without a change of the binary interface. Does nothing; who implements
        it calls that of its base class, with \a data, for each \a id that it does not know.
    */
    // NOLINTNEXTLINE(readability-identifier-naming): the name that this has elsewhere.
    virtual void virtual_hook(int id, void *data);

private:
    Q_DISABLE_COPY_MOVE(SyncCacheClock)
    friend struct SyncMapInternal::ClockListeners;

    std::unique_ptr<class SyncCacheClockPrivate> d;
};
