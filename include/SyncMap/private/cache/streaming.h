// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccache.h>

#include <QtCore/qdebug.h>

#ifndef QT_NO_DEBUG_STREAM
/*! \relates SyncCacheLoadResult */
template <typename T>
QDebug operator<<(QDebug debug, const SyncCacheLoadResult<T> &result)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncCacheLoadResult(";
    if (result.value)
        debug << *result.value;
    else
        debug << result.error;
    debug << ')';
    return debug;
}

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
