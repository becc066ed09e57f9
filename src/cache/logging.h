// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qloggingcategory.h>

// One for all that a cache itself has to say, and one for its loads; debug messages are off by default.
Q_DECLARE_LOGGING_CATEGORY(lcSyncMapCache)
Q_DECLARE_LOGGING_CATEGORY(lcSyncMapLoading)
