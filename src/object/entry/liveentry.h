// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/private/object/source/source.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// All that models know of the entry of a row that somebody looks at.
class LiveEntry
{
public:
    // Null, if nobody looks at the one of \a key.
    static LiveEntry of(const SyncCacheObject *object, const QString &key);

    explicit operator bool() const noexcept { return m_entry; }
    SyncCacheEntry *get() const noexcept { return m_entry; }

    // What it shows, which may be more than the cache has: what was evicted, for example. Invalid: the
    // placeholder. As it is kept, not as QML reads it.
    const QVariant &value() const;
    SyncCacheEntry::Status status() const { return m_entry->status(); }
    QString errorString() const { return m_entry->errorString(); }
    bool isInUse() const; // it is connected, and not only about to be
    // The model has written: it shows at once, as if it had been written to.
    void written(const CacheSource::Look &look) const;

private:
    explicit LiveEntry(SyncCacheEntry *entry) noexcept : m_entry(entry) { }

    SyncCacheEntry *m_entry;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
