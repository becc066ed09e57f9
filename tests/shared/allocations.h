// SPDX-License-Identifier: MIT
#pragma once

// Counts what a test program allocates, and makes chosen allocations of a thread fail. Replaces
// malloc() and its relatives, also for the shared libraries of the program; under AddressSanitizer,
// which needs malloc() for itself, and without glibc, only operator new. ThreadSanitizer needs that,
// too, and is asked to tell what it allocates: then none can fail. A test that only counts, and
// wants to count what Qt's containers allocate, defines SYNCMAP_TEST_ONLY_COUNTS_ALLOCATIONS before
// the include: then each sanitizer is asked. Defines those functions, so only the one source of a
// test program may include it.

#include <SyncMap/syncmapglobal.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#if defined(__SANITIZE_THREAD__) \
        || (SYNCMAP_SANITIZED && defined(SYNCMAP_TEST_ONLY_COUNTS_ALLOCATIONS))
#  define SYNCMAP_TEST_HOOKS_MALLOC 1
#elif defined(__has_feature)
#  if __has_feature(thread_sanitizer)
#    define SYNCMAP_TEST_HOOKS_MALLOC 1
#  endif
#endif
#ifndef SYNCMAP_TEST_HOOKS_MALLOC
#  define SYNCMAP_TEST_HOOKS_MALLOC 0
#endif
#if defined(__GLIBC__) && !SYNCMAP_SANITIZED
#  define SYNCMAP_TEST_REPLACES_MALLOC 1
#else
#  define SYNCMAP_TEST_REPLACES_MALLOC 0
#endif

namespace Allocations {

// What is alive, in the whole process: bytes as they were asked for.
inline std::atomic<qint64> liveBlocks { 0 };
inline std::atomic<qint64> liveBytes { 0 };
// The most that may be alive; more is refused.
inline std::atomic<qint64> limit { std::numeric_limits<qint64>::max() };

enum class Fails : quint8 {
    One, // one allocation
    All, // and all later ones
    AllTables, // all allocations that are aligned to a cache line, as the tables of a map are
};

struct ThreadState
{
    quint64 calls = 0;
    std::size_t largest = 0;
    qint64 passing = -1; // allocations until the failure; negative: no failure
    quint64 failures = 0;
    Fails fails = Fails::One;
};
// Constant-initialised: it is used before any constructor has run.
static thread_local ThreadState thread;

// What the calling thread asked for since a Watch began.
class Watch
{
public:
    Watch() noexcept : m_calls(thread.calls), m_outer(thread.largest) { thread.largest = 0; }
    ~Watch() { thread.largest = std::max(m_outer, thread.largest); }
    Q_DISABLE_COPY_MOVE(Watch)

    quint64 calls() const noexcept { return thread.calls - m_calls; }
    std::size_t largest() const noexcept { return thread.largest; }

private:
    quint64 m_calls;
    std::size_t m_outer;
};

#if !SYNCMAP_TEST_HOOKS_MALLOC

// In its scope, allocations of the calling thread fail after the first \a passing ones.
class Failing
{
public:
    explicit Failing(qint64 passing, Fails fails = Fails::One) noexcept
    {
        thread.failures = 0;
        thread.fails = fails;
        thread.passing = passing;
    }
    ~Failing() { thread.passing = -1; }
    Q_DISABLE_COPY_MOVE(Failing)

    bool happened() const noexcept { return thread.failures != 0; }
};

// In its scope, the process gets no more than so many bytes beside what it has.
class Limit
{
public:
    explicit Limit(qint64 bytes) noexcept { limit = liveBytes + bytes; }
    ~Limit() { limit = std::numeric_limits<qint64>::max(); }
    Q_DISABLE_COPY_MOVE(Limit)
};

#endif

// The details from here on.

#if SYNCMAP_TEST_HOOKS_MALLOC

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): names of the sanitizers' run-time library.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *,
                                                                           std::size_t),
                                                         void (*freed)(const volatile void *));
extern "C" std::size_t __sanitizer_get_allocated_size(const volatile void *block);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

inline void onAllocated(const volatile void *, std::size_t size)
{
    ++thread.calls;
    thread.largest = std::max(thread.largest, size);
    liveBlocks.fetch_add(1, std::memory_order_relaxed);
    liveBytes.fetch_add(qint64(size), std::memory_order_relaxed);
}

inline void onFreed(const volatile void *block)
{
    if (!block)
        return;
    liveBlocks.fetch_sub(1, std::memory_order_relaxed);
    liveBytes.fetch_sub(qint64(__sanitizer_get_allocated_size(block)), std::memory_order_relaxed);
}

static const int hooks = __sanitizer_install_malloc_and_free_hooks(&onAllocated, &onFreed);

#else

inline bool isRefused(std::size_t size, std::size_t alignment) noexcept
{
    ++thread.calls;
    thread.largest = std::max(thread.largest, size);
    if (size > std::size_t(PTRDIFF_MAX) / 2
        || qint64(size)
                > limit.load(std::memory_order_relaxed) - liveBytes.load(std::memory_order_relaxed))
        return true;
    if (thread.passing < 0 || (thread.fails == Fails::AllTables && alignment < 64))
        return false;
    if (thread.passing > 0) {
        --thread.passing;
        return false;
    }
    ++thread.failures;
    if (thread.fails == Fails::One)
        thread.passing = -1;
    return true;
}

// Stands before each block that is given out.
struct alignas(16) Header
{
    void *origin;
    std::size_t size;
};

