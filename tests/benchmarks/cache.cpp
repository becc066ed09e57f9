// SPDX-License-Identifier: MIT

// What a SyncCache costs, beside what it is measured against: ratios of throughput, above 1 where
// SyncCache is faster. README.md says how the rounds work.

#include "harness/commandline.h"
#include "harness/dice.h"
#include "harness/report.h"
#include "harness/rounds.h"
#include "harness/timing.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qcache.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qfuture.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace Benchmark;

struct Row
{
    const char *name;
    int threads;
    double must;
    double aim;
    std::function<double()> ours; // seconds
    std::function<double()> other;
    double opsPerThread;
};

void measure(const Row &row, const Plan &plan, Report &report)
{
    const double operations = row.opsPerThread * row.threads;
    const Outcome outcome = Benchmark::measure(
            {
                    { QStringLiteral("SyncCache"), row.threads,
                      [&] { return operations / row.ours(); } },
                    { QStringLiteral("other"), row.threads,
                      [&] { return operations / row.other(); } },
            },
            plan);
    QJsonObject cell = outcome.toJson();
    cell.insert(QStringLiteral("name"), QString::fromLatin1(row.name));
    cell.insert(QStringLiteral("must"), row.must);
    cell.insert(QStringLiteral("aim"), row.aim);
    report.append(QStringLiteral("cells"), cell);
    report.write();
    if (outcome.isEmpty()) {
        std::printf("%-58s  the machine is too busy\n", row.name);
        return;
    }
    std::printf("%-58s %6.2f  %6.2f  %6.2f  %5.0f ns  %d\n", row.name, outcome.ratio(0, 1).median,
                row.must, row.aim, row.threads / outcome.rate(0) * 1e9, outcome.thrownAway);
    std::fflush(stdout);
}

// The value of a cache's entry with what the cache keeps beside it, in a map alone.
struct Shaped
{
    char beside[sizeof(SyncMapInternal::Entry<quint64>) - sizeof(quint64)] = {};
    quint64 value = 0;
};

template <typename Map>
double readAll(const Map &map, int threads, quint64 keyCount, int operations)
{
    return timeOf(threads, [&](int thread) {
        Dice dice(quint64(thread) + 1);
        quint64 missed = 0;
        for (int i = 0; i < operations; ++i) {
            const auto guard = map.guard();
            if (!map.get(dice.below(keyCount), guard))
                ++missed;
        }
        if (missed != 0)
            std::abort();
    });
}

class LockedQCache
{
public:
    explicit LockedQCache(qsizetype maxCost) : m_cache(maxCost) { }
    bool find(quint64 key, quint64 &value)
    {
        const std::lock_guard lock(m_mutex);
        const quint64 *found = m_cache.object(key);
        if (found)
            value = *found;
        return found;
    }
    void insert(quint64 key, quint64 value)
    {
        auto copy = std::make_unique<quint64>(value);
        const std::lock_guard lock(m_mutex);
        m_cache.insert(key, copy.release());
    }

private:
    QMutex m_mutex;
    QCache<quint64, quint64> m_cache;
};

// Half of the operations find a key that was inserted lately, half insert a new one.
template <typename Find, typename Insert>
double readAndWrite(int threads, quint64 capacity, int operations, std::vector<quint64> &next,
                    Find &&find, Insert &&insert)
{
    return timeOf(threads, [&](int thread) {
        Dice dice(next[std::size_t(thread)] + 1);
        quint64 &own = next[std::size_t(thread)];
        for (int i = 0; i < operations; ++i) {
            if (dice.below(2) == 0) {
                const quint64 back = dice.below(capacity / 2);
                find((own > back ? own - back : 0) * 2 + quint64(thread));
            } else {
                ++own;
                insert(own * 2 + quint64(thread), own);
            }
        }
    });
}

