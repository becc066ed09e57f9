// SPDX-License-Identifier: MIT
#include "modelmemory.h"
#include "modelsuite.h"

using SyncMapInternal::FenceMode;

namespace {

using Domain = Model::Traits::Domain;
using Reader = SyncMapInternal::ReadPin<Model::Traits>;
using Writer = SyncMapInternal::WritePin<Model::Traits>;

struct Object : SyncMapInternal::Retired
{
    explicit Object(int number) : content(number) { }
    Q_DISABLE_COPY_MOVE(Object)
    // A reader that is not ordered before this has read what was destroyed.
    ~Object() { content(RL_INFO).store(-1); }

    static void destroy(SyncMapInternal::Retired *object, unsigned)
    {
        delete static_cast<Object *>(object);
    }

    rl::var<int> content;
};

// A pointer that writers replace and readers follow.
template <typename Derived, int count>
struct SharedObject : Model::Suite<Derived, count>
{
    Domain domain { &Object::destroy };
    Model::Atomic<Object *> object { new Object(1) };

    ~SharedObject() { delete object.load(std::memory_order_relaxed); }

    void read()
    {
        const Reader pin(domain);
        const Object *found = object.load(std::memory_order_acquire);
        for (int i = 0; i < 2; ++i) {
            Model::step();
            const int content = found->content(RL_INFO).load();
            RL_ASSERT(content > 0);
        }
    }
    void write(int number)
    {
        auto *fresh = new Object(number);
        Writer pin(domain);
        Object *old = object.exchange(fresh, std::memory_order_acq_rel);
        pin.retire(old, 0, sizeof(Object));
    }
};

// The writer collects after each replacement.
struct ReadersBesideAWriter : SharedObject<ReadersBesideAWriter, 2>
{
    void work(unsigned index)
    {
        for (int i = 0; i < 2; ++i) {
            if (index == 0)
                write(2 + i);
            else
                read();
        }
    }
};

// What one thread retires another one collects; threads come, go, and inherit slots.
struct WritersAndACollector : SharedObject<WritersAndACollector, 3>
{
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            write(2);
            break;
        case 1:
            write(3);
            read();
            break;
        default:
            read();
            domain.collect();
        }
    }
};

// A guard that begins under the scan, after earlier guards of the same thread.
struct GuardAfterGuard : SharedObject<GuardAfterGuard, 3>
{
    void work(unsigned index)
    {
        if (index == 0) {
            write(2);
        } else {
            read();
            read();
        }
    }
};

// Short guards all along a collection.
struct GuardsDuringACollection : SharedObject<GuardsDuringACollection, 2>
{
    Model::Atomic<bool> isReady { false };

    void work(unsigned index)
    {
        if (index == 0) {
            domain.slot();
            while (!isReady.load(std::memory_order_relaxed))
                rl::ctx().yield(1, RL_INFO);
            write(2);
        } else {
            domain.slot();
            isReady.store(true, std::memory_order_relaxed);
            for (int i = 0; i < 4; ++i)
                read();
        }
    }
};

// Two threads register at once, while a third one scans.
struct ThreadsRegister : SharedObject<ThreadsRegister, 3>
{
    void work(unsigned index)
    {
        if (index == 0) {
            write(2);
            domain.collect();
        } else {
            read();
        }
    }
};

constexpr unsigned long Executions = 100000;
constexpr unsigned long Search = 600000;

} // namespace

int main(int argc, char **argv)
{
    Model::Selection::take(argc, argv);

    for (const FenceMode mode : { FenceMode::Symmetric, FenceMode::Asymmetric }) {
        Model::mustHold<ReadersBesideAWriter>("a reader beside a writer", mode, Executions);
        Model::mustHold<GuardAfterGuard>("a guard after a guard", mode, Executions);
        Model::mustHold<GuardsDuringACollection>("guards during a collection", mode, Executions);
        Model::mustHold<WritersAndACollector>("writers and a collector", mode, Executions);
        Model::mustHold<ThreadsRegister>("threads register", mode, Executions);
    }
    for (const Plant plant :
         { Plant::NoHeavyFence, Plant::NoGracePeriod, Plant::RelaxedLeave, Plant::RelaxedScan }) {
        Model::mustFind<ReadersBesideAWriter>(plant, "a reader beside a writer",
                                              FenceMode::Asymmetric, Search);
    }
    for (const Plant plant : { Plant::NoLightFence, Plant::NoHeavyFence, Plant::NoGracePeriod,
                               Plant::RelaxedLeave, Plant::RelaxedScan }) {
        Model::mustFind<ReadersBesideAWriter>(plant, "a reader beside a writer",
                                              FenceMode::Symmetric, Search);
    }
    Model::mustFind<WritersAndACollector>(Plant::RelaxedRetire, "writers and a collector",
                                          FenceMode::Asymmetric, Search);
    for (const Plant plant : { Plant::RelaxedEpochLoad, Plant::RelaxedEpochIncrement }) {
        Model::mustFind<GuardsDuringACollection>(plant, "guards during a collection",
                                                 FenceMode::Asymmetric, Search);
    }
    for (const Plant plant : { Plant::RelaxedSlotPush, Plant::RelaxedSlotWalk }) {
        Model::mustFind<ThreadsRegister>(plant, "threads register", FenceMode::Asymmetric, Search);
    }
    return Model::Selection::finish();
}
