// SPDX-License-Identifier: MIT
#pragma once

#include "modelatomic.h"

namespace Model {

// A place where another thread may run, and an interrupt arrive.
inline void step()
{
    rl::ctx().sched();
    World::instance().mayInterrupt();
}

// The engine on Relacy's atomics. Each test point is a place where another thread may run.
struct Traits
{
    template <typename T>
    using Atomic = Model::Atomic<T>;
    template <typename T>
    using Snapshot = Model::Snapshot<T>;
    using Mutex = Model::Mutex;
    using Slot = SyncMapInternal::ThreadSlot<Traits>;
    using Domain = SyncMapInternal::Domain<Traits>;

    static constexpr quint32 batchObjects = 1;
    static constexpr quint32 batchBytes = 1U << 20;
    static constexpr quint32 patience = 0;

    static SyncMapInternal::FenceMode fenceMode() { return Model::fenceMode; }
    static void lightFence(SyncMapInternal::FenceMode mode)
    {
        if (planted != Plant::NoLightFence && mode == SyncMapInternal::FenceMode::Symmetric)
            World::fence();
    }
    static bool heavyFence(SyncMapInternal::FenceMode mode)
    {
        if (planted == Plant::NoHeavyFence)
            return true;
        World::fence();
        if (mode == SyncMapInternal::FenceMode::Asymmetric) {
            World::instance().interruptAll();
            World::fence();
        }
        return true;
    }

    // Where a model may ask for a long stay, so that another thread comes to do much meanwhile.
    static inline SyncMapInternal::TestPoint lingersAt = {};
    static inline int longStay = 0; // steps
    static inline int longStays = 0; // that have begun
    static void testPoint(SyncMapInternal::TestPoint point)
    {
        step();
        if (longStay == 0 || point != lingersAt)
            return;
        ++longStays;
        for (int i = 0; i < longStay; ++i)
            step();
    }
    static void stayLongAt(SyncMapInternal::TestPoint point, int steps)
    {
        lingersAt = point;
        longStay = steps;
        longStays = 0;
    }
    // Threads of a model have a turn each in any case.
    static inline int claimAfter = 7;
    using Parking = Model::Parking;
    static void rest(int) { rl::ctx().yield(1, RL_INFO); }

    static void yield() { rl::ctx().yield(1, RL_INFO); }
    static void relax() { rl::ctx().yield(1, RL_INFO); }

    // The slots of the threads in the one domain of an execution.
    static inline Slot *slots[MaxThreads] = {};

    static Slot &slot(Domain &domain)
    {
        Slot *&slot = slots[rl::thread_index()];
        if (!slot) {
            slot = domain.claimSlot(&slot);
            places.epoch = &domain; // its first member
            places.pinned[rl::thread_index()] = &slot->pinned;
        }
        return *slot;
    }

    static void leaveSlot()
    {
        Slot *&slot = slots[rl::thread_index()];
        if (slot)
            Slot::leave(std::exchange(slot, nullptr));
        places.pinned[rl::thread_index()] = nullptr;
    }
};

} // namespace Model
