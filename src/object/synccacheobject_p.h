// SPDX-License-Identifier: MIT
#pragma once

#include "cacheview.h"
#include "entry/internedentries.h"
#include "flush/batchsize.h"
#include "flush/cachefollower.h"
#include "flush/emission.h"
#include "flush/newsround.h"
#include "flush/turnpause.h"
#include "loaderstack.h"
#include "shown/shownsource.h"
#include "shownnumbers.h"

#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/object/synccacheobject.h>
#include <SyncMap/private/object/value/value.h>

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtCore/qthread.h>

#include <unordered_map>
#include <vector>

class SyncCacheObjectPrivate final : public SyncMapInternal::CacheView
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

    void assertItsThread() const
    {
        Q_ASSERT_X(QThread::currentThread() == q->thread(), "SyncCacheObject",
                   "what is not thread-safe belongs to the object's thread");
    }
    SourcePointer source() { return shown.toRead(); } // any thread
    SourcePointer toRead() override { return shown.toRead(); }
    SourcePointer toWrite() override { return shown.toWrite(); }
    Source::Numbers numbers(); // any thread
    bool isConnected(void (SyncCacheObject::*signal)()) const;
    bool load(const QString &key, Source::LoadKind kind);
    using FileFunction = void (SyncMapInternal::SourceFiles::*)(QObject *, const QString &,
                                                                const Source::FileResult &);
    void file(const QUrl &url, FileFunction function, void (SyncCacheObject::*done)(const QUrl &));
    void setTime(Source::Time time, double milliseconds, const char *itsName,
                 void (SyncCacheObject::*changed)());
    void setTime(Source::Time time, std::chrono::milliseconds span,
                 void (SyncCacheObject::*changed)());
    void setCompleted(bool isCompleted);
    // Another name; or it waited for what was not set yet.
    void replaceSource();
    void setLoader(std::shared_ptr<SyncMapInternal::ObjectLoader> next);
    void tellOfLoader();
    void joinStack();
    void leaveStack();

    void add(SyncCacheEntry *entry, const QString &key) override
    {
        entries.insert(key, entry);
        if (!hasJoined && !shown.isWaiting())
            joinStack();
    }
    void remove(SyncCacheEntry *entry, const QString &key) override { entries.remove(key, entry); }
    void add(SyncMapInternal::CacheFollower *follower) override { followers.append(follower); }
    void remove(SyncMapInternal::CacheFollower *follower) override
    {
        followers.removeOne(follower);
    }
    SyncMapInternal::InternedEntries &internedEntries() override { return interned; }
    void failed(const QString &key, const SyncCacheError &error) override
    {
        Q_EMIT q->loadFailed(key, error.message(), error.code());
    }

    void numbersMayDiffer() override { bell->ring(); }
    QList<QPointer<SyncCacheEntry>> guardedEntries() const;
    void answerBell();
    void flush();
    void takeTurn();
    void takeAwaitedTurn();
    void settingChanged(void (SyncCacheObject::*changed)());
    void entryGone(const QString &key) override;
    void entryShown(SyncCacheEntry *entry, bool isValueOther) override;

    SyncCacheObject *const q;
    const std::shared_ptr<NewsBell> bell;

    SyncMapInternal::ShownSource shown;

    // All that follows in the object's thread.
    QMultiHash<QString, SyncCacheEntry *> entries;
    QList<SyncMapInternal::CacheFollower *> followers;
    using SourceLoad = SyncMapInternal::SourceLoad;
    std::unordered_map<SourceLoad *, std::unique_ptr<SourceLoad>>
            refreshes; // and what is prefetched

    int notifyInterval = 16;
    QBasicTimer timer;
    QElapsedTimer sinceFlush;
    SyncMapInternal::TurnPause pause;
    SyncMapInternal::NewsRound round;
    SyncMapInternal::BatchSize batchSize;
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
    void tellEntriesOf(const SourcePointer &source, const QString &key,
                       SyncMapInternal::MapChange change, bool isCleared = false);
    static void look(const SourcePointer &source, SyncMapInternal::CacheBatch &batch);
    bool tellSignals(const SourcePointer &source, Source::Events events,
                     SyncMapInternal::CacheBatch &batch);
    bool isShown(const SourcePointer &source) { return this->source() == source; }
    bool areKeysWanted() const;
    bool areSignalsWanted() const;
    bool isAnyChangeWanted() const;
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
