// SPDX-License-Identifier: MIT
#include "synccacheentry_p.h"

#include <QtCore/qmetaobject.h>

#include <utility>

using namespace SyncMapInternal;

namespace {

// The same object, put again in another thread: it is shown in that one, and was null in it before.
bool isMoved(const QVariant &before, const QVariant &now)
{
    const QMetaType kept = QMetaType::fromType<KeptObject>();
    return before.metaType() == kept && now.metaType() == kept
            && before.value<KeptObject>().thread != now.value<KeptObject>().thread;
}

} // namespace

// What an entry shows, and how it tells of that.

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
    next.isWriting = isWriting();
    next.progress = next.isFetching && m_load      ? m_loadProgress
            : next.status == SyncCacheEntry::Ready ? 1
                                                   : 0;
    const State old = std::exchange(state, std::move(next));
    if (old.isFetching && !state.isFetching)
        autoRefresh.restart();
    else if (old.isWriting && !state.isWriting)
        autoRefresh.schedule();
    const auto shownIn = [this](const State &one) {
        return one.value.isValid() ? one.value : placeholder;
    };
    static const QMetaMethod imageOther =
            QMetaMethod::fromSignal(&SyncCacheEntry::imageSourceChanged);
    const bool isImageOther = q->isSignalConnected(imageOther)
            && ImageVersion::isUrlOther(old.version, old.value, state.version, state.value);
    const bool isValueOther =
            !isSameValue(shownIn(old), shownIn(state)) || isMoved(old.value, state.value);
    if (isInterned && object && (isValueOther || old.status != state.status))
        view().entryShown(q, isValueOther);
    const std::pair<bool, void (SyncCacheEntry::*)()> all[] = {
        { isValueOther, &SyncCacheEntry::valueChanged },
        { old.status != state.status, &SyncCacheEntry::statusChanged },
        { old.exists != state.exists, &SyncCacheEntry::existsChanged },
        { old.progress != state.progress, &SyncCacheEntry::progressChanged },
        { old.isStale != state.isStale, &SyncCacheEntry::staleChanged },
        { old.isFetching != state.isFetching, &SyncCacheEntry::fetchingChanged },
        { old.isWriting != state.isWriting, &SyncCacheEntry::writingChanged },
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
