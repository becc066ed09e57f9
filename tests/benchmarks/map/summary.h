// SPDX-License-Identifier: MIT

#pragma once

#include "cell.h"

#include "harness/rounds.h"

#include <QtCore/qjsonarray.h>

#include <vector>

namespace Benchmark {

struct Measured
{
    Cell cell;
    Outcome outcome;
};

// SyncMap beside the fastest of some others in one cell.
struct Comparison
{
    QString best; // its name, or empty: none of them took part
    Spread ratio;
};
Comparison comparedToBest(const Outcome &outcome, const QStringList &others);

// The ratios that have to be reached, with their geometric mean over all cells and the worst cell.
// Prints the table, and returns it for JSON.
QJsonArray summarize(const std::vector<Measured> &cells);

} // namespace Benchmark
