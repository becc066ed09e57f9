// SPDX-License-Identifier: MIT
#include "synccacheobject_p.h"

#include "emission.h"
#include "logging.h"
#include "sourceregistry.h"
#include "synccacheentry_p.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

// In QML, -1 is without end, of times and of bounds; and so is what no clock counts to, as Infinity.
bool isEndless(double number) noexcept
{
    constexpr double longest = double(std::numeric_limits<qint64>::max()) / 1e6; // in milliseconds
    return number == -1 || number >= longest;
}

// Neither NaN nor another negative number.
bool isLimit(double number) noexcept
{
    return number >= 0 || number == -1;
}

// What is more than nothing is no 0, which is over at once.
std::chrono::milliseconds toSpan(double milliseconds) noexcept
{
    return isEndless(milliseconds) ? SyncForever
                                   : std::chrono::milliseconds(toInteger(std::ceil(milliseconds)));
}

qint64 toBound(double number) noexcept
{
    return isEndless(number) ? -1 : toInteger(number);
}

double fromSpan(std::chrono::milliseconds span) noexcept
{
    return span == SyncForever ? -1 : double(span.count());
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
        auto cache = std::make_shared<OwnCache>(wantedMaxCost ? qsizetype(toBound(*wantedMaxCost))
                                                              : DefaultMaxCost);
        if (wantedMaxBytes)
            cache->setMaxBytes(qsizetype(toBound(*wantedMaxBytes)));
        if (wantedTimeToLive)
            cache->setTimeToLive(toSpan(*wantedTimeToLive));
        return cache;
    };
    SourceRegistry *registry = SourceRegistry::instance();
    if (name.isEmpty() || !registry)
        return std::make_shared<TypedSource<OwnCache>>(makeOwn());
    for (;;) {
        if (const auto make = registry->find(name)) {
            SourcePointer source = make();
            const auto numbers = source->numbers();
            if ((wantedMaxCost && toBound(*wantedMaxCost) != numbers.maxCost)
                || (wantedMaxBytes && toInteger(*wantedMaxBytes) != numbers.maxBytes)
                || (wantedTimeToLive && toSpan(*wantedTimeToLive) != numbers.timeToLive)) {
                warnAt(q,
                       QStringLiteral("the cache \"%1\" exists, with other bounds, which stay")
                               .arg(name));
            }
            return source;
        }
        const auto cache = makeOwn();
        const auto make = [cache] { return std::make_shared<TypedSource<OwnCache>>(cache); };
        registry->publish(name, cache.get(), make); // or somebody else was faster
        wantedMaxCost = wantedMaxBytes = wantedTimeToLive = std::nullopt;
    }
}

SyncCacheObject::SyncCacheObject(QObject *parent)
    : QObject(parent), d(std::make_unique<SyncCacheObjectPrivate>(this))
{
}

SyncCacheObject::~SyncCacheObject()
{
    d->bell->close();
    // Whoever is told may end others, which leave the list; those that were told are not in it.
    const QList<QPointer<SyncCacheEntry>> owned(d->interned.cbegin(), d->interned.cend());
    while (!d->followers.isEmpty())
        d->followers.takeLast()->objectDestroyed();
    while (!d->entries.isEmpty()) {
        for (const auto &entry : d->guardedEntries()) {
            auto *const its = entry ? SyncCacheEntryPrivate::of(entry) : nullptr;
            if (!its || !its->isAttached)
                continue;
            d->remove(entry, its->key);
            its->objectDestroyed();
        }
    }
    for (const auto &entry : owned)
        delete entry;
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
            const bool isCost = option == u"cost";
            const double number = it->toDouble(&isNumber);
            if (!isNumber || !(isCost ? number >= 0 : isLimit(number))) {
                return refuse(QStringLiteral("its %1 must be a number, and %2")
                                      .arg(option,
                                           isCost ? QStringLiteral("not negative")
                                                  : QStringLiteral("-1, 0 or more")));
            }
            if (isCost)
                wanted.setCost(qsizetype(toInteger(std::ceil(number)))); // 0 is never evicted
            else
                wanted.setTimeToLive(toSpan(number));
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
    if (!isLimit(maxCost)) {
        warnAt(this, QStringLiteral("maxCost must be -1, 0 or more"));
        return;
    }
    {
        const std::lock_guard lock(d->mutex);
        if (!d->shown) {
            d->wantedMaxCost = maxCost;
            return;
        }
    }
    const qint64 bound = toBound(maxCost);
    if (bound == d->source()->numbers().maxCost)
        return;
    d->source()->setMaxCost(bound);
    Q_EMIT maxCostChanged();
}

double SyncCacheObject::maxBytes() const
{
    return double(d->source()->numbers().maxBytes);
}

void SyncCacheObject::setMaxBytes(double maxBytes)
{
    if (!isLimit(maxBytes)) {
        warnAt(this, QStringLiteral("maxBytes must be -1, 0 or more"));
        return;
    }
    {
        const std::lock_guard lock(d->mutex);
        if (!d->shown) {
            d->wantedMaxBytes = maxBytes;
            return;
        }
    }
    const auto numbers = d->source()->numbers();
    if (toBound(maxBytes) == numbers.maxBytes)
        return;
    // What is there was not weighed.
    if (!numbers.weighsBytes) {
        warnAt(this, QStringLiteral("maxBytes must be set before the cache is used"));
        return;
    }
    d->source()->setMaxCost(toBound(maxBytes));
    const Emission emission(this);
    emission.tell(&SyncCacheObject::maxBytesChanged);
    emission.tell(&SyncCacheObject::maxCostChanged);
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
    return fromSpan(d->source()->numbers().timeToLive);
}

void SyncCacheObject::setTimeToLive(double milliseconds)
{
    if (!isLimit(milliseconds)) {
        warnAt(this, QStringLiteral("timeToLive must be -1, 0 or more"));
        return;
    }
    {
        const std::lock_guard lock(d->mutex);
        if (!d->shown) {
            d->wantedTimeToLive = milliseconds;
            return;
        }
    }
    const std::chrono::milliseconds span = toSpan(milliseconds);
    if (span == d->source()->numbers().timeToLive)
        return;
    d->source()->setTimeToLive(span);
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
