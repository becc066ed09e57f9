// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <cstddef>
#include <new>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The memory of nodes. Reclamation destroys nodes a batch at a time, and whoever overwrites values
// allocates as many before the next batch: a pattern that general allocators are slow at. They keep
// a handful of blocks of a size at hand (glibc 7), take a lock or an atomic for each of the others,
// and have two threads that destroy one another's nodes fight for these.
//
// So each thread keeps the blocks that it has freed, by size, up to spareBytes in all, and
// allocates from them first, the last freed one first, since that is still in its cache. It gives
// them back when it ends, and when it calls releaseSpareBlocks(). Blocks come from the global
// operator new, so that it does not matter in which thread, or by which copy of the library, one is
// freed.
//
// Under sanitizers nothing is kept: they must see what is freed.

// For each thread: a batch of the largest.
inline constexpr std::size_t spareBytes = std::size_t(128) * 1024;
inline constexpr std::size_t largestSpareBlock = 256;

// Throws std::bad_alloc.
SYNCMAP_EXPORT void *allocateBlock(std::size_t size);
// \a size is the one that it was allocated with.
SYNCMAP_EXPORT void freeBlock(void *block, std::size_t size) noexcept;
// Those of the calling thread.
SYNCMAP_EXPORT void releaseSpareBlocks() noexcept;

// A base for classes whose objects are allocated so.
class FromBlocks
{
public:
#if !SYNCMAP_SANITIZED
    // NOLINTNEXTLINE(misc-new-delete-overloads): it has one, which is told the size
    static void *operator new(std::size_t size)
    {
        return allocateBlock(size);
    }
    static void operator delete(void *block, std::size_t size) noexcept
    {
        freeBlock(block, size);
    }
    static void *operator new(std::size_t size, std::align_val_t alignment)
    {
        return ::operator new(size, alignment);
    }
    static void operator delete(void *block, std::align_val_t alignment) noexcept
    {
        ::operator delete(block, alignment);
    }
#endif
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
