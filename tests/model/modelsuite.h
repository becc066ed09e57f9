// SPDX-License-Identifier: MIT
#pragma once

#include "modeltraits.h"

#include <cstdio>
#include <initializer_list>
#include <sstream>
#include <string>

namespace Model {

// Part of each model, before what it models: its constructor begins an execution, its destructor
// ends it.
class Execution
{
public:
    Execution()
    {
        places = Places();
        for (Traits::Slot *&slot : Traits::slots)
            slot = nullptr;
        for (bool &fails : Mutex::nextAttemptFails)
            fails = false;
        Traits::stayLongAt({}, 0);
        World::instance().begin();
    }
    Q_DISABLE_COPY_MOVE(Execution)
    ~Execution()
    {
        const bool isClean = World::instance().end();
        RL_ASSERT(isClean);
        World::instance().returnFreed([](void *memory) { rl::ctx().free(memory); });
    }
};

// A model: its thread(index) is run by \a count threads at once. `Derived` has work(index).
template <typename Derived, int count>
struct Suite : rl::test_suite<Derived, count>
{
    Execution execution;

    void thread(unsigned index)
    {
        World::instance().goesOn();
        static_cast<Derived *>(this)->work(index);
        Traits::leaveSlot();
        World::instance().stops();
    }
    // Its own slot is left by whichever thread came last, or first: before() and after() are run by
    // any of them.
    void after()
    {
        static_cast<Derived *>(this)->finish();
        Traits::leaveSlot();
    }
    void finish() { }
};

// Relacy's context, which also tells the world of allocations.
template <typename Suite>
class Context : public rl::context_impl<Suite, rl::random_scheduler<Suite::params::thread_count>>
{
    using Base = rl::context_impl<Suite, rl::random_scheduler<Suite::params::thread_count>>;

public:
    using Shared = typename rl::random_scheduler<Suite::params::thread_count>::shared_context_t;

    Context(rl::test_params &params, Shared &shared) : Base(params, shared) { }

    using Base::alloc;
    using Base::free;
    void *alloc(std::size_t size) override
    {
        void *memory = Base::alloc(size);
        World::instance().allocated(memory, size, false);
        return memory;
    }
    void free(void *memory) override
    {
        if (!World::instance().isOn() || !World::instance().freed(memory))
            Base::free(memory);
    }
};

struct Outcome
{
    bool isFound;
    unsigned long executions;
};

// Random executions of the model, with the same seeds each time, until one of them is wrong.
template <typename Suite>
Outcome simulate(Plant plant, SyncMapInternal::FenceMode mode, unsigned long executions,
                 bool isTraced = false)
{
    planted = plant;
    fenceMode = mode;
    std::ostringstream unused;
    std::ostringstream unusedState;
    rl::test_params params;
    params.iteration_count = executions;
    params.execution_depth_limit = 20000;
    // Relacy prints from within an execution; a stream that grows would count as a leak there.
    params.output_stream = isTraced ? &std::cout : static_cast<std::ostream *>(&unused);
    params.progress_stream = &unused;
    params.collect_history = isTraced;
    std::istringstream state(isTraced ? std::to_string(executions) : std::string());
    typename Context<Suite>::Shared shared;
    rl::test_result_e result = rl::test_result_success;
    {
        Context<Suite> context(params, shared);
        result = isTraced ? context.simulate(unusedState, state, false) : context.simulate2(false);
    }
    planted = Plant::None;
    return { result != rl::test_result_success, params.stop_iteration };
}

inline const char *nameOf(SyncMapInternal::FenceMode mode)
{
    return mode == SyncMapInternal::FenceMode::Symmetric ? "symmetric" : "interrupts";
}

// With the name of a model as arguments, a program runs that one and no other, nor what is planted.
class Selection
{
public:
    static void take(int argc, char **argv)
    {
        for (int i = 1; i < argc; ++i)
            s_only += (i == 1 ? "" : " ") + std::string(argv[i]);
    }
    static bool contains(const char *name)
    {
        const bool isWanted = isEverything() || s_only == name;
        s_isFound = s_isFound || isWanted;
        return isWanted;
    }
    static bool isEverything() { return s_only.empty(); }
    // The exit code of a program that found nothing wrong.
    static int finish()
    {
        if (s_isFound)
            return 0;
        std::fprintf(stderr, "There is no model \"%s\" here\n", s_only.c_str());
        return 2;
    }

private:
    inline static std::string s_only;
    inline static bool s_isFound = false;
};

// The model, as the headers have it, is right in all executions; else this is the end, with the
// history of the one that is not.
template <typename Suite>
void mustHold(const char *name, SyncMapInternal::FenceMode mode, unsigned long executions)
{
    if (!Selection::contains(name))
        return;
    const Outcome outcome = simulate<Suite>(Plant::None, mode, executions);
    std::printf("%-11s %-46s %-30s %s after %lu executions\n", nameOf(mode), name, "",
                outcome.isFound ? "WRONG" : "right", outcome.executions);
    std::fflush(stdout);
    if (outcome.isFound) {
        simulate<Suite>(Plant::None, mode, outcome.executions, true);
        std::exit(1);
    }
}

// The model finds what is planted.
template <typename Suite>
void mustFind(Plant plant, const char *name, SyncMapInternal::FenceMode mode,
              unsigned long executions)
{
    if (!Selection::isEverything())
        return;
    const Outcome outcome = simulate<Suite>(plant, mode, executions);
    std::printf("%-11s %-46s %-30s %s after %lu executions\n", nameOf(mode), name, ::nameOf(plant),
                outcome.isFound ? "found" : "NOT FOUND", outcome.executions);
    std::fflush(stdout);
    if (!outcome.isFound)
        std::exit(1);
}

} // namespace Model
