// SPDX-License-Identifier: MIT
#pragma once

#include "plant.h"
#include "relacy.h"

#include <SyncMap/private/reclamation/fence.h>

#include <cstdlib>
#include <new>

// What one execution of a model consists of beside the threads: blocks of memory, the model's
// atomics in them, and interrupts. All of it lives outside of the memory that Relacy counts.
namespace Model {

inline constexpr int MaxThreads = 4;

inline Plant planted = Plant::None;
inline SyncMapInternal::FenceMode fenceMode = SyncMapInternal::FenceMode::Asymmetric;

// Written when the block is freed, read with each access to an atomic in it: an access that is not
// ordered before the end of its memory is a data race, even if it happened to come first.
using Life = rl::var<int>;

struct Block
{
    char *begin;
    std::size_t size;
    Life *life;
    bool isAligned; // not Relacy's
    bool isFreed;
};

class CellBase
{
public:
    CellBase() = default;
    Q_DISABLE_COPY_MOVE(CellBase)
    virtual ~CellBase() = default;
    CellBase *next = nullptr;
};

template <typename T, typename... Arguments>
T *makeUncounted(Arguments &&...arguments)
{
    void *memory = std::malloc(sizeof(T));
    return ::new (memory) T(std::forward<Arguments>(arguments)...);
}

template <typename T>
void destroyUncounted(T *object)
{
    object->~T();
    std::free(static_cast<void *>(object));
}

class World
{
public:
    static World &instance()
    {
        static World world;
        return world;
    }

    // An execution that failed leaves what it had: its context is gone.
    void begin()
    {
        m_count = 0;
        m_cells = nullptr;
        for (Thread &thread : m_threads)
            thread = Thread();
        m_isOn = true;
    }

    // True if no block is left.
    bool end()
    {
        while (CellBase *cell = m_cells) {
            m_cells = cell->next;
            destroyUncounted(cell);
        }
        bool isClean = true;
        for (int i = 0; i < m_count; ++i) {
            Block &block = m_blocks[i];
            if (block.life)
                destroyUncounted(block.life);
            isClean = isClean && (block.isFreed || !block.isAligned);
        }
        m_isOn = false;
        return isClean;
    }

    bool isOn() const { return m_isOn; }
    template <typename Free>
    void returnFreed(Free &&free)
    {
        for (int i = 0; i < m_count; ++i) {
            Block &block = m_blocks[i];
            if (block.isAligned)
                std::free(block.begin);
            else if (block.isFreed)
                free(block.begin);
        }
        m_count = 0;
    }

    void allocated(void *memory, std::size_t size, bool isAligned)
    {
        if (!m_isOn)
            return;
        if (m_count == MaxBlocks)
            std::abort();
        m_blocks[m_count++] = { static_cast<char *>(memory), size, nullptr, isAligned, false };
    }

    // True if the block waits for the end of the execution, so that its address does not come back.
    bool freed(void *memory)
    {
        for (int i = m_count; i-- > 0;) {
            Block &block = m_blocks[i];
            if (block.begin != memory || block.isFreed)
                continue;
            if (block.life)
                (*block.life)(RL_INFO).store(1);
            block.isFreed = true;
            return true;
        }
        return false;
    }

    // The life of the block that the atomic stands in, null outside of all blocks.
    Life *lifeOf(const void *atomic)
    {
        for (int i = m_count; i-- > 0;) {
            Block &block = m_blocks[i];
            if (block.isFreed || atomic < block.begin || atomic >= block.begin + block.size)
                continue;
            if (!block.life)
                block.life = makeUncounted<Life>(0);
            return block.life;
        }
        return nullptr;
    }

    void add(CellBase *cell)
    {
        cell->next = m_cells;
        m_cells = cell;
    }

    // The barrier in every running thread, as what it is: an interrupt that runs a full fence at
    // some place of the interrupted thread's program. It hands over nothing but the order of
    // fences.
    void interruptAll()
    {
        const int self = int(rl::thread_index());
        for (int i = 0; i < MaxThreads; ++i)
            m_threads[i].isInterrupted = i != self && m_threads[i].isRunning;
        for (int i = 0; i < MaxThreads; ++i) {
            while (m_threads[i].isInterrupted && m_threads[i].isRunning)
                rl::ctx().yield(1, RL_INFO);
        }
    }

    // Before each step of a thread.
    void mayInterrupt()
    {
        if (isInterrupted() && rl::rand(4) == 0)
            interrupt();
    }

    // A thread that stops or goes on is switched by the kernel, which is a fence, too.
    void stops()
    {
        fence();
        const unsigned self = rl::thread_index();
        m_threads[self].isInterrupted = false;
        m_threads[self].isRunning = false;
    }
    void goesOn()
    {
        m_threads[rl::thread_index()].isRunning = true;
        fence();
    }

    static void fence() { rl::atomic_thread_fence(rl::mo_seq_cst, RL_INFO); }

private:
    static constexpr int MaxBlocks = 4096;

    struct Thread
    {
        bool isRunning = false;
        bool isInterrupted = false;
    };

    bool isInterrupted() const { return m_threads[rl::thread_index()].isInterrupted; }
    void interrupt()
    {
        fence();
        m_threads[rl::thread_index()].isInterrupted = false;
    }

    Block m_blocks[MaxBlocks];
    int m_count = 0;
    CellBase *m_cells = nullptr;
    Thread m_threads[MaxThreads];
    bool m_isOn = false;
};

} // namespace Model
