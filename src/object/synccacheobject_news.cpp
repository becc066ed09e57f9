// SPDX-License-Identifier: MIT
//
// How news of the cache reaches entries, models and signals, in one flush for all that came.
#include "synccacheobject_p.h"

#include "synccacheentry_p.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>

using namespace SyncMapInternal;

// Whoever is told of something may delete others.
QList<QPointer<SyncCacheEntry>> SyncCacheObjectPrivate::guardedEntries() const
{
    return { entries.cbegin(), entries.cend() };
}

bool SyncCacheObject::event(QEvent *event)
{
    if (event->type() == QEvent::ThreadChange)
        d->interned.moveWithObject();
    if (event->type() == NewsBell::eventType()) {
        d->answerBell();
        return true;
    }
    return QObject::event(event);
}

void SyncCacheObject::timerEvent(QTimerEvent *event)
{
    if (d->shownNumbers.isTimer(event->timerId()))
        return d->shownNumbers.tell();
    if (event->timerId() != d->timer.timerId())
        return QObject::timerEvent(event);
    d->timer.stop();
    d->flushIfNotFlushing();
}

void SyncCacheObject::flush()
{
    Q_ASSERT_X(QThread::currentThread() == thread(), "SyncCacheObject",
               "flush() belongs to the object's thread");
    d->timer.stop();
    d->flush();
}

// The bell stays rung, so that nobody rings again, until the flush.
void SyncCacheObjectPrivate::answerBell()
{
    if (notifyInterval < 0 || timer.isActive())
        return;
    const qint64 passed = sinceFlush.isValid() ? sinceFlush.elapsed() : notifyInterval;
    if (passed >= notifyInterval)
        flushIfNotFlushing();
    else
        timer.start(int(notifyInterval - passed), Qt::PreciseTimer, q);
}

// A slot that was told of news may have an event loop: then the event that called has been taken
// from the queue, and nobody would call again.
void SyncCacheObjectPrivate::flushIfNotFlushing()
{
    if (isFlushing)
        isFlushDue = true;
    else
        flush();
}

void SyncCacheObjectPrivate::flush()
{
    if (isFlushing) // by a slot that was told of news
        return bell->ring();
    sinceFlush.start();
    bell->answer();
    const SourcePointer source = this->source();
    const bool keysAreWanted = areKeysWanted();
    const auto raw =
            source->takeNews(keysAreWanted ? Source::Keys::Wanted : Source::Keys::Unwanted);
    const QPointer<SyncCacheObject> alive(q);
    isFlushing = true;
    const auto over = qScopeGuard([&] {
        if (!alive)
            return;
        isFlushing = false;
        if (std::exchange(isFlushDue, false)) {
            bell->answer();
            bell->ring();
        }
    });
    ++revision;
    if (keysAreWanted) {
        const CacheNews news = lookUp(raw);
        tellEntries(news);
        if (alive)
            tellFollowers([&news](CacheFollower *follower) { follower->follow(news); });
        if (alive)
            tellSignals(news);
    } else if (raw.isCleared) {
        Q_EMIT q->cleared();
    }
    if (!alive)
        return;
    shownNumbers.tell();
    if (!alive)
        return;
    Q_EMIT q->revisionChanged();
    if (alive)
        interned.settle();
}

bool SyncCacheObjectPrivate::areKeysWanted() const
{
    static const QMetaMethod changed = QMetaMethod::fromSignal(&SyncCacheObject::keysChanged);
    static const QMetaMethod removed = QMetaMethod::fromSignal(&SyncCacheObject::keysRemoved);
    return !entries.isEmpty() || !followers.isEmpty() || q->isSignalConnected(changed)
            || q->isSignalConnected(removed);
}

CacheNews SyncCacheObjectPrivate::lookUp(const Source::News &raw)
{
    const SourcePointer source = this->source();
    CacheNews news;
    news.isCleared = raw.isCleared;
    news.isAnyChanged = raw.isAnyChanged;
    news.keys.reserve(raw.keys.size());
    for (const auto &[key, change] : raw.keys)
        news.keys.append({ key, source->peek(key), change });
    return news;
}

void SyncCacheObjectPrivate::tellEntries(const CacheNews &news)
{
    if (entries.isEmpty())
        return;
    struct Told
    {
        QPointer<SyncCacheEntry> entry;
        FreshKey fresh;
    };
    QList<Told> all;
    for (const FreshKey &fresh : news.keys) {
        for (auto it = entries.constFind(fresh.key); it != entries.cend() && it.key() == fresh.key;
             ++it)
            all.append({ *it, fresh });
    }
    if (news.isCleared || news.isAnyChanged) {
        const SourcePointer source = this->source();
        const auto change = news.isCleared ? MapChange::Removed : MapChange::Invalidated;
        for (auto it = entries.cbegin(); it != entries.cend(); ++it)
            all.append({ *it, { it.key(), source->peek(it.key()), change } });
    }
    for (const auto &[entry, fresh] : std::as_const(all)) {
        if (entry)
            SyncCacheEntryPrivate::of(entry)->follow(fresh.look, fresh.change);
    }
}

void SyncCacheObjectPrivate::tellSignals(const CacheNews &news) const
{
    QStringList changed;
    QStringList removed;
    for (const FreshKey &fresh : news.keys)
        (fresh.look.exists ? changed : removed).append(fresh.key);
    if (news.isAnyChanged)
        changed = q->keys();
    const QPointer<SyncCacheObject> alive(q);
    if (news.isCleared)
        Q_EMIT q->cleared();
    if (alive && !removed.isEmpty())
        Q_EMIT q->keysRemoved(removed);
    if (alive && !changed.isEmpty())
        Q_EMIT q->keysChanged(changed);
}

// What QML was once connected to says so for ever, and is asked again.
bool SyncCacheObjectPrivate::isConnected(void (SyncCacheObject::*signal)()) const
{
    const QMetaMethod method = QMetaMethod::fromSignal(signal);
    return q->isSignalConnected(method)
            && q->receivers(('2' + method.methodSignature()).constData()) > 0; // as SIGNAL() has it
}

void SyncCacheObject::connectNotify(const QMetaMethod &signal)
{
    if (!ShownNumbers::isTheirs(signal))
        return;
    if (QThread::currentThread() == thread())
        return d->shownNumbers.connected();
    QMetaObject::invokeMethod(
            this, [this] { d->shownNumbers.connected(); }, Qt::QueuedConnection);
}

void SyncCacheObjectPrivate::entryGone(const QString &key)
{
    for (CacheFollower *follower : std::as_const(followers))
        follower->entryGone(key);
}

void SyncCacheObjectPrivate::entryShown(SyncCacheEntry *entry, bool isValueOther)
{
    for (CacheFollower *follower : std::as_const(followers))
        follower->entryShown(entry, isValueOther);
}
