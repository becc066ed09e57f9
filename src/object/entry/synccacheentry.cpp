// SPDX-License-Identifier: MIT
#include "internedentries.h"
#include "synccacheentry_p.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qthread.h>

using namespace SyncMapInternal;

SyncCacheEntry::SyncCacheEntry(QObject *parent)
    : QObject(parent), d(std::make_unique<SyncCacheEntryPrivate>(this))
{
}

SyncCacheEntry::SyncCacheEntry(SyncCacheObject *cache, const QString &key, QObject *parent)
    : SyncCacheEntry(parent)
{
    setCache(cache);
    setKey(key);
}

SyncCacheEntry::~SyncCacheEntry()
{
    // From here on no thread that ends a connection comes to disconnectNotify(), which reads d.
    const QMetaObject &meta = staticMetaObject;
    for (int i = meta.methodOffset(); i < meta.methodCount(); ++i) {
        if (meta.method(i).methodType() == QMetaMethod::Signal)
            disconnect(this, meta.method(i), nullptr, {});
    }
    if (d->isInterned) {
        if (d->object)
            d->view().internedEntries().isGoing(this);
        else
            d->hints->remove(this);
    }
    d->detach();
    if (d->object)
        d->object->disconnect(this); // a slot of destroyed() may end it
}

SyncCacheObject *SyncCacheEntry::cache() const
{
    return d->object;
}

void SyncCacheEntry::setCache(SyncCacheObject *cache)
{
    if (d->object == cache || d->isRefusedToChange())
        return;
    const QPointer<SyncCacheEntry> alive(this);
    if (d->object)
        d->object->disconnect(this);
    d->change([&] {
        d->object = cache;
        if (cache) {
            // An entry that is inactive, or has no key, is not among those that the object tells.
            connect(cache, &QObject::destroyed, this, [this] {
                if (d->object)
                    d->leaveObject()();
            });
        }
    });
    if (alive)
        Q_EMIT cacheChanged();
}

QString SyncCacheEntry::key() const
{
    return d->key;
}

void SyncCacheEntry::setKey(const QString &key)
{
    if ((d->hasKey && d->key == key) || d->isRefusedToChange())
        return;
    const QPointer<SyncCacheEntry> alive(this);
    if (d->mustPause()) {
        d->pauseWith(key);
    } else {
        d->change([&] {
            d->key = key;
            d->hasKey = true;
        });
    }
    if (alive)
        Q_EMIT keyChanged();
}

bool SyncCacheEntry::isActive() const
{
    return d->isActive;
}

void SyncCacheEntry::setActive(bool active)
{
    if (d->isActive == active || d->isRefusedToChange())
        return;
    const QPointer<SyncCacheEntry> alive(this);
    d->change([&] { d->isActive = active; });
    if (alive)
        Q_EMIT activeChanged();
}

bool SyncCacheEntry::retainWhileLoading() const
{
    return d->retains;
}

void SyncCacheEntry::setRetainWhileLoading(bool retain)
{
    if (d->retains == retain || d->isRefusedToChange())
        return;
    d->retains = retain;
    Q_EMIT retainWhileLoadingChanged();
}

QVariant SyncCacheEntry::placeholderValue() const
{
    return d->placeholder;
}

void SyncCacheEntry::setPlaceholderValue(const QVariant &value)
{
    if (isSameValue(d->placeholder, value) || d->isRefusedToChange())
        return;
    d->placeholder = value;
    const QPointer<SyncCacheEntry> alive(this);
    if (!d->state.value.isValid())
        Q_EMIT valueChanged();
    if (alive)
        Q_EMIT placeholderValueChanged();
}

int SyncCacheEntry::priority() const
{
    return d->priority;
}

void SyncCacheEntry::setPriority(int priority)
{
    if (d->priority == priority || d->isRefusedToChange())
        return;
    d->priority = priority;
    Q_EMIT priorityChanged();
}

int SyncCacheEntry::debounce() const
{
    return d->debounce;
}

void SyncCacheEntry::setDebounce(int milliseconds)
{
    if (d->debounce == milliseconds || d->isRefusedToChange())
        return;
    if (milliseconds < 0) {
        warnAt(this, QStringLiteral("debounce must be 0 or more"));
        return;
    }
    d->debounce = milliseconds;
    Q_EMIT debounceChanged();
}

int SyncCacheEntry::refreshInterval() const
{
    return d->autoRefresh.interval();
}

void SyncCacheEntry::setRefreshInterval(int milliseconds)
{
    if (refreshInterval() == milliseconds || d->isRefusedToChange())
        return;
    if (milliseconds < 0) {
        warnAt(this, QStringLiteral("refreshInterval must be 0 or more"));
        return;
    }
    d->autoRefresh.setInterval(milliseconds);
    Q_EMIT refreshIntervalChanged();
}

