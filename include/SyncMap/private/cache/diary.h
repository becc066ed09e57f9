// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/private/reclamation/diagnostics.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qstring.h>

#include <chrono>
#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a cache does unasked, told at debug level: why an entry went, and why a load failed. It is
// off unless somebody asks for it (QT_LOGGING_RULES); then it takes a look at a flag where an entry
// goes or a load fails, and nothing where values are read. Told under no lock, since a message
// handler may use the cache.

SYNCMAP_EXPORT bool tellsOfEntries() noexcept; // "syncmap.cache"
SYNCMAP_EXPORT bool tellsOfLoads() noexcept; // "syncmap.loading"

// By then the cache holds \a total of \a bound, which is negative if there is none.
SYNCMAP_EXPORT void tellOfRemoval(const QString &key, SyncCacheRemovalCause cause, qint64 cost,
                                  qint64 total, qint64 bound);
SYNCMAP_EXPORT void tellOfRefusal(const QString &key, qint64 cost, qint64 total, qint64 bound);
// \a time: zero if it did not run.
SYNCMAP_EXPORT void tellOfFailure(const QString &key, const SyncCacheError &error,
                                  std::chrono::nanoseconds time);

// What the program did itself it knows.
constexpr bool isToldOf(SyncCacheRemovalCause cause) noexcept
{
    return cause != SyncCacheRemovalCause::Explicit && cause != SyncCacheRemovalCause::Replaced;
}

// Of a key, for people.
SYNCMAP_EXPORT QString textForMessage(QMetaType type, const void *key);
template <typename Key>
QString textForMessage(const Key &key)
{
    if constexpr (std::is_pointer_v<Key>) { // to what may be incomplete, and has no meta-type then
        return QStringLiteral("0x") + QString::number(quintptr(key), 16);
    } else {
        QString text = textForMessage(QMetaType::fromType<Key>(), &key);
        if constexpr (std::is_enum_v<Key>) {
            if (text.isEmpty()) // nobody has registered it
                text = QString::number(qlonglong(key));
        }
        return text;
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
