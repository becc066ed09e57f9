// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

Q_DECLARE_LOGGING_CATEGORY(lcObject)

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
