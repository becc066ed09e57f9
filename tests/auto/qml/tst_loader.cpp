// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlproperty.h>
#include <QtTest/qtest.h>

#include <memory>

using namespace Qt::StringLiterals;

// Loaders in JavaScript.
class tst_Loader : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        // One for many rows: each leaves ThreadSanitizer a lock whose end it does not see, and it can
        // take 64.
        if (!m_engine)
            m_engine = std::make_unique<QQmlEngine>();
    }
    void answersAreShown_data();
    void answersAreShown();
    void failuresAreShown_data();
    void failuresAreShown();
    void loadedObjectsGoWithTheirEnd_data();
    void loadedObjectsGoWithTheirEnd();
    void absentKeyIsNull();
    void nullIsAValue();
    void whatIsSaidOfTheEntryHolds();
    void absentAndUnmodifiedAreAnswers();
    void cancellationIsTold();
    void requestThatIsForgottenFails();
    void promiseKeepsItsRequest();
    void progressIsShown();
    void numbersAreReadAsElsewhere_data();
    void numbersAreReadAsElsewhere();
    void whatIsNoNumberIsRefused_data();
    void whatIsNoNumberIsRefused();
    void engineMayEndDuringALoad();
    void whatIsNoFunctionIsRefused();
    void loaderMayBeReplaced();
    void theCacheMayEndByItsLoader();

private:
    struct Scene
    {
        std::unique_ptr<QObject> root;
        SyncCacheObject *cache = nullptr;
        SyncCacheEntry *entry = nullptr;
    };
    Scene create(const QByteArray &loader)
    {
        QQmlComponent component(m_engine.get());
        component.setData(
                "import QtQml\nimport SyncMap\n"
                "QtObject {\n"
                "  id: root\n"
                "  property var request: null\n"
                "  property int calls: 0\n"
                "  property SyncCache cache: SyncCache {\n"
                "    id: cache; notifyInterval: 0\n"
                "    loader: "
                        + loader
                        + "\n"
                          "  }\n"
                          "  property CacheEntry entry: CacheEntry { cache: cache; key: 'key' }\n"
                          "}",
                QUrl());
        Scene scene;
        scene.root.reset(component.create());
        // A test whose scene is not there would say nothing of it.
        if (!scene.root) {
            qWarning().noquote() << component.errorString();
            return scene;
        }
        scene.cache = scene.root->property("cache").value<SyncCacheObject *>();
        scene.entry = scene.root->property("entry").value<SyncCacheEntry *>();
        return scene;
    }

    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_Loader::answersAreShown_data()
{
    QTest::addColumn<QByteArray>("loader");
    QTest::newRow("value") << QByteArray("(key, request) => key + '!'");
    QTest::newRow("Promise") << QByteArray("(key, request) => Promise.resolve(key + '!')");
    QTest::newRow("later Promise")
            << QByteArray("(key, request) => new Promise(ok => Qt.callLater(() => ok(key + '!')))");
    QTest::newRow("finish") << QByteArray("(key, request) => { request.finish(key + '!') }");
    QTest::newRow("later") << QByteArray(
            "(key, request) => { Qt.callLater(() => request.finish(key + "
            "'!')) }");
    QTest::newRow("thenable that throws late") << QByteArray(
            "(key, request) => ({ then(ok) { ok(key + '!'); throw new Error('late') } })");
    QTest::newRow("first answer") << QByteArray(
            "(key, request) => { request.finish(key + '!'); return 'no' }");
}

void tst_Loader::answersAreShown()
{
    QFETCH(QByteArray, loader);
    const Scene scene = create(loader);
    QVERIFY(scene.entry);
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Ready);
    QCOMPARE(scene.entry->value(), QVariant(u"key!"_s));
    QCOMPARE(scene.cache->value(u"key"_s), QVariant(u"key!"_s));
}

