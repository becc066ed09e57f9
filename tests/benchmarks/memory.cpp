// SPDX-License-Identifier: MIT

// What maps take: bytes for each entry of large ones, bytes of an empty one, bytes and time of many
// small ones. Keys and values are numbers, or texts whose characters are not counted: they belong
// to the one who made them.
//
// Each figure comes from a process of its own, which this program starts, so that nothing of what
// was measured before is still in the heap.

#include "harness/commandline.h"
#include "harness/heap.h"
#include "harness/report.h"
#include "harness/statistics.h"
#include "harness/timing.h"
#include "map/contestants/qhashcontestants.h"
#include "map/contestants/syncmapcontestant.h"
#include "map/stock.h"

#ifdef SYNCMAP_BENCHMARK_BOOST_VERSION
#  include "map/contestants/boostcontestant.h"
#endif
#ifdef SYNCMAP_BENCHMARK_TBB_VERSION
#  include "map/contestants/tbbcontestant.h"
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
#  include "map/contestants/libcuckoocontestant.h"
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCDS_VERSION
#  include "map/contestants/libcdscontestant.h"
#endif

#include <QtCore/qcoreapplication.h>
#include <QtCore/qprocess.h>

#include <cstdio>
#include <memory>

namespace {

using namespace Benchmark;

constexpr int EmptyMaps = 1000;
constexpr int EntriesOfSmallMap = 10;

struct Bytes
{
    double heap = 0;
    double resident = 0;
    double units = 1; // that these are the bytes of

    // What is not in the heap, and is more than pages that are not full, comes from an allocator of
    // the map's own.
    double either() const
    {
        const bool isInHeap = heap >= 0.8 * resident || (resident - heap) * units < 1e6;
        return isInHeap ? heap : resident;
    }
};

Bytes used()
{
    giveBackFreedMemory();
    return { double(heapBytes()), double(residentBytes()), 1 };
}

Bytes perUnit(const Bytes &before, const Bytes &after, double units)
{
    return { (after.heap - before.heap) / units, (after.resident - before.resident) / units,
             units };
}

template <typename Map, typename Key>
Bytes bytesPerEntry(quint64 entries)
{
    std::vector<Key> keys;
    keys.reserve(entries);
    for (quint64 i = 0; i < entries; ++i)
        keys.push_back(made<Key>(i));
    // The page tables, and whatever else comes with the first use.
    Map(10).add(keys.front(), keys.front());
    const Bytes before = used();
    Map map(entries);
    for (const Key &key : keys)
        map.add(key, key);
    map.settle();
    return perUnit(before, used(), double(entries));
}

struct Small
{
    double bytesOfEmpty = 0; // with the map itself
    double bytes = 0; // of a map with ten entries, in the same way
    double nanoseconds = 0; // to make it, fill it and destroy it
};

template <typename Map, typename Key>
Small smallMaps(int count, int rounds)
{
    std::vector<Key> keys;
    for (quint64 i = 0; i < EntriesOfSmallMap; ++i)
        keys.push_back(made<Key>(i));
    const auto take = [&](int mapCount, bool filled) {
        std::vector<std::unique_ptr<Map>> maps;
        maps.reserve(std::size_t(mapCount));
        const Bytes before = used();
        for (int i = 0; i < mapCount; ++i) {
            maps.push_back(std::make_unique<Map>(EntriesOfSmallMap));
            if (!filled)
                continue;
            for (const Key &key : keys)
                maps.back()->add(key, key);
        }
        return perUnit(before, used(), mapCount).either();
    };
    Small small;
    small.bytesOfEmpty = take(EmptyMaps, false);
    // Where an empty map has megabytes, fewer of them say the same.
    count = std::max(10, int(std::min<double>(count, 1e9 / std::max(1.0, small.bytesOfEmpty))));
    giveBackFreedMemory();
    small.bytes = take(count, true);
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        times.push_back(timeOf(
                                1, [&](int) { take(count, true); }, [](int) { Map::enterThread(); })
                        / count * 1e9);
    }
    small.nanoseconds = median(times);
    return small;
}

