// SPDX-License-Identifier: MIT
#include "allocations.h"

#include <SyncMap/private/reclamation/blockcache.h>

#include <QtTest/qtest.h>

#include <cstring>
#include <thread>
#include <vector>

using namespace SyncMapInternal;

namespace {

constexpr std::size_t Size = 72;
constexpr int Many = 10'000;

std::vector<void *> allocateMany(std::size_t size, int count)
{
    std::vector<void *> blocks;
    blocks.reserve(std::size_t(count));
    for (int i = 0; i < count; ++i)
        blocks.push_back(allocateBlock(size));
    return blocks;
}

template <typename Function>
void inThread(Function f)
{
    std::thread(std::move(f)).join();
}

// Frees a block when the thread-local objects of its thread are destroyed, after those that are
// younger.
struct FreesLate
{
    void *block = nullptr;
    FreesLate() = default;
    Q_DISABLE_COPY_MOVE(FreesLate)
    ~FreesLate() { freeBlock(block, Size); }
};

} // namespace

// Not under a sanitizer, where nodes are allocated as anything else is, and malloc() is its own.
class tst_BlockCache : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { releaseSpareBlocks(); }

    void whatWasFreedLastIsUsedFirst();
    void sizesAreApart();
    void aThreadKeepsNoMoreThanItsShare();
    void largeBlocksAreNotKept();
    void releasingGivesAllBack();
    void theEndOfAThreadGivesAllBack();
    void blocksMayBeFreedByAnotherThread();
    void aThreadThatEndsMayStillFree();
};

void tst_BlockCache::whatWasFreedLastIsUsedFirst()
{
    void *const first = allocateBlock(Size);
    void *const second = allocateBlock(Size);
    freeBlock(first, Size);
    freeBlock(second, Size);
    QCOMPARE(allocateBlock(Size), second);
    QCOMPARE(allocateBlock(Size), first);
    freeBlock(first, Size);
    freeBlock(second, Size);
}

void tst_BlockCache::sizesAreApart()
{
    void *const small = allocateBlock(Size);
    freeBlock(small, Size);
    void *const larger = allocateBlock(Size + 8);
    QVERIFY(larger != small);
    std::memset(larger, 1, Size + 8);
    QCOMPARE(allocateBlock(Size), small);
    freeBlock(small, Size);
    freeBlock(larger, Size + 8);
}

void tst_BlockCache::aThreadKeepsNoMoreThanItsShare()
{
    freeBlock(allocateBlock(Size), Size); // what gives back at the end is registered
    releaseSpareBlocks();
    const qint64 before = Allocations::liveBytes;
    for (const std::size_t size : { Size, std::size_t(24), largestSpareBlock }) {
        for (void *block : allocateMany(size, Many))
            freeBlock(block, size);
        QVERIFY(Allocations::liveBytes - before <= qint64(spareBytes));
    }
    QVERIFY(Allocations::liveBytes - before > qint64(spareBytes / 2));
}

void tst_BlockCache::largeBlocksAreNotKept()
{
    const qint64 before = Allocations::liveBytes;
    for (const std::size_t size : { largestSpareBlock + 8, Size + 1 })
        freeBlock(allocateBlock(size), size);
    QCOMPARE(Allocations::liveBytes.load(), before);
}

void tst_BlockCache::releasingGivesAllBack()
{
    const qint64 before = Allocations::liveBytes;
    for (std::size_t size = 8; size <= largestSpareBlock; size += 8)
        freeBlock(allocateBlock(size), size);
    QVERIFY(Allocations::liveBytes > before);
    releaseSpareBlocks();
    QCOMPARE(Allocations::liveBytes.load(), before);
}

void tst_BlockCache::theEndOfAThreadGivesAllBack()
{
    inThread([] {}); // what the C library keeps for threads
    const qint64 before = Allocations::liveBytes;
    inThread([] {
        for (void *block : allocateMany(Size, 100))
            freeBlock(block, Size);
    });
    QCOMPARE(Allocations::liveBytes.load(), before);
}

void tst_BlockCache::blocksMayBeFreedByAnotherThread()
{
    inThread([] {});
    const qint64 before = Allocations::liveBytes;
    {
        std::vector<void *> blocks;
        inThread([&blocks] { blocks = allocateMany(Size, Many); });
        inThread([&blocks] {
            for (void *block : blocks)
                freeBlock(block, Size);
        });
    }
    QCOMPARE(Allocations::liveBytes.load(), before);
}

void tst_BlockCache::aThreadThatEndsMayStillFree()
{
    inThread([] {});
    const qint64 before = Allocations::liveBytes;
    inThread([] {
        static thread_local FreesLate older;
        older.block = allocateBlock(Size);
        freeBlock(allocateBlock(Size), Size); // what gives back at the end is younger
    });
    QCOMPARE(Allocations::liveBytes.load(), before);
}

QTEST_APPLESS_MAIN(tst_BlockCache)

#include "tst_blockcache.moc"
