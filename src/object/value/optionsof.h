// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheentryoptions.h>

#include <QtCore/qvariant.h>

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a record of QML, \c{{ cost, timeToLive, pinned, tags }}, says of an entry. Nothing, with the
// reason, if it says what cannot be.
std::optional<SyncCacheEntryOptions> optionsOf(const QVariantMap &record, QString *why);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