void hits(std::vector<Row> &rows)
{
    constexpr int operations = 1'000'000;
    struct State
    {
        SyncCache<quint64, quint64> cache { 200'000 };
        SyncCache<quint64, quint64> expiring { 200'000 };
        SyncMap<quint64, Shaped> map;
        LockedQCache locked { 200'000 };

        explicit State(quint64 count)
        {
            expiring.setTimeToLive(std::chrono::hours(1));
            for (quint64 key = 0; key < count; ++key) {
                cache.insert(key, key);
                expiring.insert(key, key);
                map.insert(key, Shaped());
                locked.insert(key, key);
            }
        }
    };
    for (const quint64 count : { 1000, 100'000 }) {
        const auto state = std::make_shared<State>(count);
        for (const int threads : { 1, 2 }) {
            const auto ours = [=] { return readAll(state->cache, threads, count, operations); };
            const auto map = [=] { return readAll(state->map, threads, count, operations); };
            const auto expiring = [=] {
                return readAll(state->expiring, threads, count, operations);
            };
            static std::vector<std::string> names;
            names.reserve(100);
            const auto named = [&](const char *what) {
                names.push_back("hits, " + std::to_string(count) + " keys, "
                                + std::to_string(threads) + " threads, to " + what);
                return names.back().c_str();
            };
            rows.push_back({ named("SyncMap"), threads, 0.8, 0.95, ours, map, operations });
            rows.push_back({ named("SyncMap, time to live"), threads, 0.4, 0.7, expiring, map,
                             operations });
            if (threads == 2) {
                const auto locked = [=] {
                    return timeOf(threads, [&](int thread) {
                        Dice dice(quint64(thread) + 1);
                        quint64 value = 0;
                        for (int i = 0; i < operations; ++i)
                            state->locked.find(dice.below(count), value);
                    });
                };
                rows.push_back(
                        { named("QCache, QMutex"), threads, 4, 8, ours, locked, operations });
            }
        }
    }
}

void writes(std::vector<Row> &rows)
{
    constexpr int operations = 400'000;
    struct State
    {
        explicit State(qsizetype capacity) : cache(capacity), locked(capacity)
        {
            for (quint64 key = 0; key < quint64(capacity) * 2; ++key) {
                cache.insert(key, key);
                locked.insert(key, key);
            }
            mine = theirs = { quint64(capacity), quint64(capacity) };
        }
        SyncCache<quint64, quint64> cache;
        LockedQCache locked;
        std::vector<quint64> mine;
        std::vector<quint64> theirs;
    };
    static std::vector<std::string> names;
    names.reserve(100);
    for (const quint64 capacity : { 1000, 100'000 }) {
        const auto state = std::make_shared<State>(qsizetype(capacity));
        for (const int threads : { 1, 2 }) {
            const auto ours = [=] {
                return readAndWrite(
                        threads, capacity, operations, state->mine,
                        [&](quint64 key) { return state->cache.find(key).has_value(); },
                        [&](quint64 key, quint64 value) { state->cache.insert(key, value); });
            };
            const auto locked = [=] {
                return readAndWrite(
                        threads, capacity, operations, state->theirs,
                        [&](quint64 key) {
                            quint64 value = 0;
                            return state->locked.find(key, value);
                        },
                        [&](quint64 key, quint64 value) { state->locked.insert(key, value); });
            };
            names.push_back("full, 50/50, " + std::to_string(capacity) + " entries, "
                            + std::to_string(threads) + " threads, to QCache, QMutex");
            rows.push_back({ names.back().c_str(), threads, threads == 2 ? 1.0 : 0,
                             threads == 2 ? 2.0 : 0, ours, locked, operations });
        }
    }
}

QFuture<quint64> qtReadyFuture(quint64 value)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 6, 0)
    return QtFuture::makeReadyValueFuture(value);
#else
    return QtFuture::makeReadyFuture(value);
#endif
}

void futures(std::vector<Row> &rows)
{
    constexpr int operations = 300'000;
    const auto cache = std::make_shared<SyncCache<quint64, quint64>>(1000);
    cache->setLoader([](quint64 key) { return key; });
    for (quint64 key = 0; key < 1000; ++key)
        cache->insert(key, key);
    const auto ours = [=] {
        return timeOf(1, [&](int) {
            Dice dice(1);
            for (int i = 0; i < operations; ++i)
                (void)cache->getOrLoad(dice.below(1000));
        });
    };
    const auto ready = [=] {
        return timeOf(1, [&](int) {
            Dice dice(1);
            for (int i = 0; i < operations; ++i)
                (void)qtReadyFuture(dice.below(1000));
        });
    };
    rows.push_back(
            { "getOrLoad on a hit, to makeReadyFuture", 1, 1 / 1.3, 1, ours, ready, operations });
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    CommandLine commandLine(
            QStringLiteral("Measures a SyncCache beside SyncMap, QCache and QFuture."));
    commandLine.parse();
    std::vector<Row> rows;
    hits(rows);
    writes(rows);
    futures(rows);
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [&](const Row &row) {
                                  return !commandLine.wants(QString::fromLatin1(row.name));
                              }),
               rows.end());
    if (rows.empty())
        CommandLine::refuse(QStringLiteral("no row has that in its name"));
    if (commandLine.isListing()) {
        for (const Row &row : rows)
            std::puts(row.name);
        return 0;
    }
    Report report(commandLine.jsonFile());
    std::printf("%s\n\n", qPrintable(machineText()));
    std::printf("bytes of an entry's node with quint64 for key and value: %zu, of the same in a "
                "SyncMap: %zu\n",
                sizeof(SyncMapInternal::CacheCore<quint64, quint64>::Node),
                sizeof(SyncMapInternal::Engine<quint64, quint64>::Node));
    SyncCache<quint64, quint64> full(100'000);
    for (quint64 key = 0; key < 300'000; ++key)
        full.insert(key, key);
    const auto statistics = full.statistics();
    std::printf(
            "bytes that a full cache keeps beside its nodes, per entry: %.1f of the policy, %.1f "
            "of the map\n\n",
            double(statistics.policyBytes) / double(full.size()),
            double(statistics.tableBytes) / double(full.size()));
    std::printf("%-58s %6s  %6s  %6s  %8s  %s\n", "row", "ratio", "must", "aim", "ours",
                "thrown away");
    for (const Row &row : rows)
        measure(row, commandLine.plan(), report);
    return 0;
}
