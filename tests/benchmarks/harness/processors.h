// SPDX-License-Identifier: MIT

#pragma once

namespace Benchmark {

// How many processors this process may use.
int processorCount();

// Keeps the calling thread on the index-th of them. Where that cannot be done, nothing happens.
void pinTo(int index);

// CPU time of the calling thread in seconds, or a negative number where there is no such clock.
double threadTime();

} // namespace Benchmark
