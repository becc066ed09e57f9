// SPDX-License-Identifier: MIT

#pragma once

#include <SyncMap/SyncCache>

#include <QtGui/qimage.h>

// A small copy of the picture, made by a worker; or why there is none, in a few words.
QImage decodeThumbnail(const QString &path, SyncCacheLoadContext<QImage> &load);
