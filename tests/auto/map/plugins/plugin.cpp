// SPDX-License-Identifier: MIT
#include "work.h"

#include <SyncMap/SyncCache>

#include <QtCore/qobject.h>
#include <QtCore/qthreadpool.h>

#include <memory>

namespace {

std::unique_ptr<PluginMap> ownMap;
std::unique_ptr<SyncMap<int, int>> ownNumbers;

const char *workAlone()
{
    constexpr int Count = 4000;
    if (!ownMap) {
        ownMap = std::make_unique<PluginMap>();
        ownNumbers = std::make_unique<SyncMap<int, int>>();
    }
    for (int i = 0; i < Count; ++i) {
        ownNumbers->insert(i, i);
        if (ownNumbers->value(i, -1) != i)
            return "a plugin lost an entry of its own map";
    }
    ownMap->clear();
    return work(*ownMap, 0, Count);
}

void destroyOwn()
{
    ownMap.reset();
    ownNumbers.reset();
}

void remove(PluginMap &map, int key)
{
    map.remove(QString::number(key));
}

void append(PluginMap &map, int key)
{
    map.compute(QString::number(key), [](const QByteArray *current) {
        return std::optional<QByteArray>((current ? *current : QByteArray()) + 'x');
    });
}

// Futures, which a thread of this copy of the library looks at from then on.
const char *loadAlone()
{
    QThreadPool pool;
    SyncCache<int, int> cache(100);
    cache.setThreadPool(&pool);
    cache.setLoader([](int key) { return 2 * key; });
    QFuture<int> canceled = cache.getOrLoad(1);
    canceled.cancel();
    QObject context;
    (void)cache.getOrLoad(2, &context, [](const SyncCacheLoadResult<int> &) {});
    if (cache.getOrLoad(3).result() != 6)
        return "a plugin's own cache loads something else";
    return cache.waitForDone() ? nullptr : "a plugin's own cache does not come to rest";
}

constexpr PluginInterface interface = { work,   workBesideClears, workAlone, destroyOwn,
                                        remove, append,           loadAlone };

} // namespace

extern "C" Q_DECL_EXPORT const PluginInterface *syncmapTestPlugin()
{
    return &interface;
}
