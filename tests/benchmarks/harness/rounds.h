// SPDX-License-Identifier: MIT

#pragma once

#include "statistics.h"

#include <QtCore/qjsonobject.h>
#include <QtCore/qstring.h>

#include <functional>
#include <vector>

namespace Benchmark {

// What is measured beside others.
struct Contestant
{
    QString name;
    int threads = 1;
    std::function<double()> rate; // runs once, returns operations a second
};

// What is left of the rounds of one cell.
struct Outcome
{
    std::vector<QString> names;
    std::vector<std::vector<double>> rates; // of each contestant, for each round that was kept
    int thrownAway = 0;

    bool isEmpty() const { return rates.empty() || rates.front().empty(); }
    int indexOf(const QString &name) const; // or -1
    double rate(int contestant) const; // the median
    // One contestant's rate over another's, round by round.
    Spread ratio(int contestant, int other) const;
    QJsonObject toJson() const;
};

struct Plan
{
    int rounds = 9; // that are kept
    bool keepsNoisyRounds = false; // for trying a program out on a busy machine
};

// All contestants run one after the other in each round, and each round begins with another one. A
// round is thrown away unless the processors are quiet before and after it. Gives up, with fewer
// rounds than asked for or none, after twenty times as many were thrown away.
Outcome measure(const std::vector<Contestant> &contestants, const Plan &plan);

} // namespace Benchmark
