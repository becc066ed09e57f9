// SPDX-License-Identifier: MIT
#include "modelthread.h"

#include <SyncMap/private/map/claim.h>
#include <SyncMap/private/map/hash.h>
#include <SyncMap/private/reclamation/blockcache.h>
#include <SyncMap/private/reclamation/domain.h>
#include <SyncMap/private/reclamation/threadcache.h>

#include <cstdlib>

// What the headers call in the compiled part of the library. An execution of a model has to be the
// same each time that it runs, so nothing here may be random, or remember.
namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

quint64 uniqueDomainId() noexcept
{
    return 1;
}

void warnHeavyFenceFailed() noexcept
{
    std::abort();
}

std::chrono::milliseconds guardLimit() noexcept
{
    return {};
}

void warnLongGuard(std::chrono::milliseconds) noexcept { }

FenceMode processFenceMode() noexcept
{
    std::abort();
}

bool heavyFence(FenceMode) noexcept
{
    std::abort();
}

quint64 randomSeed() noexcept
{
    return 1;
}

quint32 contentionShards() noexcept
{
    return 4;
}

const Computation *&currentComputation() noexcept
{
    static const Computation *current[8] = {};
    return current[Model::currentThread()];
}

quintptr currentThreadMark() noexcept
{
    return quintptr(Model::currentThread()) + 1;
}

Seniority seniorityFromNow() noexcept
{
    return { 1, currentThreadMark() };
}

void restFor(int) noexcept
{
    std::abort();
}

// The memory of the execution, each block used once.
void *allocateBlock(std::size_t size)
{
    return ::operator new(size);
}

void freeBlock(void *block, std::size_t) noexcept
{
    ::operator delete(block);
}

void releaseSpareBlocks() noexcept { }

ThreadSlot<DefaultTraits> &registerThread(Domain<DefaultTraits> &, ThreadCache &)
{
    std::abort();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
