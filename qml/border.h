// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

namespace SyncMapInternal {

// Referred to by whoever links the module, see linkreference.cpp: under one name in all versions.
Q_DECL_EXPORT void keepQmlModule();

} // namespace SyncMapInternal
