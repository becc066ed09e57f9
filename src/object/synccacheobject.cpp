// SPDX-License-Identifier: MIT
#include "synccacheobject_p.h"

#include "logging.h"
#include "sourceregistry.h"
#include "synccacheentry_p.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <cmath>

using namespace SyncMapInternal;

namespace {

using OwnCache = SyncCacheObject::Cache;
using Nanoseconds = std::chrono::nanoseconds;

// What JavaScript calls a number of milliseconds, or of cost.
constexpr double LargestNumber = 9e15;

qint64 toInteger(double number) noexcept
{
    return qint64(std::clamp(number, -LargestNumber, LargestNumber));
}

} // namespace

// Which cache.

SyncCacheObjectPrivate::SourcePointer SyncCacheObjectPrivate::source()
{
    const std::lock_guard lock(mutex);
    if (!shown) {
        shown = makeSource();
        shown->observe(bell);
    }
    return shown;
}

// Under the mutex.
SyncCacheObjectPrivate::SourcePointer SyncCacheObjectPrivate::makeSource()
{
    constexpr qsizetype DefaultMaxCost = 1000;
    const auto makeOwn = [this] {
        auto cache = std::make_shared<OwnCache>(wantedMaxCost ? qsizetype(toInteger(*wantedMaxCost))
                                                              : DefaultMaxCost);
        if (wantedTimeToLive)
            cache->setTimeToLive(std::chrono::milliseconds(toInteger(*wantedTimeToLive)));
        return cache;
    };
    SourceRegistry *registry = SourceRegistry::instance();
    if (name.isEmpty() || !registry)
        return std::make_shared<TypedSource<OwnCache>>(makeOwn());
    for (;;) {
        if (const auto make = registry->find(name)) {
            SourcePointer source = make();
            const auto numbers = source->numbers();
            if ((wantedMaxCost && toInteger(*wantedMaxCost) != numbers.maxCost)
                || (wantedTimeToLive
                    && toInteger(*wantedTimeToLive) != numbers.timeToLive.count())) {
                warnAt(q,
                       QStringLiteral("the cache \"%1\" exists, with other bounds, which stay")
                               .arg(name));
            }
            return source;
        }
        const auto cache = makeOwn();
        const auto make = [cache] { return std::make_shared<TypedSource<OwnCache>>(cache); };
        registry->publish(name, cache.get(), make); // or somebody else was faster
        wantedMaxCost = wantedTimeToLive = std::nullopt;
    }
}

// Whoever is told of something may delete others.
QList<QPointer<SyncCacheEntry>> SyncCacheObjectPrivate::guardedEntries() const
{
    return { entries.cbegin(), entries.cend() };
}

void SyncCacheObjectPrivate::replaceSource()
{
    {
        SourcePointer old; // ends outside of the lock
        const std::lock_guard lock(mutex);
        old.swap(shown);
    }
    refreshes.clear();
    const QPointer<SyncCacheObject> alive(q);
    for (const auto &entry : guardedEntries()) {
        if (entry)
            SyncCacheEntryPrivate::of(entry)->beginAnew();
    }
    if (alive)
        tellFollowers([](CacheFollower *follower) { follower->sourceReplaced(); });
    if (alive)
        Q_EMIT q->sourceChanged();
    if (alive)
        bell->ring();
}

// They may end, also one another, and this, when they are told.
template <typename Tell>
void SyncCacheObjectPrivate::tellFollowers(Tell &&tell)
{
    const QPointer<SyncCacheObject> alive(q);
    const auto all = followers;
    for (CacheFollower *follower : all) {
        if (alive && followers.contains(follower))
            tell(follower);
    }
}

SyncCacheObject::SyncCacheObject(QObject *parent)
    : QObject(parent), d(std::make_unique<SyncCacheObjectPrivate>(this))
{
}

SyncCacheObject::~SyncCacheObject()
{
    d->bell->close();
    while (!d->followers.isEmpty()) // one may end another
        d->followers.takeLast()->objectDestroyed();
    const QList<SyncCacheEntry *> entries = d->entries.values();
    for (SyncCacheEntry *entry : entries)
        SyncCacheEntryPrivate::of(entry)->objectDestroyed();
    qDeleteAll(std::exchange(d->interned, {}));
}

SyncCacheObject *SyncCacheObject::viewOf(SourcePointer source, QObject *parent)
{
    auto *object = new SyncCacheObject(parent);
    source->observe(object->d->bell);
    object->d->shown = std::move(source);
    return object;
}

