// SPDX-License-Identifier: MIT
#pragma once

#include "cachefollower.h"
#include "emission.h"
#include "internedentries.h"
#include "loaderstack.h"
#include "newsround.h"
#include "shownnumbers.h"
#include "shownsource.h"

#include <SyncMap/object/plainvalue.h>
#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/object/synccacheobject.h>

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>

#include <vector>

class SyncCacheObjectPrivate
{
public:
    using Source = SyncMapInternal::CacheSource;
    using SourcePointer = std::shared_ptr<Source>;
    using NewsBell = SyncMapInternal::NewsBell;

    explicit SyncCacheObjectPrivate(SyncCacheObject *object)
        : q(object),
          bell(std::make_shared<NewsBell>(object)),
          shown(object, bell),
          interned(object, bell)
    {
    }

    static SyncCacheObjectPrivate *of(const SyncCacheObject *object) { return object->d.get(); }

    SourcePointer source() { return shown.toRead(); } // any thread
    Source::Numbers numbers(); // any thread
    bool isConnected(void (SyncCacheObject::*signal)()) const;
    static void keepObject(const SourcePointer &source, const QString &key, const QVariant &plain);
    bool load(const QString &key, Source::LoadKind kind);
    void setTime(Source::Time time, double milliseconds, const char *itsName,
                 void (SyncCacheObject::*changed)());
    void setCompleted(bool isCompleted);
    // Another name; or it waited for what was not set yet.
    void replaceSource();
    void setLoader(std::shared_ptr<SyncMapInternal::ObjectLoader> next);
    void tellOfLoader();
    void joinStack();
    void leaveStack();

    void add(SyncCacheEntry *entry, const QString &key)
    {
        entries.insert(key, entry);
        if (!hasJoined && !shown.isWaiting())
            joinStack();
    }
    void remove(SyncCacheEntry *entry, const QString &key) { entries.remove(key, entry); }
    void add(SyncMapInternal::CacheFollower *follower) { followers.append(follower); }
    void remove(SyncMapInternal::CacheFollower *follower) { followers.removeOne(follower); }
    void failed(const QString &key, const QString &errorString) const
    {
        Q_EMIT q->loadFailed(key, errorString);
    }

    // A load began or ended, which need not change any key: the next flush tells the numbers.
    void numbersMayDiffer() { bell->ring(); }
    QList<QPointer<SyncCacheEntry>> guardedEntries() const;
    void answerBell();
    void flush();
    void takeTurn();
    void takeAwaitedTurn();
    void settingChanged(void (SyncCacheObject::*changed)());
    void entryGone(const QString &key);
    void entryShown(SyncCacheEntry *entry, bool isValueOther);

    SyncCacheObject *const q;
    const std::shared_ptr<NewsBell> bell;

    SyncMapInternal::ShownSource shown;

    // All that follows in the object's thread.
    QMultiHash<QString, SyncCacheEntry *> entries;
    QList<SyncMapInternal::CacheFollower *> followers;
    std::vector<std::unique_ptr<SyncMapInternal::SourceLoad>> refreshes;

    int notifyInterval = 16;
    QBasicTimer timer;
    QElapsedTimer sinceFlush;
    SyncMapInternal::NewsRound round;
    bool isFlushing = false; // a turn is under way
    bool isTurnAwaited = false; // an event was posted for it
    bool isFlushDue = false; // a slot asked for one
    bool isCalled = false; // by the bell, during the round
    bool isSourceOther = false; // which is news
    double revision = 0;
    SyncMapInternal::ShownNumbers shownNumbers { this };
    SyncMapInternal::InternedEntries interned;
    std::shared_ptr<SyncMapInternal::ObjectLoader> loader; // of QML
    std::shared_ptr<SyncMapInternal::LoaderStack> stack; // on which it is
    bool hasJoined = false; // or there is none for such a cache

private:
    void awaitTurn();
    void turnEnded();
    void beginRound(const SourcePointer &source);
    void tellBatch(SyncMapInternal::FlushBudget budget);
    bool lookAtEntries(const SourcePointer &source, const SyncMapInternal::FlushBudget &budget);
    bool lookAtRows(const SourcePointer &source, const SyncMapInternal::FlushBudget &budget);
    bool tellEntries(const SourcePointer &source, SyncMapInternal::CacheBatch &batch);
    void tellEntriesOf(const SyncMapInternal::FreshKey &fresh, bool isCleared = false) const;
    bool tellSignals(const SourcePointer &source, Source::Events events,
                     const SyncMapInternal::CacheBatch &batch);
    bool isShown(const SourcePointer &source) { return this->source() == source; }
    bool areKeysWanted() const;
    template <typename Tell>
    bool tellFollowers(Tell &&tell);
};

// They may end, also one another, and this, when they are told. False if it did.
template <typename Tell>
bool SyncCacheObjectPrivate::tellFollowers(Tell &&tell)
{
    const SyncMapInternal::Emission emission(q);
    const auto all = followers;
    for (SyncMapInternal::CacheFollower *follower : all) {
        if (emission.isAlive() && followers.contains(follower))
            tell(follower);
    }
    return emission.isAlive();
}
