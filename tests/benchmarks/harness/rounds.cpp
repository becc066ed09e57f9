// SPDX-License-Identifier: MIT

#include "rounds.h"

#include "quiet.h"

#include <QtCore/qjsonarray.h>

#include <algorithm>

namespace Benchmark {

int Outcome::indexOf(const QString &name) const
{
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : int(found - names.begin());
}

double Outcome::rate(int contestant) const
{
    return median(rates[std::size_t(contestant)]);
}

Spread Outcome::ratio(int contestant, int other) const
{
    const std::vector<double> &mine = rates[std::size_t(contestant)];
    const std::vector<double> &theirs = rates[std::size_t(other)];
    std::vector<double> ratios;
    for (std::size_t i = 0; i < mine.size(); ++i)
        ratios.push_back(mine[i] / theirs[i]);
    return spread(std::move(ratios));
}

QJsonObject Outcome::toJson() const
{
    QJsonArray contestants;
    for (std::size_t i = 0; i < names.size(); ++i) {
        QJsonArray list;
        for (const double rate : rates[i])
            list.append(rate);
        QJsonObject contestant { { QStringLiteral("name"), names[i] },
                                 { QStringLiteral("rates"), list } };
        if (!rates[i].empty())
            contestant.insert(QStringLiteral("median"), median(rates[i]));
        contestants.append(contestant);
    }
    return { { QStringLiteral("contestants"), contestants },
             { QStringLiteral("roundsThrownAway"), thrownAway } };
}

Outcome measure(const std::vector<Contestant> &contestants, const Plan &plan)
{
    Outcome outcome;
    int threads = 1;
    for (const Contestant &contestant : contestants) {
        outcome.names.push_back(contestant.name);
        threads = std::max(threads, contestant.threads);
        contestant.rate(); // warms up
    }
    outcome.rates.resize(contestants.size());
    std::vector<double> rates(contestants.size());
    int kept = 0;
    for (std::size_t round = 0; kept < plan.rounds && outcome.thrownAway < 20 * plan.rounds;
         ++round) {
        bool wasQuiet = isQuiet(threads);
        for (std::size_t i = 0; i < contestants.size(); ++i) {
            const std::size_t turn = (i + round) % contestants.size();
            rates[turn] = contestants[turn].rate();
        }
        wasQuiet = isQuiet(threads) && wasQuiet;
        if (!wasQuiet && !plan.keepsNoisyRounds) {
            ++outcome.thrownAway;
            continue;
        }
        for (std::size_t i = 0; i < contestants.size(); ++i)
            outcome.rates[i].push_back(rates[i]);
        ++kept;
    }
    return outcome;
}

} // namespace Benchmark