#  if SYNCMAP_TEST_REPLACES_MALLOC
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names under which glibc keeps its own.
extern "C" void *__libc_malloc(std::size_t size);
extern "C" void __libc_free(void *block);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
inline void *obtain(std::size_t size) noexcept
{
    return __libc_malloc(size);
}
inline void giveBack(void *block) noexcept
{
    __libc_free(block);
}
#  else
inline void *obtain(std::size_t size) noexcept
{
    return std::malloc(size);
}
inline void giveBack(void *block) noexcept
{
    std::free(block);
}
#  endif

inline void *allocate(std::size_t size, std::size_t alignment = alignof(Header)) noexcept
{
    alignment = std::max(alignment, alignof(Header));
    if (isRefused(size, alignment))
        return nullptr;
    void *const origin = obtain(sizeof(Header) + alignment + size);
    if (!origin)
        return nullptr;
    const auto first = reinterpret_cast<std::uintptr_t>(origin) + sizeof(Header);
    const auto begin = (first + alignment - 1) / alignment * alignment;
    auto *const result = static_cast<char *>(origin) + (begin - first) + sizeof(Header);
    new (result - sizeof(Header)) Header { origin, size };
    liveBlocks.fetch_add(1, std::memory_order_relaxed);
    liveBytes.fetch_add(qint64(size), std::memory_order_relaxed);
    return result;
}

inline const Header *headerOf(void *block) noexcept
{
    return reinterpret_cast<const Header *>(static_cast<char *>(block) - sizeof(Header));
}

inline void release(void *block) noexcept
{
    if (!block)
        return;
    const Header header = *headerOf(block);
    liveBlocks.fetch_sub(1, std::memory_order_relaxed);
    liveBytes.fetch_sub(qint64(header.size), std::memory_order_relaxed);
    giveBack(header.origin);
}

#endif

} // namespace Allocations

// NOLINTBEGIN(misc-definitions-in-headers,readability-identifier-naming): see above.

#if SYNCMAP_TEST_REPLACES_MALLOC

extern "C" {

void *malloc(std::size_t size) noexcept
{
    void *const block = Allocations::allocate(size);
    if (!block)
        errno = ENOMEM;
    return block;
}

void free(void *block) noexcept
{
    Allocations::release(block);
}

void *calloc(std::size_t count, std::size_t size) noexcept
{
    if (size != 0 && count > SIZE_MAX / size)
        return nullptr;
    // Not malloc(): the compiler would make of it, and of what follows, a call of calloc().
    void *const block = Allocations::allocate(count * size);
    if (block)
        std::memset(block, 0, count * size);
    else
        errno = ENOMEM;
    return block;
}

void *realloc(void *block, std::size_t size) noexcept
{
    if (!block)
        return malloc(size);
    if (size == 0) {
        free(block);
        return nullptr;
    }
    void *const moved = malloc(size);
    if (moved) {
        std::memcpy(moved, block, std::min(size, Allocations::headerOf(block)->size));
        free(block);
    }
    return moved;
}

void *aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    void *const block = Allocations::allocate(size, alignment);
    if (!block)
        errno = ENOMEM;
    return block;
}

void *memalign(std::size_t alignment, std::size_t size) noexcept
{
    return aligned_alloc(alignment, size);
}

int posix_memalign(void **result, std::size_t alignment, std::size_t size) noexcept
{
    void *const block = Allocations::allocate(size, alignment);
    if (!block)
        return ENOMEM;
    *result = block;
    return 0;
}

std::size_t malloc_usable_size(void *block) noexcept
{
    return block ? Allocations::headerOf(block)->size : 0;
}

} // extern "C"

#elif !SYNCMAP_TEST_HOOKS_MALLOC

// NOLINTBEGIN(misc-new-delete-overloads): each one is here.

inline void *allocateOrThrow(std::size_t size, std::size_t alignment)
{
    if (void *const block = Allocations::allocate(size, alignment))
        return block;
    throw std::bad_alloc();
}

void *operator new(std::size_t size)
{
    return allocateOrThrow(size, 1);
}
void *operator new[](std::size_t size)
{
    return allocateOrThrow(size, 1);
}
void *operator new(std::size_t size, std::align_val_t alignment)
{
    return allocateOrThrow(size, std::size_t(alignment));
}
void *operator new[](std::size_t size, std::align_val_t alignment)
{
    return allocateOrThrow(size, std::size_t(alignment));
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    return Allocations::allocate(size);
}
void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    return Allocations::allocate(size);
}
void *operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    return Allocations::allocate(size, std::size_t(alignment));
}
void *operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept
{
    return Allocations::allocate(size, std::size_t(alignment));
}
void operator delete(void *block) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block) noexcept
{
    Allocations::release(block);
}
void operator delete(void *block, std::size_t) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block, std::size_t) noexcept
{
    Allocations::release(block);
}
void operator delete(void *block, std::align_val_t) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block, std::align_val_t) noexcept
{
    Allocations::release(block);
}
void operator delete(void *block, std::size_t, std::align_val_t) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block, std::size_t, std::align_val_t) noexcept
{
    Allocations::release(block);
}
void operator delete(void *block, const std::nothrow_t &) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block, const std::nothrow_t &) noexcept
{
    Allocations::release(block);
}
void operator delete(void *block, std::align_val_t, const std::nothrow_t &) noexcept
{
    Allocations::release(block);
}
void operator delete[](void *block, std::align_val_t, const std::nothrow_t &) noexcept
{
    Allocations::release(block);
}

// NOLINTEND(misc-new-delete-overloads)

#endif

// NOLINTEND(misc-definitions-in-headers,readability-identifier-naming)
