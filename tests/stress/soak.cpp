// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCache>
#include <SyncMap/SyncMap>

#include <QtCore/qstring.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

// The resident memory of this process, in KiB.
long residentKiB()
{
    long size = 0;
    long resident = 0;
    std::FILE *file = std::fopen("/proc/self/statm", "r");
    if (!file || std::fscanf(file, "%ld %ld", &size, &resident) != 2)
        std::abort();
    std::fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Inserts and removes keys that never come back, on all threads, and prints the memory as it goes.
// Each thread has the keys that leave the same remainder, so that it is the one to remove its own.
// False if it grew: if it was never again, in the last quarter, at most a tenth and 8 MiB above
// what it was after the first twentieth. (A thread that loses its processor within a write holds
// back meanwhile what the others remove: that comes and goes.)
template <typename Round>
bool soak(const char *name, qint64 keys, int threads, Round &&round)
{
    constexpr int Parts = 20;
    constexpr int LastParts = 5;
    constexpr long Allowance = 8 * 1024;
    long first = 0;
    bool isFlat = false;
    for (int part = 0; part < Parts; ++part) {
        const qint64 each = keys / Parts / threads;
        const qint64 begin = each * part;
        std::vector<std::thread> workers;
        for (int thread = 0; thread < threads; ++thread) {
            workers.emplace_back([&round, begin, each, thread, threads] {
                for (qint64 i = begin; i < begin + each; ++i)
                    round(i * threads + thread);
            });
        }
        for (std::thread &worker : workers)
            worker.join();
        const long now = residentKiB();
        if (part == 0)
            first = now;
        if (part >= Parts - LastParts)
            isFlat = isFlat || now <= first + first / 10 + Allowance;
        std::printf("%-8s %12lld keys %9ld KiB\n", name,
                    static_cast<long long>((begin + each) * threads), now);
        std::fflush(stdout);
    }
    if (!isFlat)
        std::printf("%s grew\n", name);
    return isFlat;
}

} // namespace

// soak [KEYS [THREADS]]
int main(int argc, char **argv)
{
    const qint64 keys = argc > 1 ? std::atoll(argv[1]) : 100'000'000;
    const int threads = argc > 2 ? std::atoi(argv[2]) : 4;
    if (keys < 1000 || threads < 1)
        return 2;
    const qint64 window = 1000 * threads; // keys that are there at any moment

    SyncMap<qint64, qint64> inPlace;
    bool isFlat = soak("numbers", keys, threads, [&inPlace, window](qint64 key) {
        inPlace.insert(key, key);
        inPlace.remove(key - window);
    });
    inPlace.clear();

    SyncMap<QString, QString> nodes;
    isFlat &= soak("strings", keys / 10, threads, [&nodes, window](qint64 key) {
        nodes.insert(QString::number(key), QString::number(key));
        nodes.remove(QString::number(key - window));
    });
    nodes.clear();

    SyncCache<qint64, QString> cache(10000);
    isFlat &= soak("cache", keys / 10, threads, [&cache, window](qint64 key) {
        cache.insert(key, QString::number(key));
        if (key % 3 == 0)
            cache.remove(key - window);
    });
    return isFlat && cache.totalCost() <= cache.maxCost() && cache.isConsistent() ? 0 : 1;
}
