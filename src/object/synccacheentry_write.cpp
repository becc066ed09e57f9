// SPDX-License-Identifier: MIT
#include "synccacheentry_p.h"

#include <utility>

using namespace SyncMapInternal;

// What is written through an entry.

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
