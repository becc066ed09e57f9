// SPDX-License-Identifier: MIT
#include "counted.h"

#include <SyncMap/SyncCache>

#include <QtCore/qobject.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qthreadpool.h>

#include <memory>

// Asking for what is there, and for what is not: that waits for a pool with no thread free, so that
// asking alone is counted. A program that has had a thread pays for it in malloc() and shared_ptr.

namespace {

template <typename Key>
struct Caches
{
    Caches()
    {
        for (int i = 0; i < Entries; ++i) {
            keys[std::size_t(i)] = made<Key>(i);
            full.insert(keys[std::size_t(i)], keys[std::size_t(i)]);
        }
    }

    std::array<Key, Entries> keys;
    SyncCache<Key, Key> full { Entries };
    std::unique_ptr<SyncCache<Key, Key>> empty;
};

// Whose one thread is busy.
struct BusyPool
{
    BusyPool()
    {
        pool.setMaxThreadCount(1);
        pool.start([this] { go.acquire(); });
    }
    ~BusyPool() { go.release(); }
    Q_DISABLE_COPY_MOVE(BusyPool)

    QSemaphore go;
    QThreadPool pool; // ends before what its thread waits for
};

// What was asked for before goes with the caches.
template <typename Key>
void makeEmpty(BusyPool &busy)
{
    for (Caches<Key> &each : maps<Caches<Key>>()) {
        each.empty = std::make_unique<SyncCache<Key, Key>>(Entries);
        each.empty->setThreadPool(&busy.pool);
        each.empty->setLoader([](const Key &key) { return key; });
    }
}
template <typename Key>
void destroyEmpty()
{
    for (Caches<Key> &each : maps<Caches<Key>>())
        each.empty.reset();
}

QObject *context()
{
    static QObject object;
    return &object;
}

} // namespace

COUNTED(cache_future_of_a_hit, Caches, keys, return all.full.getOrLoad(key).isFinished();)
COUNTED(cache_future_of_a_miss, Caches, keys, return all.empty->getOrLoad(key).isFinished();)
COUNTED(cache_callback_of_a_hit, Caches, keys, {
    qsizetype told = 0;
    all.full.getOrLoad(key, context(), [&told](const SyncCacheLoadResult<Key> &result) {
        told = weight(*result.value);
    });
    return told;
})
COUNTED(cache_callback_of_a_miss, Caches, keys, {
    all.empty->getOrLoad(key, context(), [](const SyncCacheLoadResult<Key> &) {});
    return 0;
})

int main()
{
    BusyPool busy;
    for (int turn = 0; turn < 2; ++turn) {
        counted_cache_future_of_a_hit_number();
        counted_cache_future_of_a_hit_text();
        counted_cache_callback_of_a_hit_number();
        counted_cache_callback_of_a_hit_text();
        makeEmpty<quint64>(busy);
        makeEmpty<QString>(busy);
        counted_cache_future_of_a_miss_number();
        counted_cache_future_of_a_miss_text();
        makeEmpty<quint64>(busy);
        makeEmpty<QString>(busy);
        counted_cache_callback_of_a_miss_number();
        counted_cache_callback_of_a_miss_text();
    }
    destroyEmpty<quint64>();
    destroyEmpty<QString>();
    printTimes();
    return 0;
}
