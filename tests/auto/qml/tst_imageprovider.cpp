// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheImageProvider>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qtemporarydir.h>
#include <QtCore/qthreadpool.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtQuick/qquickitem.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

using namespace Qt::StringLiterals;

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

QSize sizeFrom(SyncCacheImageProvider &provider, const QString &id, const QSize &size = {})
{
    Response asked(provider.requestImageResponse(id, size));
    return asked.finished.wait() ? asked.size() : QSize();
}

// As QQuickPixmapCache makes it.
QString idOf(const QUrl &url)
{
    return url.toString(QUrl::RemoveScheme | QUrl::RemoveAuthority).mid(1);
}

// Makes \a size of whatever it is asked for, in that of its key.
QImage drawn(const QString &key, const QSize &size)
{
    return SyncCacheImageProvider::fitted(picture(size.width(), size.height()),
                                          SyncCacheImageProvider::pathAndSize(key).second);
}

class Engine
{
public:
    Engine()
    {
        engine.addImageProvider(SyncCacheImageProvider::providerId(), new SyncCacheImageProvider);
    }

    std::unique_ptr<QObject> make(const QByteArray &qml, const QVariantMap &properties = {})
    {
        QQmlComponent component(&engine);
        component.setData("import QtQuick\nimport SyncMap\n" + qml, QUrl());
        std::unique_ptr<QObject> object(component.createWithInitialProperties(properties));
        if (!object)
            qWarning().noquote() << component.errorString();
        return object;
    }

    QQmlEngine engine;
};

class CountingProvider : public SyncCacheImageProvider
{
public:
    CountingProvider(std::shared_ptr<Images> cache, std::atomic<int> *living)
        : SyncCacheImageProvider(std::move(cache)), m_living(living)
    {
    }

    QQuickImageResponse *requestImageResponse(const QString &id, const QSize &size) override
    {
        QQuickImageResponse *const response =
                SyncCacheImageProvider::requestImageResponse(id, size);
        ++*m_living;
        QObject::connect(response, &QObject::destroyed, [living = m_living] { --*living; });
        return response;
    }

private:
    std::atomic<int> *const m_living;
};

enum ImageStatus { NoImage, ImageReady, ImageLoading, ImageError };

int statusOf(const QObject *image)
{
    return image->property("status").toInt();
}

QSize shownIn(const QObject *image)
{
    return statusOf(image) == ImageReady ? QSize(image->property("implicitWidth").toInt(),
                                                 image->property("implicitHeight").toInt())
                                         : QSize();
}

// An Image of an entry, as views make them.
constexpr char Delegate[] = R"(
Item {
    id: root
    property string key: "k"
    property alias image: image
    property alias entry: entry
    property size wanted
    SyncCache { id: store; name: "pictures" }
    CacheEntry { id: entry; cache: store; key: root.key }
    Image { id: image; source: entry.imageSource; sourceSize: root.wanted }
})";

struct Page
{
    explicit Page(Engine &engine, const QVariantMap &properties = {})
        : root(engine.make(Delegate, properties)),
          image(root->property("image").value<QObject *>()),
          entry(root->property("entry").value<SyncCacheEntry *>())
    {
    }

    std::unique_ptr<QObject> root;
    QObject *const image;
    SyncCacheEntry *const entry;
};

} // namespace

class tst_ImageProvider : public QObject
{
    Q_OBJECT

private slots:
    void cleanup() { SyncCacheObject::release(u"pictures"_s); }

