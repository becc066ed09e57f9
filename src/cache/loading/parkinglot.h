// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/loading/parking.h>

#include <QtCore/qmutex.h>
#include <QtCore/qrunnable.h>
#include <QtCore/qthreadpool.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class ParkingLot;

// What Qt finds when a thread waits for a future of ours: the future's runnable. It runs it in that
// thread, and blocks after.
class Berth : public QRunnable
{
public:
    explicit Berth(ParkingLot &lot);
    ~Berth() override;
    Q_DISABLE_COPY_MOVE(Berth)

    void run() override;

private:
    friend class ParkingLot;
    friend class Parked;
    ParkingLot &m_lot;
    // Under the lot's mutex.
    std::shared_ptr<Parked> m_parked; // null: free, or over
    int m_copies = 0; // in the pool's queue, or in the hands of threads that are about to run it
    std::size_t m_place = 0;
};

// Where the futures that are not finished wait for somebody who waits for them.
//
// Each wait for a future of Qt asks its pool for its runnable (QThreadPool::tryTake()), and, if it
// was queued there, runs it in the waiting thread: this is how the result() of QtConcurrent::run()
// takes over what no thread has begun. Ours lie in the queue of a pool that never starts them: its
// only thread is busy. So a wait leads to exactly its own load, in the time that a look through this
// queue takes, whatever waits elsewhere.
//
// Taken out once, a runnable is not found by a second thread that waits for the same future: so there
// are several of each, and more once somebody has come, and run() puts back what it was taken out for
// before anything else. (Only if as many threads at once are between the two does another one miss
// it: he waits all the same, but neither takes the load over, nor is he seen in a circle.) What is
// over stays in the queue until a good part of it is over, and is then taken out in the order in
// which it came: each is the first of the queue by then. What is not over is put in once more before
// it is taken out at the front: there is no moment without it. So the queue has a few places for each
// future, and each operation takes amortised constant time.
//
// A thread that was suspended between Qt's look at the future and tryTake() may find the runnable
// of a later future at the same address: then it takes over a load that it does not wait for, which
// is somebody's load all the same, and goes on. To make that rare, a berth is used again a second
// after it was over at the earliest, unless thousands wait for that.
class ParkingLot
{
public:
    static constexpr qsizetype Capacity = 2048;

    // \a busy keeps the pool's thread for ever. A \a stackSize of 0 is the usual one.
    explicit ParkingLot(std::function<void()> busy, uint stackSize = 0);
    Q_DISABLE_COPY_MOVE(ParkingLot)
    ~ParkingLot() = default;

    // Null if it is full, unless \a evenIfFull.
    Berth *park(const std::shared_ptr<Parked> &parked, QFutureInterfaceBase &promise,
                bool evenIfFull);
    void leave(Berth *berth) noexcept;

    // Adds those that were cancelled. True if there are any futures that are not over.
    bool collectCanceled(std::vector<std::shared_ptr<Parked>> &canceled) const;

private:
    friend class Berth;
    using Clock = std::chrono::steady_clock;

    struct Place
    {
        std::optional<QFutureInterfaceBase> future; // none: it is over
        const Parked *mayBeForsaken; // or null: it cannot
        Berth *berth;

        bool isCanceled() const
        {
            return future
                    && (future->isCanceled() || (mayBeForsaken && mayBeForsaken->isForsaken()));
        }
    };

    static constexpr int CopiesAtFirst = 4;
    static constexpr int CopiesOnceTaken = 8;

    std::unique_ptr<Berth> takeFreeLocked();
    void startLocked(Berth &berth, int copies);
    void packLocked() noexcept;
    void packLocked(Place &place);

    QThreadPool m_pool;
    mutable QMutex m_mutex;
    std::vector<Place> m_places; // in the order in which they came; also those that are over
    qsizetype m_parked = 0; // those that are not
    struct Free
    {
        std::unique_ptr<Berth> berth;
        Clock::time_point since;
    };
    std::deque<Free> m_free; // the oldest first
};

// All of them. Never destroyed: futures may be finished while static objects are destroyed.
class ParkingLots
{
public:
    static ParkingLots &instance();

    Berth *park(const std::shared_ptr<Parked> &parked, QFutureInterfaceBase &promise);
    // In the lots from first on, with others left out in between. True if there is any future that is
    // not over.
    bool collectCanceled(std::vector<std::shared_ptr<Parked>> &canceled, std::size_t first,
                         std::size_t step) const;
    std::size_t count() const noexcept { return m_count.load(std::memory_order_acquire); }

private:
    ParkingLots();

    static constexpr std::size_t MaximalCount = 32;

    QMutex m_growing;
    std::array<std::atomic<ParkingLot *>, MaximalCount> m_lots {};
    std::atomic<std::size_t> m_count { 0 };
    std::atomic<std::size_t> m_next { 0 }; // where there was room last
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
