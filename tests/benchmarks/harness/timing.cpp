// SPDX-License-Identifier: MIT

#include "timing.h"

#include "processors.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace Benchmark {

double timeOf(int threadCount, const std::function<void(int)> &work,
              const std::function<void(int)> &prepare)
{
    processorCount();
    std::atomic<int> missing { threadCount };
    std::vector<Clock::time_point> begins { std::size_t(threadCount) };
    std::vector<Clock::time_point> ends { std::size_t(threadCount) };
    std::vector<std::thread> threads;
    for (int i = 0; i < threadCount; ++i) {
        threads.emplace_back([&, i] {
            pinTo(i);
            if (prepare)
                prepare(i);
            missing.fetch_sub(1);
            while (missing.load() != 0) {
            }
            const auto begin = Clock::now();
            work(i);
            const auto end = Clock::now();
            begins[std::size_t(i)] = begin;
            ends[std::size_t(i)] = end;
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    const auto first = *std::min_element(begins.begin(), begins.end());
    const auto last = *std::max_element(ends.begin(), ends.end());
    return Seconds(last - first).count();
}

void keep(quint64 sum)
{
    static std::atomic<quint64> kept { 0 };
    // relaxed: nobody concludes anything from the value.
    kept.fetch_xor(sum, std::memory_order_relaxed);
}

} // namespace Benchmark
