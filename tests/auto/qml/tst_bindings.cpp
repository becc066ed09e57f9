// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qthreadpool.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlexpression.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <vector>

using namespace Qt::StringLiterals;

// Bindings as users write them, compiled ahead of time.
class tst_Bindings : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void everyFormFollowsAWorker();
    void everyFormFollowsARemoval();
    void outerNamesAreFollowed();
    void writeBeforeCompletionGoesToItsKey();
    void undefinedIsNotWritten();
    void bindingThatWritesBackEnds();
    void collectorBetweenBindingAndWrite();
    void cacheIsExchangedAndDestroyed();
    void initialValueIsInserted();
    void engineMayEndFirst();
    void numbersAreFollowed();
    void hundredThousandKeysAtOnce();
    void everyBindingOfAStormEndsOnTheLastValue();

private:
    std::unique_ptr<QObject> create(const char *file)
    {
        QQmlComponent component(m_engine.get(), QUrl("qrc:/qt/qml/Bindings/"_L1 + file));
        std::unique_ptr<QObject> object(component.create());
        if (!object)
            qWarning().noquote() << component.errorString();
        return object;
    }
    SyncCacheObject *cacheOf(const std::unique_ptr<QObject> &root)
    {
        return root->property("cache").value<SyncCacheObject *>();
    }

    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_Bindings::init()
{
    m_engine = std::make_unique<QQmlEngine>();
}

void tst_Bindings::cleanup()
{
    m_engine.reset();
    SyncCacheObject::release(u"bindings/users"_s);
}

void tst_Bindings::everyFormFollowsAWorker()
{
    const auto root = create("Forms.qml");
    QVERIFY(root);
    const auto cache = cacheOf(root)->cache();
    for (const QString &text : { u"one"_s, u"two"_s, u"three"_s }) {
        QThreadPool pool;
        pool.start([cache, text] {
            cache->insert(u"42"_s, text);
            cache->insert(u"user"_s, QVariantMap { { u"name"_s, text } });
        });
        pool.waitForDone();
        for (const char *form : { "byEntry", "byName", "byRevision", "byElement", "outer" })
            QTRY_COMPARE(root->property(form).toString(), text);
        QCOMPARE(root->property("status").toInt(), int(SyncCacheEntry::Ready));
        QVERIFY(root->property("isReady").toBool());
        QTRY_COMPARE(root->property("count").toDouble(), 2.0);
    }
}

void tst_Bindings::everyFormFollowsARemoval()
{
    const auto root = create("Forms.qml");
    const auto cache = cacheOf(root)->cache();
    cache->insert(u"42"_s, u"one"_s);
    QTRY_COMPARE(root->property("byElement").toString(), u"one"_s);
    QThreadPool pool;
    pool.start([cache] { cache->remove(u"42"_s); });
    pool.waitForDone();
    for (const char *form : { "byEntry", "byRevision", "byElement" })
        QTRY_COMPARE(root->property(form).toString(), u"…"_s);
    QCOMPARE(root->property("status").toInt(), int(SyncCacheEntry::Null));
    QTRY_COMPARE(root->property("count").toDouble(), 0.0);
}

void tst_Bindings::outerNamesAreFollowed()
{
    const auto root = create("Forms.qml");
    root->setProperty("prefix", u"Mr "_s);
    cacheOf(root)->insert(u"42"_s, u"Smith"_s);
    QTRY_COMPARE(root->property("outer").toString(), u"Mr Smith"_s);
}

void tst_Bindings::writeBeforeCompletionGoesToItsKey()
{
    const auto root = create("Forms.qml");
    SyncCacheObject *cache = cacheOf(root);
    root->setProperty("toWrite", 5);
    QCOMPARE(cache->value(u"written"_s), QVariant(5));
    QCOMPARE(cache->keys(), QStringList { u"written"_s });
}

