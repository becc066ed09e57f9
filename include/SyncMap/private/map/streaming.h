// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/map/syncmap.h>

#include <QtCore/qdatastream.h>
#include <QtCore/qdebug.h>

#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// "SMap", a version, then for each entry a 1, the key and the value, then a 0 and the number of
// entries. The number comes last: entries that other threads insert or remove meanwhile do not
// falsify it, and nobody can make a reader allocate by forging it.
inline constexpr quint32 StreamMagic = 0x534d6170;
inline constexpr quint16 StreamVersion = 1;

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

#ifndef QT_NO_DEBUG_STREAM
/*! Writes the entries of \a map to \a debug, as forEach() finds them. */
template <typename Key, typename T>
QDebug operator<<(QDebug debug, const SyncMap<Key, T> &map)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncMap(";
    map.forEach([&debug](const Key &key, const T &value) {
        debug << '(' << key << ", " << value << ')';
    });
    debug << ')';
    return debug;
}
#endif

#ifndef QT_NO_DATASTREAM
/*!
    Writes the entries of \a map to \a stream, as forEach() finds them. Stops at the first error of
    the stream.
*/
template <typename Key, typename T>
QDataStream &operator<<(QDataStream &stream, const SyncMap<Key, T> &map)
{
    stream << SyncMapInternal::StreamMagic << SyncMapInternal::StreamVersion;
    quint64 count = 0;
    map.forEach([&stream, &count](const Key &key, const T &value) -> bool {
        stream << quint8(1) << key << value;
        ++count;
        return stream.status() == QDataStream::Ok;
    });
    return stream << quint8(0) << count;
}

/*!
    Replaces the entries of \a map by those of \a stream, once they have been read to the end. A
    stream that ends early, or that holds something else, sets its status (\c ReadPastEnd, \c
    ReadCorruptData) and leaves the map as it was. Other threads may see the map while it is being
    replaced.
*/
template <typename Key, typename T>
QDataStream &operator>>(QDataStream &stream, SyncMap<Key, T> &map)
{
    const auto corrupt = [&stream]() -> QDataStream & {
        if (stream.status() == QDataStream::Ok)
            stream.setStatus(QDataStream::ReadCorruptData);
        return stream;
    };
    quint32 magic = 0;
    quint16 version = 0;
    stream >> magic >> version;
    if (magic != SyncMapInternal::StreamMagic || version != SyncMapInternal::StreamVersion)
        return corrupt();
    std::vector<std::pair<Key, T>> entries;
    for (;;) {
        quint8 more = 0;
        stream >> more;
        if (stream.status() != QDataStream::Ok || more > 1)
            return corrupt();
        if (more == 0)
            break;
        std::pair<Key, T> entry;
        stream >> entry.first >> entry.second;
        if (stream.status() != QDataStream::Ok)
            return stream;
        entries.push_back(std::move(entry));
    }
    quint64 count = 0;
    stream >> count;
    if (stream.status() != QDataStream::Ok || count != entries.size())
        return corrupt();
    map.clear();
    map.reserve(qsizetype(entries.size()));
    for (std::pair<Key, T> &entry : entries)
        map.insert(std::move(entry.first), std::move(entry.second));
    return stream;
}
#endif
