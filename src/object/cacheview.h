// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

class SyncCacheEntry;
class SyncCacheObject;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

class CacheFollower;
class InternedEntries;

// All that entries and models know of the object that they belong to. In its thread, but for the
// sources.
class CacheView
{
public:
    static CacheView *of(const SyncCacheObject *object);

    // Any thread.
    virtual std::shared_ptr<CacheSource> toRead() = 0;
    virtual std::shared_ptr<CacheSource> toWrite() = 0;

    // Who is told of news: of one key; of all.
    virtual void add(SyncCacheEntry *entry, const QString &key) = 0;
    virtual void remove(SyncCacheEntry *entry, const QString &key) = 0;
    virtual void add(CacheFollower *follower) = 0;
    virtual void remove(CacheFollower *follower) = 0;

    // The entries of entry(), and what followers are told of them.
    virtual InternedEntries &internedEntries() = 0;
    virtual void entryShown(SyncCacheEntry *entry, bool isValueOther) = 0;
    virtual void entryGone(const QString &key) = 0;

    // A load began or ended, which need not change any key: the next flush tells the numbers.
    virtual void numbersMayDiffer() = 0;
    virtual void failed(const QString &key, const SyncCacheError &error) = 0;

protected:
    CacheView() = default;
    Q_DISABLE_COPY_MOVE(CacheView)
    ~CacheView() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
