// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/SyncMap>

#include <QtCore/qbytearray.h>
#include <QtCore/qstring.h>

// What the executable and the plugins do with maps: each compiles it for itself.

using PluginMap = SyncMap<QString, QByteArray>;

struct PluginInterface
{
    // Both return what went wrong, or null.
    const char *(*work)(PluginMap &map, int first, int count);
    const char *(*workBesideClears)(PluginMap &map, int first, int count);
    // In maps of the module's own, which it has until it is told to destroy them.
    const char *(*workAlone)();
    void (*destroyOwn)();
    // Takes a key out, and leaves its entry to whoever frees it.
    void (*remove)(PluginMap &map, int key);
    // By compute().
    void (*append)(PluginMap &map, int key);
    // In a cache of the module's own, which has gone when it returns.
    const char *(*loadAlone)();
};

using PluginEntry = const PluginInterface *(*)();

namespace {

inline QByteArray bytesOf(int key)
{
    return QByteArray::number(key) + QByteArray(key % 50, 'x');
}

// Nobody else touches these keys.
inline const char *work(PluginMap &map, int first, int count)
{
    for (int key = first; key < first + count; ++key) {
        map.insert(QString::number(key), QByteArray());
        map.insert(QString::number(key), bytesOf(key));
        const auto guard = map.guard();
        const QByteArray *bytes = map.get(QString::number(key), guard);
        if (!bytes || *bytes != bytesOf(key))
            return "a module missed its own write";
    }
    int visited = 0;
    map.forEach([&](const QString &name, const QByteArray &bytes) {
        const int key = name.toInt();
        visited += key >= first && key < first + count && bytes == bytesOf(key);
    });
    if (visited != count)
        return "an iteration missed a key, or showed one twice";
    for (int key = first; key < first + count; key += 2) {
        if (map.take(QString::number(key)) != bytesOf(key))
            return "a module could not take what it had inserted";
    }
    return nullptr;
}

inline const char *workBesideClears(PluginMap &map, int first, int count)
{
    const char *wrong = nullptr;
    for (int key = first; key < first + count; ++key) {
        map.insert(QString::number(key), bytesOf(key));
        const auto guard = map.guard();
        const QByteArray *bytes = map.get(QString::number(key), guard);
        if (bytes && *bytes != bytesOf(key))
            wrong = "a key led to the value of another one";
        if (key % 1000 == 0)
            map.clear();
    }
    map.forEach([&wrong](const QString &name, const QByteArray &bytes) {
        if (bytes != bytesOf(name.toInt()))
            wrong = "an iteration showed a key with the value of another one";
    });
    return wrong;
}

} // namespace
