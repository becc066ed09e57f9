// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qjsonarray.h>
#include <QtCore/qstring.h>

// Of some 260 stars that have names, those with the text in theirs or in that of their
// constellation, in any case. Brightest first; and before them those whose name begins with the
// text. Each is an object: name, constellation, magnitude, lightYears, spectrum; figures are rounded.
QJsonArray findStars(const QString &text);
