// SPDX-License-Identifier: MIT
#include "synccacheentry_p.h"

#include <SyncMap/private/object/source/source.h>

#include <algorithm>
#include <utility>

using namespace SyncMapInternal;

namespace {

// Not followed: it may have ended.
QObject *objectIn(const QVariant &value)
{
    const bool isObject = value.metaType().flags() & QMetaType::PointerToQObject;
    return isObject ? *static_cast<QObject *const *>(value.constData()) : nullptr;
}

} // namespace

// What is written through an entry.

void SyncCacheEntryPrivate::write(const QVariant &value, const Confirmation &confirmation)
{
    if (!value.isValid())
        return;
    if (!isCompleted || !object || !hasKey) {
        pendingWrite = { value, confirmation, objectIn(value) };
        return;
    }
    const QPointer<SyncCacheEntry> alive(q);
    QString why;
    auto outcome = Source::Computed::Refused;
    bool hasEnded = false;
    std::optional<QVariant> plain = toPlain(value, &why);
    if (plain) {
        const auto itsSource = view().toWrite();
        const auto writes = confirmation ? itsSource->pendingWrites() : nullptr;
        quint64 id = 0;
        if (writes)
            outcome = writes->write(key, *plain, &id, &why);
        else
            outcome = itsSource->compute(
                    key, [&plain](const QVariant *) { return plain; }, &why);
        if (alive && id != 0) {
            m_isJustWritten = true;
            await(writes, id, confirmation);
            if (alive)
                m_isJustWritten = false;
            hasEnded = alive && !isAwaited(id);
        }
    }
    if (!alive || hasEnded) // how it has ended is shown already
        return;
    if (outcome == Source::Computed::Kept) {
        if (isAttached) // at once; the others see it with the flush
            follow(source().peek(key), Change::Written, SyncCacheError());
        else
            show(state);
        return;
    }
    warnAt(q, QStringLiteral("\"%1\" is not written: %2").arg(key, why));
    if (alive && isAttached)
        showUnsaved(outcome == Source::Computed::NoRoom ? *plain : QVariant(), why);
    if (alive)
        Q_EMIT q->failed(why);
}

bool SyncCacheEntryPrivate::isWriting() const
{
    return object
            && std::any_of(m_unconfirmed.cbegin(), m_unconfirmed.cend(), [this](const auto &one) {
                   return one.object == object && one.key == key;
               });
}

bool SyncCacheEntryPrivate::isAwaited(quint64 id) const
{
    return std::any_of(m_unconfirmed.cbegin(), m_unconfirmed.cend(),
                       [id](const auto &one) { return one.id == id; });
}

// Neither the entry nor the map need be there when it ends.
void SyncCacheEntryPrivate::await(const std::shared_ptr<PendingWrites> &writes, quint64 id,
                                  const Confirmation &confirmation)
{
    m_unconfirmed.push_back({ id, object, key });
    confirmation(q,
                 [weak = std::weak_ptr(writes), id, itsKey = key,
                  entry = QPointer<SyncCacheEntry>(q)](const Settlement &how) {
                     bool isTakenBack = false;
                     QString why;
                     if (const auto all = weak.lock()) {
                         if (how.outcome == Settlement::Rejected) {
                             isTakenBack = all->takeBack(itsKey, id);
                         } else {
                             std::optional<QVariant> answer;
                             if (how.value.isValid())
                                 answer = toPlain(how.value, &why);
                             all->confirm(itsKey, id, answer.value_or(QVariant()), &why);
                         }
                     }
                     if (entry && !why.isEmpty()) {
                         warnAt(entry,
                                QStringLiteral("\"%1\" stays as it was written: the answer is not "
                                               "kept: %2")
                                        .arg(itsKey, why));
                     }
                     if (!entry)
                         return;
                     if (how.outcome != Settlement::Lost)
                         return of(entry)->writeEnded(id, how, isTakenBack);
                     // The engine may be ending: nobody is told by then.
                     QMetaObject::invokeMethod(
                             entry, [entry, id, how] { of(entry)->writeEnded(id, how, false); },
                             Qt::QueuedConnection);
                 });
}

void SyncCacheEntryPrivate::writeEnded(quint64 id, const Settlement &how, bool isTakenBack)
{
    const auto its = std::find_if(m_unconfirmed.begin(), m_unconfirmed.end(),
                                  [id](const auto &one) { return one.id == id; });
    if (its == m_unconfirmed.end())
        return;
    const bool isShown = object && its->object == object && its->key == key && !isIdle;
    m_unconfirmed.erase(its);
    const QPointer<SyncCacheEntry> alive(q);
    if (how.outcome == Settlement::Rejected) {
        const SyncCacheError error = how.message.isEmpty()
                ? SyncCacheError(SyncCacheError::WriteFailed)
                : SyncCacheError(SyncCacheError::WriteFailed, how.message);
        if (isShown)
            showWriteEnded(error, isTakenBack);
        if (alive)
            Q_EMIT q->failed(error.message());
    } else if (isShown) {
        // One that ends at once was not shown before, nor was the failure of an earlier one forgotten.
        showWriteEnded(m_isJustWritten ? std::optional<SyncCacheError>(SyncCacheError())
                                       : std::nullopt,
                       false);
    }
}

void SyncCacheEntryPrivate::showWriteEnded(const std::optional<SyncCacheError> &error,
                                           bool isTakenBack)
{
    const QPointer<SyncCacheEntry> alive(q);
    const bool wasLoading = bool(m_load);
    const Look look = isAttached ? source().peek(key) : Look();
    if (look.exists) {
        follow(look, Change::Written, error);
    } else if (isAttached && isTakenBack) {
        follow(look, Change::Removed, error);
    } else {
        State next = state;
        if (error)
            next.error = *error;
        return show(next);
    }
    if (alive && isTakenBack)
        loadWhatWasCalledOff(wasLoading);
}

// Taking back is a write, too: it wins over a load, as the write did, that nobody wants called off.
void SyncCacheEntryPrivate::loadWhatWasCalledOff(bool wasLoading)
{
    if (!isAttached)
        return;
    const bool isShown = state.status == SyncCacheEntry::Ready;
    if (isShown && wasLoading) {
        refreshByItself();
    } else if (!isShown && !m_load && startLoad(Source::LoadKind::IfAbsent)) {
        m_hasTakenBack = true;
        showFetching();
    }
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
    if (!pendingWrite.value.isValid() || !isCompleted || !object || !hasKey)
        return;
    const PendingWrite pending = std::exchange(pendingWrite, {});
    const bool hasEnded = objectIn(pending.value) && !pending.itsObject;
    write(hasEnded ? QVariant::fromValue<QObject *>(nullptr) : pending.value, pending.confirmation);
}