    void presentPictureIsShown();
    void missingPictureIsLoadedOnce();
    void sizeIsPartOfTheKey();
    void pictureWithoutLoaderIsScaled();
    void missingPictureWithoutLoaderFails();
    void failureIsTold();
    void cancellingLeavesTheLoad();
    void publishedCacheIsFoundByName();
    void whatIsNoPictureFails();
    void everyKeyIsReached_data();
    void everyKeyIsReached();
    void keyWrittenByHandIsReached_data();
    void keyWrittenByHandIsReached();
    void aUrlNeverNamesTwoPictures();
    void whoShowsTheSameHasTheSameUrl();
    void anImageShowsWhatItsEntryShows();
    void imageComesBackWithTheNewPicture();
    void oldImageStaysWhileAnotherKeyLoads();
    void everyAnswerIsFitted_data();
    void everyAnswerIsFitted();
    void exampleOfTheHeaderWorks();
    void numbersHaveSizes();
    void whatIsDerivedGoesWithItsKey_data();
    void whatIsDerivedGoesWithItsKey();
    void derivedLoadIsNotKeptOnceItsKeyChanged();
    void nothingOldIsKeptBesideAWriter();
    void entryIsNewInEverySize();
    void whatIsDerivedIsNotedWhileItIsThere();
    void anotherEnginesPicturesGoToo();
    void staleIsShownAndLoadedAnew();
    void imageThatGoesLeavesItsLoad();
    void noRequestOutlivesItsEngine();
    void everythingMayEndDuringRequests_data();
    void everythingMayEndDuringRequests();
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
    cache->setLoader([](const QString &, SyncCacheLoadContext<QImage> &load) {
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

void tst_ImageProvider::everyKeyIsReached_data()
{
    QTest::addColumn<QString>("key");
    for (const QString &key : { u"plain.png"_s,
                                u"C# minor.png"_s,
                                u"#1"_s,
                                u"50% off.png"_s,
                                u"%"_s,
                                u"%41"_s,
                                u"%2F"_s,
                                u"%23.png"_s,
                                u"a&b=c;d:e+f"_s,
                                u"sp ace"_s,
                                u" "_s,
                                u"日本/ü.png"_s,
                                u"😀"_s,
                                u"a@2x.png"_s,
                                u"a@10x20"_s,
                                u"a?v=3"_s,
                                u"?"_s,
                                u"?v=3?v=4"_s,
                                u"a#5"_s,
                                u"a/../b"_s,
                                u"."_s,
                                u".."_s,
                                u"/"_s,
                                u"//x"_s,
                                u"http://x.org/a?b=c#d"_s,
                                u"[1]"_s,
                                u"a\\b"_s,
                                u"\"<>^`{|}"_s,
                                u"a\tb\nc"_s,
                                u"qrc:/x"_s,
                                u""_s }) {
        QTest::newRow(("key " + QUrl::toPercentEncoding(key)).constData()) << key;
    }
}

// By its URL, with and without a version, and by its id alone, in both providers.
void tst_ImageProvider::everyKeyIsReached()
{
    QFETCH(const QString, key);
    const auto cache = std::make_shared<Images>();
    cache->insert(key, picture(7, 5));
    SyncCacheObject::publish(u"pictures"_s, cache);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(u"pictures"_s));
    const QUrl url = object->imageUrl(key);
    SyncCacheEntry *const entry = object->entry(key);
    QVERIFY(entry->imageSource() != url);

    Engine engine;
    engine.engine.addImageProvider(u"one"_s, new SyncCacheImageProvider(cache));
    const QUrl ofOne(u"image://one/"_s + QString::fromLatin1(QUrl::toPercentEncoding(key)));
    QUrl versioned = ofOne;
    versioned.setQuery(u"v=17"_s);
    QUrl fragment = url;
    fragment.setFragment(u"1"_s);
    for (const QUrl &one : { url, entry->imageSource(), ofOne, versioned, fragment }) {
        const auto image = engine.make("Image {}", { { u"source"_s, one } });
        QTRY_COMPARE(shownIn(image.get()), QSize(7, 5));
    }

    SyncCacheImageProvider byName;
    SyncCacheImageProvider byCache(cache);
    QCOMPARE(sizeFrom(byName, idOf(url)), QSize(7, 5));
    QCOMPARE(sizeFrom(byName, idOf(entry->imageSource())), QSize(7, 5));
    QCOMPARE(sizeFrom(byCache, idOf(ofOne)), QSize(7, 5));
    QCOMPARE(sizeFrom(byCache, idOf(versioned)), QSize(7, 5));
    QCOMPARE(sizeFrom(byCache, QString::fromLatin1(QUrl::toPercentEncoding(key))), QSize(7, 5));
}

void tst_ImageProvider::keyWrittenByHandIsReached_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("key");
    QTest::newRow("encoded space") << u"a%20b"_s << u"a b"_s;
    for (const QString &key :
         { u"a b"_s, u"C# minor.png"_s, u"#1.png"_s, u"50% off.png"_s, u"%"_s, u"é?#%"_s,
           u"a?v=3.png"_s, u"a?b=c"_s, u"a@10x20"_s, u"//x"_s, u"日本.png"_s, u"[1]"_s }) {
        QTest::newRow(qPrintable(key)) << key << key;
    }
}

void tst_ImageProvider::keyWrittenByHandIsReached()
{
    QFETCH(const QString, written);
    QFETCH(const QString, key);
    const auto cache = std::make_shared<Images>();
    cache->insert(key, picture(7, 5));
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    engine.engine.addImageProvider(u"one"_s, new SyncCacheImageProvider(cache));
    for (const QString &path : { u"image://one/"_s, u"image://syncmap/pictures/"_s }) {
        const auto image = engine.make("Image { property string url; source: url }",
                                       { { u"url"_s, path + written } });
        QTRY_COMPARE(shownIn(image.get()), QSize(7, 5));
    }
    SyncCacheImageProvider provider(cache);
    QCOMPARE(sizeFrom(provider, written), QSize(7, 5));
}

// Qt keeps pictures by their URLs, for the whole process.
void tst_ImageProvider::aUrlNeverNamesTwoPictures()
{
    const auto cache = std::make_shared<Images>();
    SyncCacheObject::publish(u"pictures"_s, cache);
    QSet<QUrl> urls;
    for (int i = 1; i <= 12; ++i) {
        cache->insert(u"k"_s, picture(i, 1));
        Engine engine;
        {
            const Page page(engine);
            const QUrl url = page.entry->imageSource();
            QVERIFY(!urls.contains(url));
            urls.insert(url);
            QTRY_COMPARE(shownIn(page.image), QSize(i, 1));
            cache->insert(u"k"_s, picture(i, 2));
            QTRY_COMPARE(shownIn(page.image), QSize(i, 2));
            QVERIFY(!urls.contains(page.entry->imageSource()));
            urls.insert(page.entry->imageSource());
        }
        const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(u"pictures"_s));
        QVERIFY(!urls.contains(object->entry(u"k"_s)->imageSource()));
    }
}

