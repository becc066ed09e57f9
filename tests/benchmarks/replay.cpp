// SPDX-License-Identifier: MIT

// Replays traces of accesses on a SyncCache and prints its hit ratios.
//
//   replay TRACE SIZE [THREADS]...
//
// A trace is a text file with a decimal key per line, `-` for the standard input. A request that
// misses inserts its key. With several threads, they take the requests in turn.

#include <SyncMap/SyncCache>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

bool readTrace(const char *name, std::vector<quint64> &trace)
{
    std::FILE *file = std::strcmp(name, "-") == 0 ? stdin : std::fopen(name, "r");
    if (!file)
        return false;
    unsigned long long key = 0;
    while (std::fscanf(file, "%llu", &key) == 1)
        trace.push_back(key);
    if (file != stdin)
        std::fclose(file);
    return !trace.empty();
}

double replay(const std::vector<quint64> &trace, qsizetype size, int threadCount)
{
    SyncCache<quint64, quint64> cache(size);
    std::atomic<std::size_t> next { 0 };
    std::atomic<quint64> hits { 0 };
    const auto work = [&] {
        quint64 own = 0;
        for (std::size_t i = next++; i < trace.size(); i = next++) {
            if (cache.find(trace[i]))
                ++own;
            else
                cache.insert(trace[i], i);
        }
        hits += own;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < threadCount; ++i)
        threads.emplace_back(work);
    for (std::thread &thread : threads)
        thread.join();
    if (!cache.isConsistent())
        std::fprintf(stderr, "replay: the cache is not consistent\n");
    return double(hits) / double(trace.size());
}

} // namespace

int main(int argc, char **argv)
{
    std::vector<quint64> trace;
    if (argc < 3 || std::atoll(argv[2]) <= 0) {
        std::fprintf(stderr, "usage: replay TRACE SIZE [THREADS]...\n");
        return 2;
    }
    if (!readTrace(argv[1], trace)) {
        std::fprintf(stderr, "replay: %s has no keys, or cannot be read\n", argv[1]);
        return 1;
    }
    const qsizetype size = qsizetype(std::atoll(argv[2]));
    if (argc == 3)
        std::printf("%.4f\n", replay(trace, size, 1));
    for (int i = 3; i < argc; ++i)
        std::printf("%.4f%c", replay(trace, size, qMax(1, std::atoi(argv[i]))),
                    i + 1 == argc ? '\n' : '\t');
    return 0;
}
