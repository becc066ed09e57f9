// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>

#include <QtCore/qdebug.h>

#ifndef QT_NO_DEBUG_STREAM
/*! Writes the entries of \a cache to \a debug, as forEach() finds them. Not a use of them. */
template <typename Key, typename T>
QDebug operator<<(QDebug debug, const SyncCache<Key, T> &cache)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncCache(";
    cache.forEach([&debug](const Key &key, const T &value) {
        debug << '(' << key << ", " << value << ')';
    });
    debug << ')';
    return debug;
}
#endif