void tst_ImageProvider::whoShowsTheSameHasTheSameUrl()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(u"k"_s, picture(3, 3));
    cache->insert(u"other"_s, picture(3, 3));
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    const Page one(engine);
    const Page other(engine);
    const Page third(engine, { { u"key"_s, u"other"_s } });
    const QUrl url = one.entry->imageSource();
    QCOMPARE(other.entry->imageSource(), url);
    QVERIFY(third.entry->imageSource() != url);
    cache->insert(u"k"_s, picture(4, 4));
    QTRY_VERIFY(one.entry->imageSource() != url);
    QTRY_COMPARE(other.entry->imageSource(), one.entry->imageSource());
}

// And not what the cache has by then, or has not.
void tst_ImageProvider::anImageShowsWhatItsEntryShows()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(u"k"_s, picture(40, 20));
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    const Page page(engine);
    page.entry->setActive(false);
    const QUrl url = page.entry->imageSource();
    cache->insert(u"k"_s, picture(5, 5));
    SyncCacheImageProvider provider;
    QCOMPARE(sizeFrom(provider, idOf(url)), QSize(40, 20));
    cache->remove(u"k"_s);
    QCOMPARE(sizeFrom(provider, idOf(url), QSize(10, 0)), QSize(10, 5));
    QCOMPARE(sizeFrom(provider, idOf(url.adjusted(QUrl::RemoveQuery))), QSize());
}

void tst_ImageProvider::imageComesBackWithTheNewPicture()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(u"k"_s, picture(10, 10));
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    const auto rest = std::make_unique<Page>(engine); // Qt keeps what is shown somewhere
    auto page = std::make_unique<Page>(engine);
    rest->entry->setActive(false);
    QTRY_COMPARE(shownIn(page->image), QSize(10, 10));
    page.reset();
    cache->insert(u"k"_s, picture(20, 20));
    page = std::make_unique<Page>(engine);
    QTRY_COMPARE(shownIn(page->image), QSize(20, 20));
    QCOMPARE(shownIn(rest->image), QSize(10, 10));
    rest->entry->setActive(true);
    QTRY_COMPARE(shownIn(rest->image), QSize(20, 20));
}

