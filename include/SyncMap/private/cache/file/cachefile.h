// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/diary.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/expiry/expiry.h>
#include <SyncMap/private/cache/file/fileerror.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qdatastream.h>
#include <QtCore/qiodevice.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qstringlist.h>

#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

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

// A key, for a message: its text if it has one, else what QDebug makes of it.
SYNCMAP_EXPORT void reportLeftOut(const QString &key, const QString &fileName,
                                  bool isSaving) noexcept;

// What a file says of an entry beside key and value. Spans are in nanoseconds, from the moment at which
// it was written: no clock of one run of a program means anything in the next one, but the one on the
// wall.
struct SYNCMAP_EXPORT StoredOptions
{
    qint64 cost = 0;
    bool hasOwnCost = false;
    bool pinned = false;
    bool hasOwnTimeToLive = false;
    qint64 timeToLive = Never;
    QStringList tags;
    qint64 age = 0;
    qint64 lifeLeft = Never;
    qint64 freshLeft = Never; // not more than none: it is stale
    qint64 writtenAt = 0; // milliseconds since 1970, UTC

    void write(QDataStream &stream) const;
    void read(QDataStream &stream);
    bool isPlausible() const noexcept { return cost >= 0 && age >= 0; }
    // As it is at that moment. A clock that was set back in between prolongs nothing.
    void growOlder(qint64 wallTime) noexcept;
};

// The entries of a cache, whose \c Core is a template of key and value: the names of the types, and then
// one frame for each entry, with its length before it; a length of 0 follows the last one. So an entry
// that cannot be written, or read, is left out by itself, with a warning that names its key.
template <template <typename, typename> class Core, typename Key, typename T>
SyncCacheError saveEntries(Core<Key, T> &core, const QString &fileName)
{
    using ItsCore = Core<Key, T>;
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setVersion(CacheStreamVersion);
    stream << typeNames<Key, T>();
    qint64 count = 0;
    SyncCacheError firstFailure;
    core.map().template forEach<typename ItsCore::Reader>(
            [&](const auto &, const typename ItsCore::Position &position) {
                const auto *alive = core.aliveOf(ItsCore::entryOf(position.node), false);
                if (!alive)
                    return true;
                const auto &entry = *alive;
                const Key &key = position.node->key;
                QByteArray frame;
                const SyncCacheError failed = guarded([&] {
                    QDataStream framed(&frame, QIODevice::WriteOnly);
                    framed.setVersion(CacheStreamVersion);
                    framed << key;
                    core.describe(entry).write(framed);
                    framed << entry.value;
                    if (framed.status() != QDataStream::Ok)
                        frame.clear();
                });
                if (failed || frame.isEmpty()) {
                    if (!firstFailure) {
                        firstFailure =
                                failed ? failed : formatError(FormatProblem::CannotWrite, fileName);
                    }
                    reportLeftOut(textForMessage(key), fileName, true);
                } else {
                    stream << frame;
                    ++count;
                }
                return stream.status() == QDataStream::Ok;
            });
    stream << quint32(0);
    if (count == 0 && firstFailure)
        return firstFailure; // the file that is there is better than an empty one
    if (stream.status() != QDataStream::Ok)
        return formatError(FormatProblem::CannotWrite, fileName);
    return writeCacheFile(fileName, bytes);
}

// \a since: what was done to the cache from then on wins.
template <template <typename, typename> class Core, typename Key, typename T, typename Since>
SyncCacheError restoreEntries(Core<Key, T> &core, const QString &fileName, const Since &since)
{
    struct Stored
    {
        Key key {};
        StoredOptions options;
        T value {};
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
    std::vector<Stored> entries; // inserted when the whole file could be read
    for (;;) {
        if (core.isEnding())
            return SyncCacheError(SyncCacheError::CacheDestroyed);
        QByteArray frame;
        stream >> frame;
        if (stream.status() != QDataStream::Ok)
            return formatError(FormatProblem::OtherEntries, fileName);
        if (frame.isEmpty())
            break;
        Stored entry;
        bool isKeyKnown = false;
        bool isRead = false;
        const SyncCacheError failed = guarded([&] {
            QDataStream framed(frame);
            framed.setVersion(CacheStreamVersion);
            framed >> entry.key;
            isKeyKnown = framed.status() == QDataStream::Ok;
            entry.options.read(framed);
            framed >> entry.value;
            isRead = framed.status() == QDataStream::Ok && entry.options.isPlausible();
        });
        if (failed || !isRead) {
            reportLeftOut(isKeyKnown ? textForMessage(entry.key) : QString(), fileName, false);
            continue;
        }
        entry.options.growOlder(core.wallTime());
        if (entry.options.lifeLeft > 0)
            entries.push_back(std::move(entry));
    }
    if (!stream.atEnd())
        return formatError(FormatProblem::GoesOn, fileName);
    for (Stored &entry : entries) {
        if (core.isEnding())
            return SyncCacheError(SyncCacheError::CacheDestroyed);
        // What weighs it may throw.
        SyncCacheError failed = guarded([&] {
            core.restore(std::move(entry.key), std::move(entry.value), std::move(entry.options),
                         since);
        });
        if (failed)
            return failed;
    }
    return {};
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
