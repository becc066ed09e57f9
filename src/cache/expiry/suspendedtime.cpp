// SPDX-License-Identifier: MIT
#include <SyncMap/private/cache/expiry/suspendedtime.h>

#include <SyncMap/private/cache/expiry/deadline.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

SuspendedTime::SuspendedTime(const Source &source) noexcept : m_source(source)
{
    look();
}

void SuspendedTime::look() noexcept
{
    constexpr auto order = std::memory_order_relaxed; // relaxed: as in at()
    if (!m_source.withSuspension) {
        m_nextLook.store(Never, order); // relaxed: nothing was found
        return;
    }
    // Before the sample, so that whatever happens after it is seen an interval later.
    const qint64 begun = m_source.coarse();
    const qint64 found = sample();
    // Another thread may have a later sample.
    qint64 known = m_suspended.load(order);
    while (found - known >= Noise
           && !m_suspended.compare_exchange_weak(known, found, order, order)) {
    }
    // [suspended] release: what was found. Of several threads one that began earlier may come last:
    // then the next look is early.
    m_nextLook.store(begun + Interval, std::memory_order_release);
}

qint64 SuspendedTime::sample() const noexcept
{
    constexpr qint64 narrow = 100'000;
    constexpr int tries = 8;
    qint64 narrowest = Never;
    qint64 result = 0;
    for (int i = 0; i < tries && narrowest > narrow; ++i) {
        const qint64 before = m_source.exact();
        const qint64 moment = m_source.withSuspension();
        const qint64 after = m_source.exact();
        if (after - before < narrowest) {
            narrowest = after - before;
            result = moment - after;
        }
    }
    return result;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
