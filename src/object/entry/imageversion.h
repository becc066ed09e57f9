// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>
#include <QtCore/qurl.h>
#include <QtCore/qvariant.h>

#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// One value that an entry shows, by a number that the process draws once; so no URL with it ever names
// another picture, and what Qt keeps by URL is never an old one. Whoever shows the same value of the
// same key at the same time has the same URL, so that Qt keeps one.
//
// Remembers its cache and key: an entry goes on to show the value while another one is loaded.
class ImageVersion
{
public:
    ImageVersion() = default; // of nothing
    // Of a value that is shown anew. Cheap: most values are no pictures.
    ImageVersion(QString cacheName, QString key);

    // Empty if the cache has no name. \a value: the one that this is the version of.
    QUrl urlOf(const QVariant &value) const;

    // Whether what an entry showed and what it shows have different URLs. What nobody has asked for the
    // URL of gets none.
    static bool isUrlOther(const ImageVersion &before, const QVariant &valueBefore,
                           const ImageVersion &now, const QVariant &value);

    friend bool operator==(const ImageVersion &a, const ImageVersion &b) noexcept
    {
        return a.m_number == b.m_number;
    }
    friend bool operator!=(const ImageVersion &a, const ImageVersion &b) noexcept
    {
        return !(a == b);
    }

    // What all have in common who show it.
    struct Shown
    {
        QVariant value;
        QUrl url;
    };

private:
    quint64 m_number = 0;
    QString m_cacheName;
    QString m_key;
    mutable std::shared_ptr<const Shown> m_shown; // there once the URL was asked for
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
