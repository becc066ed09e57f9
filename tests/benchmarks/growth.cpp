// SPDX-License-Identifier: MIT

// Whether the growth of a map can be felt: the longest stalls of a reader while another thread
// makes the map grow, beside the same without growth and without a map; the CPU time of the single
// writes that do it; and how the cost of a read grows with the map.

#include "harness/commandline.h"
#include "harness/dice.h"
#include "harness/processors.h"
#include "harness/quiet.h"
#include "harness/report.h"
#include "harness/timing.h"
#include "map/contenders.h"

#include <SyncMap/SyncMap>

#include <QtCore/qcoreapplication.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>

namespace {

using namespace Benchmark;

// Counts of times by their length, in steps of about 4 %, and the longest one exactly.
class Histogram
{
public:
    void add(double nanoseconds)
    {
        m_longest = std::max(m_longest, nanoseconds);
        const int step = nanoseconds < 1 ? 0 : int(std::log2(nanoseconds) * StepsPerDoubling);
        ++m_counts[std::size_t(std::min(step, StepCount - 1))];
        ++m_total;
    }
    double longest() const { return m_longest; }
    double percentile(double percent) const
    {
        quint64 wanted = quint64(double(m_total) * percent / 100);
        for (int step = 0; step < StepCount; ++step) {
            const quint64 count = m_counts[std::size_t(step)];
            if (count > wanted)
                return std::min(m_longest, std::exp2(double(step + 1) / StepsPerDoubling));
            wanted -= count;
        }
        return m_longest;
    }
    QJsonObject toJson() const
    {
        return { { QStringLiteral("count"), qint64(m_total) },
                 { QStringLiteral("p50"), percentile(50) },
                 { QStringLiteral("p99"), percentile(99) },
                 { QStringLiteral("p99.9"), percentile(99.9) },
                 { QStringLiteral("p99.99"), percentile(99.99) },
                 { QStringLiteral("p99.999"), percentile(99.999) },
                 { QStringLiteral("longest"), m_longest } };
    }

private:
    static constexpr int StepsPerDoubling = 16;
    static constexpr int StepCount = 40 * StepsPerDoubling;
    std::array<quint64, StepCount> m_counts {};
    quint64 m_total = 0;
    double m_longest = 0;
};

using Map = SyncMap<quint64, quint64>;
constexpr quint64 ReaderKeys = 1000;

enum class Phase { Alone, Overwriting, Growing };

struct Stalls
{
    Histogram reads; // wall clock, from one read's end to the next one's
    Histogram writes; // CPU time of the thread
    bool isQuiet = false;
};

void print(const char *what, const Histogram &histogram, double unit, const char *name)
{
    std::printf("    %-34s p50 %8.2f  p99 %8.2f  p99.9 %8.2f  p99.99 %8.2f  longest %10.2f %s\n",
                what, histogram.percentile(50) / unit, histogram.percentile(99) / unit,
                histogram.percentile(99.9) / unit, histogram.percentile(99.99) / unit,
                histogram.longest() / unit, name);
}

// The reader reads the same few keys in each phase. Alone: it reads the clock only, so that what
// stalls it is the machine. Overwriting: the writer writes to the keys that are in the map.
Stalls run(Map &map, Phase phase, quint64 entries)
{
    Stalls stalls;
    std::atomic<bool> isDone { false };
    const bool wasQuiet = isQuiet(2);
    timeOf(2, [&](int thread) {
        if (thread == 0) {
            Dice dice(1);
            quint64 sum = 0;
            Clock::time_point last = Clock::now();
            // relaxed: the threads are joined.
            while (!isDone.load(std::memory_order_relaxed)) {
                if (phase != Phase::Alone) {
                    const auto guard = map.guard();
                    sum += *map.get(scrambled(dice.below(ReaderKeys)), guard);
                }
                const Clock::time_point now = Clock::now();
                stalls.reads.add(std::chrono::duration<double, std::nano>(now - last).count());
                last = now;
            }
            keep(sum);
            return;
        }
        double last = threadTime();
        for (quint64 i = 0; i < entries; ++i) {
            if (phase != Phase::Alone)
                map.insert(scrambled(ReaderKeys + i), i);
            const double now = threadTime();
            stalls.writes.add((now - last) * 1e9);
            last = now;
        }
        isDone.store(true, std::memory_order_relaxed);
    });
    stalls.isQuiet = isQuiet(2) && wasQuiet;
    return stalls;
}

void measureStalls(const CommandLine &commandLine, quint64 entries, Report &report)
{
    const Plan plan = commandLine.plan();
    std::array<std::vector<double>, 3> longest;
    std::vector<double> longestWrite;
    int thrownAway = 0;
    for (int kept = 0; kept < plan.rounds && thrownAway < 5 * plan.rounds;) {
        Map map;
        for (quint64 i = 0; i < ReaderKeys; ++i)
            map.insert(scrambled(i), i);
        const Stalls alone = run(map, Phase::Alone, entries);
        const Stalls growing = run(map, Phase::Growing, entries);
        const Stalls overwriting = run(map, Phase::Overwriting, entries);
        const bool isQuiet = alone.isQuiet && growing.isQuiet && overwriting.isQuiet;
        if (!isQuiet && !plan.keepsNoisyRounds) {
            ++thrownAway;
            continue;
        }
        ++kept;
        std::printf("Round %d, growth to %lld entries:\n", kept,
                    static_cast<long long>(map.size()));
        print("reader, without a map", alone.reads, 1e3, "us");
        print("reader, beside overwrites", overwriting.reads, 1e3, "us");
        print("reader, beside growth", growing.reads, 1e3, "us");
        print("writer that reads the clock, CPU", alone.writes, 1e3, "us");
        print("writer that overwrites, CPU", overwriting.writes, 1e3, "us");
        print("writer that lets it grow, CPU", growing.writes, 1e3, "us");
        std::fflush(stdout);
        longest[0].push_back(alone.reads.longest());
        longest[1].push_back(overwriting.reads.longest());
        longest[2].push_back(growing.reads.longest());
        longestWrite.push_back(growing.writes.longest());
        report.append(QStringLiteral("stalls"),
                      { { QStringLiteral("entries"), qint64(map.size()) },
                        { QStringLiteral("quiet"), isQuiet },
                        { QStringLiteral("readerWithoutMap"), alone.reads.toJson() },
                        { QStringLiteral("readerBesideOverwrites"), overwriting.reads.toJson() },
                        { QStringLiteral("readerBesideGrowth"), growing.reads.toJson() },
                        { QStringLiteral("writerOfTheClock"), alone.writes.toJson() },
                        { QStringLiteral("writerThatOverwrites"), overwriting.writes.toJson() },
                        { QStringLiteral("writerThatGrows"), growing.writes.toJson() } });
        report.write();
    }
    if (longestWrite.empty()) {
        std::printf("Stalls: the machine is too busy\n\n");
        return;
    }
    std::printf("Longest stall of the reader, median of %zu rounds (%d thrown away): without a map "
                "%.1f us, beside overwrites %.1f us, beside growth %.1f us (must: no longer than "
                "without growth)\n"
                "Longest CPU time of one write that lets the map grow, median: %.1f us (must: at "
                "most 500 inside the lock; this is all of it)\n\n",
                longestWrite.size(), thrownAway, median(longest[0]) / 1e3, median(longest[1]) / 1e3,
                median(longest[2]) / 1e3, median(longestWrite) / 1e3);
}

void measureReadCost(const CommandLine &commandLine, const QList<int> &sizes, Report &report)
{
    std::printf("ns for a read in place, one thread, random keys\n%12s %10s %10s\n", "entries",
                SyncMapName, NoLockName);
    for (const int size : sizes) {
        const Stock<quint64> stock { quint64(size) };
        ContenderList<quint64> contenders = makeContenders<quint64>({});
        contenders.resize(2); // SyncMap and QHash
        const Cell cell { KeyType::Integer, quint64(size), Choice::Uniform, Operation::ReadInPlace,
                          1 };
        std::vector<Contestant> contestants;
        for (const auto &contender : contenders) {
            contender->fill(stock);
            contestants.push_back(contender->contestantsOf(cell).front());
        }
        const Outcome outcome = measure(contestants, commandLine.plan());
        if (outcome.isEmpty()) {
            std::printf("%12d  the machine is too busy\n", size);
            continue;
        }
        std::printf("%12d %10.2f %10.2f\n", size, 1e9 / outcome.rate(0), 1e9 / outcome.rate(1));
        std::fflush(stdout);
        for (int i = 0; i < 2; ++i) {
            report.append(QStringLiteral("readCost"),
                          { { QStringLiteral("name"), outcome.names[std::size_t(i)] },
                            { QStringLiteral("entries"), size },
                            { QStringLiteral("nanoseconds"), 1e9 / outcome.rate(i) } });
        }
        report.write();
    }
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    CommandLine commandLine(QStringLiteral("Measures what the growth of a map costs others."));
    commandLine.addNumber(QStringLiteral("entries"),
                          QStringLiteral("Let the map grow to <n> entries, by default 10 million."),
                          QStringLiteral("10000000"));
    commandLine.addNumber(QStringLiteral("sizes"),
                          QStringLiteral("Measure reads in maps of so many entries, parted by "
                                         "commas."),
                          QStringLiteral("1000,10000,100000,1000000,10000000"));
    commandLine.parse();
    const int entries = commandLine.number(QStringLiteral("entries"), 1, 1'000'000'000);
    const QList<int> sizes = commandLine.numbers(QStringLiteral("sizes"), 16, 100'000'000);
    const bool wantsStalls = commandLine.wants(QStringLiteral("stalls"));
    const bool wantsReadCost = commandLine.wants(QStringLiteral("read cost"));
    if (!wantsStalls && !wantsReadCost)
        CommandLine::refuse(QStringLiteral("there is 'stalls' and 'read cost', no other"));
    if (commandLine.isListing()) {
        std::puts("stalls\nread cost");
        return 0;
    }
    Report report(commandLine.jsonFile());
    std::printf("%s\n\n", qPrintable(machineText()));
    if (wantsStalls)
        measureStalls(commandLine, quint64(entries), report);
    if (wantsReadCost)
        measureReadCost(commandLine, sizes, report);
    return 0;
}