bool SyncCacheEntry::refreshesOnActive() const
{
    return d->autoRefresh.isOnActive();
}

void SyncCacheEntry::setRefreshOnActive(bool refresh)
{
    if (refreshesOnActive() == refresh || d->isRefusedToChange())
        return;
    d->autoRefresh.setOnActive(refresh);
    Q_EMIT refreshOnActiveChanged();
}

QVariant SyncCacheEntry::value() const
{
    return d->seen([this](const auto &shown) {
        return shown.value.isValid() ? toShown(shown.value) : d->placeholder;
    });
}

void SyncCacheEntry::setValue(const QVariant &value)
{
    d->write(value);
}

void SyncCacheEntry::write(const QVariant &value, const QVariant &promise)
{
    d->write(value, confirmationBy(promise));
}

void SyncCacheEntry::write(const QVariant &value, const QFuture<QVariant> &confirmed)
{
    d->write(value, confirmationBy(confirmed));
}

void SyncCacheEntry::write(const QVariant &value, const QFuture<void> &confirmed)
{
    d->write(value, confirmationBy(confirmed));
}

SyncCacheEntry::Status SyncCacheEntry::status() const
{
    return d->seen([](const auto &shown) { return shown.status; });
}

bool SyncCacheEntry::exists() const
{
    return d->seen([](const auto &shown) { return shown.exists; });
}

double SyncCacheEntry::progress() const
{
    return d->seen([](const auto &shown) { return shown.progress; });
}

bool SyncCacheEntry::isStale() const
{
    return d->seen([](const auto &shown) { return shown.isStale; });
}

bool SyncCacheEntry::isFetching() const
{
    return d->state.isFetching;
}

bool SyncCacheEntry::isWriting() const
{
    return d->isIdle ? d->isWriting() : d->state.isWriting;
}

QString SyncCacheEntry::errorString() const
{
    return d->state.error.message();
}

SyncCacheEntry::ErrorCode SyncCacheEntry::errorCode() const
{
    static_assert(int(KeyNotFound) == int(SyncCacheError::KeyNotFound)
                  && int(LoadFailed) == int(SyncCacheError::LoadFailed)
                  && int(NotKept) == int(SyncCacheError::NotKept)
                  && int(WriteFailed) == int(SyncCacheError::WriteFailed));
    return ErrorCode(int(d->state.error.code()));
}

QDateTime SyncCacheEntry::lastUpdated() const
{
    return d->state.lastUpdated;
}

QUrl SyncCacheEntry::imageSource() const
{
    return d->seen(&SyncCacheEntryPrivate::imageSourceOf);
}

void SyncCacheEntry::refresh()
{
    if (!d->object || !d->hasKey)
        return;
    // With nobody connected it would be let go of soon, and the load with it.
    if (d->isInterned && !d->isInUse())
        d->object->refresh(d->key);
    else
        d->refresh();
}

void SyncCacheEntry::invalidate()
{
    if (!d->object || !d->hasKey)
        return;
    const QPointer<SyncCacheEntry> alive(this);
    if (!d->object->invalidate(d->key) && alive)
        d->follow(d->source().peek(d->key), MapChange::Invalidated);
}

void SyncCacheEntry::remove()
{
    if (!d->object || !d->hasKey)
        return;
    const QPointer<SyncCacheEntry> alive(this);
    d->object->remove(d->key);
    if (!alive || !d->object)
        return;
    d->m_isUnsaved = false;
    d->follow(d->source().peek(d->key), MapChange::Removed);
}

void SyncCacheEntry::setCompleted(bool isCompleted)
{
    d->isCompleted = isCompleted;
    d->writePending();
}

// Any thread may connect. QML does so, and then reads, while it evaluates a binding.
void SyncCacheEntry::connectNotify(const QMetaMethod &signal)
{
    if (SyncCacheEntryPrivate::isLooking(signal))
        return;
    if (!d->isInterned)
        return d->autoRefresh.connected();
    if (QThread::currentThread() != thread())
        return d->hints->add(this);
    if (!d->object || !d->isIdle)
        return;
    if (signal.methodIndex() >= staticMetaObject.methodOffset())
        d->wake();
    else // another engine, perhaps
        d->view().internedEntries().reconsiderOwner(this);
}

// The connection is still there. A receiver that ends in another thread calls from there, and under a
// lock of Qt's.
void SyncCacheEntry::disconnectNotify(const QMetaMethod &signal)
{
    if (d->isInterned && !SyncCacheEntryPrivate::isLooking(signal))
        d->hints->add(this);
}
