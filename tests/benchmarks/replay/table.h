// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qstring.h>

namespace Benchmark {
class Report;
}

// Replays every row of the references that \a folder holds, and prints hit ratios beside theirs:
//
//   NAME.trace        the traces
//   reference.tsv     trace, percent, size, and a column for each policy; `opt` knows the future
//   sizes.tsv         trace, size, lru, gdsf, future: where costs differ by key
//
// False, with a word on the standard error, if something is missing.
bool printTable(const QString &folder, Benchmark::Report &report);