void SyncCacheObject::publishSource(const QString &name, const void *identity,
                                    std::function<SourcePointer()> makeSource)
{
    SourceRegistry *registry = SourceRegistry::instance();
    if (registry && !registry->publish(name, identity, std::move(makeSource)))
        qCWarning(lcObject).noquote() << "the name" << name << "stands for another cache already";
}

SyncCacheObject *SyncCacheObject::named(const QString &name, QObject *parent)
{
    auto *object = new SyncCacheObject(parent);
    object->d->name = name;
    object->d->source();
    return object;
}

bool SyncCacheObject::release(const QString &name)
{
    SourceRegistry *registry = SourceRegistry::instance();
    return registry && registry->release(name);
}

std::shared_ptr<SyncCacheObject::Cache> SyncCacheObject::cache() const
{
    return cacheAs<QString, QVariant>();
}

std::shared_ptr<void> SyncCacheObject::cacheOf(QMetaType key, QMetaType value) const
{
    return d->source()->cacheOf(key, value);
}

QString SyncCacheObject::name() const
{
    const std::lock_guard lock(d->mutex);
    return d->name;
}

void SyncCacheObject::setName(const QString &name)
{
    bool isInUse = false;
    {
        const std::lock_guard lock(d->mutex);
        if (d->name == name)
            return;
        d->name = name;
        isInUse = bool(d->shown);
    }
    const QPointer<SyncCacheObject> alive(this);
    if (isInUse)
        d->replaceSource();
    if (alive)
        Q_EMIT nameChanged();
}

// Keys.

SyncCacheEntry *SyncCacheObject::entry(const QString &key)
{
    SyncCacheEntry *&entry = d->interned[key];
    if (!entry) {
        const auto make = qmlBorder().makeEntry;
        SyncCacheEntry *const fresh = make ? make(this) : new SyncCacheEntry(this);
        entry = fresh;
        SyncCacheEntryPrivate::of(fresh)->intern(this, key);
        d->reapIfDue();
        return fresh;
    }
    return entry;
}

QVariant SyncCacheObject::value(const QString &key, const QVariant &defaultValue) const
{
    const auto look = d->source()->find(key);
    return look.exists ? toShown(look.value) : defaultValue;
}

QVariant SyncCacheObject::value(const QString &key, const QVariant &defaultValue, double) const
{
    return value(key, defaultValue);
}

bool SyncCacheObject::insert(const QString &key, const QVariant &value, const QVariantMap &options)
{
    const auto refuse = [&](const QString &why) {
        warnAt(this, QStringLiteral("\"%1\" is not inserted: %2").arg(key, why));
        return false;
    };
    QString why;
    const std::optional<QVariant> plain = toPlain(value, &why);
    if (!plain)
        return refuse(why);
    SyncEntryOptions wanted;
    for (auto it = options.cbegin(); it != options.cend(); ++it) {
        const QString &option = it.key();
        bool isNumber = true;
        if (option == u"cost" || option == u"timeToLive") {
            const double number = it->toDouble(&isNumber);
            if (!isNumber || !(number >= 0))
                return refuse(
                        QStringLiteral("its %1 must be a number, and not negative").arg(option));
            if (option == u"cost")
                wanted.setCost(qsizetype(toInteger(number)));
            else
                wanted.setTimeToLive(std::chrono::milliseconds(toInteger(number)));
        } else if (option == u"pinned") {
            wanted.setPinned(it->toBool());
        } else if (option == u"tags") {
            const std::optional<QVariant> tags = toPlain(*it, &why);
            wanted.setTags(tags ? tags->toStringList() : QStringList());
        } else {
            return refuse(QStringLiteral("there is no option \"%1\"").arg(option));
        }
    }
    const auto source = d->source();
    if (!source->insert(key, *plain, wanted, &why)) {
        if (source->cacheOf(QMetaType::fromType<QString>(), QMetaType::fromType<QVariant>()))
            return false; // does not fit, as may be
        return refuse(why);
    }
    if (plain->metaType() == QMetaType::fromType<KeptObject>()) {
        const KeptObject kept = plain->value<KeptObject>();
        const std::weak_ptr<CacheSource> weak = source;
        if (kept.object) {
            connect(kept.object, &QObject::destroyed, [weak, key, identity = kept.identity] {
                const auto itsSource = weak.lock();
                if (itsSource
                    && itsSource->peek(key).value.template value<KeptObject>().identity == identity)
                    itsSource->remove(key);
            });
        }
    }
    return true;
}

bool SyncCacheObject::contains(const QString &key) const
{
    return d->source()->contains(key);
}

bool SyncCacheObject::remove(const QString &key)
{
    return d->source()->remove(key);
}

QVariant SyncCacheObject::take(const QString &key)
{
    return toShown(d->source()->take(key));
}