void tst_Bindings::undefinedIsNotWritten()
{
    const auto root = create("Forms.qml");
    SyncCacheObject *cache = cacheOf(root);
    QVERIFY(cache->keys().isEmpty());
    cache->insert(u"written"_s, 1);
    root->setProperty("toWrite", QVariant());
    QCOMPARE(cache->value(u"written"_s), QVariant(1));
}

void tst_Bindings::bindingThatWritesBackEnds()
{
    QQmlComponent component(m_engine.get());
    component.setData("import QtQml\nimport SyncMap\n"
                      "QtObject {\n"
                      "  id: root\n"
                      "  property int runs: 0\n"
                      "  property SyncCache cache: SyncCache { id: cache; notifyInterval: 0 }\n"
                      "  property CacheEntry entry: CacheEntry {\n"
                      "    cache: cache; key: 'key'\n"
                      "    onValueChanged: { root.runs++; value = Math.min(value, 10) }\n"
                      "  }\n"
                      "}",
                      QUrl());
    const std::unique_ptr<QObject> root(component.create());
    QVERIFY2(root, qPrintable(component.errorString()));
    cacheOf(root)->insert(u"key"_s, 50);
    QTRY_COMPARE(cacheOf(root)->value(u"key"_s).toInt(), 10);
    QTest::qWait(30);
    QVERIFY(root->property("runs").toInt() <= 3);
}

// The entry belongs to the cache, not to the collector.
void tst_Bindings::collectorBetweenBindingAndWrite()
{
    const auto root = create("Forms.qml");
    for (int round = 0; round < 5; ++round) {
        m_engine->collectGarbage();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        cacheOf(root)->insert(u"42"_s, QString::number(round));
        QTRY_COMPARE(root->property("byEntry").toString(), QString::number(round));
    }
}

void tst_Bindings::cacheIsExchangedAndDestroyed()
{
    const auto root = create("Lifetimes.qml");
    QCOMPARE(root->property("shown").toString(), u"no cache"_s);
    auto one = std::make_unique<SyncCacheObject>();
    auto two = std::make_unique<SyncCacheObject>();
    one->insert(u"key"_s, 1);
    two->insert(u"key"_s, 2);
    root->setProperty("cache", QVariant::fromValue(one.get()));
    QCOMPARE(root->property("shown").toInt(), 1);
    root->setProperty("cache", QVariant::fromValue(two.get()));
    QCOMPARE(root->property("shown").toInt(), 2);
    const auto runsOf = [&root] {
        return QQmlExpression(qmlContext(root.get()), root.get(), u"runs.count"_s)
                .evaluate()
                .toInt();
    };
    const int runs = runsOf();
    QVERIFY(runs >= 3);
    one->insert(u"key"_s, 3);
    one->flush();
    QCOMPARE(runsOf(), runs); // nobody looks at it any more
    two.reset();
    root->setProperty("cache", QVariant::fromValue(one.get()));
    QCOMPARE(root->property("shown").toInt(), 3);
    one.reset();
}

void tst_Bindings::initialValueIsInserted()
{
    const auto root = create("Lifetimes.qml");
    SyncCacheObject cache;
    auto *component = root->property("initial").value<QQmlComponent *>();
    const std::unique_ptr<QObject> entry(component->createWithInitialProperties(
            { { u"shownCache"_s, QVariant::fromValue(&cache) } }, qmlContext(root.get())));
    QVERIFY(entry);
    QCOMPARE(cache.value(u"initial"_s), QVariant(7));
    QCOMPARE(entry->property("value"), QVariant(7));
}

void tst_Bindings::engineMayEndFirst()
{
    auto root = create("Forms.qml");
    const auto cache = cacheOf(root)->cache();
    SyncCacheObject *object = SyncCacheObject::named(u"bindings/users"_s);
    root.reset();
    m_engine.reset();
    cache->insert(u"42"_s, 1);
    object->flush();
    QCOMPARE(object->value(u"42"_s), QVariant(1));
    delete object;
    cache->insert(u"42"_s, 2);
}

