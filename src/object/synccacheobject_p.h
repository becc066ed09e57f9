// SPDX-License-Identifier: MIT
#pragma once

#include "internedentries.h"
#include "loaderstack.h"
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

namespace SyncMapInternal {

// What one flush has to tell: each key once, with what was found when it was looked up.
struct FreshKey
{
    QString key;
    CacheSource::Look look;
    MapChange change = MapChange::Written; // the last one that was told of; says why it is absent
};
struct CacheNews
{
    QList<FreshKey> keys;
    bool isCleared = false;
    bool isAnyChanged = false; // any other key may have changed, too
};

// Somebody beside the entries who shows many keys: a model. In the object's thread.
class CacheFollower
{
public:
    virtual ~CacheFollower() = default;
    virtual void follow(const CacheNews &news) = 0;
    virtual void sourceReplaced() = 0;
    virtual void objectDestroyed() = 0;
    // What an interned entry shows is other, or it shows no more than the cache has. To be remembered, not to be told: the
    // entry is about to tell, too.
    virtual void entryShown(SyncCacheEntry *entry, bool isValueOther) = 0;
    virtual void entryGone(const QString &key) = 0;

protected:
    CacheFollower() = default;
    Q_DISABLE_COPY_MOVE(CacheFollower)
};

} // namespace SyncMapInternal

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
    void tellEntriesOfLoader() const;

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
    void flushIfNotFlushing();
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
    bool isFlushing = false;
    bool isFlushDue = false; // an event came for it meanwhile
    double revision = 0;
    SyncMapInternal::ShownNumbers shownNumbers { this };
    SyncMapInternal::InternedEntries interned;
    std::shared_ptr<SyncMapInternal::ObjectLoader> loader; // of QML
    std::shared_ptr<SyncMapInternal::LoaderStack> stack; // on which it is

private:
    void joinStack();
    void leaveStack();
    SyncMapInternal::CacheNews lookUp(const Source::News &news);
    void tellEntries(const SyncMapInternal::CacheNews &news);
    void tellSignals(const SyncMapInternal::CacheNews &news) const;
    bool areKeysWanted() const;
    template <typename Tell>
    void tellFollowers(Tell &&tell);
};

// They may end, also one another, and this, when they are told.
template <typename Tell>
void SyncCacheObjectPrivate::tellFollowers(Tell &&tell)
{
    const QPointer<SyncCacheObject> alive(q);
    const auto all = followers;
    for (SyncMapInternal::CacheFollower *follower : all) {
        if (alive && followers.contains(follower))
            tell(follower);
    }
}
