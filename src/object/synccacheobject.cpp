// SPDX-License-Identifier: MIT
#include "synccacheobject_p.h"

#include "entry/synccacheentry_p.h"
#include "flush/emission.h"
#include "logging.h"
#include "source/sourceregistry.h"
#include "value/optionsof.h"

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccachetrimlevel.h>
#include <SyncMap/private/object/imageid.h>

#include <algorithm>
#include <functional>
#include <vector>

using namespace SyncMapInternal;

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

CacheView *CacheView::of(const SyncCacheObject *object)
{
    return SyncCacheObjectPrivate::of(object);
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
    if (name.isEmpty() || !identity) {
        qCWarning(lcObject) << "publish() takes a name, and a map:" << name << identity;
        return false;
    }
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
    d->assertItsThread();
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
    d->assertItsThread();
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
    QString why;
    if (const std::optional<SyncCacheEntryOptions> wanted = optionsOf(options, &why))
        return insert(key, value, *wanted);
    warnAt(this, QStringLiteral("\"%1\" is not inserted: %2").arg(key, why));
    return false;
}

bool SyncCacheObject::insert(const QString &key, const QVariant &value,
                             const SyncCacheEntryOptions &options)
{
    const auto refuse = [&](const QString &why) {
        warnAt(this, QStringLiteral("\"%1\" is not inserted: %2").arg(key, why));
        return false;
    };
    QString why;
    const std::optional<QVariant> plain = toPlain(value, &why);
    if (!plain)
        return refuse(why);
    const auto source = d->shown.toWrite();
    if (!source->insert(key, *plain, options, &why)) {
        if (source->cacheOf(QMetaType::fromType<QString>(), QMetaType::fromType<QVariant>()))
            return false; // does not fit, as may be
        return refuse(why);
    }
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
    static_assert(int(Expired) == int(SyncCacheTrimLevel::Expired)
                  && int(Light) == int(SyncCacheTrimLevel::Light)
                  && int(Moderate) == int(SyncCacheTrimLevel::Moderate)
                  && int(Complete) == int(SyncCacheTrimLevel::Complete));
    d->shown.toWrite()->trim(SyncCacheTrimLevel(qBound(int(Expired), int(level), int(Complete))));
}

bool SyncCacheObject::refresh(const QString &key)
{
    d->assertItsThread();
    return d->load(key, CacheSource::LoadKind::Anew);
}

void SyncCacheObject::prefetch(const QStringList &keys)
{
    d->assertItsThread();
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
        refreshes.erase(handle);
        numbersMayDiffer();
        if (!result.isLoaded && !result.isAbsent && !result.isCanceled)
            failed(key, result.error);
    };
    refreshes.emplace(handle, std::move(load));
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
    d->file(url, &CacheSource::save, &SyncCacheObject::saved);
}

void SyncCacheObject::restore(const QUrl &url)
{
    d->file(url, &CacheSource::restore, &SyncCacheObject::restored);
}

void SyncCacheObjectPrivate::file(const QUrl &url, FileFunction function,
                                  void (SyncCacheObject::*done)(const QUrl &))
{
    assertItsThread();
    const auto tell = [this, url, done](const SyncCacheError &error) {
        if (error)
            Q_EMIT q->errorOccurred(error.message(), error.code());
        else
            Q_EMIT(q->*done)(url);
    };
    if (!url.isLocalFile() && !url.isRelative())
        return tell(SyncCacheError(SyncCacheError::FileError, noLocalFile(url.toString())));
    const SourcePointer itsSource = shown.toWrite();
    ((*itsSource).*function)(q, url.isLocalFile() ? url.toLocalFile() : url.path(), tell);
}
