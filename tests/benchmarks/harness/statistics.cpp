// SPDX-License-Identifier: MIT

#include "statistics.h"

#include <QtCore/qglobal.h>

#include <algorithm>
#include <cmath>

namespace Benchmark {

double median(std::vector<double> list)
{
    return spread(std::move(list)).median;
}

Spread spread(std::vector<double> list)
{
    Q_ASSERT(!list.empty());
    std::sort(list.begin(), list.end());
    const std::size_t last = list.size() - 1;
    return { list[last / 4], list[list.size() / 2], list[last - last / 4] };
}

double geometricMean(const std::vector<double> &list)
{
    Q_ASSERT(!list.empty());
    double sum = 0;
    for (const double value : list)
        sum += std::log(value);
    return std::exp(sum / double(list.size()));
}

} // namespace Benchmark