// From whatever they were when the binding came; and reads, too, which bring no news.
void tst_Bindings::numbersAreFollowed()
{
    SyncCacheObject object;
    QJSEngine::setObjectOwnership(&object, QJSEngine::CppOwnership);
    m_engine->rootContext()->setContextProperty(u"numbers"_s, &object);
    for (int i = 0; i < 5; ++i)
        object.insert(QString::number(i), i);
    object.flush(); // nobody is connected
    QQmlComponent component(m_engine.get());
    component.setData("import QtQml\nQtObject {\n"
                      "  property string count: 'n' + numbers.count\n"
                      "  property string hits: 'h' + numbers.hits\n}",
                      QUrl());
    std::unique_ptr<QObject> one(component.create());
    QCOMPARE(one->property("count"), QVariant(u"n5"_s));
    object.clear();
    QTRY_COMPARE(one->property("count"), QVariant(u"n0"_s));
    object.insert(u"a"_s, 1);
    QTRY_COMPARE(one->property("count"), QVariant(u"n1"_s));
    for (int i = 0; i < 100; ++i)
        (void)object.value(u"a"_s);
    QTRY_COMPARE(one->property("hits"), QVariant(u"h100"_s));
    object.insert(u"b"_s, 1);
    const std::unique_ptr<QObject> other(component.create()); // has seen 2, when it was 1
    object.remove(u"b"_s);
    QCOMPARE(other->property("count"), QVariant(u"n2"_s));
    QTRY_COMPARE(other->property("count"), QVariant(u"n1"_s));
    QCOMPARE(one->property("count"), QVariant(u"n1"_s));
}

void tst_Bindings::hundredThousandKeysAtOnce()
{
    const auto root = create("Forms.qml");
    SyncCacheObject *object = cacheOf(root);
    object->setMaxCost(-1);
    const auto cache = object->cache();
    QThreadPool pool;
    pool.start([cache] {
        for (int i = 0; i < 100'000; ++i)
            cache->insert(QString::number(i), i);
    });
    pool.waitForDone();
    QTRY_COMPARE(root->property("byEntry").toString(), u"42"_s);
    QTRY_COMPARE(root->property("count").toDouble(), 100'000.0);
}

// A thousand bound entries beside two workers that write as fast as they can.
void tst_Bindings::everyBindingOfAStormEndsOnTheLastValue()
{
    constexpr int KeyCount = 1000;
    const auto map = std::make_shared<SyncMap<int, double>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QQmlComponent component(m_engine.get());
    component.setData("import QtQml\nimport SyncMap\n"
                      "QtObject {\n"
                      "  id: root\n"
                      "  required property SyncCache cache\n"
                      "  required property string key\n"
                      "  property real shown: entry.value ?? -1\n"
                      "  property CacheEntry entry: CacheEntry {\n"
                      "    id: entry; cache: root.cache; key: root.key\n"
                      "  }\n"
                      "}",
                      QUrl());
    std::vector<std::unique_ptr<QObject>> bound;
    for (int i = 0; i < KeyCount; ++i) {
        bound.emplace_back(component.createWithInitialProperties(
                { { u"cache"_s, QVariant::fromValue(object.get()) },
                  { u"key"_s, QString::number(i) } }));
        QVERIFY2(bound.back(), qPrintable(component.errorString()));
    }
    std::atomic<bool> isStopping { false };
    QThreadPool pool;
    for (int w = 0; w < 2; ++w) {
        pool.start([&isStopping, map, w] {
            for (int i = w; !isStopping; i += 7)
                map->insert(i % KeyCount, i);
        });
    }
    QTest::qWait(300);
    isStopping = true;
    QVERIFY(pool.waitForDone(10'000));
    object->flush();
    for (int i = 0; i < KeyCount; ++i)
        QCOMPARE(bound[std::size_t(i)]->property("shown").toDouble(), map->value(i, -1));
    QVERIFY(map->collect()); // nothing is held back
}

QTEST_GUILESS_MAIN(tst_Bindings)
#include "tst_bindings.moc"
