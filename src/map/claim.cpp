// SPDX-License-Identifier: MIT
#include <SyncMap/private/map/claim.h>

#include <QtCore/qthread.h>

#include <chrono>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

const Computation *&currentComputation() noexcept
{
    static thread_local const Computation *current = nullptr;
    return current;
}

quintptr currentThreadMark() noexcept
{
    return quintptr(QThread::currentThreadId());
}

// By the clock, which is the same for all copies of this library; a counter would be of one.
Seniority seniorityFromNow() noexcept
{
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return { quint64(std::chrono::nanoseconds(now).count()), currentThreadMark() };
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
