// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/typedmap.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The observer of its kind that a map has: one, whoever shows the map. Made with the first who asks,
// and then the map's, so that it may outlive him.
template <typename Observer, typename Map>
std::shared_ptr<Observer> soleObserver(Map &map)
{
    std::shared_ptr<Observer> found;
    const auto look = [&found](const auto &observers) {
        for (const auto &one : observers.all) {
            if (!found && one->kind() == Observer::itsKind())
                found = std::static_pointer_cast<Observer>(one);
        }
    };
    TypedMap<Map>::forObservers(map, look);
    if (found)
        return found;
    const auto fresh = std::make_shared<Observer>(map);
    Internals::attach(map, fresh);
    TypedMap<Map>::forObservers(map, look); // the first one, if another thread has made one, too
    if (found != fresh)
        Internals::detach(map, fresh.get());
    return found;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