struct Program
{
    QString name;
    QString key;
    Bytes (*bytesPerEntry)(quint64);
    Small (*smallMaps)(int, int);
};

template <template <typename, typename> class Map>
void addPrograms(std::vector<Program> &list)
{
    const QString name = QString::fromLatin1(Map<quint64, quint64>::Name);
    list.push_back({ name, QStringLiteral("quint64"), bytesPerEntry<Map<quint64, quint64>, quint64>,
                     smallMaps<Map<quint64, quint64>, quint64> });
    list.push_back({ name, QStringLiteral("QString"), bytesPerEntry<Map<QString, QString>, QString>,
                     smallMaps<Map<QString, QString>, QString> });
}

std::vector<Program> allPrograms()
{
    std::vector<Program> list;
    addPrograms<QHashContestant>(list); // the first: what the others are compared with
    addPrograms<SyncMapContestant>(list);
#ifdef SYNCMAP_BENCHMARK_BOOST_VERSION
    addPrograms<BoostContestant>(list);
#endif
#ifdef SYNCMAP_BENCHMARK_TBB_VERSION
    addPrograms<TbbContestant>(list);
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
    addPrograms<LibcuckooContestant>(list);
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCDS_VERSION
    addPrograms<LibcdsContestant>(list);
#endif
    return list;
}

// Runs this program once more, to print figures: see main(). Empty if that failed, for lack of memory most likely.
QList<double> asked(const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), arguments);
    process.waitForFinished(-1);
    QList<double> figures;
    const QList<QByteArray> words = process.readAllStandardOutput().simplified().split(' ');
    for (const QByteArray &word : words)
        figures.append(word.toDouble());
    if (process.exitStatus() != QProcess::NormalExit || figures.size() < 2)
        CommandLine::refuse(
                QStringLiteral("measuring '%1' failed").arg(arguments.join(QLatin1Char(' '))));
    return figures;
}

void measureEntries(const std::vector<Program> &programs, const QList<int> &sizes, Report &report)
{
    std::printf("%-8s %-12s %10s %12s %12s %10s\n", "key", "map", "entries", "heap/entry",
                "resident", "to QHash");
    for (const QString &key : { QStringLiteral("quint64"), QStringLiteral("QString") }) {
        QMap<int, double> ofQHash;
        for (std::size_t index = 0; index < programs.size(); ++index) {
            const Program &program = programs[index];
            if (program.key != key)
                continue;
            std::vector<double> ratios;
            for (const int size : sizes) {
                const QList<double> figures =
                        asked({ QStringLiteral("--measure-entries"), QString::number(index),
                                QString::number(size) });
                if (figures.isEmpty()) {
                    std::printf("%-8s %-12s %10d  failed\n", qPrintable(key),
                                qPrintable(program.name), size);
                    continue;
                }
                const Bytes bytes { figures.at(0), figures.at(1), double(size) };
                if (!ofQHash.contains(size))
                    ofQHash.insert(size, bytes.either());
                ratios.push_back(bytes.either() / ofQHash.value(size));
                std::printf("%-8s %-12s %10d %12.1f %12.1f %10.2f\n", qPrintable(key),
                            qPrintable(program.name), size, bytes.heap, bytes.resident,
                            ratios.back());
                std::fflush(stdout);
                report.append(QStringLiteral("entries"),
                              { { QStringLiteral("name"), program.name },
                                { QStringLiteral("key"), key },
                                { QStringLiteral("entries"), size },
                                { QStringLiteral("heap"), bytes.heap },
                                { QStringLiteral("resident"), bytes.resident },
                                { QStringLiteral("bytesPerEntry"), bytes.either() },
                                { QStringLiteral("toQHash"), ratios.back() } });
                report.write();
            }
            if (ratios.empty())
                continue;
            double sum = 0;
            for (const double ratio : ratios)
                sum += ratio;
            const double mean = sum / double(ratios.size());
            const bool isOurs = program.name == QLatin1String(SyncMapName);
            std::printf("%-8s %-12s %10s %12s %12s %10.2f%s\n\n", qPrintable(key),
                        qPrintable(program.name), "mean", "", "", mean,
                        isOurs ? "  (must 1.80, aim 1.30)" : "");
            report.append(QStringLiteral("means"),
                          { { QStringLiteral("name"), program.name },
                            { QStringLiteral("key"), key },
                            { QStringLiteral("toQHash"), mean } });
        }
    }
}