void tst_ImageProvider::oldImageStaysWhileAnotherKeyLoads()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(u"k"_s, picture(10, 10));
    std::atomic<bool> isHeld { true };
    cache->setLoader([&isHeld](const QString &key, SyncCacheLoadContext<QImage> &load) {
        while (isHeld)
            QThread::msleep(1);
        if (key == u"broken")
            load.fail(u"broken"_s);
        return picture(20, 20);
    });
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    const Page page(engine);
    QTRY_COMPARE(shownIn(page.image), QSize(10, 10));
    QStringList sources;
    QObject::connect(page.entry, &SyncCacheEntry::imageSourceChanged, page.entry,
                     [&] { sources.append(page.entry->imageSource().toString()); });
    page.entry->setRetainWhileLoading(true);
    const QUrl old = page.entry->imageSource();
    page.root->setProperty("key", u"other"_s);
    QCOMPARE(page.entry->status(), SyncCacheEntry::Loading);
    QCOMPARE(page.entry->imageSource(), old);
    QCOMPARE(shownIn(page.image), QSize(10, 10));
    // An Image that comes now shows the same.
    SyncCacheImageProvider provider;
    QCOMPARE(sizeFrom(provider, idOf(old)), QSize(10, 10));
    isHeld = false;
    QTRY_COMPARE(shownIn(page.image), QSize(20, 20));
    QCOMPARE(sources, QStringList { page.entry->imageSource().toString() });

    // When the value has gone, so has the picture.
    page.root->setProperty("key", u"broken"_s);
    QTRY_COMPARE(page.entry->status(), SyncCacheEntry::Error);
    QVERIFY(page.entry->imageSource().isEmpty());
    page.root->setProperty("key", u"k"_s);
    QTRY_COMPARE(shownIn(page.image), QSize(10, 10));
    cache->remove(u"k"_s);
    QTRY_VERIFY(page.entry->imageSource().isEmpty());
    QTRY_COMPARE(statusOf(page.image), int(NoImage));
}

void tst_ImageProvider::everyAnswerIsFitted_data()
{
    QTest::addColumn<QSize>("asked");
    QTest::addColumn<QSize>("shown"); // of 64x32
    QTest::newRow("nothing") << QSize() << QSize(64, 32);
    QTest::newRow("zero") << QSize(0, 0) << QSize(64, 32);
    QTest::newRow("negative") << QSize(-5, -5) << QSize(64, 32);
    QTest::newRow("width") << QSize(32, 0) << QSize(32, 16);
    QTest::newRow("width, -1") << QSize(32, -1) << QSize(32, 16);
    QTest::newRow("height") << QSize(0, 8) << QSize(16, 8);
    QTest::newRow("height, -1") << QSize(-1, 8) << QSize(16, 8);
    QTest::newRow("both, narrow") << QSize(16, 16) << QSize(16, 8);
    QTest::newRow("both, flat") << QSize(60, 4) << QSize(8, 4);
    QTest::newRow("exact") << QSize(64, 32) << QSize(64, 32);
    QTest::newRow("larger") << QSize(1000, 1000) << QSize(64, 32);
    QTest::newRow("wider") << QSize(1000, 0) << QSize(64, 32);
    QTest::newRow("wider and flat") << QSize(1000, 16) << QSize(32, 16);
    QTest::newRow("tiny") << QSize(1, 0) << QSize(1, 1);
}

void tst_ImageProvider::everyAnswerIsFitted()
{
    QFETCH(const QSize, asked);
    QFETCH(const QSize, shown);
    QCOMPARE(SyncCacheImageProvider::fitted(picture(64, 32), asked).size(), shown);

    // In the cache without and with a loader, from one that knows of sizes and from one that does not.
    const auto present = std::make_shared<Images>();
    present->insert(u"k"_s, picture(64, 32));
    const auto both = std::make_shared<Images>();
    both->insert(u"k"_s, picture(64, 32));
    both->setLoader([](const QString &) { return picture(1, 1); });
    const auto skilled = std::make_shared<Images>();
    skilled->setLoader([](const QString &key) { return drawn(key, QSize(64, 32)); });
    const auto plain = std::make_shared<Images>();
    plain->setLoader([](const QString &) { return picture(64, 32); });
    for (const auto &cache : { present, both, skilled, plain }) {
        SyncCacheImageProvider provider(cache);
        for (int i = 0; i < 2; ++i) // loaded, and then from the cache
            QCOMPARE(sizeFrom(provider, u"k"_s, asked), shown);
    }
}

