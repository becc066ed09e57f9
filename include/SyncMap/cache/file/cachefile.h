// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/cacheerror.h>
#include <SyncMap/cache/expiry/expiry.h>
#include <SyncMap/cache/file/fileerror.h>
#include <SyncMap/cache/options.h>
#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qdatastream.h>
#include <QtCore/qiodevice.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qstringlist.h>

#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

namespace SyncMapInternal {

// A frame around the entries: "SCac", a version, the length and the SHA-256 of the rest. Written by
// QSaveFile. Both return why they failed, or no error.
SYNCMAP_EXPORT SyncCacheError writeCacheFile(const QString &fileName, const QByteArray &entries);
SYNCMAP_EXPORT SyncCacheError readCacheFile(const QString &fileName, QByteArray &entries);

inline constexpr auto CacheStreamVersion = QDataStream::Qt_6_0;

template <typename Key, typename T>
QByteArray typeNames()
{
    return QByteArray(QMetaType::fromType<Key>().name()) + '\n' + QMetaType::fromType<T>().name();
}

// As a QStringList reads itself, but without making room for as many as the file says there are.
SYNCMAP_EXPORT void readTags(QDataStream &stream, QStringList &tags);

// The entries of a cache, whose \c Core is a template of key and value.
//
// The names of the types, and then the entries. One entry in a file: a 1, key, value, cost, pin,
// tags, the nanoseconds it has left, -1 for without end, and whether it is stale. A 0 follows the
// last.
template <template <typename, typename> class Core, typename Key, typename T>
SyncCacheError saveEntries(Core<Key, T> &core, const QString &fileName)
{
    using ItsCore = Core<Key, T>;
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setVersion(CacheStreamVersion);
    stream << typeNames<Key, T>();
    core.map().template forEach<typename ItsCore::Reader>(
            [&](const auto &, const typename ItsCore::Position &position) {
                const auto &entry = ItsCore::entryOf(position.node);
                if (!core.isAlive(entry))
                    return true;
                const auto *extras = entry.extras.get();
                const qint64 latest =
                        extras ? extras->latestDeadline.load(std::memory_order_relaxed) : Never;
                // By the time of now: it may be long since the first entry was written.
                const qint64 left = latest == Never ? -1 : qMax<qint64>(latest - core.now(), 0);
                stream << quint8(1) << position.node->key << entry.value << entry.cost
                       << entry.pinned << (extras ? extras->tags : QStringList()) << left
                       << core.isStale(entry);
                return stream.status() == QDataStream::Ok;
            });
    stream << quint8(0);
    if (stream.status() != QDataStream::Ok)
        return formatError(FormatProblem::CannotWrite, fileName);
    return writeCacheFile(fileName, bytes);
}

template <template <typename, typename> class Core, typename Key, typename T>
SyncCacheError restoreEntries(Core<Key, T> &core, const QString &fileName)
{
    struct Stored
    {
        Key key;
        T value;
        SyncEntryOptions options;
        bool isStale = false;
    };
    QByteArray bytes;
    if (SyncCacheError error = readCacheFile(fileName, bytes))
        return error;
    QDataStream stream(bytes);
    stream.setVersion(CacheStreamVersion);
    QByteArray types;
    stream >> types;
    // Entries of other types could make this program allocate anything.
    if (types != typeNames<Key, T>())
        return formatError(FormatProblem::OtherTypes, fileName);
    std::vector<Stored> entries; // inserted when all could be read
    for (;;) {
        quint8 more = 0;
        stream >> more;
        if (stream.status() != QDataStream::Ok || more > 1)
            return formatError(FormatProblem::OtherEntries, fileName);
        if (more == 0)
            break;
        Stored entry;
        qint64 cost = 0;
        qint64 left = 0;
        stream >> entry.key >> entry.value >> cost >> entry.options.pinned;
        readTags(stream, entry.options.tags);
        stream >> left >> entry.isStale;
        if (stream.status() != QDataStream::Ok || cost < 0 || left < -1)
            return formatError(FormatProblem::OtherEntries, fileName);
        entry.options.cost = qsizetype(cost);
        // Never late: what is left of a millisecond is dropped.
        const std::chrono::milliseconds whole(left / 1'000'000);
        if (left >= 0 && whole.count() == 0)
            continue;
        entry.options.timeToLive = left < 0 ? std::chrono::milliseconds(0) : whole;
        entries.push_back(std::move(entry));
    }
    if (!stream.atEnd())
        return formatError(FormatProblem::GoesOn, fileName);
    for (Stored &entry : entries) {
        if (core.isEnding())
            return SyncCacheError(SyncCacheError::CacheDestroyed);
        core.insert(entry.key, entry.value, entry.options, entry.isStale);
    }
    return {};
}

} // namespace SyncMapInternal
