// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/fence.h>

#include <QtCore/qbytearray.h>

#if defined(Q_OS_LINUX)
#  include <cerrno>
#  include <sys/syscall.h>
#  include <unistd.h>
#elif defined(Q_OS_WIN)
#  include <qt_windows.h>
#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

#if defined(Q_OS_LINUX) && defined(SYS_membarrier)

// The values of linux/membarrier.h, which old kernel headers lack.
enum MembarrierCommand : int {
    Query = 0,
    PrivateExpedited = 1 << 3,
    RegisterPrivateExpedited = 1 << 4,
};

int membarrier(MembarrierCommand command) noexcept
{
    return int(syscall(SYS_membarrier, int(command), 0, 0));
}

bool enableProcessBarrier() noexcept
{
    const int error = errno;
    const int commands = membarrier(Query);
    constexpr int needed = PrivateExpedited | RegisterPrivateExpedited;
    // The barrier is tried out, too: a filter may let the query pass and refuse the command.
    const bool enabled = commands >= 0 && (commands & needed) == needed
            && membarrier(RegisterPrivateExpedited) == 0 && membarrier(PrivateExpedited) == 0;
    errno = error;
    return enabled;
}

// Registering waits for every thread of the process if there is more than one: ten milliseconds and
// more, which an application would find in its first frame. When libraries are loaded, there mostly
// is none but the main thread, and it takes a microsecond. Nothing is decided by it.
[[maybe_unused]] const bool isRegisteredEarly = [] {
    if (qgetenv("SYNCMAP_FENCE") == QByteArrayView("symmetric"))
        return false;
    const int error = errno;
    const int commands = membarrier(Query);
    const bool isRegistered = commands >= 0 && (commands & RegisterPrivateExpedited) != 0
            && membarrier(RegisterPrivateExpedited) == 0;
    errno = error;
    return isRegistered;
}();

bool processBarrier() noexcept
{
    const int error = errno;
    const bool done = membarrier(PrivateExpedited) == 0;
    errno = error;
    return done;
}

#elif defined(Q_OS_WIN)

bool enableProcessBarrier() noexcept
{
    return true;
}

bool processBarrier() noexcept
{
    FlushProcessWriteBuffers();
    return true;
}

#else

bool enableProcessBarrier() noexcept
{
    return false;
}

bool processBarrier() noexcept
{
    return false;
}

#endif

FenceMode decideFenceMode() noexcept
{
    if (qgetenv("SYNCMAP_FENCE") == QByteArrayView("symmetric"))
        return FenceMode::Symmetric;
    return enableProcessBarrier() ? FenceMode::Asymmetric : FenceMode::Symmetric;
}

} // namespace

FenceMode processFenceMode() noexcept
{
    static const FenceMode mode = decideFenceMode();
    return mode;
}

bool heavyFence(FenceMode mode) noexcept
{
    if (mode == FenceMode::Symmetric) {
        fullFence();
        return true;
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    const bool done = processBarrier();
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return done;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
