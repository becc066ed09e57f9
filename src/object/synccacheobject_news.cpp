// SPDX-License-Identifier: MIT
//
// How news of the cache reaches entries, models and signals: in flushes, a batch in each turn of the
// event loop.
#include "synccacheobject_p.h"

#include "entry/synccacheentry_p.h"
#include "flush/emission.h"
#include "receivers.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>

using namespace SyncMapInternal;

namespace {

QEvent::Type turnEventType()
{
    static const int type = QEvent::registerEventType();
    return QEvent::Type(type);
}

} // namespace

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
    if (event->type() == turnEventType()) {
        d->takeAwaitedTurn();
        return true;
    }
    return QObject::event(event);
}

void SyncCacheObject::timerEvent(QTimerEvent *event)
{
    if (d->shownNumbers.isTimer(event->timerId()))
        return d->shownNumbers.tell();
    const bool isPause = d->pause.isTimer(event->timerId());
    if (!isPause && event->timerId() != d->timer.timerId())
        return QObject::timerEvent(event);
    if (!isPause || d->pause.isOver(this))
        d->takeTurn();
}

void SyncCacheObject::flush()
{
    d->assertItsThread();
    d->flush();
}

// When there is a turn.

// The bell stays rung, so that nobody rings again, until the next round. During one, the event that
// called has been taken from the queue, and nobody would call again.
void SyncCacheObjectPrivate::answerBell()
{
    if (notifyInterval < 0 || timer.isActive())
        return;
    if (isFlushing || round.isUnderWay()) {
        isCalled = true;
        return;
    }
    const qint64 passed = sinceFlush.isValid() ? sinceFlush.elapsed() : notifyInterval;
    if (passed >= notifyInterval)
        takeTurn();
    else
        timer.start(int(notifyInterval - passed), Qt::PreciseTimer, q);
}

// Other events, timers and input come before it.
void SyncCacheObjectPrivate::awaitTurn()
{
    if (!std::exchange(isTurnAwaited, true))
        QCoreApplication::postEvent(q, new QEvent(turnEventType()));
}

void SyncCacheObjectPrivate::takeAwaitedTurn()
{
    if (isTurnAwaited) // flush() may have been faster
        takeTurn();
}

void SyncCacheObjectPrivate::takeTurn()
{
    Q_ASSERT(!isFlushing); // during a turn, none is awaited
    const Emission emission(q);
    const auto end = qScopeGuard([&] {
        if (emission.isAlive())
            turnEnded();
    });
    timer.stop();
    pause.turnBegins();
    isTurnAwaited = false;
    isFlushing = true;
    tellBatch(FlushBudget::ofATurn());
}

// What has begun, and then what has come since.
void SyncCacheObjectPrivate::flush()
{
    if (isFlushing) { // by a slot that was told of news
        isFlushDue = true;
        return;
    }
    const Emission emission(q);
    const auto end = qScopeGuard([&] {
        if (emission.isAlive())
            turnEnded();
    });
    timer.stop();
    pause.cancel();
    isTurnAwaited = false;
    isFlushing = true;
    if (round.isUnderWay())
        tellBatch(FlushBudget::unlimited());
    if (emission.isAlive() && !round.isUnderWay())
        tellBatch(FlushBudget::unlimited());
}

void SyncCacheObjectPrivate::turnEnded()
{
    isFlushing = false;
    if (round.isUnderWay())
        return pause.turnEnded(q);
    if (std::exchange(isFlushDue, false))
        return awaitTurn();
    sinceFlush.start();
    if (!std::exchange(isCalled, false) || notifyInterval < 0)
        return;
    if (notifyInterval > 0)
        timer.start(notifyInterval, Qt::PreciseTimer, q);
    else
        awaitTurn();
}

// One turn.

void SyncCacheObjectPrivate::beginRound(const SourcePointer &source)
{
    isCalled = false;
    bell->answer();
    round.begin(source);
    if (!round.isAnyEventLeft())
        return;
    round.entries = entries.uniqueKeys();
    round.followers = followers;
}

