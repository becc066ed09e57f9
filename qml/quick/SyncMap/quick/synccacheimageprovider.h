// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

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
        return SyncCacheImageProvider::fitted(QImage(path), size);
    });
    engine.addImageProvider(QStringLiteral("thumbnails"), new SyncCacheImageProvider(thumbnails));
    \endcode
    \code
    Image { source: "image://thumbnails/" + encodeURIComponent(path); sourceSize.width: 256 }
    \endcode

    However many elements ask for a picture, it is loaded once, by the cache's loader. An Image that
    goes, or shows another picture, leaves the load, which is cancelled when nobody else waits for it.

    \section1 Keys

    In the URL, a key is percent-encoded: SyncCacheObject::imageUrl() and \c{encodeURIComponent()} do
    so, and then all keys can be named. One that is written as it is works as well, unless there is a
    \c{%} before two hexadecimal digits in it, or it ends in \c{?v=} and a number: that is the version
    which CacheEntry.imageSource appends, and no part of a key, as \c{#} and a number after a name and a
    key. A URL with a version names one value for ever; one without names what the cache has when Qt asks, and Qt may keep that, see
    \c{Image.cache}.

    \section1 Sizes

    A picture is fitted into the size that is asked for, see fitted(), whether it was in the cache or
    came from a loader. Sizes are in pixels of the device: an Image multiplies its \c sourceSize by the
    ratio of its window. Both dimensions of a \c sourceSize may be set, or one.

    What the cache has under a key is the picture in every size. If it has nothing, the loader is asked
    for the size: for the key sizedKey(), with 32767 for a dimension that is free. What it brings is kept
    under that key, beside the others and within the bound of the cache; it goes as soon as the key
    itself is written, refreshed, removed or invalidated, by whomever, and a load of it that is under
    way is not kept. Where sizes make no key, as with numbers, the loader is asked for the key alone.

    \section1 Threads and life-time

    Engines call it in a thread of their own. It keeps the cache that it was made for alive, and
    none of those that it finds by name. Engines, providers, caches and objects may end in any
    order.
*/
class SYNCMAP_QUICK_EXPORT SyncCacheImageProvider : public QQuickAsyncImageProvider
{
    using SourcePointer = std::shared_ptr<SyncMapInternal::CacheSource>;

public:
    /*!
        \c{image://…/<name>/<key>} is the picture \c key of the cache that SyncCacheObject::publish()
        made known as \c name; what a CacheEntry shows, by its \c imageSource, also once it has left the
        cache. To be installed as providerId():
        \code
        engine.addImageProvider(SyncCacheImageProvider::providerId(), new SyncCacheImageProvider);
        \endcode
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

    /*!
        Asked by engines, in a thread of theirs: the picture of \a id, fitted into \a requestedSize.
    */
    QQuickImageResponse *requestImageResponse(const QString &id,
                                              const QSize &requestedSize) override;

    /*! "syncmap": where SyncCacheObject::imageUrl() and CacheEntry.imageSource lead. */
    static QString providerId();

    /*!
        \a image as it is shown in \a size: fitted into it with its aspect ratio, and never enlarged. A
        dimension of 0 or less is free.
    */
    static QImage fitted(const QImage &image, const QSize &size);

    /*!
        The key under which a loader is asked for \a path in \a size: \a path itself if that is
        none.
    */
    static QString sizedKey(const QString &path, const QSize &size);
    /*!
        For loaders: what sizedKey() put together as \a key; without a size in it, QSize(), in which
        nothing fits but by fitted(). A key that ends like a size, \c{a@10x20}, cannot be told from
        one with it.
    */
    static std::pair<QString, QSize> pathAndSize(const QString &key);

private:
    explicit SyncCacheImageProvider(SourcePointer source);

    struct Private;
    const std::unique_ptr<Private> d;
};
