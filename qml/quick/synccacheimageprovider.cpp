// SPDX-License-Identifier: MIT
#include <SyncMap/quick/synccacheimageprovider.h>

#include <SyncMap/private/object/imageid.h>
#include <SyncMap/private/object/source/source.h>

#include <QtCore/qregularexpression.h>

#include <utility>

using namespace SyncMapInternal;

namespace {

using SourcePointer = std::shared_ptr<CacheSource>;

// Stands for a free dimension where a key has a size: more than a painter can use. So a loader may
// fit any size into the picture's aspect ratio as it is.
constexpr int FreeDimension = 32767;

bool isAsked(const QSize &size) noexcept
{
    return size.width() > 0 || size.height() > 0;
}

QSize boxOf(const QSize &size) noexcept
{
    return { size.width() > 0 ? size.width() : FreeDimension,
             size.height() > 0 ? size.height() : FreeDimension };
}

bool hasPicture(const SourcePointer &source, const QString &key)
{
    const CacheSource::Look look = source->peek(key);
    return look.exists && !look.value.value<QImage>().isNull();
}

// Lives in the engine's thread for pictures, which runs an event loop.
class Response : public QQuickImageResponse
{
public:
    explicit Response(const QSize &size) : m_size(size) { }

    // What is in the cache under its key is the picture, in every size. Else a loader is asked for the
    // size, and what it brings is kept beside the key, and goes with it.
    void ask(const SourcePointer &source, const QString &key)
    {
        QString wanted = key;
        if (isAsked(m_size) && source->canLoad() && !hasPicture(source, key)) {
            const QString sized = SyncCacheImageProvider::sizedKey(key, boxOf(m_size));
            m_hold = source->holdDerived(key, sized);
            // Once more: who writes the key from now on lets go what is derived of it.
            if (m_hold && !hasPicture(source, key))
                wanted = sized;
        }
        const CacheSource::Look look = source->find(wanted);
        if (look.exists && !look.isStale)
            return show(look.value);
        // A load of what is stale gives that at once, and goes on in the background.
        if (auto load = source->load(this, wanted, CacheSource::LoadKind::IfAbsent, 0))
            return waitFor(std::move(load));
        if (look.exists)
            return show(look.value);
        fail(QStringLiteral("\"%1\" is not in the cache").arg(key));
    }
    void show(const QVariant &value)
    {
        m_image = SyncCacheImageProvider::fitted(value.value<QImage>(), m_size);
        if (m_image.isNull())
            m_error = QStringLiteral("the value is no picture");
        end();
    }
    void fail(const QString &error)
    {
        m_error = error;
        end();
    }

    QQuickTextureFactory *textureFactory() const override
    {
        return QQuickTextureFactory::textureFactoryForImage(m_image);
    }
    QString errorString() const override { return m_error; }
    // At once: when its engine goes, nothing that is posted is delivered any more, and whoever has not
    // finished is not deleted.
    void cancel() override
    {
        m_load.reset();
        m_hold.reset();
        finish();
    }

private:
    void waitFor(std::unique_ptr<SourceLoad> load)
    {
        m_load = std::move(load);
        m_load->onDone = [this](const SourceLoadResult &result) {
            m_load.reset();
            if (result.isLoaded)
                show(result.value);
            else
                fail(result.isAbsent ? QStringLiteral("there is no such picture")
                                     : result.error.message());
        };
    }
    // Not before requestImageResponse() has returned: nobody is connected yet.
    void end()
    {
        m_hold.reset();
        QMetaObject::invokeMethod(
                this, [this] { finish(); }, Qt::QueuedConnection);
    }
    void finish()
    {
        if (!std::exchange(m_hasFinished, true))
            Q_EMIT finished();
    }

    const QSize m_size;
    QImage m_image;
    QString m_error;
    std::shared_ptr<void> m_hold; // of a derived key
    std::unique_ptr<SourceLoad> m_load;
    bool m_hasFinished = false;
};

} // namespace

struct SyncCacheImageProvider::Private
{
    const SourcePointer source; // null: by name
};

SyncCacheImageProvider::SyncCacheImageProvider() : d(std::make_unique<Private>()) { }

SyncCacheImageProvider::SyncCacheImageProvider(SourcePointer source)
    : d(new Private { std::move(source) })
{
}

SyncCacheImageProvider::~SyncCacheImageProvider() = default;

QQuickImageResponse *SyncCacheImageProvider::requestImageResponse(const QString &id,
                                                                  const QSize &requestedSize)
{
    auto response = std::make_unique<Response>(requestedSize);
    if (d->source) {
        response->ask(d->source, imageIdOfKey(id).key);
        return response.release();
    }
    const ImageId wanted = imageIdOfNameAndKey(id);
    const QVariant shown = shownImage(wanted);
    if (shown.isValid())
        response->show(shown);
    else if (const SourcePointer source = sourceNamed(wanted.name))
        response->ask(source, wanted.key);
    else
        response->fail(QStringLiteral("there is no cache \"%1\"").arg(wanted.name));
    return response.release();
}

QString SyncCacheImageProvider::providerId()
{
    return ImageProviderId;
}

QImage SyncCacheImageProvider::fitted(const QImage &image, const QSize &size)
{
    const QSize box(size.width() > 0 ? size.width() : image.width(),
                    size.height() > 0 ? size.height() : image.height());
    if (image.width() <= box.width() && image.height() <= box.height())
        return image;
    const QSize fitting = image.size().scaled(box, Qt::KeepAspectRatio).expandedTo({ 1, 1 });
    return image.scaled(fitting, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

QString SyncCacheImageProvider::sizedKey(const QString &path, const QSize &size)
{
    if (size.width() <= 0 && size.height() <= 0)
        return path;
    return QStringLiteral("%1@%2x%3").arg(path).arg(size.width()).arg(size.height());
}

std::pair<QString, QSize> SyncCacheImageProvider::pathAndSize(const QString &key)
{
    static const QRegularExpression sized(QStringLiteral("^(.*)@(-?\\d+)x(-?\\d+)$"),
                                          QRegularExpression::DotMatchesEverythingOption);
    const auto match = sized.match(key);
    if (!match.hasMatch())
        return { key, QSize() };
    return { match.captured(1), QSize(match.captured(2).toInt(), match.captured(3).toInt()) };
}
