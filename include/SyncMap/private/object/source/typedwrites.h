// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/typednews.h>
#include <SyncMap/private/object/source/watchedwrites.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The writes to a map that may be taken back, as SourceWrites.
template <typename Map>
class TypedWrites : public TypedNews<Map>
{
    using Base = TypedNews<Map>;

protected:
    using Base::tenure;
    using typename Base::Use;

public:
    std::shared_ptr<PendingWrites> pendingWrites() override
    {
        const Use map(*tenure());
        if (!map)
            return nullptr;
        const auto watched = WatchedWrites<Map>::of(*map);
        return { watched, &watched->writes() };
    }

protected:
    using Base::Base;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
