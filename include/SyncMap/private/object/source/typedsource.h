// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/typedfiles.h>
#include <SyncMap/private/object/source/typedwrites.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A SyncMap as a CacheSource.
template <typename Map>
class TypedMapSource : public TypedWrites<Map>
{
    using Base = TypedWrites<Map>;

public:
    using typename Base::Numbers;

    Numbers numbers() override
    {
        Numbers result;
        result.count = result.totalCost = this->size();
        return result;
    }

protected:
    using Base::Base;
};

// A SyncMap or a SyncCache as a CacheSource.
//
//   TypedMap ◀─ TypedValues ◀─ TypedKeys ◀─ TypedNews ◀─ TypedWrites ◀─ TypedMapSource
//                                                            ▲
//                                                            └ TypedUpkeep ◀─ TypedLoads ◀─ TypedFiles
//
// Each does one of the interfaces that make a CacheSource, by what those before it know.
template <typename Map>
class TypedSource final
    : public std::conditional_t<isSyncCache<Map>, TypedFiles<Map>, TypedMapSource<Map>>
{
    using Base = std::conditional_t<isSyncCache<Map>, TypedFiles<Map>, TypedMapSource<Map>>;

public:
    template <typename Pointer> // Map * or std::shared_ptr<Map>
    explicit TypedSource(Pointer map) : Base(std::move(map))
    {
    }
    using typename Base::Silent;
    TypedSource(Map *map, Silent silent) : Base(map, silent) { }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
