// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qstring.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Why what was asked for is not done, in the language of the application: people may read it. (What
// a programmer has done wrong is said in English, in a warning.)
SYNCMAP_EXPORT QString noKeyOf(QMetaType type);
SYNCMAP_EXPORT QString mapHasGone();
SYNCMAP_EXPORT QString doesNotFit();
SYNCMAP_EXPORT QString thereIsNoCacheYet();
SYNCMAP_EXPORT QString cannotBeFiled();
SYNCMAP_EXPORT QString noLocalFile(const QString &url);
SYNCMAP_EXPORT QString loaderHasFailed();

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
