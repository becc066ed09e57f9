// SPDX-License-Identifier: MIT
#include "synccacheentry_p.h"

#include <QtCore/qmetaobject.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <chrono>

using namespace SyncMapInternal;
using namespace std::chrono_literals;

namespace {

using Milliseconds = std::chrono::milliseconds;

// Between two loads that nobody asked for.
constexpr Milliseconds ShortestRest = 1s;
constexpr Milliseconds LongestRest = 1min; // but for the error time to live

} // namespace

// Following the cache.

void SyncCacheEntryPrivate::intern(SyncCacheObject *itsObject, const QString &itsKey,
                                   std::shared_ptr<EntryHints> itsHints)
{
    object = itsObject;
    key = itsKey;
    hasKey = !itsKey.isNull();
    isInterned = true;
    hints = std::move(itsHints);
    isIdle = true;
    wake();
}

bool SyncCacheEntryPrivate::isRefusedToChange() const
{
    if (isInterned) {
        warnAt(q,
               QStringLiteral(
                       "an entry of entry() is shared, and stays as it is: make a CacheEntry "
                       "of your own"));
    }
    return isInterned;
}

bool SyncCacheEntryPrivate::isInUse() const
{
    // What QML was once connected to says that it is connected for ever. receivers() knows better, and
    // takes ten times as long.
    static const QList<std::pair<QMetaMethod, QByteArray>> all = [] {
        QList<std::pair<QMetaMethod, QByteArray>> result;
        const QMetaObject &meta = SyncCacheEntry::staticMetaObject;
        for (int i = meta.methodOffset(); i < meta.methodCount(); ++i) {
            const QMetaMethod method = meta.method(i);
            if (method.methodType() == QMetaMethod::Signal)
                result.append({ method, '2' + method.methodSignature() }); // as SIGNAL() does
        }
        return result;
    }();
    return std::any_of(all.cbegin(), all.cend(), [this](const auto &signal) {
        return q->isSignalConnected(signal.first) && q->receivers(signal.second.constData()) > 0;
    });
}

// An engine watches the end of what another one has wrapped already.
bool SyncCacheEntryPrivate::isInSeveralEngines() const
{
    return q->receivers(SIGNAL(destroyed(QObject *))) > 0;
}

// Whoever has just connected reads what he wants to show: telling him would only make him read twice.
void SyncCacheEntryPrivate::wake()
{
    if (!isIdle)
        return;
    isIdle = false;
    SyncCacheObjectPrivate::of(object)->interned.lives(q);
    m_isWaking = true;
    attach();
    m_isWaking = false;
}

void SyncCacheEntryPrivate::sleep()
{
    isIdle = true;
    m_isOfThisKey = false;
    state = {};
    m_sinceLoad.invalidate();
    detach();
}

void SyncCacheEntryPrivate::attach()
{
    if (!object || !hasKey || !isActive)
        return;
    Q_ASSERT_X(object->thread() == q->thread(), "SyncCacheEntry",
               "an entry lives in the thread of its cache object");
    SyncCacheObjectPrivate::of(object)->add(q, key);
    isAttached = true;
    beginAnew();
}

void SyncCacheEntryPrivate::detach()
{
    m_load.reset();
    endRest();
    if (m_pause)
        m_pause->stop();
    if (std::exchange(isAttached, false))
        SyncCacheObjectPrivate::of(object)->remove(q, key);
}

std::function<void()> SyncCacheEntryPrivate::leaveObject()
{
    m_load.reset();
    endRest();
    if (m_pause)
        m_pause->stop();
    isAttached = false;
    isIdle = false;
    m_isOfThisKey = false;
    object = nullptr;
    return [this, alive = QPointer<SyncCacheEntry>(q)] {
        if (!alive || object) // it has another one by now
            return;
        show({});
        if (alive)
            Q_EMIT q->cacheChanged();
    };
}

void SyncCacheEntryPrivate::change(const std::function<void()> &change)
{
    const QPointer<SyncCacheEntry> alive(q); // who is told may destroy it
    detach();
    change();
    m_isOfThisKey = false;
    if (object && hasKey) {
        attach();
        if (!alive)
            return;
        if (!isAttached && state.isFetching) { // inactive: keeps what it shows
            State still = state;
            still.isFetching = false;
            if (still.status == SyncCacheEntry::Loading)
                still.status = SyncCacheEntry::Null;
            still.progress = still.status == SyncCacheEntry::Ready ? 1 : 0;
            show(still);
        }
    } else {
        show({});
    }
    if (alive)
        writePending();
}

