// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheImageProvider>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qthreadpool.h>
#include <QtGui/qguiapplication.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>

using Images = SyncCache<QString, QImage>;

namespace {

QImage picture(int width, int height)
{
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(Qt::red);
    return image;
}

struct Response
{
    std::unique_ptr<QQuickImageResponse> response;
    QSignalSpy finished;

    explicit Response(QQuickImageResponse *itsResponse)
        : response(itsResponse), finished(itsResponse, &QQuickImageResponse::finished)
    {
    }
    QSize size()
    {
        const std::unique_ptr<QQuickTextureFactory> factory(response->textureFactory());
        return factory ? factory->image().size() : QSize();
    }
};

} // namespace

class tst_ImageProvider : public QObject
{
    Q_OBJECT

private slots:
    void presentPictureIsShown();
    void missingPictureIsLoadedOnce();
    void sizeIsPartOfTheKey();
    void pictureWithoutLoaderIsScaled();
    void missingPictureWithoutLoaderFails();
    void failureIsTold();
    void cancellingLeavesTheLoad();
    void publishedCacheIsFoundByName();
    void whatIsNoPictureFails();
};

void tst_ImageProvider::presentPictureIsShown()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(QStringLiteral("a/b.png"), picture(10, 20));
    SyncCacheImageProvider provider(cache);
    Response shown(provider.requestImageResponse(QStringLiteral("a/b.png"), QSize()));
    QCOMPARE(shown.finished.size(), 0); // nobody could be connected yet
    QVERIFY(shown.finished.wait());
    QCOMPARE(shown.size(), QSize(10, 20));
    QVERIFY(shown.response->errorString().isEmpty());
}

void tst_ImageProvider::missingPictureIsLoadedOnce()
{
    const auto cache = std::make_shared<Images>();
    std::atomic<int> loads { 0 };
    cache->setLoader([&loads](const QString &) {
        ++loads;
        QThread::msleep(20);
        return picture(3, 4);
    });
    SyncCacheImageProvider provider(cache);
    Response one(provider.requestImageResponse(QStringLiteral("key"), QSize()));
    Response other(provider.requestImageResponse(QStringLiteral("key"), QSize()));
    QTRY_COMPARE(one.finished.size(), 1);
    QTRY_COMPARE(other.finished.size(), 1);
    QCOMPARE(one.size(), QSize(3, 4));
    QCOMPARE(loads.load(), 1);
}

void tst_ImageProvider::sizeIsPartOfTheKey()
{
    const auto cache = std::make_shared<Images>();
    cache->setLoader([](const QString &key) {
        const auto [path, size] = SyncCacheImageProvider::pathAndSize(key);
        return picture(100, 100).scaled(size);
    });
    SyncCacheImageProvider provider(cache);
    Response small(provider.requestImageResponse(QStringLiteral("a@home.png"), QSize(8, 8)));
    Response large(provider.requestImageResponse(QStringLiteral("a@home.png"), QSize(64, 64)));
    QTRY_COMPARE(small.finished.size(), 1);
    QTRY_COMPARE(large.finished.size(), 1);
    QCOMPARE(small.size(), QSize(8, 8));
    QCOMPARE(large.size(), QSize(64, 64));
    QCOMPARE(cache->size(), 2);

    const QString path = QStringLiteral("a@1x2@b");
    QCOMPARE(SyncCacheImageProvider::pathAndSize(path), std::make_pair(path, QSize()));
    QCOMPARE(SyncCacheImageProvider::sizedKey(path, QSize()), path);
    QCOMPARE(SyncCacheImageProvider::pathAndSize(
                     SyncCacheImageProvider::sizedKey(path, QSize(5, -1))),
             std::make_pair(path, QSize(5, -1)));
}

void tst_ImageProvider::pictureWithoutLoaderIsScaled()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(QStringLiteral("key"), picture(100, 50));
    SyncCacheImageProvider provider(cache);
    Response shown(provider.requestImageResponse(QStringLiteral("key"), QSize(10, 10)));
    QVERIFY(shown.finished.wait());
    QCOMPARE(shown.size(), QSize(10, 5));
}

