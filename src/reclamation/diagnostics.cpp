// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/diagnostics.h>

#include <QtCore/qloggingcategory.h>

#include <atomic>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

Q_LOGGING_CATEGORY(lcReclamation, "syncmap.reclamation", QtWarningMsg)

namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014).
quint64 mixed(quint64 value) noexcept
{
    value = (value ^ (value >> 30)) * Q_UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * Q_UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

std::atomic<quint64> lastDomainId { 0 };

// Two copies of the library in one process both count from here. They differ in the address, so
// they begin at points that are 2^63 ids apart on average.
quint64 firstDomainId() noexcept
{
    const auto address = quint64(reinterpret_cast<quintptr>(&lastDomainId));
    const auto time = quint64(std::chrono::steady_clock::now().time_since_epoch().count());
    return mixed(address + mixed(time));
}

} // namespace

quint64 uniqueDomainId() noexcept
{
    static const quint64 first = firstDomainId();
    quint64 id = 0;
    while (id == 0)
        id = first + lastDomainId.fetch_add(1, std::memory_order_relaxed);
    return id;
}

void warnHeavyFenceFailed() noexcept
{
    static std::atomic<bool> warned { false };
    if (warned.exchange(true, std::memory_order_relaxed))
        return;
    sayIfPossible([&] {
        qCWarning(
                lcReclamation,
                "The system has begun to refuse the process-wide barrier (membarrier). Replaced and "
                "removed entries are kept until their map is destroyed. Set SYNCMAP_FENCE=symmetric "
                "in the environment.");
    });
}

std::chrono::milliseconds guardLimit() noexcept
{
    static const std::chrono::milliseconds limit = [] {
        bool ok = false;
        const int value = qEnvironmentVariableIntValue("SYNCMAP_GUARD_LIMIT_MS", &ok);
        return std::chrono::milliseconds(ok ? value : 1000);
    }();
    return limit;
}

void warnLongGuard(std::chrono::milliseconds held) noexcept
{
    sayIfPossible([&] {
        qCWarning(
                lcReclamation,
                "A guard was held for %lld ms. A guard is for one piece of work and must not be kept "
                "across the event loop: while it is open, nothing that was replaced or removed in its "
                "map is freed. (SYNCMAP_GUARD_LIMIT_MS sets the limit of this warning.)",
                static_cast<long long>(held.count()));
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
