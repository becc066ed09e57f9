// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/reclamation/retired.h>

#include <memory>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What became of a key.
enum class MapChange : quint8 {
    Written, // it has a value, or its value is fresh again
    Invalidated, // its value is there, but somebody said that it is stale
    Removed, // somebody wanted it gone
    Evicted, // a cache gave it up for room
    Expired, // its time was over
};

// Who is told of the writes to a map, after each of them, by the thread that wrote and under no lock
// of the map. What it is told is news, not the state: by then the key may have changed again, so it
// remembers which keys changed, and reads them when it wants to know.
//
// Shared with the writers, which may still be in one of its functions when it was detached.
template <typename Key>
class MapObserver
{
public:
    MapObserver() = default;
    Q_DISABLE_COPY_MOVE(MapObserver)
    virtual ~MapObserver() = default;

    // \a hash is the map's own: the same for equal keys as long as the map lives.
    virtual void changed(const Key &key, quint64 hash, MapChange change) noexcept = 0;
    // Each key that was there before may be gone.
    virtual void cleared() noexcept = 0;
    // Any key may have changed.
    virtual void anyChanged() noexcept = 0;
    // The map is about to be destroyed: nobody may use it once this returns.
    virtual void closing() noexcept = 0;
    // Somebody removed or invalidated a key that a cache did not have, or its loader found none: no
    // change, but whoever keeps what was made of it wants to know.
    virtual void missed(const Key &, quint64) noexcept { }
    // A cache has another loader, or none any more.
    virtual void loaderReplaced() noexcept { }

    // What it is, for those of which a map has one at most. Null: it may be any.
    virtual const void *kind() const noexcept { return nullptr; }
};

// All observers of one map: never changes, is replaced as a whole, and retired like a table, so that
// writers may walk it under their pin.
template <typename Key>
struct MapObservers : Retired
{
    std::vector<std::shared_ptr<MapObserver<Key>>> all;

    explicit MapObservers(std::vector<std::shared_ptr<MapObserver<Key>>> itsAll) noexcept
        : all(std::move(itsAll))
    {
    }

    void changed(const Key &key, quint64 hash, MapChange change) const noexcept
    {
        for (const auto &observer : all)
            observer->changed(key, hash, change);
    }
    void cleared() const noexcept
    {
        for (const auto &observer : all)
            observer->cleared();
    }
    void anyChanged() const noexcept
    {
        for (const auto &observer : all)
            observer->anyChanged();
    }
    void closing() const noexcept
    {
        for (const auto &observer : all)
            observer->closing();
    }
    void missed(const Key &key, quint64 hash) const noexcept
    {
        for (const auto &observer : all)
            observer->missed(key, hash);
    }
    void loaderReplaced() const noexcept
    {
        for (const auto &observer : all)
            observer->loaderReplaced();
    }
};

// The way from a map, or a cache, to what it is made of: for the layers above, and for tests.
struct Internals
{
    template <typename Map>
    static auto &engineOf(Map &map) noexcept
    {
        return map.m_engine;
    }
    template <typename Cache>
    static auto coreOf(const Cache &cache) noexcept
    {
        return cache.m_core;
    }

    // As compute(), but that \a f returns what it has Made. Nullopt also if the key is left.
    template <typename Map, typename Key, typename Function>
    static auto computeOrLeave(Map &map, const Key &key, Function &&f)
    {
        return map.computeOrLeave(key, std::forward<Function>(f));
    }

    template <typename Map, typename Observer>
    static auto attach(Map &map, const std::shared_ptr<Observer> &observer)
            -> decltype(map.m_engine.attach(observer))
    {
        map.m_engine.attach(observer);
    }
    template <typename Cache, typename Observer>
    static auto attach(Cache &cache, const std::shared_ptr<Observer> &observer)
            -> decltype(cache.m_core->attach(observer))
    {
        cache.m_core->attach(observer);
    }
    template <typename Map, typename Observer>
    static auto detach(Map &map, const Observer *observer) noexcept
            -> decltype(map.m_engine.detach(observer))
    {
        map.m_engine.detach(observer);
    }
    template <typename Cache, typename Observer>
    static auto detach(Cache &cache, const Observer *observer) noexcept
            -> decltype(cache.m_core->map().detach(observer))
    {
        cache.m_core->map().detach(observer);
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
