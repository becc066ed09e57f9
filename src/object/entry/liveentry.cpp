// SPDX-License-Identifier: MIT
#include "liveentry.h"

#include "internedentries.h"
#include "synccacheentry_p.h"

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

LiveEntry LiveEntry::of(const SyncCacheObject *object, const QString &key)
{
    return LiveEntry(CacheView::of(object)->internedEntries().liveOf(key));
}

const QVariant &LiveEntry::value() const
{
    return SyncCacheEntryPrivate::of(m_entry)->state.value;
}

bool LiveEntry::isInUse() const
{
    return SyncCacheEntryPrivate::of(m_entry)->isInUse();
}

void LiveEntry::written(const CacheSource::Look &look) const
{
    SyncCacheEntryPrivate::of(m_entry)->follow(look, MapChange::Written);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
