// SPDX-License-Identifier: MIT

#pragma once

namespace Benchmark {

// True if as many threads that do nothing but spin, for 10 ms, each got a processor to itself.
// Always true where threads have no clock of their own.
bool isQuiet(int threadCount);

// How much more two spinning threads get done together than one alone: near 2 where two threads
// have two cores, less where they share one. The best of a few tries.
double gainOfTwoThreads();

} // namespace Benchmark