// Others may follow it soon.
void SyncCacheEntryPrivate::pauseWith(const QString &itsKey)
{
    detach();
    key = itsKey;
    m_isOfThisKey = false;
    if (!m_pause) {
        m_pause = new QTimer(q);
        m_pause->setSingleShot(true);
        QObject::connect(m_pause, &QTimer::timeout, q, [this] { endPause(); });
    }
    m_pause->start(debounce);
    State still = state;
    still.isFetching = true;
    show(still);
}

void SyncCacheEntryPrivate::endPause()
{
    change([] {});
}

// As if the key had been set just now.
void SyncCacheEntryPrivate::beginAnew()
{
    m_load.reset();
    m_isOfThisKey = false;
    m_isUnsaved = false;
    endRest();
    Look look = source().peek(key);
    const bool canLoad = source().canLoad();
    if (look.exists || !canLoad)
        look = source().find(key); // counts; getOrLoad() counts what is absent
    if (look.exists) {
        State next = withValue(look.value, look.isStale, true);
        m_isOfThisKey = true;
        next.isFetching = look.isStale && startLoad(Source::LoadKind::Anew);
        show(next);
        return;
    }
    State next;
    if (canLoad && startLoad(Source::LoadKind::IfAbsent)) {
        if (retains) {
            next.value = state.value;
            next.lastUpdated = state.lastUpdated;
            next.version = state.version;
        }
        next.status = SyncCacheEntry::Loading;
        next.isFetching = true;
    }
    show(next);
}

void SyncCacheEntryPrivate::loaderChanged()
{
    if (!isAttached || m_load || state.exists)
        return;
    if (state.status != SyncCacheEntry::Ready)
        return beginAnew();
    endRest();
    tryAgain();
}

// All that there was has gone. What is shown is loaded anew, unless that cannot be, or is there again.
void SyncCacheEntryPrivate::followClear(const Look &look)
{
    if (!isAttached)
        return;
    m_isUnsaved = false;
    if (look.exists || !source().canLoad())
        follow(look, Change::Removed);
    else
        beginAnew();
}

void SyncCacheEntryPrivate::follow(const Look &look, Change change)
{
    if (!isAttached)
        return;
    const bool wasUnsaved = std::exchange(m_isUnsaved, false);
    if (look.exists) {
        // Somebody has brought what was missing: the load, or a writer. One that was asked to load
        // anew goes on: the news may be older than it.
        const bool hasLoaded = m_load && !m_loadsAnew;
        if (hasLoaded)
            m_load.reset();
        State next = withValue(look.value, look.isStale, true);
        m_isOfThisKey = true;
        const bool isOther = next.version != state.version;
        if (change == Change::Invalidated || (!look.isStale && isOther && !hasLoaded))
            endRest(); // somebody has asked for another one, or brought it
        else if (look.isStale && hasLoaded)
            rest();
        next.isFetching =
                m_load || (look.isStale && mayLoadByItself() && startLoad(Source::LoadKind::Anew));
        if (look.isStale)
            next.error = state.error;
        show(next, hasLoaded);
        return;
    }
    if (change == Change::Removed) {
        if (wasUnsaved)
            return; // that is how it was not kept
        m_load.reset();
        m_isOfThisKey = false;
        show({});
        return;
    }
    State next = state;
    next.exists = false;
    if (next.status == SyncCacheEntry::Ready) {
        next.isStale = true;
        if (change == Change::Invalidated)
            endRest();
        const bool hasExpired = change == Change::Expired && !isResting();
        next.isFetching = m_load
                || ((hasExpired || mayLoadByItself()) && startLoad(Source::LoadKind::IfAbsent));
    }
    show(next);
}

// Loads.

bool SyncCacheEntryPrivate::startLoad(Source::LoadKind kind)
{
    m_load = source().load(q, key, kind, priority);
    if (!m_load)
        return false;
    m_loadsAnew = kind == Source::LoadKind::Anew;
    m_sinceLoad.start();
    SyncCacheObjectPrivate::of(object)->numbersMayDiffer();
    m_load->onDone = [this](const SourceLoadResult &result) { loadEnded(result); };
    m_load->onProgress = [this](int percent) {
        State next = state;
        next.progress = std::clamp(percent / 100.0, 0.0, 1.0);
        show(next);
    };
    return true;
}

void SyncCacheEntryPrivate::refresh()
{
    const QPointer<SyncCacheEntry> alive(q);
    if (m_pause && m_pause->isActive())
        endPause();
    if (!alive || !isAttached)
        return;
    endRest();
    if (!startLoad(Source::LoadKind::Anew))
        return;
    State next = state;
    next.isFetching = true;
    next.progress = 0;
    if (!m_isOfThisKey)
        next.status = SyncCacheEntry::Loading;
    show(next);
}

// What was loaded is not there, or stale.
void SyncCacheEntryPrivate::rest()
{
    restLonger(source().numbers().errorTimeToLive);
    restFor(m_nextRest);
}

