// SPDX-License-Identifier: MIT
#include "logging.h"

#include <SyncMap/private/cache/diary.h>
#include <SyncMap/private/cache/errors.h>

#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>

Q_LOGGING_CATEGORY(lcSyncMapCache, "syncmap.cache", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSyncMapLoading, "syncmap.loading", QtInfoMsg)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

const char *wordFor(SyncCacheRemovalCause cause) noexcept
{
    switch (cause) {
    case SyncCacheRemovalCause::Explicit:
        return "was removed";
    case SyncCacheRemovalCause::Replaced:
        return "was replaced";
    case SyncCacheRemovalCause::Expired:
        return "has expired";
    case SyncCacheRemovalCause::Evicted:
        return "was evicted";
    case SyncCacheRemovalCause::Invalidated:
        return "was invalidated";
    case SyncCacheRemovalCause::Trimmed:
        return "was trimmed";
    }
    return "has gone";
}

QString held(qint64 total, qint64 bound)
{
    if (bound < 0)
        return QStringLiteral("%1, without a bound").arg(total);
    return QStringLiteral("%1 of %2").arg(total).arg(bound);
}

} // namespace

bool tellsOfEntries() noexcept
{
    bool isOn = false;
    sayIfPossible([&isOn] { isOn = lcSyncMapCache().isDebugEnabled(); });
    return isOn;
}

bool tellsOfLoads() noexcept
{
    bool isOn = false;
    sayIfPossible([&isOn] { isOn = lcSyncMapLoading().isDebugEnabled(); });
    return isOn;
}

void tellOfRemoval(const QString &key, SyncCacheRemovalCause cause, qint64 cost, qint64 total,
                   qint64 bound)
{
    qCDebug(lcSyncMapCache, "The entry \"%ls\" %s: it cost %lld; the cache holds %ls.",
            qUtf16Printable(key), wordFor(cause), static_cast<long long>(cost),
            qUtf16Printable(held(total, bound)));
}

void tellOfRefusal(const QString &key, qint64 cost, qint64 total, qint64 bound)
{
    qCDebug(lcSyncMapCache,
            "The entry \"%ls\" was refused: it costs %lld, which cannot fit; the cache holds %ls.",
            qUtf16Printable(key), static_cast<long long>(cost),
            qUtf16Printable(held(total, bound)));
}

void tellOfFailure(const QString &key, const SyncCacheError &error, std::chrono::nanoseconds time)
{
    using std::chrono::milliseconds;
    const char *code = QMetaEnum::fromType<SyncCacheError::Code>().valueToKey(error.code());
    if (time == std::chrono::nanoseconds::zero()) {
        qCDebug(lcSyncMapLoading, "The load of \"%ls\" did not run: %s (%s).", qUtf16Printable(key),
                error.what(), code ? code : "?");
    } else {
        qCDebug(lcSyncMapLoading, "The load of \"%ls\" failed after %lld ms: %s (%s).",
                qUtf16Printable(key),
                static_cast<long long>(std::chrono::duration_cast<milliseconds>(time).count()),
                error.what(), code ? code : "?");
    }
}

QString textForMessage(QMetaType type, const void *key)
{
    QString text;
    (void)guarded([&] {
        if (type.id() == QMetaType::QString) {
            text = *static_cast<const QString *>(key);
        } else if (!QMetaType::canConvert(type, QMetaType::fromType<QString>())
                   || !QMetaType::convert(type, key, QMetaType::fromType<QString>(), &text)) {
            QDebug stream(&text);
            type.debugStream(stream.nospace(), key);
        }
    });
    return text;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
