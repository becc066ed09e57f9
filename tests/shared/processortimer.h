// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <cstdio>
#include <ctime>

// What this thread takes of the processor, in nanoseconds, whatever else runs there.
//
// A Linux in a virtual machine lets what other machines take of the processor count as time of the
// thread that was running: its clock was seen to go on by 80 ms between two reads in a row. That is
// stolen time, which the kernel tells for all processors together, in steps of 10 ms; it is taken off.
class ProcessorTimer
{
public:
    ProcessorTimer() : m_stolen(stolen()), m_begin(taken()) { }

    qint64 elapsed() const
    {
        const qint64 end = taken();
        return end - m_begin - (stolen() - m_stolen);
    }

private:
    static qint64 taken()
    {
#ifdef CLOCK_THREAD_CPUTIME_ID
        timespec time;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return qint64(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
#else // counts other threads, too, which is more
        return qint64(std::clock()) * (1'000'000'000 / CLOCKS_PER_SEC);
#endif
    }
    static qint64 stolen()
    {
        long long steps = 0;
#ifdef Q_OS_LINUX
        if (std::FILE *const file = std::fopen("/proc/stat", "re")) {
            if (std::fscanf(file, "cpu %*d %*d %*d %*d %*d %*d %*d %lld", &steps) != 1)
                steps = 0;
            std::fclose(file);
        }
#endif
        return steps * 10'000'000;
    }

    const qint64 m_stolen; // is read before, and after, so that nothing is stolen between the two
    const qint64 m_begin;
};
