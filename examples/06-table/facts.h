// SPDX-License-Identifier: MIT

#pragma once

#include <SyncMap/SyncCache>

#include <QtCore/qdatetime.h>
#include <QtCore/qobjectdefs.h>

#include <functional>
#include <optional>

// What is to be known of a file. Its properties are the columns.
struct Facts
{
    Q_GADGET
    Q_PROPERTY(int lines MEMBER lines CONSTANT)
    Q_PROPERTY(qint64 bytes MEMBER bytes CONSTANT)
    Q_PROPERTY(int longest MEMBER longest CONSTANT)
    Q_PROPERTY(QString checksum MEMBER checksum CONSTANT)
    Q_PROPERTY(QString note MEMBER note) // can be edited

public:
    int lines = 0;
    qint64 bytes = 0;
    int longest = 0; // characters of the longest line
    QString checksum;
    QString note; // of the user's
    QDateTime modified; // as the file was read
};

using FactsCache = SyncCache<QString, Facts>;

// Reads a file, in a worker's thread. Nullopt, with the reason, for what cannot be read or is no text,
// and if nobody waits any more.
std::optional<Facts> readFacts(const QString &path, QString *why,
                               const std::function<bool()> &isCanceled);
