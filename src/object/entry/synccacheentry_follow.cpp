// SPDX-License-Identifier: MIT
#include "internedentries.h"
#include "synccacheentry_p.h"

#include "../receivers.h"

#include <QtCore/qmetaobject.h>

#include <algorithm>
#include <utility>

using namespace SyncMapInternal;

// Which key an entry shows, and what becomes of that.

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

bool SyncCacheEntryPrivate::isLooking(const QMetaMethod &signal)
{
    static const QMetaMethod looking = QMetaMethod::fromSignal(&SyncCacheEntry::looking);
    return signal == looking;
}

template <typename Ask>
bool SyncCacheEntryPrivate::areThereReceivers(Ask ask) const
{
    static const QMetaMethod looking = QMetaMethod::fromSignal(&SyncCacheEntry::looking);
    return SyncMapInternal::areThereReceivers(q, &SyncCacheEntry::looking,
                                              q->isSignalConnected(looking), ask);
}

bool SyncCacheEntryPrivate::isInUse() const
{
    static const QList<std::pair<QMetaMethod, QByteArray>> all = [] {
        QList<std::pair<QMetaMethod, QByteArray>> result;
        const QMetaObject &meta = SyncCacheEntry::staticMetaObject;
        for (int i = meta.methodOffset(); i < meta.methodCount(); ++i) {
            const QMetaMethod method = meta.method(i);
            if (method.methodType() == QMetaMethod::Signal && !isLooking(method))
                result.append({ method, '2' + method.methodSignature() }); // as SIGNAL() does
        }
        return result;
    }();
    const auto seemsConnected = [this](const auto &signal) {
        return q->isSignalConnected(signal.first);
    };
    const auto first = std::find_if(all.cbegin(), all.cend(), seemsConnected);
    return first != all.cend() && areThereReceivers([&] {
               return std::any_of(first, all.cend(), [&](const auto &signal) {
                   return seemsConnected(signal) && q->receivers(signal.second.constData()) > 0;
               });
           });
}

// An engine watches the end of what another one has wrapped already.
bool SyncCacheEntryPrivate::isInSeveralEngines() const
{
    static const QMetaMethod destroyed = QMetaMethod::fromSignal(&QObject::destroyed);
    return q->isSignalConnected(destroyed)
            && areThereReceivers([this] { return q->receivers(SIGNAL(destroyed(QObject *))) > 0; });
}

// Whoever has just connected reads what he wants to show: telling him would only make him read twice.
void SyncCacheEntryPrivate::wake()
{
    if (!isIdle)
        return;
    isIdle = false;
    view().internedEntries().lives(q);
    m_isWaking = true;
    attach();
    m_isWaking = false;
}

void SyncCacheEntryPrivate::sleep()
{
    isIdle = true;
    m_isOfThisKey = false;
    state = {};
    m_rest.forget();
    detach();
}

void SyncCacheEntryPrivate::attach()
{
    if (!object || !hasKey || !isActive)
        return;
    Q_ASSERT_X(object->thread() == q->thread(), "SyncCacheEntry",
               "an entry lives in the thread of its cache object");
    view().add(q, key);
    isAttached = true;
    beginAnew();
}

void SyncCacheEntryPrivate::detach()
{
    m_load.reset();
    m_rest.end();
    if (m_pause)
        m_pause->stop();
    autoRefresh.stop();
    if (std::exchange(isAttached, false))
        view().remove(q, key);
}

std::function<void()> SyncCacheEntryPrivate::leaveObject()
{
    m_load.reset();
    m_rest.end();
    if (m_pause)
        m_pause->stop();
    autoRefresh.stop();
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
        const bool isWaiting = state.isFetching || state.status == SyncCacheEntry::Loading;
        if (!isAttached
            && (isWaiting || state.isWriting != isWriting())) { // inactive: keeps what it shows
            State still = state;
            still.isFetching = false;
            if (still.status == SyncCacheEntry::Loading)
                still.status = SyncCacheEntry::Null;
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
    m_isUnsaved = m_hasTakenBack = false;
    m_rest.end();
    autoRefresh.restart();
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
    show(canLoad && startLoad(Source::LoadKind::IfAbsent) ? loading() : State());
}

// Nothing of this key is there to show.
SyncCacheEntryPrivate::State SyncCacheEntryPrivate::loading() const
{
    State next;
    if (retains) {
        next.value = state.value;
        next.lastUpdated = state.lastUpdated;
        next.version = state.version;
    }
    next.status = SyncCacheEntry::Loading;
    next.isFetching = true;
    return next;
}

void SyncCacheEntryPrivate::loaderChanged()
{
    if (!isAttached || m_load || state.exists)
        return;
    if (state.status != SyncCacheEntry::Ready)
        return beginAnew();
    m_rest.end();
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

void SyncCacheEntryPrivate::follow(const Look &look, Change change,
                                   const std::optional<SyncCacheError> &error)
{
    if (!isAttached)
        return;
    const bool hasWriteFailed = state.error.code() == SyncCacheError::WriteFailed;
    const bool wasUnsaved = std::exchange(m_isUnsaved, false);
    const bool hasTakenBack = std::exchange(m_hasTakenBack, false);
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
            m_rest.end(); // somebody has asked for another one, or brought it
        else if (look.isStale && hasLoaded)
            rest();
        next.isFetching =
                m_load || (look.isStale && m_rest.mayLoad() && startLoad(Source::LoadKind::Anew));
        if (error)
            next.error = *error;
        else if (look.isStale || (hasWriteFailed && !isOther && !hasLoaded))
            next.error = state.error;
        if (isOther && !look.isStale)
            autoRefresh.restart();
        show(next, hasLoaded);
        return;
    }
    if (change == Change::Removed) {
        const auto showWithError = [&](State next) {
            if (error)
                next.error = *error;
            show(next);
        };
        if (wasUnsaved || (hasTakenBack && m_load)) // that is how it was not kept, or taken back
            return showWithError(state);
        m_isOfThisKey = false;
        // One began later: this entry's own, or one that it joins, since its own is not to be kept.
        if (m_load && source().isLoadWanted(key) && startLoad(Source::LoadKind::IfAbsent))
            return showWithError(state.status == SyncCacheEntry::Loading ? state : loading());
        m_load.reset();
        State nothing;
        if (error)
            nothing.error = *error;
        else if (hasWriteFailed && state.status == SyncCacheEntry::Null)
            nothing.error = state.error;
        show(nothing);
        return;
    }
    State next = state;
    next.exists = false;
    if (error)
        next.error = *error;
    if (next.status == SyncCacheEntry::Ready) {
        next.isStale = true;
        if (change == Change::Invalidated)
            m_rest.end();
        const bool hasExpired = change == Change::Expired && !m_rest.isResting();
        next.isFetching = m_load
                || ((hasExpired || m_rest.mayLoad()) && startLoad(Source::LoadKind::IfAbsent));
    }
    show(next);
}
