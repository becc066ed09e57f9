// SPDX-License-Identifier: MIT
//
// Compiled into each program and library that links SyncMap::Qml.

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
void keepQmlModule();
}

namespace {

[[maybe_unused]] const bool isSyncMapQmlLinked = (SyncMapInternal::keepQmlModule(), true);

} // namespace
