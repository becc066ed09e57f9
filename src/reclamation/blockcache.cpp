// SPDX-License-Identifier: MIT
#include <SyncMap/private/reclamation/blockcache.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

struct SpareBlock
{
    SpareBlock *next;
};

// One list for each size, in steps of what all sizes of nodes are multiples of.
constexpr std::size_t Step = sizeof(SpareBlock);

// Plain data, so that a thread finds it before the first and after the last of its thread-local
// objects.
struct SpareBlocks
{
    SpareBlock *lists[largestSpareBlock / Step + 1];
    std::size_t bytes;
    bool isClosed; // the thread is ending
};
thread_local SpareBlocks spares = {};

// Empties the lists when the thread ends. Whoever uses maps after that, from the destructor of an
// older thread-local object, does without.
struct Closing
{
    Closing() = default;
    Q_DISABLE_COPY_MOVE(Closing)
    ~Closing()
    {
        releaseSpareBlocks();
        spares.isClosed = true;
    }
    void arm() const noexcept { }
};

bool isKept(std::size_t size) noexcept
{
    return size <= largestSpareBlock && size % Step == 0 && size != 0;
}

} // namespace

void *allocateBlock(std::size_t size)
{
    if (Q_LIKELY(isKept(size))) {
        SpareBlock *&list = spares.lists[size / Step];
        if (SpareBlock *const block = list) {
            list = block->next;
            spares.bytes -= size;
            return block;
        }
    }
    return ::operator new(size);
}

void freeBlock(void *block, std::size_t size) noexcept
{
    if (Q_UNLIKELY(!isKept(size) || spares.bytes + size > spareBytes || spares.isClosed))
        return ::operator delete(block);
    if (spares.bytes == 0) {
        static thread_local const Closing closing;
        closing.arm();
    }
    SpareBlock *&list = spares.lists[size / Step];
    list = new (block) SpareBlock { list };
    spares.bytes += size;
}

void releaseSpareBlocks() noexcept
{
    if (spares.bytes == 0)
        return;
    for (SpareBlock *&list : spares.lists) {
        while (SpareBlock *const block = list) {
            list = block->next;
            ::operator delete(static_cast<void *>(block));
        }
    }
    spares.bytes = 0;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
