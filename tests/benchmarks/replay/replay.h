// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qstring.h>

#include <optional>
#include <vector>

// Traces of accesses, replayed on a SyncCache: a request that misses inserts its key.

using Trace = std::vector<quint64>;

// A text file with a decimal key per line, `-` for the standard input. Empty if it cannot be read.
Trace readTrace(const QString &name);

// In units of cost, as bounds are.
enum class Costs { Alike, ByKey };
qint64 costOf(quint64 key, Costs costs); // 1, or 964 to 15,424
constexpr qint64 UsualCost = 4096; // the bound by size is so many for each entry

struct Setting
{
    qint64 entries = 0; // that a cache of usual ones would hold
    Costs costs = Costs::Alike;
    qint64 factor = 1; // of all costs, and of the bound
    int threads = 1; // which take the requests in turn
    qint64 ghostShare = 0; // of the bound, as 1/n, in bytes; 0 is the cache's default
    qint64 bound() const { return entries * (costs == Costs::ByKey ? UsualCost : 1); }
};

struct Replayed
{
    double hitRatio = 0;
    double policyBytesPerEntry = 0; // beside the entries
};
Replayed replay(const Trace &trace, const Setting &setting);

// The share of the time to load all that was asked for, if each request loaded, that misses take: load
// times are 1 to 1000 ms, as a hash of the key says. Of the policy alone, for nobody loads.
double waitingRatio(const Trace &trace, const Setting &setting, bool keepsSlowLoads);