void tst_ImageProvider::exampleOfTheHeaderWorks()
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"50% of C#?.png"_s);
    QVERIFY(picture(400, 200).save(file));

    auto thumbnails = std::make_shared<SyncCache<QString, QImage>>();
    thumbnails->setMaxBytes(64 * 1024 * 1024);
    thumbnails->setLoader([](const QString &key) {
        const auto [path, size] = SyncCacheImageProvider::pathAndSize(key);
        return SyncCacheImageProvider::fitted(QImage(path), size);
    });
    Engine engine;
    engine.engine.addImageProvider(QStringLiteral("thumbnails"),
                                   new SyncCacheImageProvider(thumbnails));
    const auto shows = [&](const QByteArray &size, const QSize &expected) {
        const auto image =
                engine.make("Image { required property string path\n"
                            "source: \"image://thumbnails/\" + encodeURIComponent(path); "
                                    + size + "}",
                            { { u"path"_s, file } });
        return QTest::qWaitFor([&] { return shownIn(image.get()) == expected; }, 5000);
    };
    QVERIFY(shows("sourceSize.width: 256", QSize(256, 128)));
    QVERIFY(shows("sourceSize.height: 50", QSize(100, 50)));
    QVERIFY(shows("sourceSize: Qt.size(256, 256)", QSize(256, 128)));
    QVERIFY(shows("sourceSize { width: 1000; height: 1000 }", QSize(400, 200)));
    QVERIFY(shows("", QSize(400, 200)));
    // What a loader of the kind that is often seen makes of one dimension, and of none.
    thumbnails->clear();
    thumbnails->setLoader([](const QString &key) {
        const auto [path, size] = SyncCacheImageProvider::pathAndSize(key);
        return QImage(path).scaled(size, Qt::KeepAspectRatio);
    });
    SyncCacheImageProvider provider(thumbnails);
    const QString id = QString::fromLatin1(QUrl::toPercentEncoding(file));
    QCOMPARE(sizeFrom(provider, id), QSize());
    QCOMPARE(sizeFrom(provider, id, QSize(100, 0)), QSize(100, 50));
}

// "5@8x8" is no number.
void tst_ImageProvider::numbersHaveSizes()
{
    const auto cache = std::make_shared<SyncCache<int, QImage>>();
    cache->setLoader([](int key) { return picture(key * 10, key * 10); });
    SyncCacheImageProvider provider(cache);
    QCOMPARE(sizeFrom(provider, u"5"_s, QSize(8, 8)), QSize(8, 8));
    QCOMPARE(sizeFrom(provider, u"5"_s), QSize(50, 50));
    QCOMPARE(cache->size(), 1);
}

void tst_ImageProvider::whatIsDerivedGoesWithItsKey_data()
{
    using Change = std::function<void(Images &, SyncCacheObject &)>;
    QTest::addColumn<Change>("change");
    QTest::addColumn<QSize>("shown"); // with a width of 16
    const QSize loaded(16, 8);
    QTest::newRow("insert") << Change([](Images &cache, SyncCacheObject &) {
        cache.insert(u"k"_s, picture(32, 32));
    }) << QSize(16, 16);
    QTest::newRow("insert and evict") << Change([](Images &cache, SyncCacheObject &) {
        cache.insert(u"k"_s, picture(32, 32));
        cache.trim(SyncCacheTrimLevel::Complete);
    }) << loaded;
    QTest::newRow("insert and remove") << Change([](Images &cache, SyncCacheObject &) {
        cache.insert(u"k"_s, picture(32, 32));
        cache.remove(u"k"_s);
    }) << loaded;
    QTest::newRow("what does not fit") << Change([](Images &cache, SyncCacheObject &) {
        cache.insert(u"k"_s, picture(32, 32));
        cache.insert(u"k"_s, picture(32, 32), 1 << 20);
    }) << loaded;
    QTest::newRow("compute") << Change([](Images &cache, SyncCacheObject &) {
        (void)cache.compute(u"k"_s, [](const QImage *) { return std::optional(picture(32, 32)); });
    }) << QSize(16, 16);
    QTest::newRow("compute nothing") << Change([](Images &cache, SyncCacheObject &) {
        (void)cache.compute(u"k"_s, [](const QImage *) { return std::optional<QImage>(); });
    }) << loaded;
    QTest::newRow("remove") << Change([](Images &cache, SyncCacheObject &) {
        QVERIFY(!cache.remove(u"k"_s));
    }) << loaded;
    QTest::newRow("take") << Change([](Images &cache, SyncCacheObject &) {
        QVERIFY(!cache.take(u"k"_s));
    }) << loaded;
    QTest::newRow("invalidate") << Change([](Images &cache, SyncCacheObject &) {
        QVERIFY(!cache.invalidate(u"k"_s));
    }) << loaded;
    QTest::newRow("invalidateAll")
            << Change([](Images &cache, SyncCacheObject &) { cache.invalidateAll(); }) << loaded;
    QTest::newRow("clear") << Change([](Images &cache, SyncCacheObject &) { cache.clear(); })
                           << loaded;
    QTest::newRow("refresh") << Change([](Images &cache, SyncCacheObject &) {
        (void)cache.refresh(u"k"_s).result();
    }) << loaded;
    QTest::newRow("refresh of what is absent") << Change([](Images &cache, SyncCacheObject &) {
        cache.setLoader([](const QString &key, SyncCacheLoadContext<QImage> &load) {
            if (key == u"k")
                load.finishAbsent();
            return drawn(key, QSize(64, 32));
        });
        (void)cache.refresh(u"k"_s).resultCount();
        QVERIFY(cache.waitForDone());
    }) << loaded;
    QTest::newRow("insert by the object") << Change([](Images &, SyncCacheObject &object) {
        QVERIFY(object.insert(u"k"_s, picture(32, 32)));
    }) << QSize(16, 16);
    QTest::newRow("invalidate by the object") << Change([](Images &, SyncCacheObject &object) {
        QVERIFY(!object.invalidate(u"k"_s));
    }) << loaded;
}