// It has gone though it is shown, or is stale. False: it rests first, unless the last load was long
// ago.
bool SyncCacheEntryPrivate::mayLoadByItself()
{
    if (isResting())
        return false;
    const Milliseconds since =
            m_sinceLoad.isValid() ? Milliseconds(m_sinceLoad.elapsed()) : 2 * LongestRest;
    if (since >= 2 * LongestRest)
        m_nextRest = {};
    const Milliseconds left = m_nextRest - since;
    restLonger({});
    if (left <= Milliseconds::zero())
        return true;
    restFor(left);
    return false;
}

void SyncCacheEntryPrivate::restLonger(Milliseconds atLeast)
{
    constexpr Milliseconds longestOfAll = 24h; // about what a QTimer can count
    const Milliseconds first = qBound(ShortestRest, atLeast, longestOfAll);
    m_nextRest = qMax(first, qMin(2 * m_nextRest, LongestRest));
}

void SyncCacheEntryPrivate::restFor(Milliseconds span)
{
    if (!m_rest) {
        m_rest = new QTimer(q);
        m_rest->setSingleShot(true);
        m_rest->setTimerType(Qt::PreciseTimer); // a coarse one may be early
        QObject::connect(m_rest, &QTimer::timeout, q, [this] { tryAgain(); });
    }
    m_rest->start(span);
}

void SyncCacheEntryPrivate::endRest()
{
    if (m_rest)
        m_rest->stop();
    m_nextRest = {};
}

void SyncCacheEntryPrivate::tryAgain()
{
    if (!isAttached || m_load || !state.isStale)
        return;
    if (!startLoad(state.exists ? Source::LoadKind::Anew : Source::LoadKind::IfAbsent))
        return;
    State next = state;
    next.isFetching = true;
    next.progress = 0;
    show(next);
}

void SyncCacheEntryPrivate::loadEnded(const SourceLoadResult &result)
{
    m_load.reset();
    SyncCacheObjectPrivate::of(object)->numbersMayDiffer();
    const Look look = source().peek(key);
    if (result.isLoaded) {
        // It may have been too large to stay, or over at once; or a writer was faster, and has won.
        const bool isStale = !look.exists || look.isStale;
        if (isStale)
            rest();
        State next = withValue(look.exists ? look.value : result.value, isStale, look.exists);
        m_isOfThisKey = true;
        return show(next, true);
    }
    State next = state;
    next.isFetching = false;
    next.exists = look.exists;
    if (result.isAbsent || result.isCanceled) {
        if (look.exists) {
            m_isOfThisKey = true;
            next = withValue(look.value, look.isStale, true);
        } else if (result.isAbsent || !m_isOfThisKey) {
            m_isOfThisKey = false;
            next = {};
        } else { // it waited for too long
            next.isStale = true;
            next.progress = 1;
            rest();
        }
        return show(next);
    }
    next.error = result.error;
    if (m_isOfThisKey) {
        next.isStale = true;
        next.progress = 1;
        if (!look.exists)
            rest();
    } else {
        next.status = SyncCacheEntry::Error;
        next.value = {};
        next.progress = 0;
    }
    const QPointer<SyncCacheEntry> alive(q);
    show(next);
    if (alive)
        Q_EMIT q->failed(result.error.message());
    if (alive && object)
        SyncCacheObjectPrivate::of(object)->failed(key, result.error);
}

// Showing.

SyncCacheEntryPrivate::State SyncCacheEntryPrivate::peeked() const
{
    const Look look = source().peek(key);
    return look.exists ? withValue(look.value, look.isStale, true) : State();
}

SyncCacheEntryPrivate::State SyncCacheEntryPrivate::withValue(const QVariant &value, bool isStale,
                                                              bool exists) const
{
    State next;
    next.value = value;
    next.status = SyncCacheEntry::Ready;
    next.exists = exists;
    next.isStale = isStale;
    next.progress = 1;
    const bool isOther = !m_isOfThisKey || !isSameValue(value, state.value);
    next.lastUpdated = isOther ? QDateTime::currentDateTime() : state.lastUpdated;
    next.version = isOther ? ImageVersion(object->name(), key) : state.version;
    return next;
}

QUrl SyncCacheEntryPrivate::imageSourceOf(const State &shown)
{
    return shown.value.isValid() ? shown.version.urlOf(shown.value) : QUrl();
}