void tst_Loader::failuresAreShown_data()
{
    QTest::addColumn<QByteArray>("loader");
    QTest::addColumn<QString>("reason");
    QTest::newRow("throw") << QByteArray("(key, request) => { throw new Error('no luck') }")
                           << u"no luck"_s;
    QTest::newRow("throw undefined")
            << QByteArray("(key, request) => { throw undefined }") << u"the loader failed"_s;
    QTest::newRow("reject") << QByteArray("(key, request) => Promise.reject(new Error('no luck'))")
                            << u"no luck"_s;
    QTest::newRow("fail") << QByteArray("(key, request) => { request.fail('no luck') }")
                          << u"no luck"_s;
    QTest::newRow("function") << QByteArray("(key, request) => { request.finish(() => 1) }")
                              << u"a function belongs to its JavaScript engine"_s;
    QTest::newRow("Symbol") << QByteArray("() => ({ s: Symbol('s') })")
                            << u"s is a Symbol, which belongs to its JavaScript engine"_s;
    QTest::newRow("finished with a Symbol")
            << QByteArray("(key, request) => { request.finish([{ s: Symbol('s') }]) }")
            << u"[0].s is a Symbol, which belongs to its JavaScript engine"_s;
    QTest::newRow("failed with a Symbol")
            << QByteArray("(key, request) => { request.fail({ s: Symbol('s') }) }")
            << u"[object Object]"_s;
    QTest::newRow("then() throws")
            << QByteArray("() => ({ then() { throw new Error('no luck') } })") << u"no luck"_s;
    QTest::newRow("then throws") << QByteArray("() => ({ get then() { throw 'no luck' } })")
                                 << u"no luck"_s;
    QTest::newRow("Promise of nothing")
            << QByteArray("() => Promise.resolve()") << u"undefined is no value"_s;
}

void tst_Loader::failuresAreShown()
{
    QFETCH(QByteArray, loader);
    QFETCH(QString, reason);
    const Scene scene = create(loader);
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Error);
    QCOMPARE(scene.entry->errorString(), reason);
}

void tst_Loader::loadedObjectsGoWithTheirEnd_data()
{
    QTest::addColumn<QByteArray>("loader");
    QTest::newRow("value") << QByteArray("() => kept");
    QTest::newRow("Promise") << QByteArray("() => Promise.resolve(kept)");
    QTest::newRow("finish") << QByteArray("(key, request) => { request.finish(kept) }");
    QTest::newRow("later") << QByteArray(
            "(key, request) => { Qt.callLater(() => request.finish(kept)) }");
}

void tst_Loader::loadedObjectsGoWithTheirEnd()
{
    QFETCH(QByteArray, loader);
    auto kept = std::make_unique<QObject>();
    QJSEngine::setObjectOwnership(kept.get(), QJSEngine::CppOwnership);
    m_engine->rootContext()->setContextProperty(u"kept"_s, kept.get());
    const Scene scene = create(loader);
    QVERIFY(scene.entry);
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Ready);
    QCOMPARE(scene.entry->value().value<QObject *>(), kept.get());
    kept.reset();
    QVERIFY(!scene.cache->contains(u"key"_s));
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Null);
}

void tst_Loader::absentKeyIsNull()
{
    const Scene scene = create("(key, request) => { root.calls++; request.absent() }");
    QTRY_COMPARE(scene.root->property("calls").toInt(), 1);
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Null);
}

void tst_Loader::nullIsAValue()
{
    const Scene scene = create("() => null");
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Ready);
    QCOMPARE(scene.entry->value(), QVariant::fromValue(nullptr));
}

void tst_Loader::whatIsSaidOfTheEntryHolds()
{
    const Scene scene = create("(key, request) => { request.setTags(['tag']); request.setCost(7);"
                               " request.setStale(); return 1 }");
    QTRY_COMPARE(scene.entry->value(), QVariant(1));
    QCOMPARE(scene.cache->totalCost(), 7.0);
    QVERIFY(scene.entry->isStale());
    QCOMPARE(scene.cache->removeByTag(u"tag"_s), 1.0);
}

