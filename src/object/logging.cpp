// SPDX-License-Identifier: MIT
#include "logging.h"

namespace SyncMapInternal {

Q_LOGGING_CATEGORY(lcObject, "syncmap.object", QtWarningMsg)

} // namespace SyncMapInternal