void SyncCacheObject::clear()
{
    d->source()->clear();
}

QStringList SyncCacheObject::keys() const
{
    QStringList result;
    d->source()->forEachKey([&result](const QString &key) {
        result.append(key);
        return true;
    });
    return result;
}

bool SyncCacheObject::invalidate(const QString &key)
{
    return d->source()->invalidate(key);
}

bool SyncCacheObject::refresh(const QString &key)
{
    auto load = d->source()->load(this, key, CacheSource::LoadKind::Anew, 0);
    if (!load)
        return false;
    SourceLoad *const handle = load.get();
    handle->onDone = [this, key, handle](const SourceLoadResult &result) {
        auto &refreshes = d->refreshes;
        const auto done = std::find_if(refreshes.begin(), refreshes.end(),
                                       [handle](const auto &one) { return one.get() == handle; });
        if (done != refreshes.end())
            refreshes.erase(done);
        d->numbersMayDiffer();
        if (!result.isLoaded && !result.isAbsent && !result.isCanceled)
            d->failed(key, result.errorString);
    };
    d->refreshes.push_back(std::move(load));
    d->numbersMayDiffer();
    return true;
}

QUrl SyncCacheObject::imageUrl(const QString &key) const
{
    if (name().isEmpty())
        return {};
    const auto encoded = [](const QString &part) {
        return QString::fromLatin1(QUrl::toPercentEncoding(part));
    };
    return QUrl(QStringLiteral("image://syncmap/%1/%2").arg(encoded(name()), encoded(key)));
}

void SyncCacheObject::save(const QUrl &url)
{
    if (!url.isLocalFile() && !url.isRelative()) {
        Q_EMIT errorOccurred(QStringLiteral("%1 is no local file").arg(url.toString()));
        return;
    }
    const QString fileName = url.isLocalFile() ? url.toLocalFile() : url.path();
    d->source()->save(this, fileName, [this](const QString &error) {
        if (error.isEmpty())
            Q_EMIT saved();
        else
            Q_EMIT errorOccurred(error);
    });
}

void SyncCacheObject::restore(const QUrl &url)
{
    if (!url.isLocalFile() && !url.isRelative()) {
        Q_EMIT errorOccurred(QStringLiteral("%1 is no local file").arg(url.toString()));
        return;
    }
    const QString fileName = url.isLocalFile() ? url.toLocalFile() : url.path();
    d->source()->restore(this, fileName, [this](const QString &error) {
        if (error.isEmpty())
            Q_EMIT restored();
        else
            Q_EMIT errorOccurred(error);
    });
}

// Numbers.

double SyncCacheObject::count() const
{
    return double(d->source()->size());
}

double SyncCacheObject::maxCost() const
{
    return double(d->source()->numbers().maxCost);
}

void SyncCacheObject::setMaxCost(double maxCost)
{
    if (!(maxCost >= 0)) // NaN, too
        maxCost = -1;
    {
        const std::lock_guard lock(d->mutex);
        if (!d->shown) {
            d->wantedMaxCost = maxCost;
            return;
        }
    }
    if (maxCost == this->maxCost())
        return;
    d->source()->setMaxCost(toInteger(maxCost));
    Q_EMIT maxCostChanged();
}

double SyncCacheObject::totalCost() const
{
    return double(d->source()->numbers().totalCost);
}

double SyncCacheObject::hits() const
{
    return double(d->source()->numbers().hits);
}

double SyncCacheObject::misses() const
{
    return double(d->source()->numbers().misses);
}

double SyncCacheObject::hitRatio() const
{
    const auto numbers = d->source()->numbers();
    const double reads = double(numbers.hits) + double(numbers.misses);
    return reads > 0 ? double(numbers.hits) / reads : 0;
}

int SyncCacheObject::loading() const
{
    return int(d->source()->numbers().loading);
}

double SyncCacheObject::timeToLive() const
{
    return double(d->source()->numbers().timeToLive.count());
}

void SyncCacheObject::setTimeToLive(double milliseconds)
{
    if (!(milliseconds >= 0)) {
        warnAt(this, QStringLiteral("timeToLive must not be negative"));
        return;
    }
    {
        const std::lock_guard lock(d->mutex);
        if (!d->shown) {
            d->wantedTimeToLive = milliseconds;
            return;
        }
    }
    if (milliseconds == timeToLive())
        return;
    d->source()->setTimeToLive(std::chrono::milliseconds(toInteger(milliseconds)));
    Q_EMIT timeToLiveChanged();
}

int SyncCacheObject::notifyInterval() const
{
    return d->notifyInterval;
}

