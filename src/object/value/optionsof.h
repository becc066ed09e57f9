// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/options.h>

#include <QtCore/qvariant.h>

#include <optional>

namespace SyncMapInternal {

// What a record of QML, \c{{ cost, timeToLive, pinned, tags }}, says of an entry. Nothing, with the
// reason, if it says what cannot be.
std::optional<SyncEntryOptions> optionsOf(const QVariantMap &record, QString *why);

} // namespace SyncMapInternal
