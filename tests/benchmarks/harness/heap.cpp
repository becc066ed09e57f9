// SPDX-License-Identifier: MIT

#include "heap.h"

#include <QtCore/qfile.h>

#include <cstdlib>

#ifdef __GLIBC__
#  include <malloc.h>
#  include <unistd.h>
#endif

namespace Benchmark {

void keepFreedMemory()
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
    mallopt(M_MMAP_THRESHOLD, 1'000'000'000);
    mallopt(M_TOP_PAD, 64 * 1024 * 1024);
#endif
}

qint64 heapBytes()
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    const struct mallinfo2 info = mallinfo2();
    return qint64(info.uordblks + info.hblkhd);
#else
    return -1;
#endif
}

qint64 residentBytes()
{
#ifdef __GLIBC__
    QFile file(QStringLiteral("/proc/self/statm"));
    if (file.open(QFile::ReadOnly)) {
        const QList<QByteArray> fields = file.readAll().split(' ');
        if (fields.size() > 1)
            return fields.at(1).toLongLong() * sysconf(_SC_PAGESIZE);
    }
#endif
    return -1;
}

void giveBackFreedMemory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

} // namespace Benchmark
