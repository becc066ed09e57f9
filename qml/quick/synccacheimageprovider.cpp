// SPDX-License-Identifier: MIT
#include <SyncMap/quick/synccacheimageprovider.h>

#include <SyncMap/object/sources.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qurl.h>

#include <mutex>
#include <utility>

using namespace SyncMapInternal;

namespace {

// Lives in the engine's thread for pictures, which runs an event loop.
class Response : public QQuickImageResponse
{
public:
    void show(const QVariant &value, const QSize &scaleTo)
    {
        m_image = value.value<QImage>();
        if (m_image.isNull())
            m_error = QStringLiteral("the value is no picture");
        else if (!scaleTo.isEmpty()
                 && (m_image.width() > scaleTo.width() || m_image.height() > scaleTo.height()))
            m_image = m_image.scaled(scaleTo, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        end();
    }
    void fail(const QString &error)
    {
        m_error = error;
        end();
    }
    void waitFor(std::unique_ptr<SourceLoad> load)
    {
        m_load = std::move(load);
        m_load->onDone = [this](const SourceLoadResult &result) {
            m_load.reset();
            if (result.isLoaded)
                show(result.value, {});
            else
                fail(result.errorString);
        };
    }

    QQuickTextureFactory *textureFactory() const override
    {
        return QQuickTextureFactory::textureFactoryForImage(m_image);
    }
    QString errorString() const override { return m_error; }
    void cancel() override
    {
        if (m_load) {
            m_load.reset();
            end();
        }
    }

private:
    // Not before requestImageResponse() has returned: nobody is connected yet.
    void end()
    {
        QMetaObject::invokeMethod(
                this, [this] { Q_EMIT finished(); }, Qt::QueuedConnection);
    }

    QImage m_image;
    QString m_error;
    std::unique_ptr<SourceLoad> m_load;
};

} // namespace

struct SyncCacheImageProvider::Private
{
    explicit Private(SourcePointer itsSource = nullptr) : source(std::move(itsSource)) { }

    SourcePointer sourceOf(const QString &name)
    {
        SourcePointer current = sourceNamed(name);
        SourcePointer old; // outlives the lock: a cache may end with it
        const std::lock_guard lock(mutex);
        SourcePointer &known = named[name];
        // The name may stand for another cache by now.
        if (!known || !current || known->identity() != current->identity())
            old = std::exchange(known, std::move(current));
        return known;
    }

    const SourcePointer source; // null: by name
    QMutex mutex;
    QHash<QString, SourcePointer> named;
};

SyncCacheImageProvider::SyncCacheImageProvider() : d(std::make_unique<Private>()) { }

SyncCacheImageProvider::SyncCacheImageProvider(SourcePointer source)
    : d(std::make_unique<Private>(std::move(source)))
{
}

SyncCacheImageProvider::~SyncCacheImageProvider() = default;

QQuickImageResponse *SyncCacheImageProvider::requestImageResponse(const QString &id,
                                                                  const QSize &requestedSize)
{
    auto response = std::make_unique<Response>();
    SourcePointer source = d->source;
    QString path = id;
    if (!source) {
        const qsizetype slash = id.indexOf(u'/');
        source = d->sourceOf(QUrl::fromPercentEncoding(id.left(slash).toUtf8()));
        path = slash < 0 ? QString() : QUrl::fromPercentEncoding(id.mid(slash + 1).toUtf8());
        path = path.section(u'#', 0, 0); // what entries append to say that it is another picture
    }
    if (!source) {
        response->fail(QStringLiteral("there is no such cache"));
        return response.release();
    }
    const QString key = source->canLoad() ? sizedKey(path, requestedSize) : path;
    const CacheSource::Look look = source->find(key);
    if (look.exists) {
        response->show(look.value, requestedSize);
    } else if (auto load = source->load(response.get(), key, CacheSource::LoadKind::IfAbsent, 0)) {
        response->waitFor(std::move(load));
    } else {
        response->fail(QStringLiteral("\"%1\" is not in the cache").arg(path));
    }
    return response.release();
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