// The key itself is not in the cache, but what was made for it.
void tst_ImageProvider::whatIsDerivedGoesWithItsKey()
{
    using Change = std::function<void(Images &, SyncCacheObject &)>;
    QFETCH(const Change, change);
    QFETCH(const QSize, shown);
    const auto cache = std::make_shared<Images>(1000);
    std::atomic<int> height { 16 };
    cache->setLoader([&height](const QString &key) { return drawn(key, QSize(64, height)); });
    SyncCacheObject::publish(u"pictures"_s, cache);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(u"pictures"_s));
    SyncCacheImageProvider one(cache);
    SyncCacheImageProvider other;
    const QString id = u"pictures/k"_s;
    QCOMPARE(sizeFrom(one, u"k"_s, QSize(16, 16)), QSize(16, 4));
    QCOMPARE(sizeFrom(other, id, QSize(16, 0)), QSize(16, 4));
    QCOMPARE(sizeFrom(one, u"neighbour"_s, QSize(16, 0)), QSize(16, 4));
    QCOMPARE(cache->size(), 3);
    height = 32;
    QCOMPARE(sizeFrom(one, u"k"_s, QSize(16, 16)), QSize(16, 4)); // not loaded again

    change(*cache, *object);
    for (const QString &key : cache->keys())
        QVERIFY(!key.startsWith(u"k@"));
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(sizeFrom(one, u"k"_s, QSize(16, 16)), shown);
        QCOMPARE(sizeFrom(other, id, QSize(16, 0)), shown);
    }
}

void tst_ImageProvider::derivedLoadIsNotKeptOnceItsKeyChanged()
{
    const auto cache = std::make_shared<Images>();
    std::atomic<int> height { 16 };
    std::atomic<int> begun { 0 };
    std::atomic<bool> isHeld { true };
    cache->setLoader([&](const QString &key) {
        const int itsHeight = height;
        ++begun;
        while (isHeld)
            QThread::msleep(1);
        return drawn(key, QSize(64, itsHeight));
    });
    SyncCacheImageProvider provider(cache);
    Response old(provider.requestImageResponse(u"k"_s, QSize(16, 16)));
    QTRY_COMPARE(begun.load(), 1); // and has read what is about to change
    height = 32;
    cache->insert(u"k"_s, picture(64, 64));
    cache->remove(u"k"_s);
    isHeld = false;
    QTRY_COMPARE(old.finished.size(), 1);
    QVERIFY(cache->waitForDone());
    QVERIFY(cache->isEmpty());
    QCOMPARE(sizeFrom(provider, u"k"_s, QSize(16, 16)), QSize(16, 8));
}

