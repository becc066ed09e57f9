// SPDX-License-Identifier: MIT

#include "interrupt.h"

#include <atomic>
#include <csignal>

namespace {

std::atomic<bool> s_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not take a lock");

extern "C" void onInterrupt(int)
{
    s_interrupted.store(true, std::memory_order_relaxed);
    std::signal(SIGINT, SIG_DFL);
}

} // namespace

void watchForInterrupt()
{
    std::signal(SIGINT, onInterrupt);
}

bool interrupted() noexcept
{
    return s_interrupted.load(std::memory_order_relaxed);
}
