// SPDX-License-Identifier: MIT
#include <SyncMap/map/syncmapstatistics.h>

#include <QtCore/qdebug.h>

QDebug operator<<(QDebug debug, const SyncMapStatistics &statistics)
{
    using Milliseconds = std::chrono::duration<double, std::milli>;
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncMapStatistics(table bytes " << statistics.tableBytes
                    << ", retired objects " << statistics.retiredObjects << ", retired bytes "
                    << statistics.retiredBytes << ", oldest guard "
                    << Milliseconds(statistics.oldestGuard).count() << " ms)";
    return debug;
}
