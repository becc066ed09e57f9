// SPDX-License-Identifier: MIT
#include <SyncMap/cache/file/cachefile.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qcryptographichash.h>
#include <QtCore/qdatastream.h>
#include <QtCore/qfile.h>
#include <QtCore/qsavefile.h>
#include <QtCore/qstring.h>
#include <QtCore/qstringlist.h>

namespace SyncMapInternal {

namespace {

constexpr quint32 Magic = 0x53436163; // "SCac"
constexpr quint16 Version = 1;
constexpr qint64 HeaderSize = 4 + 2 + 8 + 32;

QByteArray digestOf(const QByteArray &entries)
{
    return QCryptographicHash::hash(entries, QCryptographicHash::Sha256);
}

} // namespace

QString writeCacheFile(const QString &fileName, const QByteArray &entries)
{
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly))
        return file.errorString();
    QByteArray header;
    QDataStream stream(&header, QIODevice::WriteOnly);
    stream << Magic << Version << quint64(entries.size());
    header += digestOf(entries);
    if (file.write(header) != header.size() || file.write(entries) != entries.size()) {
        file.cancelWriting();
        return file.errorString();
    }
    return file.commit() ? QString() : file.errorString();
}

QString readCacheFile(const QString &fileName, QByteArray &entries)
{
    QFile file(fileName);
    if (!file.open(QIODevice::ReadOnly))
        return file.errorString();
    const QByteArray header = file.read(HeaderSize);
    QDataStream stream(header);
    quint32 magic = 0;
    quint16 version = 0;
    quint64 size = 0;
    stream >> magic >> version >> size;
    if (header.size() != HeaderSize || magic != Magic)
        return QStringLiteral("%1 is not a file of a SyncCache").arg(fileName);
    if (version != Version) {
        return QStringLiteral("%1 has version %2, and this program knows version %3")
                .arg(fileName)
                .arg(version)
                .arg(Version);
    }
    // Before anything of that size is allocated.
    if (size != quint64(file.size() - HeaderSize))
        return QStringLiteral("%1 is cut short, or goes on after its end").arg(fileName);
    entries = file.readAll();
    if (quint64(entries.size()) != size || digestOf(entries) != header.right(32))
        return QStringLiteral("%1 is damaged").arg(fileName);
    return QString();
}

void readTags(QDataStream &stream, QStringList &tags)
{
    quint32 count = 0;
    stream >> count;
    for (quint32 i = 0; i < count && stream.status() == QDataStream::Ok; ++i) {
        QString tag;
        stream >> tag;
        tags.append(tag);
    }
}

} // namespace SyncMapInternal
