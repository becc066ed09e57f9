// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <atomic>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A monotonic time line that goes on while the machine is suspended: a clock that stands still then,
// and the time that was spent so. A clock that counts it would do too, but the system has no coarse
// one. So the difference of two exact clocks is looked at now and then: after the machine has resumed,
// this lags until the next look.
//
// The difference is read between two looks at the clock that stands still. What is taken for it is
// what is certain: never more than the time that was spent, and less by how far the two looks are
// apart. If a thread loses its processor between them, it tries again. The time line never goes back:
// neither summand does.
//
// Has no lock. Whoever finds that a look is due looks, as many threads as find it: an answer never
// waits for somebody else's look, nor relies on one that has not ended.
class SYNCMAP_EXPORT SuspendedTime
{
public:
    // Moments in nanoseconds. Called by any thread.
    struct Source
    {
        qint64 (*exact)() noexcept; // monotonic, stands still while suspended
        qint64 (*coarse)() noexcept; // of the same time line, not ahead of it
        qint64 (*withSuspension)() noexcept; // of another one, goes on; null: not known
    };

    // How much of the source's coarse time passes between two looks, and what is no suspension.
    static constexpr qint64 Interval = 250'000'000;
    static constexpr qint64 Noise = 1'000'000;

    // Looks for the first time.
    explicit SuspendedTime(const Source &source) noexcept;

    qint64 exactNow() noexcept { return at(m_source.exact()); }
    qint64 coarseNow() noexcept { return at(m_source.coarse()); }

    // The moment that was just read from one of the source's clocks, on this time line. Not ahead, even
    // if the machine was suspended between the two.
    qint64 at(qint64 now) noexcept
    {
        // [suspended] acquire: what was found by the look that makes another one unnecessary.
        if (Q_UNLIKELY(now >= m_nextLook.load(std::memory_order_acquire)))
            look();
        // relaxed: it says nothing of other memory, and no thread sees it decrease.
        return now + m_suspended.load(std::memory_order_relaxed);
    }

private:
    Q_DISABLE_COPY_MOVE(SuspendedTime)

    void look() noexcept;
    qint64 sample() const noexcept;

    const Source m_source;
    std::atomic<qint64> m_suspended { 0 };
    std::atomic<qint64> m_nextLook { 0 };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
