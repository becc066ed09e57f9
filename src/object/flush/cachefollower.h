// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

#include "flushbudget.h"

#include <functional>

class SyncCacheEntry;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A key that changed.
struct FreshKey
{
    QString key;
    MapChange change = MapChange::Written; // the last one that was told of; says why it is absent
    bool exists = false; // as of when the last of those who are told was begun with
    bool isPutOff = false;
};

// What a flush tells in one turn of the event loop: to entries, then to followers, then by signals.
// Each may put keys off, for want of time: those are told to nobody who comes after it, and come
// first with the next batch, to all. So each tells of one at least.
struct CacheBatch
{
    QList<FreshKey> keys; // each once
    FlushBudget budget;
    qsizetype lookUps = 0; // keys that were not put off before
    qint64 lookUpTime = 0; // nanoseconds, of all who look them up
};

// Somebody beside the entries who shows many keys: a model. In the object's thread.
class CacheFollower
{
public:
    virtual ~CacheFollower() = default;
    virtual void follow(CacheBatch &batch) = 0;
    // Any key may have changed. False if the time was over before it had looked at all of them: then
    // it is asked again, in the next turn, before it is told of any batch.
    virtual bool lookAtAll(CacheSource::Events events, const FlushBudget &budget) = 0;
    virtual void sourceReplaced() = 0;
    // The object ends. What is returned tells of that, if the follower is still there.
    virtual std::function<void()> leaveObject() = 0;
    // What an interned entry shows is other, or it has gone. To be remembered, not to be told: the
    // entry is about to tell, too.
    virtual void entryShown(SyncCacheEntry *entry, bool isValueOther) = 0;
    virtual void entryGone(const QString &key) = 0;
    // There is another loader, or one at last.
    virtual void loaderChanged() = 0;

protected:
    CacheFollower() = default;
    Q_DISABLE_COPY_MOVE(CacheFollower)
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