// Whoever is told may do anything: also end this, or have another source shown.
void SyncCacheObjectPrivate::tellBatch(FlushBudget budget)
{
    constexpr qsizetype MostUnwantedKeys = 8 * FlushBudget::MostKeys;
    const Emission emission(q);
    const SourcePointer source = this->source();
    if (!round.isUnderWay() || !round.isOf(source))
        beginRound(source);
    if (std::exchange(round.events.isLoaderOther, false)) {
        tellOfLoader();
        if (!emission.isAlive() || !isShown(source))
            return;
    }
    const bool isToLook = !round.entries.isEmpty() || !round.followers.isEmpty();
    if (!lookAtEntries(source, budget) || !lookAtRows(source, budget)
        || (isToLook && budget.isSpent()))
        return;
    const bool areWanted = areKeysWanted();
    const qint64 before = budget.elapsed();
    const Source::News news = source->takeNews(
            areWanted ? batchSize.keys(budget) : std::max(budget.keys(), MostUnwantedKeys),
            areWanted ? Source::Keys::Wanted : Source::Keys::Unwanted);
    const auto events = std::exchange(round.events, {});
    CacheBatch batch { {}, budget };
    batch.lookUpTime = budget.elapsed() - before; // of what is put off, that is done again, too
    batch.keys.reserve(news.keys.size());
    for (const auto &[key, change] : news.keys)
        batch.keys.append({ key, change });
    QList<qsizetype> putOff;
    const auto tellFollower = [&](CacheFollower *follower) {
        if (!isShown(source)) // since a slot of those before: each shows another one by now
            return;
        look(source, batch);
        follower->follow(batch);
    };
    const bool isOn = tellEntries(source, batch) && tellFollowers(tellFollower);
    for (qsizetype i = 0; i < batch.keys.size(); ++i) {
        if (batch.keys.at(i).isPutOff)
            putOff.append(i);
    }
    source->giveBackNews(putOff);
    if (!isOn)
        return;
    batchSize.lookedUp(batch.lookUps, batch.lookUpTime);
    if (!isShown(source) || !tellSignals(source, events, batch))
        return;
    if (isShown(source))
        round.step(*source);
    const bool isNews = std::exchange(isSourceOther, false) || news.count != 0 || events.isCleared
            || events.isAnyChanged;
    if (isNews)
        ++revision;
    shownNumbers.tell();
    if (emission.isAlive() && (!isNews || emission.tell(&SyncCacheObject::revisionChanged)))
        interned.settle();
}

bool SyncCacheObjectPrivate::areKeysWanted() const
{
    return !entries.isEmpty() || !followers.isEmpty() || areSignalsWanted();
}

bool SyncCacheObjectPrivate::areSignalsWanted() const
{
    static const QMetaMethod signalsOfKeys[] = {
        QMetaMethod::fromSignal(&SyncCacheObject::entriesChanged),
        QMetaMethod::fromSignal(&SyncCacheObject::entriesRemoved),
        QMetaMethod::fromSignal(&SyncCacheObject::keysChanged),
        QMetaMethod::fromSignal(&SyncCacheObject::keysRemoved),
    };
    return std::any_of(std::begin(signalsOfKeys), std::end(signalsOfKeys),
                       [this](const auto &signal) { return q->isSignalConnected(signal); });
}

// Any of them may have changed. True once all were looked at.
bool SyncCacheObjectPrivate::lookAtEntries(const SourcePointer &source, const FlushBudget &budget)
{
    const Emission emission(q);
    const bool isCleared = round.events.isCleared;
    for (qsizetype left = budget.keys(); left > 0 && !round.entries.isEmpty(); --left) {
        const QString key = round.entries.takeLast();
        tellEntriesOf(source, key, MapChange::Invalidated, isCleared);
        if (!emission.isAlive() || !isShown(source))
            return false;
        if (budget.isSpent())
            break;
    }
    return round.entries.isEmpty();
}

bool SyncCacheObjectPrivate::lookAtRows(const SourcePointer &source, const FlushBudget &budget)
{
    const Emission emission(q);
    while (!round.followers.isEmpty()) {
        CacheFollower *const follower = round.followers.last();
        const bool isDone =
                !followers.contains(follower) || follower->lookAtAll(round.events, budget);
        if (!emission.isAlive() || !isShown(source))
            return false;
        if (isDone)
            round.followers.removeOne(follower);
        if (budget.isSpent())
            break;
    }
    return round.followers.isEmpty();
}

