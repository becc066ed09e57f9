// SPDX-License-Identifier: MIT

#include "quiet.h"

#include "processors.h"
#include "timing.h"

#include <algorithm>
#include <atomic>

namespace Benchmark {

bool isQuiet(int threadCount)
{
    std::atomic<bool> isQuiet { true };
    timeOf(threadCount, [&isQuiet](int) {
        constexpr Seconds length(0.01);
        const double begun = threadTime();
        const auto begin = Clock::now();
        while (Clock::now() - begin < length) {
        }
        const Seconds wall = Clock::now() - begin;
        const double ended = threadTime();
        if (begun >= 0 && ended - begun < 0.95 * wall.count())
            isQuiet = false;
    });
    return isQuiet;
}

double gainOfTwoThreads()
{
    const auto rate = [](int threads) {
        constexpr int steps = 10'000'000;
        const double seconds = timeOf(threads, [](int thread) {
            quint64 state = quint64(thread) + 1;
            for (int i = 0; i < steps; ++i)
                state = state * Q_UINT64_C(6364136223846793005) + 1;
            keep(state);
        });
        return threads * double(steps) / seconds;
    };
    double one = 0;
    double two = 0;
    for (int i = 0; i < 5; ++i) {
        one = std::max(one, rate(1));
        two = std::max(two, rate(2));
    }
    return two / one;
}

} // namespace Benchmark
