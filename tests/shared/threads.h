// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <thread>
#include <vector>

// Runs f(0) … f(count - 1), each in a thread of its own, and waits for their end. None begins
// before all have been started.
template <typename Function>
void runInThreads(int count, Function f)
{
    std::atomic<int> missing { count };
    std::vector<std::thread> threads;
    threads.reserve(std::size_t(count));
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&missing, &f, i] {
            missing.fetch_sub(1, std::memory_order_relaxed);
            while (missing.load(std::memory_order_relaxed) != 0)
                std::this_thread::yield();
            f(i);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
}
