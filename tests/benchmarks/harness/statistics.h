// SPDX-License-Identifier: MIT

#pragma once

#include <vector>

namespace Benchmark {

// The median and the quartiles around it.
struct Spread
{
    double low = 0;
    double median = 0;
    double high = 0;
};

// Of a list that is not empty.
double median(std::vector<double> list);
Spread spread(std::vector<double> list);
double geometricMean(const std::vector<double> &list);

} // namespace Benchmark
