// SPDX-License-Identifier: MIT
#include "input.h"

#include <SyncMap/SyncCache>

#include <QtCore/qfile.h>
#include <QtCore/qtemporarydir.h>

// A file either is restored, and then what was restored can be saved and restored again, or leaves
// the cache as it was.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    using Cache = SyncCache<QByteArray, int>;
    static const QTemporaryDir folder;
    const QString name = folder.filePath(QStringLiteral("cache"));

    Input input(data, size);
    const int kind = input.below(4);
    QByteArray bytes(input.rest(), input.restSize());
    if (kind == 0) {
        QFile file(name);
        require(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size(),
                "it is there");
        file.close();
    } else { // with the frame, so that the entries are reached
        QByteArray entries;
        QDataStream stream(&entries, QIODevice::WriteOnly);
        stream.setVersion(SyncMapInternal::CacheStreamVersion);
        stream << SyncMapInternal::typeNames<QByteArray, int>();
        if (kind == 3) { // with frames, too
            while (!bytes.isEmpty()) {
                const int frame = 1 + uchar(bytes.at(0)) % 96;
                stream << bytes.mid(1, frame);
                bytes.remove(0, 1 + frame);
            }
            stream << quint32(0);
        }
        require(!SyncMapInternal::writeCacheFile(name, kind == 1 ? bytes : entries + bytes)
                         .isError(),
                "a file can be written");
    }
    SyncCacheManualClock clock;
    Cache cache(1000);
    cache.setClock(&clock);
    cache.insert("ours", -1);
    if (!cache.restore(name).result()) {
        require(!cache.lastError().isEmpty(), "a failure has a reason");
        require(cache.toHash() == QHash<QByteArray, int> { { "ours", -1 } },
                "what cannot be restored leaves the cache as it was");
        return 0;
    }
    require(cache.totalCost() <= cache.maxCost() && cache.isConsistent(), "the bound is kept");
    require(cache.save(name).result(), "what was restored can be saved");
    Cache other(1000);
    other.setClock(&clock);
    require(other.restore(name).result(), "what was saved can be restored");
    require(other.toHash() == cache.toHash(), "what was saved is restored");
    require(other.isConsistent(), "the parts of the cache agree");
    return 0;
}
