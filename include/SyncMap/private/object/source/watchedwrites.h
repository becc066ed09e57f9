// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/map/observer.h>
#include <SyncMap/private/object/source/pendingwrites.h>
#include <SyncMap/private/object/source/soleobserver.h>
#include <SyncMap/private/object/value/value.h>

#include <memory>
#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Map>
class TypedSource;

// The unconfirmed writes to a map, and who tells them that somebody else writes. One per map, for all
// who show it; made with the first such write, and then the map's, so that it may outlive whoever
// wrote. While there is none, it costs each write of the map a call.
template <typename Map>
class WatchedWrites : public MapObserver<typename Map::key_type>
{
    using Key = typename Map::key_type;
    using Codec = ValueCodec<typename Map::mapped_type>;

public:
    static std::shared_ptr<WatchedWrites> of(Map &map) { return soleObserver<WatchedWrites>(map); }

    explicit WatchedWrites(Map &map) : m_map(&map, typename TypedSource<Map>::Silent {}) { }

    PendingWrites &writes() { return m_writes; }

    void changed(const Key &key, quint64 hash, MapChange change) noexcept override
    {
        if ((change != MapChange::Written && change != MapChange::Removed)
            || !m_writes.mayBeOfOthers())
            return;
        // Without memory, what is there is compared all the same.
        (void)guarded([&] {
            m_writes.overwritten(hash, [&] { return SyncCacheKeyText<Key>::toText(key); });
        });
    }
    void cleared() noexcept override { m_writes.overwrittenAll(); }
    void anyChanged() noexcept override { } // what is there is compared
    void closing() noexcept override { m_map.close(); }
    const void *kind() const noexcept override { return itsKind(); }
    static const void *itsKind() noexcept { return &Kind; }

private:
    static std::optional<QVariant> asKept(const QVariant &value, QString *why)
    {
        const auto kept = Codec::fromVariant(value, why);
        return kept ? std::optional(Codec::toVariant(*kept)) : std::nullopt;
    }

    static inline char Kind = 0; // its address: not const, or a linker may fold several into one

    TypedSource<Map> m_map;
    PendingWrites m_writes { &m_map, &asKept };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
