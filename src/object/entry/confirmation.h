// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qfuture.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What is to say whether a write stays. Called once, with the object at which something of JavaScript
// is at home, and whom to tell.
using Confirmation = std::function<void(const QObject *where, const OnSettled &settled)>;

// A promise of JavaScript. What is none has been fulfilled, and has no value.
Confirmation confirmationBy(const QVariant &promise);
// One that is canceled, or ends in an exception, is rejected.
Confirmation confirmationBy(const QFuture<QVariant> &future);
Confirmation confirmationBy(const QFuture<void> &future);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
