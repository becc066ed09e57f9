// SPDX-License-Identifier: MIT
#include <SyncMap/private/map/hash.h>

#include <QtCore/qrandom.h>
#include <QtCore/qthread.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

quint64 randomSeed() noexcept
{
    return QRandomGenerator::global()->generate64();
}

quint32 contentionShards() noexcept
{
    static const quint32 shards = quint32(qMax(QThread::idealThreadCount(), 1)) * 4;
    return shards;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