void measureSmallMaps(const std::vector<Program> &programs, int count, int rounds, Report &report)
{
    std::printf("%-8s %-12s %16s %20s %22s   (%d maps of %d entries)\n", "key", "map",
                "bytes, empty", "bytes, ten entries", "ns to make and destroy", count,
                EntriesOfSmallMap);
    for (std::size_t index = 0; index < programs.size(); ++index) {
        const Program &program = programs[index];
        const QList<double> figures =
                asked({ QStringLiteral("--measure-small"), QString::number(index),
                        QString::number(count), QString::number(rounds) });
        if (figures.isEmpty()) {
            std::printf("%-8s %-12s  failed\n", qPrintable(program.key), qPrintable(program.name));
            continue;
        }
        std::printf("%-8s %-12s %16.0f %20.0f %22.0f\n", qPrintable(program.key),
                    qPrintable(program.name), figures.at(0), figures.at(1), figures.at(2));
        std::fflush(stdout);
        report.append(QStringLiteral("smallMaps"),
                      { { QStringLiteral("name"), program.name },
                        { QStringLiteral("key"), program.key },
                        { QStringLiteral("maps"), count },
                        { QStringLiteral("bytesOfEmptyMap"), figures.at(0) },
                        { QStringLiteral("bytes"), figures.at(1) },
                        { QStringLiteral("nanoseconds"), figures.at(2) } });
        report.write();
    }
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    const std::vector<Program> programs = allPrograms();
    const QStringList arguments = QCoreApplication::arguments();
    const auto argument = [&arguments](int index) { return arguments.value(index).toInt(); };
    // The process that measures is called with numbers from this file, and prints some.
    if (arguments.value(1) == QLatin1String("--measure-entries")) {
        const Bytes bytes =
                programs.at(std::size_t(argument(2))).bytesPerEntry(quint64(argument(3)));
        std::printf("%f %f\n", bytes.heap, bytes.resident);
        return 0;
    }
    if (arguments.value(1) == QLatin1String("--measure-small")) {
        const Small small =
                programs.at(std::size_t(argument(2))).smallMaps(argument(3), argument(4));
        std::printf("%f %f %f\n", small.bytesOfEmpty, small.bytes, small.nanoseconds);
        return 0;
    }

    CommandLine commandLine(QStringLiteral("Measures what maps take of memory."));
    commandLine.addNumber(QStringLiteral("sizes"),
                          QStringLiteral("Maps with so many entries, parted by commas."),
                          QStringLiteral("500000,700000,1000000,1400000,2000000"));
    commandLine.addNumber(QStringLiteral("maps"), QStringLiteral("So many small maps."),
                          QStringLiteral("10000"));
    commandLine.parse();
    const QList<int> sizes = commandLine.numbers(QStringLiteral("sizes"), 1000, 100'000'000);
    const int maps = commandLine.number(QStringLiteral("maps"), 1, 1'000'000);
    if (commandLine.isListing()) {
        for (const Program &program : programs)
            std::printf("%s, %s\n", qPrintable(program.name), qPrintable(program.key));
        return 0;
    }
    if (heapBytes() < 0)
        CommandLine::refuse(QStringLiteral("the C library does not say how large the heap is"));
    Report report(commandLine.jsonFile());
    std::printf("%s\n\n", qPrintable(machineText()));
    measureEntries(programs, sizes, report);
    measureSmallMaps(programs, maps, commandLine.plan().rounds, report);
    return 0;
}