void tst_ImageProvider::missingPictureWithoutLoaderFails()
{
    SyncCacheImageProvider provider(std::make_shared<Images>());
    Response shown(provider.requestImageResponse(QStringLiteral("key"), QSize()));
    QVERIFY(shown.finished.wait());
    QVERIFY(!shown.response->errorString().isEmpty());
}

void tst_ImageProvider::failureIsTold()
{
    const auto cache = std::make_shared<Images>();
    cache->setLoader([](const QString &, SyncLoadContext<QImage> &load) {
        load.fail(QStringLiteral("truncated JPEG"));
        return QImage();
    });
    SyncCacheImageProvider provider(cache);
    Response shown(provider.requestImageResponse(QStringLiteral("key"), QSize()));
    QVERIFY(shown.finished.wait());
    QCOMPARE(shown.response->errorString(), QStringLiteral("truncated JPEG"));
}

void tst_ImageProvider::cancellingLeavesTheLoad()
{
    const auto cache = std::make_shared<Images>();
    QThreadPool pool;
    pool.setMaxThreadCount(1);
    cache->setThreadPool(&pool);
    std::atomic<bool> isHeld { true };
    std::atomic<int> loads { 0 };
    cache->setLoader([&](const QString &) {
        ++loads;
        while (isHeld)
            QThread::msleep(1);
        return picture(1, 1);
    });
    SyncCacheImageProvider provider(cache);
    Response first(provider.requestImageResponse(QStringLiteral("first"), QSize()));
    QTRY_COMPARE(loads.load(), 1);
    Response waiting(provider.requestImageResponse(QStringLiteral("waiting"), QSize()));
    Response other(provider.requestImageResponse(QStringLiteral("first"), QSize()));
    waiting.response->cancel(); // the only one: it is not begun
    first.response->cancel(); // another one waits
    QTRY_COMPARE(waiting.finished.size(), 1);
    QTRY_COMPARE(first.finished.size(), 1);
    isHeld = false;
    QTRY_COMPARE(other.finished.size(), 1);
    QCOMPARE(other.size(), QSize(1, 1));
    QVERIFY(cache->waitForDone());
    QCOMPARE(loads.load(), 1);
}

void tst_ImageProvider::publishedCacheIsFoundByName()
{
    const auto cache = std::make_shared<Images>();
    const QString name = QStringLiteral("my pictures");
    const QString key = QStringLiteral("a/b c%d.png");
    cache->insert(key, picture(2, 2));
    SyncCacheObject::publish(name, cache);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(name));
    const QUrl url = object->imageUrl(key);
    QCOMPARE(url.scheme(), QStringLiteral("image"));
    SyncCacheImageProvider provider;
    // As QQuickPixmapCache asks.
    const QString id = url.toString(QUrl::RemoveScheme | QUrl::RemoveAuthority).mid(1);
    Response shown(provider.requestImageResponse(id, QSize()));
    QVERIFY(shown.finished.wait());
    QCOMPARE(shown.size(), QSize(2, 2));
    SyncCacheObject::release(name);
    Response gone(provider.requestImageResponse(id, QSize()));
    QVERIFY(gone.finished.wait());
    QVERIFY(!gone.response->errorString().isEmpty());
}

void tst_ImageProvider::whatIsNoPictureFails()
{
    const auto cache = std::make_shared<SyncCache<QString, QVariant>>();
    cache->insert(QStringLiteral("key"), 5);
    SyncCacheImageProvider provider(cache);
    Response shown(provider.requestImageResponse(QStringLiteral("key"), QSize()));
    QVERIFY(shown.finished.wait());
    QVERIFY(!shown.response->errorString().isEmpty());
}

QTEST_MAIN(tst_ImageProvider)
#include "tst_imageprovider.moc"
