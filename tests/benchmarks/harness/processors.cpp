// SPDX-License-Identifier: MIT

#include "processors.h"

#include <QtCore/qglobal.h>

#include <ctime>
#include <thread>
#include <vector>

#ifdef Q_OS_LINUX
#  include <pthread.h>
#  include <sched.h>
#endif

namespace Benchmark {

#ifdef Q_OS_LINUX

namespace {

// Read once, by the first caller, before any thread is pinned: a pinned one has but one of them.
const std::vector<int> &processors()
{
    static const std::vector<int> list = [] {
        std::vector<int> found;
        cpu_set_t set;
        CPU_ZERO(&set);
        if (sched_getaffinity(0, sizeof(set), &set) == 0) {
            for (int i = 0; i < CPU_SETSIZE; ++i) {
                if (CPU_ISSET(i, &set))
                    found.push_back(i);
            }
        }
        if (found.empty())
            found.push_back(0);
        return found;
    }();
    return list;
}

} // namespace

int processorCount()
{
    return int(processors().size());
}

void pinTo(int index)
{
    const std::vector<int> &list = processors();
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(std::size_t(list[std::size_t(index) % list.size()]), &set);
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

double threadTime()
{
    timespec time = {};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0)
        return -1;
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

#else

int processorCount()
{
    return qMax(1, int(std::thread::hardware_concurrency()));
}

void pinTo(int) { }

double threadTime()
{
    return -1;
}

#endif

} // namespace Benchmark