// Whatever is kept once a removal has returned was loaded after it began.
void tst_ImageProvider::nothingOldIsKeptBesideAWriter()
{
    const auto cache = std::make_shared<Images>();
    std::atomic<int> generation { 1 };
    cache->setLoader([&generation](const QString &) { return picture(generation, 1); });
    SyncCacheImageProvider provider(cache);
    std::atomic<bool> isOver { false };
    std::atomic<int> old { 0 };
    std::thread writer([&] {
        const QString sized = SyncCacheImageProvider::sizedKey(u"k"_s, QSize(16, 16));
        while (generation < 500) {
            const int fresh = ++generation;
            cache->remove(u"k"_s);
            const auto kept = cache->peek(sized);
            if (kept && kept->width() < fresh)
                ++old;
            std::this_thread::yield();
        }
        isOver = true;
    });
    int requests = 0;
    for (; !isOver || requests < 10; ++requests)
        (void)sizeFrom(provider, u"k"_s, QSize(16, 16));
    writer.join();
    QCOMPARE(old.load(), 0);
}

void tst_ImageProvider::entryIsNewInEverySize()
{
    const auto cache = std::make_shared<Images>();
    std::atomic<int> height { 16 };
    cache->setLoader([&height](const QString &key) { return drawn(key, QSize(64, height)); });
    SyncCacheObject::publish(u"pictures"_s, cache);
    Engine engine;
    const Page small(engine, { { u"wanted"_s, QSize(8, 0) } });
    const Page medium(engine, { { u"wanted"_s, QSize(16, 16) } });
    const Page full(engine);
    const auto show = [&](int itsHeight) {
        return QTest::qWaitFor(
                [&] {
                    return shownIn(small.image) == QSize(8, itsHeight / 8)
                            && shownIn(medium.image) == QSize(16, itsHeight / 4)
                            && shownIn(full.image) == QSize(64, itsHeight);
                },
                5000);
    };
    QVERIFY(show(16));
    height = 32;
    full.entry->refresh();
    QVERIFY(show(32));
    cache->insert(u"k"_s, picture(64, 48));
    QVERIFY(show(48));
    height = 64;
    QVERIFY(cache->invalidate(u"k"_s));
    QVERIFY(show(64));
    // What entries show is scaled, and not loaded in each size.
    QCOMPARE(cache->size(), 1);
}

void tst_ImageProvider::whatIsDerivedIsNotedWhileItIsThere()
{
    const auto cache = std::make_shared<Images>(10);
    cache->setLoader([](const QString &key) { return drawn(key, QSize(64, 32)); });
    SyncCacheImageProvider provider(cache);
    constexpr int KeyCount = 1000;
    for (int i = 0; i < KeyCount; ++i)
        QCOMPARE(sizeFrom(provider, QString::number(i), QSize(8, 8)), QSize(8, 4));
    QVERIFY(cache->size() <= 10);
    QVERIFY(SyncMapInternal::DerivedKeys<Images>::of(*cache)->size() < 300);
    for (const QString &key : cache->keys()) // those that are there were not forgotten
        cache->remove(key.section(u'@', 0, 0));
    QVERIFY(cache->isEmpty());
}

// The engine that had them loaded has gone since.
void tst_ImageProvider::anotherEnginesPicturesGoToo()
{
    const auto cache = std::make_shared<Images>();
    cache->setLoader([](const QString &key) { return drawn(key, QSize(64, 32)); });
    SyncCacheObject::publish(u"pictures"_s, cache);
    {
        Engine engine;
        engine.engine.addImageProvider(u"one"_s, new SyncCacheImageProvider(cache));
        const auto one = engine.make("Image { source: 'image://one/k'; sourceSize.width: 8 }");
        const auto other =
                engine.make("Image { source: 'image://syncmap/pictures/k'; sourceSize.width: 16 }");
        QTRY_COMPARE(shownIn(one.get()), QSize(8, 4));
        QTRY_COMPARE(shownIn(other.get()), QSize(16, 8));
    }
    QCOMPARE(cache->size(), 2);
    cache->remove(u"k"_s);
    QVERIFY(cache->isEmpty());
}

void tst_ImageProvider::staleIsShownAndLoadedAnew()
{
    const auto cache = std::make_shared<Images>();
    cache->insert(u"k"_s, picture(64, 16));
    cache->setLoader([](const QString &key) { return drawn(key, QSize(64, 32)); });
    QVERIFY(cache->invalidate(u"k"_s));
    SyncCacheImageProvider provider(cache);
    QCOMPARE(sizeFrom(provider, u"k"_s, QSize(16, 0)), QSize(16, 4));
    QTRY_VERIFY(!cache->isStale(u"k"_s));
    QCOMPARE(sizeFrom(provider, u"k"_s, QSize(16, 0)), QSize(16, 8));
}

