// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/observer.h>
#include <SyncMap/private/object/source/keptobjects.h>
#include <SyncMap/private/object/source/soleobserver.h>

#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

template <typename Map>
class TypedSource;

// The QObjects that are values of a map of variants, for all who show it: their entries go with them,
// whether or not whoever put them is still there. Made with the first such value. It is told of writes
// for nothing: what is in the map is looked at when an object ends.
template <typename Map>
class WatchedObjects : public MapObserver<typename Map::key_type>
{
    using Key = typename Map::key_type;

public:
    // Of a value that may be one, see KeptObjects::add().
    static void keep(Map &map, const QString &key, const QVariant &value)
    {
        if (Q_LIKELY(value.metaType() != QMetaType::fromType<KeptObject>()))
            return;
        const auto watched = soleObserver<WatchedObjects>(map);
        KeptObjects::add({ watched, &watched->m_objects }, key,
                         *static_cast<const KeptObject *>(value.constData()));
    }

    explicit WatchedObjects(Map &map) : m_map(&map, typename TypedSource<Map>::Silent {}) { }

    KeptObjects &objects() { return m_objects; }

    void changed(const Key &, quint64, MapChange) noexcept override { }
    void cleared() noexcept override { }
    void anyChanged() noexcept override { }
    // Whose object is ending by then is waited for.
    void closing() noexcept override { m_map.close(); }
    const void *kind() const noexcept override { return itsKind(); }
    static const void *itsKind() noexcept { return &Kind; }

private:
    static inline char Kind = 0; // its address: not const, or a linker may fold several into one

    TypedSource<Map> m_map;
    KeptObjects m_objects { &m_map };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
