// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

namespace SyncMapInternal {

// Referred to by whoever links the module, see linkreference.cpp.
Q_DECL_EXPORT void keepQmlModule();

} // namespace SyncMapInternal
