// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/typedsource.h>

#include <QtGui/qimage.h>
#include <QtQuick/qquickimageprovider.h>

#include <memory>
#include <utility>

#if defined(SYNCMAP_STATIC)
#  define SYNCMAP_QUICK_EXPORT
#elif defined(SYNCMAP_BUILDING_QUICK)
#  define SYNCMAP_QUICK_EXPORT Q_DECL_EXPORT
#else
#  define SYNCMAP_QUICK_EXPORT Q_DECL_IMPORT
#endif

/*!
    \class SyncCacheImageProvider
    \inmodule SyncMap
    \brief Shows the pictures of a cache in Image elements, and loads those that are missing.

    \code
    auto thumbnails = std::make_shared<SyncCache<QString, QImage>>();
    thumbnails->setMaxBytes(64 * 1024 * 1024);
    thumbnails->setLoader([](const QString &key) {
        const auto [path, size] = SyncCacheImageProvider::pathAndSize(key);
        return QImage(path).scaled(size, Qt::KeepAspectRatio);
    });
    engine.addImageProvider(QStringLiteral("thumbnails"), new SyncCacheImageProvider(thumbnails));
    \endcode
    \code
    Image { source: "image://thumbnails/" + path; sourceSize: Qt.size(256, 256) }
    \endcode

    However many elements ask for a picture, it is loaded once, by the cache's loader. The size that is
    asked for is a part of the key, see sizedKey(), where the cache has a loader; else the picture is
    scaled down. An Image that goes, or shows another picture, leaves the load, which is cancelled when
    nobody else waits for it.

    Engines call it in a thread of their own; it keeps the cache alive.
*/
class SYNCMAP_QUICK_EXPORT SyncCacheImageProvider : public QQuickAsyncImageProvider
{
    using SourcePointer = std::shared_ptr<SyncMapInternal::CacheSource>;

public:
    /*!
        \c{image://…/<name>/<key>} is the picture \c key of the cache that SyncCacheObject::publish()
        made known as \c name. Install it as "syncmap" for SyncCacheObject::imageUrl() and
        CacheEntry.imageSource.
    */
    SyncCacheImageProvider();
    /*! \c{image://…/<key>} is a picture of \a cache: a SyncCache of texts and QImages. */
    template <typename Key, typename T>
    explicit SyncCacheImageProvider(std::shared_ptr<SyncCache<Key, T>> cache)
        : SyncCacheImageProvider(
                SourcePointer(std::make_shared<SyncMapInternal::TypedSource<SyncCache<Key, T>>>(
                        std::move(cache))))
    {
    }
    ~SyncCacheImageProvider() override;

    QQuickImageResponse *requestImageResponse(const QString &id,
                                              const QSize &requestedSize) override;

    /*! The key under which a picture of that size is asked for: \a path itself if it has none. */
    static QString sizedKey(const QString &path, const QSize &size);
    /*! What sizedKey() put together. */
    static std::pair<QString, QSize> pathAndSize(const QString &key);

private:
    explicit SyncCacheImageProvider(SourcePointer source);

    struct Private;
    const std::unique_ptr<Private> d;
};