// These tell. False if nobody is left to be told.
bool SyncCacheObjectPrivate::tellEntries(const SourcePointer &source, CacheBatch &batch)
{
    const Emission emission(q);
    for (qsizetype i = 0; i < batch.keys.size() && !entries.isEmpty(); ++i) {
        if (!entries.contains(batch.keys.at(i).key))
            continue;
        tellEntriesOf(source, batch.keys.at(i).key, batch.keys.at(i).change);
        if (!emission.isAlive() || !isShown(source))
            return false;
        if (!batch.budget.isSpent())
            continue;
        while (++i < batch.keys.size())
            batch.keys[i].isPutOff = true;
    }
    return true;
}

// A slot may have written the key, or given an entry another one, or another cache.
void SyncCacheObjectPrivate::tellEntriesOf(const SourcePointer &source, const QString &key,
                                           MapChange change, bool isCleared)
{
    const Emission emission(q);
    QList<QPointer<SyncCacheEntry>> all;
    for (auto it = entries.constFind(key); it != entries.cend() && it.key() == key; ++it)
        all.append(*it);
    for (const auto &entry : std::as_const(all)) {
        if (!emission.isAlive() || !isShown(source))
            return;
        if (!entry || !SyncCacheEntryPrivate::of(entry)->isAttachedTo(q)
            || SyncCacheEntryPrivate::of(entry)->key != key)
            continue;
        const CacheSource::Look look = source->peek(key);
        if (isCleared)
            SyncCacheEntryPrivate::of(entry)->followClear(look);
        else
            SyncCacheEntryPrivate::of(entry)->follow(look, change);
    }
}

// Anew for each who is told: slots of those before may have written, or run an event loop.
void SyncCacheObjectPrivate::look(const SourcePointer &source, CacheBatch &batch)
{
    const qint64 before = batch.budget.elapsed();
    qsizetype lookUps = 0;
    for (FreshKey &fresh : batch.keys) {
        if (fresh.isPutOff)
            continue;
        fresh.exists = source->contains(fresh.key);
        ++lookUps;
    }
    batch.lookUps = std::max(batch.lookUps, lookUps);
    batch.lookUpTime += batch.budget.elapsed() - before;
}

bool SyncCacheObjectPrivate::isAnyChangeWanted() const
{
    static const QMetaMethod changed = QMetaMethod::fromSignal(&SyncCacheObject::entriesChanged);
    static const QMetaMethod otherName = QMetaMethod::fromSignal(&SyncCacheObject::keysChanged);
    return q->isSignalConnected(changed) || q->isSignalConnected(otherName);
}

// In lists that one slot can take in. What any change may have changed is told by a walk, after all
// else.
bool SyncCacheObjectPrivate::tellSignals(const SourcePointer &source, Source::Events events,
                                         CacheBatch &batch)
{
    const Emission emission(q);
    if (events.isCleared && (!emission.tell(&SyncCacheObject::cleared) || !isShown(source)))
        return false;
    QStringList changed;
    QStringList removed;
    if (areSignalsWanted())
        look(source, batch);
    for (const FreshKey &fresh : std::as_const(batch.keys)) {
        if (!fresh.isPutOff)
            (fresh.exists ? changed : removed).append(fresh.key);
    }
    if (events.isAnyChanged && isAnyChangeWanted())
        round.beginWalk();
    if (round.isWalking())
        changed += round.walk(*source, batch.budget.keys() - changed.size());
    using Signal = void (SyncCacheObject::*)(const QStringList &);
    const auto tellOf = [&](Signal signal, Signal otherName, const QStringList &keys) {
        for (qsizetype i = 0; i < keys.size(); i += FlushBudget::MostKeys) {
            const QStringList some = keys.mid(i, FlushBudget::MostKeys);
            if (!emission.tell(signal, some) || !emission.tell(otherName, some))
                return;
        }
    };
    tellOf(&SyncCacheObject::entriesRemoved, &SyncCacheObject::keysRemoved, removed);
    tellOf(&SyncCacheObject::entriesChanged, &SyncCacheObject::keysChanged, changed);
    return emission.isAlive();
}

bool SyncCacheObjectPrivate::isConnected(void (SyncCacheObject::*signal)()) const
{
    static const QMetaMethod looking = QMetaMethod::fromSignal(&SyncCacheObject::looking);
    const QMetaMethod method = QMetaMethod::fromSignal(signal);
    return q->isSignalConnected(method)
            && areThereReceivers(q, &SyncCacheObject::looking, q->isSignalConnected(looking), [&] {
                   return q->receivers(('2' + method.methodSignature()).constData())
                           > 0; // as SIGNAL() has it
               });
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
