// SPDX-License-Identifier: MIT
#include "synccacheobject_p.h"

#include "emission.h"
#include "keptobjects.h"
#include "logging.h"
#include "sourceregistry.h"
#include "synccacheentry_p.h"

#include <SyncMap/object/imageid.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

using namespace SyncMapInternal;

namespace {

using Time = CacheSource::Time;

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

SyncCacheObject::SyncCacheObject(QObject *parent)
    : QObject(parent), d(std::make_unique<SyncCacheObjectPrivate>(this))
{
}

// Who shows it is told when nobody can reach it any more: a slot that deletes what a QPointer still
// leads to would else delete this twice.
SyncCacheObject::~SyncCacheObject()
{
    d->bell->close();
    d->leaveStack();
    std::vector<std::function<void()>> farewells;
    for (CacheFollower *follower : std::exchange(d->followers, {}))
        farewells.push_back(follower->leaveObject());
    for (const auto &entry : d->guardedEntries()) {
        if (!SyncCacheEntryPrivate::of(entry)->isInterned)
            farewells.push_back(SyncCacheEntryPrivate::of(entry)->leaveObject());
    }
    for (const auto &entry : d->interned.release()) {
        auto *const its = SyncCacheEntryPrivate::of(entry);
        farewells.push_back(its->leaveObject());
        if (!its->isCollectors)
            farewells.emplace_back([entry] { delete entry; });
    }
    connect(this, &QObject::destroyed, [farewells = std::move(farewells)] {
        for (const auto &farewell : farewells)
            farewell();
    });
}

SyncCacheObject *SyncCacheObject::viewOf(SourcePointer source, QObject *parent)
{
    auto *object = new SyncCacheObject(parent);
    object->d->shown.show(std::move(source));
    return object;
}

bool SyncCacheObject::publishSource(const QString &name, const void *identity,
                                    std::function<SourcePointer()> makeSource)
{
    SourceRegistry *registry = SourceRegistry::instance();
    if (!registry)
        return false;
    const bool isPublished = registry->publish(name, identity, std::move(makeSource));
    if (!isPublished)
        qCWarning(lcObject).noquote() << "the name" << name << "stands for another cache already";
    return isPublished;
}

SyncCacheObject *SyncCacheObject::named(const QString &name, QObject *parent)
{
    auto *object = new SyncCacheObject(parent);
    object->d->shown.setName(name);
    (void)object->d->shown.toWrite();
    return object;
}

bool SyncCacheObject::unpublish(const QString &name)
{
    SourceRegistry *registry = SourceRegistry::instance();
    return registry && registry->release(name);
}

bool SyncCacheObject::isPublished(const QString &name)
{
    const SourceRegistry *registry = SourceRegistry::instance();
    return registry && registry->find(name);
}

std::shared_ptr<SyncCacheObject::Cache> SyncCacheObject::cache() const
{
    return cacheAs<QString, QVariant>();
}

std::shared_ptr<void> SyncCacheObject::cacheOf(QMetaType key, QMetaType value) const
{
    return d->shown.toWrite()->cacheOf(key, value);
}

QString SyncCacheObject::name() const
{
    return d->shown.name();
}

void SyncCacheObject::setName(const QString &name)
{
    if (!d->shown.setName(name))
        return;
    const QPointer<SyncCacheObject> alive(this);
    if (d->shown.renew())
        d->replaceSource();
    if (alive)
        Q_EMIT nameChanged();
}

void SyncCacheObject::setCompleted(bool isCompleted)
{
    d->setCompleted(isCompleted);
}

// Keys.

SyncCacheEntry *SyncCacheObject::entry(const QString &key)
{
    if (!key.isNull())
        return d->interned.entryOf(key);
    warnAt(this, QStringLiteral("entry() is for a key, and there is none: it shows nothing"));
    return d->interned.withoutKey();
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
    const auto source = d->shown.toWrite();
    if (!source->insert(key, *plain, wanted, &why)) {
        if (source->cacheOf(QMetaType::fromType<QString>(), QMetaType::fromType<QVariant>()))
            return false; // does not fit, as may be
        return refuse(why);
    }
    SyncCacheObjectPrivate::keepObject(source, key, *plain);
    return true;
}

QVariant SyncCacheObject::compute(const QString &key, const QVariant &function)
{
    QString thrown;
    QVariant result;
    const auto make = [&](const QVariant *present) -> std::optional<QVariant> {
        thrown.clear(); // it may be called again
        result = present ? toShown(*present) : QVariant();
        const auto call = qmlBorder().call;
        const std::optional<QVariant> made =
                call ? call(function, result, this, &thrown) : std::nullopt;
        if (!made || !made->isValid())
            return std::nullopt;
        std::optional<QVariant> plain = toPlain(*made, &thrown);
        result = plain ? toShown(*plain) : QVariant();
        return plain;
    };
    QString why;
    const auto outcome = d->shown.toWrite()->compute(key, make, &why);
    if (!thrown.isEmpty())
        why = thrown;
    else if (outcome == CacheSource::Computed::Kept)
        return result;
    warnAt(this, QStringLiteral("\"%1\" is not computed: %2").arg(key, why));
    return {};
}

// What goes with the end of a QObject.
void SyncCacheObjectPrivate::keepObject(const SourcePointer &source, const QString &key,
                                        const QVariant &plain)
{
    if (plain.metaType() != QMetaType::fromType<KeptObject>())
        return;
    if (QObject *const object = static_cast<const KeptObject *>(plain.constData())->object)
        KeptObjects::add(source, object, key);
}

bool SyncCacheObject::contains(const QString &key) const
{
    return d->source()->contains(key);
}

bool SyncCacheObject::remove(const QString &key)
{
    return d->shown.toWrite()->remove(key);
}

QVariant SyncCacheObject::take(const QString &key)
{
    return toShown(d->shown.toWrite()->take(key));
}

void SyncCacheObject::clear()
{
    d->shown.toWrite()->clear();
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
    return d->shown.toWrite()->invalidate(key);
}

void SyncCacheObject::invalidateAll()
{
    d->shown.toWrite()->invalidateAll();
}

double SyncCacheObject::removeByTag(const QString &tag)
{
    return double(d->shown.toWrite()->removeByTag(tag));
}

void SyncCacheObject::trim(TrimLevel level)
{
    static_assert(int(Expired) == int(SyncTrimLevel::Expired)
                  && int(Light) == int(SyncTrimLevel::Light)
                  && int(Moderate) == int(SyncTrimLevel::Moderate)
                  && int(Complete) == int(SyncTrimLevel::Complete));
    d->shown.toWrite()->trim(SyncTrimLevel(qBound(int(Expired), int(level), int(Complete))));
}

bool SyncCacheObject::refresh(const QString &key)
{
    return d->load(key, CacheSource::LoadKind::Anew);
}

void SyncCacheObject::prefetch(const QStringList &keys)
{
    const auto source = d->shown.toWrite();
    QStringList missing = keys;
    missing.removeDuplicates();
    for (const QString &key : std::as_const(missing)) {
        if (!source->contains(key))
            (void)d->load(key, CacheSource::LoadKind::IfAbsent);
    }
}

// For nobody in particular.
bool SyncCacheObjectPrivate::load(const QString &key, Source::LoadKind kind)
{
    auto load = shown.toWrite()->load(q, key, kind, 0);
    if (!load)
        return false;
    SourceLoad *const handle = load.get();
    handle->onDone = [this, key, handle](const SourceLoadResult &result) {
        const auto done = std::find_if(refreshes.begin(), refreshes.end(),
                                       [handle](const auto &one) { return one.get() == handle; });
        if (done != refreshes.end())
            refreshes.erase(done);
        numbersMayDiffer();
        if (!result.isLoaded && !result.isAbsent && !result.isCanceled)
            failed(key, result.error.message());
    };
    refreshes.push_back(std::move(load));
    numbersMayDiffer();
    return true;
}

QUrl SyncCacheObject::imageUrl(const QString &key) const
{
    const QString itsName = name();
    return itsName.isEmpty() ? QUrl() : imageUrlOf(itsName, key);
}

void SyncCacheObject::save(const QUrl &url)
{
    if (!url.isLocalFile() && !url.isRelative()) {
        Q_EMIT errorOccurred(QStringLiteral("%1 is no local file").arg(url.toString()));
        return;
    }
    const QString fileName = url.isLocalFile() ? url.toLocalFile() : url.path();
    d->shown.toWrite()->save(this, fileName, [this, url](const QString &error) {
        if (error.isEmpty())
            Q_EMIT saved(url);
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
    d->shown.toWrite()->restore(this, fileName, [this, url](const QString &error) {
        if (error.isEmpty())
            Q_EMIT restored(url);
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
    return double(d->numbers().maxCost);
}

void SyncCacheObject::setMaxCost(double maxCost)
{
    if (!isLimit(maxCost)) {
        warnAt(this, QStringLiteral("maxCost must be -1, 0 or more"));
        return;
    }
    const qint64 bound = toBound(maxCost);
    const bool isOther = bound != d->shown.numbers().maxCost;
    const auto source = d->shown.set([bound](Settings &settings) { settings.maxCost = bound; });
    if (source && isOther)
        source->setMaxCost(bound);
    if (isOther)
        Q_EMIT maxCostChanged();
}

double SyncCacheObject::maxBytes() const
{
    return double(d->numbers().maxBytes);
}

void SyncCacheObject::setMaxBytes(double maxBytes)
{
    if (!isLimit(maxBytes)) {
        warnAt(this, QStringLiteral("maxBytes must be -1, 0 or more"));
        return;
    }
    const qint64 bound = toBound(maxBytes);
    const auto numbers = d->shown.numbers();
    const auto source = d->shown.set([bound](Settings &settings) { settings.maxBytes = bound; });
    if (bound == numbers.maxBytes)
        return;
    // What is there was not weighed.
    if (source && !numbers.weighsBytes) {
        warnAt(this, QStringLiteral("maxBytes must be set before the cache is used"));
        return;
    }
    if (source)
        source->setMaxCost(bound);
    const Emission emission(this);
    emission.tell(&SyncCacheObject::maxBytesChanged);
    emission.tell(&SyncCacheObject::maxCostChanged);
}

double SyncCacheObject::totalCost() const
{
    return double(d->numbers().totalCost);
}

double SyncCacheObject::hits() const
{
    return double(d->numbers().hits);
}

double SyncCacheObject::misses() const
{
    return double(d->numbers().misses);
}

double SyncCacheObject::hitRatio() const
{
    const auto numbers = d->numbers();
    const double reads = double(numbers.hits) + double(numbers.misses);
    return reads > 0 ? double(numbers.hits) / reads : 0;
}

int SyncCacheObject::loadingCount() const
{
    return int(d->numbers().loading);
}

double SyncCacheObject::timeToLive() const
{
    return fromSpan(d->numbers().timeToLive);
}

void SyncCacheObject::setTimeToLive(double milliseconds)
{
    d->setTime(Time::ToLive, milliseconds, "timeToLive", &SyncCacheObject::timeToLiveChanged);
}

double SyncCacheObject::timeToIdle() const
{
    return fromSpan(d->numbers().timeToIdle);
}

void SyncCacheObject::setTimeToIdle(double milliseconds)
{
    d->setTime(Time::ToIdle, milliseconds, "timeToIdle", &SyncCacheObject::timeToIdleChanged);
}

double SyncCacheObject::staleTime() const
{
    return fromSpan(d->numbers().staleTime);
}

void SyncCacheObject::setStaleTime(double milliseconds)
{
    d->setTime(Time::Stale, milliseconds, "staleTime", &SyncCacheObject::staleTimeChanged);
}

double SyncCacheObject::errorTimeToLive() const
{
    return fromSpan(d->numbers().errorTimeToLive);
}

void SyncCacheObject::setErrorTimeToLive(double milliseconds)
{
    d->setTime(Time::ErrorToLive, milliseconds, "errorTimeToLive",
               &SyncCacheObject::errorTimeToLiveChanged);
}

void SyncCacheObjectPrivate::setTime(Source::Time time, double milliseconds, const char *itsName,
                                     void (SyncCacheObject::*changed)())
{
    if (!isLimit(milliseconds)) {
        warnAt(q, QStringLiteral("%1 must be -1, 0 or more").arg(QLatin1String(itsName)));
        return;
    }
    const std::chrono::milliseconds span = toSpan(milliseconds);
    const bool isOther = span != shown.numbers().*Settings::timeOf(time);
    const auto source =
            shown.set([&](Settings &settings) { settings.times[std::size_t(time)] = span; });
    if (!isOther)
        return;
    if (source)
        source->setTime(time, span);
    Q_EMIT(q->*changed)();
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
    d->shownNumbers.pollAnew();
    d->answerBell(); // there may be news that waited for the old interval
    Q_EMIT notifyIntervalChanged();
}

double SyncCacheObject::revision() const
{
    return d->revision;
}

void SyncCacheObject::loaderReplaced()
{
    d->tellOfLoader();
}
