// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qglobal.h>

#include <chrono>
#include <functional>

namespace Benchmark {

using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

// Runs work(0) to work(threadCount - 1) in as many new threads, each pinned to a processor, and
// returns the seconds from the first one's begin to the last one's end. What prepare(i) does in the
// same threads before is not timed; all threads wait for each other in between.
double timeOf(int threadCount, const std::function<void(int)> &work,
              const std::function<void(int)> &prepare = {});

// Makes the compiler believe that somebody looks at the sum.
void keep(quint64 sum);

} // namespace Benchmark
