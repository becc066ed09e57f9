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
QString thereIsNoCacheYet();
QString cannotBeFiled();
QString noLocalFile(const QString &url);
SYNCMAP_EXPORT QString loaderHasFailed();

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
