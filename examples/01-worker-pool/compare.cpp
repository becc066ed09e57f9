// SPDX-License-Identifier: MIT

#include "compare.h"

#include "lockedhash.h"
#include "support/progress.h"
#include "support/text.h"

#include <QtCore/qelapsedtimer.h>

#include <algorithm>
#include <random>

namespace {

constexpr int maxRounds = 5; // odd, so that there is a run in the middle
constexpr qint64 patience = 10'000; // milliseconds for all rounds, unless one takes longer
constexpr qint64 lookUpTime = 50; // milliseconds of each round, however slow the build
constexpr size_t lookUpsAtOnce = 1'000; // between two looks at the clock

double milliseconds(const QElapsedTimer &clock)
{
    return double(clock.nsecsElapsed()) / 1e6;
}

// The workers fill a new map, then they ask everything once more. What is measured goes to the end
// of the lists, unless the user interrupts it.
template <template <typename, typename> class Map>
void measure(const Tree &tree, QThreadPool &pool, std::vector<double> &reading,
             std::vector<double> &askingAgain)
{
    Problems alreadyTold;
    Scan<Map> scan(tree, alreadyTold);
    for (std::vector<double> *samples : { &reading, &askingAgain }) {
        QElapsedTimer clock;
        clock.start();
        follow(scan.askAll(pool), "Comparing");
        if (!interrupted())
            samples->push_back(milliseconds(clock));
    }
}

// Million look-ups a second, by all workers together and in random order.
template <typename Map>
double lookUpRate(const Map &map, const std::vector<FileIdentity> &keys, QThreadPool &pool)
{
    std::atomic<size_t> found = 0;
    QElapsedTimer clock;
    clock.start();
    for (int worker = 0; worker < pool.maxThreadCount(); ++worker) {
        pool.start([&, worker] {
            size_t foundHere = 0;
            size_t at = keys.size() * size_t(worker) / size_t(pool.maxThreadCount());
            while (!clock.hasExpired(lookUpTime)) {
                for (size_t i = 0; i < lookUpsAtOnce; ++i) {
                    foundHere += map.find(keys[at]).has_value();
                    at = at + 1 < keys.size() ? at + 1 : 0;
                }
            }
            found += foundHere;
        });
    }
    pool.waitForDone();
    return double(found) / milliseconds(clock) / 1e3;
}

void compareLookUps(const Scan<SyncMap> &scan, QThreadPool &pool, Contest &contest)
{
    std::vector<FileIdentity> keys;
    LockedHash<FileIdentity, FileResult> lockedHash;
    scan.map.forEach([&](const FileIdentity &identity, const FileResult &result) {
        keys.push_back(identity);
        lockedHash.tryInsert(identity, result);
    });
    std::shuffle(keys.begin(), keys.end(), std::mt19937());
    for (int round = 0; round < maxRounds && !interrupted(); ++round) {
        contest.syncMap.push_back(lookUpRate(scan.map, keys, pool));
        contest.lockedHash.push_back(lookUpRate(lockedHash, keys, pool));
    }
}

} // namespace

double median(std::vector<double> samples)
{
    if (samples.empty())
        return 0;
    const auto middle = samples.begin() + qptrdiff(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    return *middle;
}

double Contest::ratio() const
{
    const double ours = median(syncMap);
    const double theirs = median(lockedHash);
    return isRate ? ours / theirs : theirs / ours;
}

std::vector<Contest> compare(const Tree &tree, const Scan<SyncMap> &scan, int workers)
{
    const std::vector<int> teams = workers > 1 ? std::vector { 1, workers } : std::vector { 1 };
    const auto title = [](int team, const char *work) {
        return counted(team, "worker", "workers") + ", " + work;
    };
    std::vector<Contest> contests;
    for (const char *work : { "reading", "asking again" }) {
        for (const int team : teams)
            contests.push_back({ title(team, work) });
    }
    contests.push_back({ title(workers, "look-ups"), true });

    QThreadPool pool;
    QElapsedTimer clock;
    clock.start();
    int rounds = maxRounds;
    for (int round = 0; round < rounds && !interrupted(); ++round) {
        for (size_t team = 0; team < teams.size(); ++team) {
            pool.setMaxThreadCount(teams[team]);
            Contest &reading = contests[team];
            Contest &again = contests[team + teams.size()];
            if (round % 2 == 0)
                measure<SyncMap>(tree, pool, reading.syncMap, again.syncMap);
            measure<LockedHash>(tree, pool, reading.lockedHash, again.lockedHash);
            if (round % 2 != 0)
                measure<SyncMap>(tree, pool, reading.syncMap, again.syncMap);
        }
        while (round == 0 && rounds > 1 && rounds * clock.elapsed() > patience)
            rounds -= 2;
    }

    compareLookUps(scan, pool, contests.back());
    return contests;
}