void tst_ImageProvider::imageThatGoesLeavesItsLoad()
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
    Engine engine;
    engine.engine.addImageProvider(u"one"_s, new SyncCacheImageProvider(cache));
    const auto first = engine.make("Image { source: 'image://one/first' }");
    QTRY_COMPARE(loads.load(), 1);
    auto gone = engine.make("Image { source: 'image://one/gone'; sourceSize.width: 16 }");
    const auto other = engine.make("Image { source: 'image://one/other'; sourceSize.width: 16 }");
    QTRY_COMPARE(cache->statistics().loadsInFlight, 3U);
    gone.reset();
    other->setProperty("source", QUrl());
    QTRY_COMPARE(cache->statistics().loadsInFlight, 1U);
    isHeld = false;
    QTRY_COMPARE(statusOf(first.get()), int(ImageReady));
    QVERIFY(cache->waitForDone());
    QCOMPARE(loads.load(), 1);
}

void tst_ImageProvider::noRequestOutlivesItsEngine()
{
    const auto cache = std::make_shared<Images>();
    std::atomic<bool> isHeld { true };
    cache->setLoader([&isHeld](const QString &) {
        while (isHeld)
            QThread::msleep(1);
        return picture(1, 1);
    });
    std::atomic<int> living { 0 };
    std::unique_ptr<QObject> images;
    {
        Engine engine;
        engine.engine.addImageProvider(u"one"_s, new CountingProvider(cache, &living));
        images = engine.make("Row { Repeater { model: 20; Image {"
                             "source: 'image://one/living' + index } } }");
        QTRY_COMPARE(living.load(), 20);
    }
    QCOMPARE(living.load(), 0);
    isHeld = false;
    QVERIFY(cache->waitForDone());
}

void tst_ImageProvider::everythingMayEndDuringRequests_data()
{
    QTest::addColumn<QString>("first");
    QTest::newRow("engine") << u"engine"_s;
    QTest::newRow("other engine") << u"other engine"_s;
    QTest::newRow("provider") << u"provider"_s;
    QTest::newRow("cache") << u"cache"_s;
}

void tst_ImageProvider::everythingMayEndDuringRequests()
{
    QFETCH(const QString, first);
    auto cache = std::make_shared<Images>();
    const auto isHeld = std::make_shared<std::atomic<bool>>(true); // a loader may outlive its cache
    cache->setLoader([isHeld](const QString &key) {
        for (int i = 0; i < 30'000 && *isHeld; ++i)
            QThread::msleep(1);
        return drawn(key, QSize(64, 32));
    });
    SyncCacheObject::publish(u"pictures"_s, cache);
    auto engine = std::make_unique<Engine>();
    auto other = std::make_unique<Engine>();
    // Keys of their own: Qt keeps what has been shown by these URLs.
    const QByteArray row = "Row { Repeater { model: 20; Image { sourceSize.width: 8;"
                           "source: 'image://syncmap/pictures/"
            + first.toLatin1() + "' + index } } }";
    auto images = engine->make(row);
    auto otherImages = other->make(row);
    QTRY_COMPARE(cache->statistics().loadsInFlight, 20U);
    Response direct(SyncCacheImageProvider(cache).requestImageResponse(u"x"_s, QSize(8, 8)));
    if (first == u"engine") {
        images.reset();
        engine.reset();
    } else if (first == u"other engine") {
        other.reset(); // before its images
    } else if (first == u"provider") {
        engine->engine.removeImageProvider(SyncCacheImageProvider::providerId());
    }
    if (first != u"cache") {
        *isHeld = false;
        QTRY_COMPARE(direct.finished.size(), 1);
        QCOMPARE(direct.size(), QSize(8, 4));
        QVERIFY(cache->waitForDone());
        return;
    }
    SyncCacheObject::release(u"pictures"_s);
    *isHeld = false;
    cache.reset(); // the one provider lasted as long as its call, and by name none keeps it
    QTRY_COMPARE(direct.finished.size(), 1);
}

QTEST_MAIN(tst_ImageProvider)
#include "tst_imageprovider.moc"
