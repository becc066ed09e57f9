// SPDX-License-Identifier: MIT
//
// Which cache an object shows, and who loads for it.
#include "synccacheobject_p.h"

#include "entry/synccacheentry_p.h"

using namespace SyncMapInternal;

CacheSource::Numbers SyncCacheObjectPrivate::numbers()
{
    if (!shown.isWaiting())
        (void)shown.toRead();
    return shown.numbers();
}

void SyncCacheObjectPrivate::setCompleted(bool isCompleted)
{
    if (!isCompleted)
        return shown.wait();
    if (shown.complete())
        replaceSource();
}

void SyncCacheObjectPrivate::replaceSource()
{
    const QPointer<SyncCacheObject> alive(q);
    refreshes.clear();
    leaveStack();
    if (!alive)
        return;
    (void)shown.toWrite(); // may warn
    if (!alive)
        return;
    joinStack(); // likewise
    if (!alive)
        return;
    for (const auto &entry : guardedEntries()) {
        if (!alive)
            return;
        if (entry && SyncCacheEntryPrivate::of(entry)->isAttachedTo(q)) // else a slot took it away
            SyncCacheEntryPrivate::of(entry)->beginAnew();
    }
    if (alive)
        tellFollowers([](CacheFollower *follower) { follower->sourceReplaced(); });
    if (alive)
        Q_EMIT q->cacheReplaced();
    if (!alive)
        return;
    isSourceOther = true;
    bell->ring();
}

void SyncCacheObjectPrivate::setLoader(std::shared_ptr<ObjectLoader> next)
{
    const auto old = std::exchange(loader, std::move(next));
    if (!loader) {
        if (stack)
            stack->reset(q);
    } else if (!shown.isWaiting()) { // else when it is complete
        const QPointer<SyncCacheObject> alive(q);
        joinStack(); // may warn
        if (alive)
            tellOfLoader();
    }
}

// With the loader, if there is one; those that only show the cache are told of the loaders of others.
void SyncCacheObjectPrivate::joinStack()
{
    hasJoined = true;
    const auto cache = q->cache();
    if (!cache && loader) {
        warnAt(q,
               QStringLiteral("a loader of QML is for a cache of texts and variants: this one is "
                              "of other types, and loads by its own"));
    }
    if (!cache)
        return;
    stack = LoaderStack::of(cache);
    stack->add(q);
    if (loader)
        stack->set(q, loader);
}

void SyncCacheObjectPrivate::leaveStack()
{
    hasJoined = false;
    if (const auto left = std::exchange(stack, nullptr))
        left->remove(q);
}

void SyncCacheObjectPrivate::tellOfLoader()
{
    const Emission emission(q);
    for (const auto &entry : guardedEntries()) {
        if (!emission.isAlive())
            return;
        if (entry && SyncCacheEntryPrivate::of(entry)->isAttachedTo(q))
            SyncCacheEntryPrivate::of(entry)->loaderChanged();
    }
    if (emission.isAlive())
        tellFollowers([](CacheFollower *follower) { follower->loaderChanged(); });
}

void SyncMapInternal::setObjectLoader(SyncCacheObject *object, std::shared_ptr<ObjectLoader> loader)
{
    SyncCacheObjectPrivate::of(object)->setLoader(std::move(loader));
}
