// SPDX-License-Identifier: MIT
#include "../logging.h"

#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/file/cachefile.h>
#include <SyncMap/private/reclamation/diagnostics.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qcoreapplication.h>
#include <QtCore/qcryptographichash.h>
#include <QtCore/qdatastream.h>
#include <QtCore/qdebug.h>
#include <QtCore/qfile.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qstring.h>
#include <QtCore/qstringlist.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

constexpr quint32 Magic = 0x53436163; // "SCac"
constexpr quint16 Version = 2; // 1: no frames, and no moments of the wall clock
constexpr qint64 HeaderSize = 4 + 2 + 8 + 32;

QByteArray digestOf(const QByteArray &entries)
{
    return QCryptographicHash::hash(entries, QCryptographicHash::Sha256);
}

SyncCacheError damaged(const char *text, const QString &fileName)
{
    return CacheErrors::make(SyncCacheError::FormatError, text, { fileName });
}

} // namespace

SyncCacheError formatError(FormatProblem problem, const QString &fileName)
{
    const char *text = nullptr;
    switch (problem) {
    case FormatProblem::OtherTypes:
        text = QT_TRANSLATE_NOOP("SyncCacheError", "%1 holds entries of other types");
        break;
    case FormatProblem::OtherEntries:
        text = QT_TRANSLATE_NOOP("SyncCacheError", "%1 does not hold entries of this kind");
        break;
    case FormatProblem::GoesOn:
        text = QT_TRANSLATE_NOOP("SyncCacheError", "%1 goes on after its end");
        break;
    case FormatProblem::CannotWrite:
        text = QT_TRANSLATE_NOOP("SyncCacheError", "a key or value could not be written to %1");
        break;
    }
    return damaged(text, fileName);
}

SyncCacheError writeCacheFile(const QString &fileName, const QByteArray &entries)
{
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly))
        return { SyncCacheError::FileError, file.errorString() };
    QByteArray header;
    QDataStream stream(&header, QIODevice::WriteOnly);
    stream << Magic << Version << quint64(entries.size());
    header += digestOf(entries);
    if (file.write(header) != header.size() || file.write(entries) != entries.size()) {
        file.cancelWriting();
        return { SyncCacheError::FileError, file.errorString() };
    }
    if (!file.commit())
        return { SyncCacheError::FileError, file.errorString() };
    return {};
}

SyncCacheError readCacheFile(const QString &fileName, QByteArray &entries)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return { SyncCacheError::FileError, file.errorString() };
    const QByteArray header = file.read(HeaderSize);
    QDataStream stream(header);
    quint32 magic = 0;
    quint16 version = 0;
    quint64 size = 0;
    stream >> magic >> version >> size;
    if (header.size() != HeaderSize || magic != Magic)
        return damaged(QT_TRANSLATE_NOOP("SyncCacheError", "%1 is not a file of a SyncCache"),
                       fileName);
    if (version != Version) {
        return CacheErrors::make(
                SyncCacheError::FormatError,
                QT_TRANSLATE_NOOP("SyncCacheError",
                                  "%1 has version %2, and this program knows version %3"),
                { fileName, QString::number(version), QString::number(Version) });
    }
    // Before anything of that size is allocated.
    if (size != quint64(file.size() - HeaderSize))
        return damaged(
                QT_TRANSLATE_NOOP("SyncCacheError", "%1 is cut short, or goes on after its end"),
                fileName);
    entries = file.readAll();
    if (quint64(entries.size()) != size || digestOf(entries) != header.right(32))
        return damaged(QT_TRANSLATE_NOOP("SyncCacheError", "%1 is damaged"), fileName);
    return {};
}

void StoredOptions::write(QDataStream &stream) const
{
    stream << cost << hasOwnCost << pinned << hasOwnTimeToLive << timeToLive << tags << age
           << lifeLeft << freshLeft << writtenAt;
}

void StoredOptions::read(QDataStream &stream)
{
    stream >> cost >> hasOwnCost >> pinned >> hasOwnTimeToLive >> timeToLive;
    // As a QStringList reads itself, but without making room for as many as the file says there are.
    quint32 count = 0;
    stream >> count;
    tags.clear();
    for (quint32 i = 0; i < count && stream.status() == QDataStream::Ok; ++i) {
        QString tag;
        stream >> tag;
        tags.append(tag);
    }
    stream >> age >> lifeLeft >> freshLeft >> writtenAt;
}

void StoredOptions::growOlder(qint64 wallTime) noexcept
{
    constexpr qint64 perMillisecond = 1'000'000;
    const qint64 elapsed = qMax<qint64>(saturatingSubtract(wallTime, writtenAt), 0);
    const qint64 span = elapsed >= Never / perMillisecond ? Never - 1 : elapsed * perMillisecond;
    age = saturatingAdd(age, span);
    for (qint64 *left : { &lifeLeft, &freshLeft }) {
        if (*left != Never)
            *left = saturatingSubtract(*left, span);
    }
}

void reportLeftOut(const QString &key, const QString &fileName, bool isSaving) noexcept
{
    sayIfPossible([&] {
        qCWarning(lcSyncMapCache, "The entry \"%ls\" is left out: its value could not be %s %ls.",
                  qUtf16Printable(key), isSaving ? "written to" : "read from",
                  qUtf16Printable(fileName));
    });
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
