// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/plainvalue.h>
#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/object/synccacheobject.h>

#include "cachefollower.h"
#include "newsround.h"

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>

#include <vector>

class SyncCacheObjectPrivate
{
public:
    using Source = SyncMapInternal::CacheSource;
    using SourcePointer = std::shared_ptr<Source>;
    using NewsBell = SyncMapInternal::NewsBell;

    explicit SyncCacheObjectPrivate(SyncCacheObject *object)
        : q(object), bell(std::make_shared<NewsBell>(object))
    {
    }

    static SyncCacheObjectPrivate *of(SyncCacheObject *object) { return object->d.get(); }

    // Any thread. Decides which cache is shown when it is first asked for.
    SourcePointer source();
    void replaceSource();

    void add(SyncCacheEntry *entry, const QString &key) { entries.insert(key, entry); }
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
    void reapIfDue();
    void mayBeUnused(const QString &key);
    void entryShown(SyncCacheEntry *entry, bool isValueOther);
    void forget(SyncCacheEntry *itsInterned, const QString &key);

    SyncCacheObject *const q;
    const std::shared_ptr<NewsBell> bell;

    mutable QMutex mutex; // the next three
    SourcePointer shown;
    QString name;
    std::optional<double> wantedMaxCost; // before there is a source
    std::optional<double> wantedMaxBytes;
    std::optional<double> wantedTimeToLive; // likewise

    // All that follows in the object's thread.
    QMultiHash<QString, SyncCacheEntry *> entries;
    QHash<QString, SyncCacheEntry *> interned;
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
    double revision = 0;
    Source::Numbers told; // the numbers of the last flush
    qsizetype internedAtLastReap = 0;
    QSet<QString> unused; // interned that may have lost their last connection

private:
    SourcePointer makeSource();
    void awaitTurn();
    void turnEnded();
    void beginRound(const SourcePointer &source);
    void tellBatch(SyncMapInternal::FlushBudget budget);
    bool lookAtEntries(const SourcePointer &source, const SyncMapInternal::FlushBudget &budget);
    bool lookAtRows(const SourcePointer &source, const SyncMapInternal::FlushBudget &budget);
    bool tellEntries(const SourcePointer &source, SyncMapInternal::CacheBatch &batch);
    void tellEntriesOf(const SyncMapInternal::FreshKey &fresh) const;
    bool tellSignals(const SourcePointer &source, Source::Events events,
                     const SyncMapInternal::CacheBatch &batch);
    bool isShown(const SourcePointer &source) const;
    bool tellNumbers();
    bool isAnySignalConnected(std::initializer_list<void (SyncCacheObject::*)()> wanted) const;
    bool areKeysWanted() const;
    template <typename Tell>
    bool tellFollowers(Tell &&tell);
    void reap(const QStringList &keys);
};