void tst_Loader::absentAndUnmodifiedAreAnswers()
{
    const Scene scene = create("(key, request) => { root.calls++; if (root.calls === 2)"
                               " request.absent(); else request.notModified() }");
    QTRY_COMPARE(scene.root->property("calls").toInt(), 1);
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Null); // nothing is there
    scene.cache->insert(u"key"_s, 5);
    scene.entry->refresh();
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Null);
    QVERIFY(!scene.cache->contains(u"key"_s)); // an entry that was there is removed
    scene.cache->insert(u"key"_s, 6);
    scene.entry->refresh();
    QTRY_COMPARE(scene.root->property("calls").toInt(), 3);
    QTRY_VERIFY(!scene.entry->isFetching());
    QCOMPARE(scene.entry->value(), QVariant(6));
}

void tst_Loader::cancellationIsTold()
{
    const Scene scene = create("(key, request) => { root.request = request }");
    QTRY_VERIFY(scene.root->property("request").value<QObject *>());
    auto *request = scene.root->property("request").value<QObject *>();
    QVERIFY(!request->property("canceled").toBool());
    scene.entry->setActive(false);
    QTRY_VERIFY(request->property("canceled").toBool());
}

void tst_Loader::requestThatIsForgottenFails()
{
    const Scene scene = create("(key, request) => { root.calls++ }");
    QTRY_COMPARE(scene.root->property("calls").toInt(), 1);
    QTRY_VERIFY((m_engine->collectGarbage(), scene.entry->status() == SyncCacheEntry::Error));
}

