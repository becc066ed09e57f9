// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qdatetime.h>
#include <QtCore/qtimezone.h>

// An instant by its date and time in UTC; of the kind Qt::UTC in every version of Qt, which a date in
// QTimeZone::utc() is not before 6.5.
inline QDateTime utc(QDate date, QTime time)
{
    return QDateTime(date, time, QTimeZone::utc()).toUTC();
}
