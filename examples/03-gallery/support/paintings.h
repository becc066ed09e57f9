// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qstringlist.h>

// Pictures for a machine that has none: landscapes and patterns, the same ones each time.
constexpr qsizetype paintings = 252;

// Paints the next dozen into the folder.
QStringList paintSome(const QString &folder, qsizetype painted);
