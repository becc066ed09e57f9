// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qloggingcategory.h>

namespace SyncMapInternal {

Q_DECLARE_LOGGING_CATEGORY(lcObject)

} // namespace SyncMapInternal
