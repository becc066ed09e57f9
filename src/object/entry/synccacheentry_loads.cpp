// SPDX-License-Identifier: MIT
#include "synccacheentry_p.h"

#include <algorithm>

using namespace SyncMapInternal;

// The loads of an entry.

bool SyncCacheEntryPrivate::startLoad(Source::LoadKind kind)
{
    m_load = source().load(q, key, kind, priority);
    if (!m_load)
        return false;
    m_loadsAnew = kind == Source::LoadKind::Anew;
    m_loadProgress = 0;
    m_rest.loadBegins();
    view().numbersMayDiffer();
    m_load->onDone = [this](const SourceLoadResult &result) { loadEnded(result); };
    m_load->onProgress = [this](int percent) {
        m_loadProgress = std::clamp(percent / 100.0, 0.0, 1.0);
        show(state);
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
    m_rest.end();
    if (startLoad(Source::LoadKind::Anew))
        showFetching();
}

// Nobody has asked for it: what rests goes on resting.
bool SyncCacheEntryPrivate::refreshByItself()
{
    if (!startLoad(Source::LoadKind::Anew))
        return false;
    showFetching();
    return true;
}

// That a stale time is over need not have been told yet.
bool SyncCacheEntryPrivate::isOld() const
{
    return state.status == SyncCacheEntry::Error || state.isStale || source().peek(key).isStale
            || source().numbers().staleTime == SyncCacheForever;
}

void SyncCacheEntryPrivate::showFetching()
{
    State next = state;
    next.isFetching = true;
    if (!m_isOfThisKey)
        next.status = SyncCacheEntry::Loading;
    show(next);
}

// What was loaded is not there, or stale.
void SyncCacheEntryPrivate::rest()
{
    m_rest.begin(source().numbers().errorTimeToLive);
}

void SyncCacheEntryPrivate::tryAgain()
{
    const bool isWaiting = state.status == SyncCacheEntry::Loading; // its load was canceled
    if (!isAttached || m_load || (!state.isStale && !isWaiting))
        return;
    if (startLoad(state.exists ? Source::LoadKind::Anew : Source::LoadKind::IfAbsent))
        showFetching();
    else if (isWaiting)
        show({});
}

void SyncCacheEntryPrivate::loadEnded(const SourceLoadResult &result)
{
    m_load.reset();
    view().numbersMayDiffer();
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
        } else if (result.isAbsent || (!m_isOfThisKey && !source().canLoad())) {
            m_isOfThisKey = false;
            next = {};
        } else { // it waited for too long
            next.isStale = m_isOfThisKey;
            rest();
        }
        return show(next);
    }
    next.error = result.error;
    if (m_isOfThisKey) {
        next.isStale = true;
        if (!look.exists)
            rest();
    } else {
        next.status = SyncCacheEntry::Error;
        next.value = {};
    }
    const QPointer<SyncCacheEntry> alive(q);
    show(next);
    if (alive)
        Q_EMIT q->failed(result.error.message());
    if (alive && object)
        view().failed(key, result.error);
}
