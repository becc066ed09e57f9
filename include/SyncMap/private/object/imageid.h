// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The words of the URL of a picture, made and read here alone:
//
//     image://syncmap/<name of the cache>/<key>?v=<version>
//
// Name and key are percent-encoded, so a '?' that is none ends the key. Qt gives providers what follows
// the host, decoded as far as that leaves it unambiguous: '%23' stays, '%20' does not. So the version
// is cut first, and what is left is decoded.

// Where the provider of all caches with a name is installed.
inline constexpr QLatin1String ImageProviderId { "syncmap" };

// Without a version.
QUrl imageUrlOf(const QString &name, const QString &key);
// Of one value of the key, see ImageVersion.
QUrl imageUrlOfVersion(QUrl url, quint64 version);

struct ImageId
{
    QString name; // of the cache
    QString key;
    quint64 version = 0; // none
};
// What a provider of one cache is asked for: the key, perhaps written by hand. A '%' that no two
// hexadecimal digits follow is itself.
SYNCMAP_EXPORT ImageId imageIdOfKey(QString id);
// What the provider of all named caches is asked for. A number that is the URL's fragment is cut, too.
SYNCMAP_EXPORT ImageId imageIdOfNameAndKey(QString id);

// The value of that version, if an entry shows it. It may have left the cache. Any thread.
SYNCMAP_EXPORT QVariant shownImage(const ImageId &id);

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
