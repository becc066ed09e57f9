// SPDX-License-Identifier: MIT

// The shapes of the benchmarks of Go's sync.Map, for a SyncMap, printed as Go prints them: benchstat
// lays the two side by side. README.md says how. Two threads take the place of GOMAXPROCS=2. Go's
// keys and values are interfaces that hold an int, these are qint64.

#include "harness/commandline.h"
#include "harness/heap.h"
#include "harness/report.h"
#include "harness/timing.h"

#include <SyncMap/SyncMap>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qsysinfo.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <vector>

namespace {

using namespace Benchmark;

constexpr int Threads = 2;
using Map = SyncMap<qint64, qint64>;

// Hands the iterations of one run out to the threads, some at a time, as Go does it.
class Iterations
{
public:
    Iterations(std::atomic<qint64> &left, qint64 atATime) : m_left(left), m_atATime(atATime) { }

    bool next()
    {
        if (m_own == 0) {
            // relaxed: only the number matters.
            const qint64 left = m_left.fetch_sub(m_atATime, std::memory_order_relaxed);
            if (left <= 0)
                return false;
            m_own = std::min(left, m_atATime);
        }
        --m_own;
        return true;
    }

private:
    std::atomic<qint64> &m_left;
    const qint64 m_atATime;
    qint64 m_own = 0;
};

using SetUp = std::function<void(Map &)>;
using Body = std::function<void(Map &, Iterations &, qint64 first)>; // one call for each thread

struct Shape
{
    const char *name;
    SetUp setUp;
    Body body;
};

SetUp filled(qint64 count)
{
    return [count](Map &map) {
        for (qint64 i = 0; i < count; ++i)
            map.insert(i, i);
        for (qint64 i = 0; i < 2 * count; ++i)
            keep(quint64(map.find(i % count).value_or(0)));
    };
}

void nothing(Map &) { }

// Calls step(map, i) with one number after the other.
template <typename Step>
Body each(Step step)
{
    return [step](Map &map, Iterations &iterations, qint64 i) {
        for (; iterations.next(); ++i)
            step(map, i);
    };
}

void check(bool holds, const char *what)
{
    if (!holds)
        qFatal("%s", what);
}

// In all of them, keys below `hits` are in the map.
std::vector<Shape> loads()
{
    std::vector<Shape> shapes;
    for (const auto &[name, hits] :
         { std::pair("LoadMostlyHits", 1023), { "LoadMostlyMisses", 1 } }) {
        shapes.push_back({ name, filled(hits), [](Map &map, Iterations &iterations, qint64 i) {
                              quint64 sum = 0;
                              for (; iterations.next(); ++i)
                                  sum += quint64(map.find(i % 1024).value_or(0));
                              keep(sum);
                          } });
    }
    return shapes;
}

std::vector<Shape> loadsOrStores()
{
    constexpr qint64 hits = 128;
    return {
        { "LoadOrStoreBalanced", filled(hits), each([](Map &map, qint64 i) {
              const qint64 key = i % (2 * hits);
              if (key < hits)
                  check(!map.tryInsert(key, i).inserted, "A key was not there");
              else
                  check(map.tryInsert(i, i).inserted, "A key was there");
          }) },
        { "LoadOrStoreUnique", nothing,
          each([](Map &map, qint64 i) { (void)map.tryInsert(i, i); }) },
        { "LoadOrStoreCollision", filled(1),
          each([](Map &map, qint64) { (void)map.tryInsert(0, 0); }) },
    };
}

std::vector<Shape> loadsAndDeletes()
{
    constexpr qint64 hits = 128;
    return {
        { "LoadAndDeleteBalanced", filled(hits), each([](Map &map, qint64 i) {
              const qint64 key = i % (2 * hits);
              map.take(key < hits ? key : i);
          }) },
        { "LoadAndDeleteUnique", nothing, each([](Map &map, qint64 i) { map.take(i); }) },
        { "LoadAndDeleteCollision", filled(1), each([](Map &map, qint64) {
              if (map.take(0))
                  map.insert(0, 0);
          }) },
    };
}

std::vector<Shape> iterations()
{
    constexpr qint64 size = 1024;
    return {
        { "Range", filled(size),
          each([](Map &map, qint64) { map.forEach([](qint64, qint64) { return true; }); }) },
        { "AdversarialAlloc", nothing,
          [](Map &map, Iterations &iterations, qint64 i) {
              // A miss each time, and a new key the more seldom the longer it goes on.
              qint64 stores = 0;
              qint64 sinceStore = 0;
              for (; iterations.next(); ++i) {
                  keep(quint64(map.find(i).value_or(0)));
                  if (++sinceStore <= stores)
                      continue;
                  (void)map.tryInsert(i, stores);
                  sinceStore = 0;
                  ++stores;
              }
          } },
        { "AdversarialDelete", filled(size), each([](Map &map, qint64 i) {
              keep(quint64(map.find(i).value_or(0)));
              if (i % size != 0)
                  return;
              qint64 some = 0;
              map.forEach([&some](qint64 key, qint64) {
                  some = key;
                  return false;
              });
              map.remove(some);
              map.insert(i, i);
          }) },
        { "DeleteCollision", filled(1), each([](Map &map, qint64) { map.remove(0); }) },
    };
}

std::vector<Shape> swaps()
{
    std::vector<Shape> shapes { { "SwapCollision", filled(1),
                                  each([](Map &map, qint64) { map.exchange(0, 0); }) } };
    for (const auto &[name, hits] :
         { std::pair("SwapMostlyHits", 1023), { "SwapMostlyMisses", 1 } }) {
        shapes.push_back({ name, filled(hits), each([hits = qint64(hits)](Map &map, qint64 i) {
                               const qint64 key = i % 1024;
                               if (key < hits) {
                                   map.exchange(key, key);
                               } else {
                                   map.exchange(i, i);
                                   map.remove(i);
                               }
                           }) });
    }
    return shapes;
}

std::vector<Shape> comparisons()
{
    std::vector<Shape> shapes {
        { "CompareAndSwapCollision", filled(1), each([](Map &map, qint64) {
              if (map.compareExchange(0, 0, 42))
                  (void)map.compareExchange(0, 42, 0);
          }) },
        { "CompareAndSwapNoExistingKey", nothing, each([](Map &map, qint64 i) {
              if (map.compareExchange(i, 0, 0))
                  map.remove(i);
          }) },
        { "CompareAndSwapValueNotEqual", filled(1),
          each([](Map &map, qint64) { (void)map.compareExchange(0, 1, 2); }) },
    };
    for (const auto &[name, hits] :
         { std::pair("CompareAndSwapMostlyHits", 1023), { "CompareAndSwapMostlyMisses", 1 } }) {
        shapes.push_back({ name, filled(hits), each([hits = qint64(hits)](Map &map, qint64 i) {
                               const qint64 rest = i % 1024;
                               const qint64 key = rest < hits ? rest : i;
                               (void)map.compareExchange(key, key, key);
                           }) });
    }
    return shapes;
}

std::vector<Shape> allShapes()
{
    std::vector<Shape> all;
    for (const auto &group :
         { loads(), loadsOrStores(), loadsAndDeletes(), iterations(), swaps(), comparisons() })
        all.insert(all.end(), group.begin(), group.end());
    all.push_back({ "Clear", nothing, each([](Map &map, qint64 i) {
                        map.clear();
                        map.insert(i % 256, i % 256);
                    }) });
    return all;
}

// Seconds for so many iterations on a new map.
double run(const Shape &shape, qint64 count, qint64 atATime)
{
    Map map;
    shape.setUp(map);
    std::atomic<qint64> left { count };
    return timeOf(Threads, [&](int thread) {
        Iterations own(left, atATime);
        shape.body(map, own, thread * count);
    });
}

void measureShape(const Shape &shape, double seconds)
{
    constexpr double batch = 1e-4; // seconds, so that handing them out costs nothing
    qint64 count = 1;
    qint64 atATime = 1;
    for (;;) {
        const double took = run(shape, count, atATime);
        const double each = took / double(count);
        if (took >= seconds || count >= 1'000'000'000) {
            std::printf("Benchmark%s-%d\t%10lld\t%10.*f ns/op\n", shape.name, Threads,
                        static_cast<long long>(count), each < 1e-7 ? 2 : 1, each * 1e9);
            std::fflush(stdout);
            return;
        }
        atATime = std::clamp<qint64>(qint64(batch / each), 1, 10'000);
        count = std::clamp<qint64>(qint64(1.2 * seconds / each), count + 1, count * 100);
        count = std::min<qint64>(count, 1'000'000'000);
    }
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    CommandLine commandLine(
            QStringLiteral("Runs the shapes of the benchmarks of Go's sync.Map on a SyncMap."));
    commandLine.addNumber(QStringLiteral("milliseconds"),
                          QStringLiteral("Let each benchmark run for <n> ms, by default 1000."),
                          QStringLiteral("1000"));
    commandLine.addNumber(QStringLiteral("count"),
                          QStringLiteral("Run each of them <n> times, by default 5."),
                          QStringLiteral("5"));
    commandLine.parse();
    const double seconds = commandLine.number(QStringLiteral("milliseconds"), 1, 100'000) / 1e3;
    const int count = commandLine.number(QStringLiteral("count"), 1, 1000);
    std::vector<Shape> shapes = allShapes();
    shapes.erase(std::remove_if(shapes.begin(), shapes.end(),
                                [&](const Shape &shape) {
                                    return !commandLine.wants(QString::fromLatin1(shape.name));
                                }),
                 shapes.end());
    if (shapes.empty())
        CommandLine::refuse(QStringLiteral("no benchmark has that in its name"));
    if (!commandLine.jsonFile().isEmpty())
        CommandLine::refuse(QStringLiteral("this one prints what Go prints, and no JSON"));
    if (commandLine.isListing()) {
        for (const Shape &shape : shapes)
            std::puts(shape.name);
        return 0;
    }
    keepFreedMemory();
    const bool isAmd64 = QSysInfo::currentCpuArchitecture() == QLatin1String("x86_64");
    std::printf("goos: %s\ngoarch: %s\npkg: sync\ncpu: %s\n", qPrintable(QSysInfo::kernelType()),
                isAmd64 ? "amd64" : qPrintable(QSysInfo::currentCpuArchitecture()),
                qPrintable(machine().value(QStringLiteral("processor")).toString()));
    for (const Shape &shape : shapes) {
        for (int i = 0; i < count; ++i)
            measureShape(shape, seconds);
    }
    return 0;
}