// A loader that returns a promise need not hold the request.
void tst_Loader::promiseKeepsItsRequest()
{
    const Scene scene = create("() => new Promise(resolve => root.request = resolve)");
    QTRY_VERIFY(scene.root->property("request").value<QJSValue>().isCallable());
    for (int i = 0; i < 3; ++i) {
        m_engine->collectGarbage();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    QCOMPARE(scene.entry->status(), SyncCacheEntry::Loading);
    scene.root->property("request").value<QJSValue>().call({ QJSValue(7) });
    QTRY_COMPARE(scene.entry->status(), SyncCacheEntry::Ready);
    QCOMPARE(scene.entry->value(), QVariant(7));
}

void tst_Loader::progressIsShown()
{
    const Scene scene =
            create("(key, request) => { root.request = request; request.setProgress(0.5) }");
    QTRY_COMPARE(scene.entry->progress(), 0.5);
}

// As those of insert().
void tst_Loader::numbersAreReadAsElsewhere_data()
{
    QTest::addColumn<QByteArray>("said");
    QTest::addColumn<double>("cost");
    QTest::addColumn<bool>("isOverAtOnce");
    QTest::newRow("without end") << QByteArray("setTimeToLive(-1)") << 1.0 << false;
    QTest::newRow("Infinity") << QByteArray("setTimeToLive(Infinity)") << 1.0 << false;
    QTest::newRow("at once") << QByteArray("setTimeToLive(0)") << 1.0 << true;
    QTest::newRow("parts of a cost") << QByteArray("setCost(0.4)") << 1.0 << false;
    QTest::newRow("cost") << QByteArray("setCost(6.5)") << 7.0 << false;
    QTest::newRow("none") << QByteArray("setCost(0)") << 0.0 << false;
}

void tst_Loader::numbersAreReadAsElsewhere()
{
    QFETCH(QByteArray, said);
    QFETCH(double, cost);
    QFETCH(bool, isOverAtOnce);
    const Scene scene =
            create("(key, request) => { root.calls++; request." + said + "; request.finish(1) }");
    QVERIFY(scene.entry);
    scene.cache->setTimeToLive(3'600'000.0);
    QTRY_COMPARE(scene.entry->value(), QVariant(1));
    QCOMPARE(scene.cache->contains(u"key"_s), !isOverAtOnce);
    if (!isOverAtOnce)
        QCOMPARE(scene.cache->totalCost(), cost);
}

void tst_Loader::whatIsNoNumberIsRefused_data()
{
    QTest::addColumn<QByteArray>("call");
    for (const char *const number : { "NaN", "-2", "-Infinity", "undefined", "'soon'" }) {
        const QByteArray argument = '(' + QByteArray(number) + ')';
        QTest::addRow("time %s", number) << "setTimeToLive" + argument;
        QTest::addRow("cost %s", number) << "setCost" + argument;
    }
    QTest::newRow("cost -1") << QByteArray("setCost(-1)");
    QTest::newRow("progress NaN") << QByteArray("setProgress(NaN)");
    QTest::newRow("progress of none") << QByteArray("setProgress(1 / 0)");
}

// What was said before counts.
void tst_Loader::whatIsNoNumberIsRefused()
{
    QFETCH(QByteArray, call);
    const QByteArray member = call.left(call.indexOf('('));
    QTest::ignoreMessage(
            QtWarningMsg,
            QRegularExpression(u"\"key\": request\\."_s + QString::fromLatin1(member)));
    const Scene scene = create("(key, request) => { request.setTimeToLive(-1); request.setCost(5);"
                               " request.setProgress(0.5); request."
                               + call + "; root.request = request }");
    QVERIFY(scene.entry);
    scene.cache->setTimeToLive(0.0); // unless it says otherwise
    QTRY_COMPARE(scene.entry->progress(), 0.5);
    QMetaObject::invokeMethod(scene.root->property("request").value<QObject *>(), "finish",
                              Q_ARG(QVariant, 1));
    QTRY_COMPARE(scene.entry->value(), QVariant(1));
    QVERIFY(scene.cache->contains(u"key"_s));
    QCOMPARE(scene.cache->totalCost(), 5.0);
}

void tst_Loader::engineMayEndDuringALoad()
{
    Scene scene = create("(key, request) => { root.request = request }");
    QTRY_VERIFY(scene.root->property("request").value<QObject *>());
    const auto cache = scene.cache->cache();
    scene.root.reset();
    m_engine.reset();
    const auto result = cache->load(u"other"_s, QDeadlineTimer(1000));
    QVERIFY(!result.value);
    QVERIFY(cache->waitForDone(QDeadlineTimer(1000)));
}

void tst_Loader::whatIsNoFunctionIsRefused()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"loader must be a function"_s));
    const Scene scene = create("5");
    QVERIFY(scene.entry);
    QCOMPARE(scene.entry->status(), SyncCacheEntry::Null);
}

void tst_Loader::loaderMayBeReplaced()
{
    const Scene scene = create("(key, request) => 1");
    QTRY_COMPARE(scene.entry->value(), QVariant(1));
    QVERIFY(QQmlProperty::write(scene.cache, u"loader"_s,
                                QVariant::fromValue(m_engine->evaluate(u"(key, request) => 2"_s)),
                                m_engine.get()));
    scene.entry->refresh();
    QTRY_COMPARE(scene.entry->value(), QVariant(2));
}

// In a slot that is told of the load.
void tst_Loader::theCacheMayEndByItsLoader()
{
    const Scene scene = create("undefined");
    QCOMPARE(scene.entry->status(), SyncCacheEntry::Null);
    QPointer<SyncCacheObject> cache(scene.cache);
    connect(scene.entry, &SyncCacheEntry::statusChanged, this, [&cache] { delete cache.data(); });
    const QJSValue loader = m_engine->evaluate(u"(key, request) => 2"_s);
    (void)QQmlProperty::write(cache, u"loader"_s, QVariant::fromValue(loader), m_engine.get());
    QVERIFY(!cache);
    QCOMPARE(scene.entry->status(), SyncCacheEntry::Null);
}

QTEST_GUILESS_MAIN(tst_Loader)
#include "tst_loader.moc"