void SyncCacheObject::setNotifyInterval(int milliseconds)
{
    if (milliseconds < -1) {
        warnAt(this, QStringLiteral("notifyInterval must be -1, 0 or more"));
        return;
    }
    if (d->notifyInterval == milliseconds)
        return;
    d->notifyInterval = milliseconds;
    d->timer.stop();
    d->answerBell(); // there may be news that waited for the old interval
    Q_EMIT notifyIntervalChanged();
}

double SyncCacheObject::revision() const
{
    return d->revision;
}

void SyncCacheObject::loaderReplaced()
{
    for (const auto &entry : d->guardedEntries()) {
        if (entry)
            SyncCacheEntryPrivate::of(entry)->loaderChanged();
    }
}

// News.

bool SyncCacheObject::event(QEvent *event)
{
    if (event->type() == NewsBell::eventType()) {
        d->answerBell();
        return true;
    }
    return QObject::event(event);
}

void SyncCacheObject::timerEvent(QTimerEvent *event)
{
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
    tellNumbers();
    if (!alive)
        return;
    Q_EMIT q->revisionChanged();
    if (alive)
        reapIfDue();
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
        const auto change = news.isCleared ? MapChange::Removed : MapChange::Written;
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

bool SyncCacheObjectPrivate::isAnySignalConnected(
        std::initializer_list<void (SyncCacheObject::*)()> wanted) const
{
    return std::any_of(wanted.begin(), wanted.end(), [this](auto signal) {
        return q->isSignalConnected(QMetaMethod::fromSignal(signal));
    });
}

// Statistics cost locks: nobody connected, nothing asked.
void SyncCacheObjectPrivate::tellNumbers()
{
    using Object = SyncCacheObject;
    if (!isAnySignalConnected({ &Object::countChanged, &Object::maxCostChanged,
                                &Object::totalCostChanged, &Object::hitsChanged,
                                &Object::missesChanged, &Object::hitRatioChanged,
                                &Object::loadingChanged, &Object::timeToLiveChanged }))
        return;
    const Source::Numbers old = std::exchange(told, source()->numbers());
    const Source::Numbers now = told;
    const bool isRatioOther = old.hits != now.hits || old.misses != now.misses;
    const QPointer<SyncCacheObject> alive(q);
    const std::pair<bool, void (Object::*)()> all[] = {
        { old.count != now.count, &Object::countChanged },
        { old.maxCost != now.maxCost, &Object::maxCostChanged },
        { old.totalCost != now.totalCost, &Object::totalCostChanged },
        { old.hits != now.hits, &Object::hitsChanged },
        { old.misses != now.misses, &Object::missesChanged },
        { isRatioOther, &Object::hitRatioChanged },
        { old.loading != now.loading, &Object::loadingChanged },
        { old.timeToLive != now.timeToLive, &Object::timeToLiveChanged },
    };
    for (const auto &[isOther, signal] : all) {
        if (isOther && alive)
            Q_EMIT(q->*signal)();
    }
}

// Entries that nobody was ever connected to go when as many came as there were, so that making one
// costs constant time, and not at once: whoever has just asked for one has had no time to connect.
void SyncCacheObjectPrivate::reapIfDue()
{
    constexpr qsizetype Spare = 64;
    if (interned.size() <= internedAtLastReap * 2 + Spare)
        return;
    internedAtLastReap = interned.size();
    QMetaObject::invokeMethod(
            q,
            [this] {
                reap(interned.keys());
                internedAtLastReap = interned.size();
            },
            Qt::QueuedConnection);
}

// Those that somebody was connected to go with the next pass of the event loop, and their loads are
// cancelled: a view that scrolls has left them behind, and waits for others.
void SyncCacheObjectPrivate::mayBeUnused(const QString &key)
{
    unused.insert(key);
    if (unused.size() > 1)
        return;
    QMetaObject::invokeMethod(
            q, [this] { reap(std::exchange(unused, {}).values()); }, Qt::QueuedConnection);
}

void SyncCacheObjectPrivate::reap(const QStringList &keys)
{
    const QPointer<SyncCacheObject> alive(q);
    for (const QString &key : keys) {
        const auto it = interned.constFind(key);
        if (it == interned.cend() || SyncCacheEntryPrivate::of(*it)->isInUse())
            continue;
        SyncCacheEntry *const entry = *it;
        interned.erase(it);
        delete entry; // tells that it is destroyed
        if (!alive)
            return;
        for (CacheFollower *follower : std::as_const(followers))
            follower->entryGone(key);
    }
}

void SyncCacheObjectPrivate::entryShown(SyncCacheEntry *entry, bool isValueOther)
{
    for (CacheFollower *follower : std::as_const(followers))
        follower->entryShown(entry, isValueOther);
}
