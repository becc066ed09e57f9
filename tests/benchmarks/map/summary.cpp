// SPDX-License-Identifier: MIT

#include "summary.h"

#include "contenders.h"

#include <cstdio>
#include <functional>
#include <limits>

namespace Benchmark {

namespace {

constexpr double None = std::numeric_limits<double>::quiet_NaN();

struct Line
{
    const char *what;
    double mustEach; // at least, in each cell
    double mustMean; // at least, as geometric mean; or None
    double aimEach;
    double aimMean;
    std::function<Comparison(const Measured &)> compare; // without a name: not for this cell
};

std::vector<Line> lines()
{
    return {
        { "to QHash without a lock, 1 thread, reads", 0.9, None, 1.0, None,
          [](const Measured &measured) {
              return measured.cell.isRead() && measured.cell.threads == 1
                      ? comparedToBest(measured.outcome, { QLatin1String(NoLockName) })
                      : Comparison();
          } },
        { "2 threads to 1, reads in place", 1.85, None, 2.0, None,
          [](const Measured &measured) {
              if (measured.cell.operation != Operation::Scaling)
                  return Comparison();
              return Comparison { measured.outcome.names.front(), measured.outcome.ratio(1, 0) };
          } },
        { "to the better Qt idiom, 2 threads", 1.2, 4, None, 6,
          [](const Measured &measured) {
              return measured.cell.threads == 2 ? comparedToBest(measured.outcome, qtIdioms())
                                                : Comparison();
          } },
        { "to the best peer", 0.9, 1.3, 1.0, 1.8,
          [](const Measured &measured) { return comparedToBest(measured.outcome, peers()); } },
        { "findAll to find, one by one, at a million", 1.5, None, 2.5, None,
          [](const Measured &measured) {
              return measured.cell.operation == Operation::FindAll
                              && measured.cell.entries >= 1'000'000
                      ? comparedToBest(measured.outcome, { QStringLiteral("SyncMap, one by one") })
                      : Comparison();
          } },
    };
}

QString figure(double value)
{
    return qIsNaN(value) ? QStringLiteral("-") : QString::number(value, 'f', 2);
}

QJsonValue json(double value)
{
    return qIsNaN(value) ? QJsonValue() : QJsonValue(value);
}

} // namespace

Comparison comparedToBest(const Outcome &outcome, const QStringList &others)
{
    Comparison comparison;
    const int ours = outcome.indexOf(QLatin1String(SyncMapName));
    if (outcome.isEmpty() || ours < 0)
        return comparison;
    int best = -1;
    for (const QString &other : others) {
        const int index = outcome.indexOf(other);
        if (index >= 0 && (best < 0 || outcome.rate(index) > outcome.rate(best)))
            best = index;
    }
    if (best >= 0)
        comparison = { outcome.names[std::size_t(best)], outcome.ratio(ours, best) };
    return comparison;
}

QJsonArray summarize(const std::vector<Measured> &cells)
{
    QJsonArray table;
    std::printf("\n%-43s %5s %5s  %6s %5s %5s  %6s %5s %5s  %s\n", "SyncMap", "cells", "below",
                "worst", "must", "aim", "mean", "must", "aim", "worst cell (quartiles)");
    for (const Line &line : lines()) {
        std::vector<double> ratios;
        int below = 0;
        double worst = std::numeric_limits<double>::infinity();
        QString worstCell;
        for (const Measured &measured : cells) {
            if (measured.outcome.isEmpty())
                continue;
            const Comparison comparison = line.compare(measured);
            if (comparison.best.isEmpty())
                continue;
            const Spread &ratio = comparison.ratio;
            ratios.push_back(ratio.median);
            below += ratio.median < line.mustEach;
            if (ratio.median < worst) {
                worst = ratio.median;
                worstCell = QStringLiteral("%1, to %2 (%3 to %4)")
                                    .arg(measured.cell.name(), comparison.best, figure(ratio.low),
                                         figure(ratio.high));
            }
        }
        if (ratios.empty()) {
            std::printf("%-43s %5d\n", line.what, 0);
            continue;
        }
        const double mean = geometricMean(ratios);
        std::printf("%-43s %5zu %5d  %6s %5s %5s  %6s %5s %5s  %s\n", line.what, ratios.size(),
                    below, qPrintable(figure(worst)), qPrintable(figure(line.mustEach)),
                    qPrintable(figure(line.aimEach)), qPrintable(figure(mean)),
                    qPrintable(figure(line.mustMean)), qPrintable(figure(line.aimMean)),
                    qPrintable(worstCell));
        table.append(QJsonObject {
                { QStringLiteral("name"), QString::fromLatin1(line.what) },
                { QStringLiteral("cells"), qint64(ratios.size()) },
                { QStringLiteral("cellsBelowMust"), below },
                { QStringLiteral("worst"), worst },
                { QStringLiteral("worstCell"), worstCell },
                { QStringLiteral("must"), json(line.mustEach) },
                { QStringLiteral("aim"), json(line.aimEach) },
                { QStringLiteral("geometricMean"), mean },
                { QStringLiteral("geometricMeanMust"), json(line.mustMean) },
                { QStringLiteral("geometricMeanAim"), json(line.aimMean) },
        });
    }
    return table;
}

} // namespace Benchmark