void SyncCacheEntryPrivate::show(State next, bool hasLoaded)
{
    const State old = std::exchange(state, std::move(next));
    const auto shownIn = [this](const State &one) {
        return one.value.isValid() ? one.value : placeholder;
    };
    const bool isImageOther =
            old.value.isValid() != state.value.isValid() || old.version != state.version;
    const bool isValueOther = !isSameValue(shownIn(old), shownIn(state));
    if (isInterned && object && (isValueOther || old.status != state.status))
        SyncCacheObjectPrivate::of(object)->entryShown(q, isValueOther);
    const std::pair<bool, void (SyncCacheEntry::*)()> all[] = {
        { isValueOther, &SyncCacheEntry::valueChanged },
        { old.status != state.status, &SyncCacheEntry::statusChanged },
        { old.exists != state.exists, &SyncCacheEntry::existsChanged },
        { old.progress != state.progress, &SyncCacheEntry::progressChanged },
        { old.isStale != state.isStale, &SyncCacheEntry::staleChanged },
        { old.isFetching != state.isFetching, &SyncCacheEntry::fetchingChanged },
        { old.error.message() != state.error.message(), &SyncCacheEntry::errorStringChanged },
        { old.error.code() != state.error.code(), &SyncCacheEntry::errorCodeChanged },
        { old.lastUpdated != state.lastUpdated, &SyncCacheEntry::lastUpdatedChanged },
        { isImageOther, &SyncCacheEntry::imageSourceChanged },
        { hasLoaded, &SyncCacheEntry::loaded },
    };
    if (m_isWaking)
        return;
    const QPointer<SyncCacheEntry> alive(q);
    SyncCacheEntry *const entry = q; // this may go with it
    for (const auto &[isOther, signal] : all) {
        if (isOther && alive)
            Q_EMIT(entry->*signal)();
    }
}

// Writing.

void SyncCacheEntryPrivate::write(const QVariant &value)
{
    if (!value.isValid())
        return;
    if (!isCompleted || !object || !hasKey) {
        pendingWrite = value;
        return;
    }
    const QPointer<SyncCacheEntry> alive(q);
    QString why;
    auto outcome = Source::Computed::Refused;
    std::optional<QVariant> plain = toPlain(value, &why);
    if (plain) {
        const auto itsSource = SyncCacheObjectPrivate::of(object)->shown.toWrite();
        outcome = itsSource->compute(
                key, [&plain](const QVariant *) { return plain; }, &why);
        if (outcome == Source::Computed::Kept)
            SyncCacheObjectPrivate::keepObject(itsSource, key, *plain);
    }
    if (!alive)
        return;
    if (outcome == Source::Computed::Kept) {
        if (isAttached)
            follow(source().peek(key),
                   Change::Written); // at once; the others see it with the flush
        return;
    }
    warnAt(q, QStringLiteral("\"%1\" is not written: %2").arg(key, why));
    if (alive && isAttached)
        showUnsaved(outcome == Source::Computed::NoRoom ? *plain : QVariant(), why);
    if (alive)
        Q_EMIT q->failed(why);
}

// What somebody has just typed does not vanish, though the cache has no room for it.
void SyncCacheEntryPrivate::showUnsaved(const QVariant &value, const QString &why)
{
    State next = state;
    m_isUnsaved = value.isValid();
    if (m_isUnsaved) {
        next = withValue(value, true, false);
        m_isOfThisKey = true;
    }
    next.isFetching = bool(m_load);
    next.error = SyncCacheError(SyncCacheError::NotKept, why);
    show(next);
}

void SyncCacheEntryPrivate::writePending()
{
    if (pendingWrite.isValid() && isCompleted && object && hasKey)
        write(std::exchange(pendingWrite, {}));
}

// The entry.

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
    if (d->isInterned) {
        // From here on no thread that ends a connection comes to disconnectNotify(), which reads d.
        const QMetaObject &meta = staticMetaObject;
        for (int i = meta.methodOffset(); i < meta.methodCount(); ++i) {
            if (meta.method(i).methodType() == QMetaMethod::Signal)
                disconnect(this, meta.method(i), nullptr, {});
        }
        if (d->object)
            SyncCacheObjectPrivate::of(d->object)->interned.isGoing(this);
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

QString SyncCacheEntry::errorString() const
{
    return d->state.error.message();
}

SyncCacheEntry::ErrorCode SyncCacheEntry::errorCode() const
{
    static_assert(int(KeyNotFound) == int(SyncCacheError::KeyNotFound)
                  && int(LoadFailed) == int(SyncCacheError::LoadFailed)
                  && int(NotKept) == int(SyncCacheError::NotKept));
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
    if (!d->isInterned)
        return;
    if (QThread::currentThread() != thread())
        return d->hints->add(this);
    if (!d->object || !d->isIdle)
        return;
    if (signal.methodIndex() >= staticMetaObject.methodOffset())
        d->wake();
    else // another engine, perhaps
        SyncCacheObjectPrivate::of(d->object)->interned.reconsiderOwner(this);
}

// The connection is still there. A receiver that ends in another thread calls from there, and under a
// lock of Qt's.
void SyncCacheEntry::disconnectNotify(const QMetaMethod &)
{
    if (d->isInterned)
        d->hints->add(this);
}
