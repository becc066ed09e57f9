// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qregularexpression.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qthread.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <memory>

using namespace Qt::StringLiterals;

// Which cache a SyncCache of QML shows, whatever the order in which its properties are set; and who
// loads, where several show the same.
class tst_Sharing : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_engine = std::make_unique<QQmlEngine>(); }
    void anyOrderOfPropertiesIsTheSame_data();
    void anyOrderOfPropertiesIsTheSame();
    void nothingIsLoadedBeforeItIsComplete();
    void readingBeforeCompletionMakesNothing();
    void anotherNameKeepsWhatWasSet();
    void otherBoundsAreWarnedOf();
    void youngestServes_data();
    void youngestServes();
    void whoOnlyShowsIsToldOfALoader();
    void whatIsUnderWayBeginsAgain();
    void withoutAnyoneElseItFails();
    void loadersOfCppServeAgain_data();
    void loadersOfCppServeAgain();
    void loaderIsTakenAway();
    void loaderThatIsReplacedAnswersItsOwn();
    void engineOfTheYoungestEnds();
    void engineInAnotherThread();
    void typesAreOne();

private:
    std::unique_ptr<QObject> make(QQmlEngine &engine, const QByteArray &text)
    {
        QQmlComponent component(&engine);
        component.setData("import QtQml\nimport SyncMap\n" + text, QUrl());
        std::unique_ptr<QObject> result(component.create());
        if (!result)
            qWarning().noquote() << component.errorString();
        return result;
    }
    std::unique_ptr<QObject> make(const QByteArray &text) { return make(*m_engine, text); }
    static SyncCacheObject *cacheOf(const std::unique_ptr<QObject> &object)
    {
        return qobject_cast<SyncCacheObject *>(object.get());
    }

    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_Sharing::anyOrderOfPropertiesIsTheSame_data()
{
    QTest::addColumn<QByteArrayList>("properties");
    QByteArrayList properties { "loader: key => 'v:' + key", "maxCost: root.bound",
                                "timeToLive: root.bound * 1000", "name: root.prefix + 'users'" };
    std::sort(properties.begin(), properties.end());
    do {
        QTest::addRow("%s", properties.join(" ").constData()) << properties;
    } while (std::next_permutation(properties.begin(), properties.end()));
}

void tst_Sharing::anyOrderOfPropertiesIsTheSame()
{
    QFETCH(QByteArrayList, properties);
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"order/users"_s); });
    const auto root = make("QtObject {\n"
                           "  id: root\n"
                           "  property int bound: 10\n"
                           "  property string prefix: 'order/'\n"
                           "  property CacheEntry early: CacheEntry { cache: later; key: 'k' }\n"
                           "  property string text: later.entry('x').value ?? '-'\n"
                           "  property string numbers: later.count + '/' + later.maxCost\n"
                           "  property SyncCache later: SyncCache { id: later; notifyInterval: 0\n"
                           + properties.join("\n")
                           + "\n  }\n"
                             "}");
    QVERIFY(root);
    QTRY_COMPARE(root->property("text"), QVariant(u"v:x"_s));
    auto *const early = root->property("early").value<SyncCacheEntry *>();
    QTRY_COMPARE(early->value(), QVariant(u"v:k"_s));
    QTRY_COMPARE(root->property("numbers"), QVariant(u"2/10"_s));
    auto *const later = root->property("later").value<SyncCacheObject *>();
    QCOMPARE(later->timeToLive(), 10'000.0);
    const std::unique_ptr<SyncCacheObject> other(SyncCacheObject::named(u"order/users"_s));
    QCOMPARE(other->cache(), later->cache());
    QCOMPARE(other->maxCost(), 10.0);
}

// `active` may still be false.
void tst_Sharing::nothingIsLoadedBeforeItIsComplete()
{
    const auto root = make("QtObject {\n"
                           "  id: root\n"
                           "  property var asked: []\n"
                           "  property string name: 'a'\n"
                           "  property SyncCache cache: SyncCache { id: c; loader: key => {\n"
                           "      root.asked = [...root.asked, key]; return key } }\n"
                           "  property CacheEntry one: CacheEntry { cache: c; key: 'off'; active: "
                           "root.name !== 'a' }\n"
                           "  property CacheEntry two: CacheEntry { cache: c; key: root.name }\n"
                           "}");
    QVERIFY(root);
    QTRY_COMPARE(root->property("asked").toStringList(), QStringList { u"a"_s });
    QTest::qWait(50);
    QCOMPARE(root->property("asked").toStringList(), QStringList { u"a"_s });
}

void tst_Sharing::readingBeforeCompletionMakesNothing()
{
    const auto known = std::make_shared<SyncCacheObject::Cache>(5);
    known->insert(u"k"_s, u"there"_s);
    SyncCacheObject::publish(u"read-first"_s, known);
    const auto forget = qScopeGuard([] {
        SyncCacheObject::release(u"read-first"_s);
        SyncCacheObject::release(u"read-bytes"_s);
    });
    const auto root =
            make("QtObject {\n"
                 "  id: root\n"
                 "  property string byRevision: c.value('k', '…', c.revision)\n"
                 "  property bool has: { c.revision; return c.contains('k') }\n"
                 "  property real count: c.count\n"
                 "  property real bound: c.maxCost\n"
                 "  property SyncCache cache: SyncCache { id: c; name: 'read-' + root.rest }\n"
                 "  property string rest: 'first'\n"
                 "  property bool early: d.contains('k')\n"
                 "  property SyncCache own: SyncCache { id: d; name: 'read-bytes'; "
                 "maxBytes: 1000 * root.rest.length }\n"
                 "}");
    QVERIFY(root);
    QTRY_COMPARE(root->property("byRevision"), QVariant(u"there"_s));
    QTRY_COMPARE(root->property("has"), QVariant(true));
    QTRY_COMPARE(root->property("count"), QVariant(1.0));
    QTRY_COMPARE(root->property("bound"), QVariant(5.0));
    QCOMPARE(root->property("own").value<SyncCacheObject *>()->cache()->maxBytes(), 5000);
}

void tst_Sharing::anotherNameKeepsWhatWasSet()
{
    const auto forget = qScopeGuard([] {
        SyncCacheObject::release(u"first"_s);
        SyncCacheObject::release(u"second"_s);
    });
    const auto root = make("SyncCache { name: 'first'; maxCost: 7; timeToLive: 60000; "
                           "loader: key => key + '!'; notifyInterval: 0 }");
    SyncCacheObject *const object = cacheOf(root);
    SyncCacheEntry entry(object, u"k"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"k!"_s));
    const auto before = object->cache();
    object->setName(u"second"_s);
    QVERIFY(object->cache() != before);
    QCOMPARE(object->maxCost(), 7.0);
    QCOMPARE(object->timeToLive(), 60'000.0);
    QTRY_COMPARE(entry.value(), QVariant(u"k!"_s));
    QVERIFY(!before->hasLoader()); // nobody is left there
}

void tst_Sharing::otherBoundsAreWarnedOf()
{
    const auto known = std::make_shared<SyncCacheObject::Cache>(5);
    SyncCacheObject::publish(u"bounds-of-qml"_s, known);
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"bounds-of-qml"_s); });
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression("\"bounds-of-qml\" exists, with other bounds"_L1));
    const auto root = make("SyncCache { maxCost: 6; name: 'bounds-of-qml' }");
    QCOMPARE(cacheOf(root)->maxCost(), 5.0);
}

void tst_Sharing::youngestServes_data()
{
    QTest::addColumn<bool>("theYoungerGoesFirst");
    QTest::newRow("the younger goes first") << true;
    QTest::newRow("the older goes first") << false;
}

void tst_Sharing::youngestServes()
{
    QFETCH(bool, theYoungerGoesFirst);
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"pages"_s); });
    auto older = make("SyncCache { name: 'pages'; loader: key => 'older:' + key }");
    auto younger = make("SyncCache { name: 'pages'; loader: key => 'younger:' + key }");
    const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::named(u"pages"_s));
    SyncCacheEntry entry(shown.get(), u"1"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"younger:1"_s));
    (theYoungerGoesFirst ? younger : older).reset();
    entry.setKey(u"2"_s);
    QTRY_COMPARE(entry.value(), QVariant(theYoungerGoesFirst ? u"older:2"_s : u"younger:2"_s));
    older.reset();
    younger.reset();
    QVERIFY(!shown->cache()->hasLoader());
    entry.setKey(u"3"_s);
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    const auto third = make("SyncCache { name: 'pages'; loader: key => 'third:' + key }");
    entry.setKey(u"4"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"third:4"_s));
}

// A list that was opened before the page that brings the loader.
void tst_Sharing::whoOnlyShowsIsToldOfALoader()
{
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"late"_s); });
    const auto viewer = make("QtObject {\n"
                             "  property SyncCache cache: SyncCache { id: c; name: 'late' }\n"
                             "  property CacheEntry entry: CacheEntry { cache: c; key: 'a' }\n"
                             "  property var bound: c.entry('b').value ?? ''\n"
                             "}");
    const std::unique_ptr<SyncCacheObject> ofCpp(SyncCacheObject::named(u"late"_s));
    const SyncCacheEntry entry(ofCpp.get(), u"c"_s);
    QTest::qWait(20);
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    const auto page = make("SyncCache { name: 'late'; loader: key => 'v:' + key }");
    QTRY_COMPARE(viewer->property("entry").value<SyncCacheEntry *>()->value(), QVariant(u"v:a"_s));
    QTRY_COMPARE(viewer->property("bound"), QVariant(u"v:b"_s));
    QTRY_COMPARE(entry.value(), QVariant(u"v:c"_s));
}

void tst_Sharing::whatIsUnderWayBeginsAgain()
{
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"under-way"_s); });
    const auto older = make("SyncCache { name: 'under-way'; loader: key => 'older:' + key }");
    auto younger = make("SyncCache { name: 'under-way'; property var requests: []; "
                        "loader: (key, request) => { requests = [...requests, request] } }");
    SyncCacheEntry one(cacheOf(older), u"1"_s);
    SyncCacheEntry two(cacheOf(older), u"2"_s);
    QTRY_COMPARE(younger->property("requests").toList().size(), 2);
    one.setKey(u"3"_s); // that of the first is canceled
    QTRY_COMPARE(younger->property("requests").toList().size(), 3);
    const SyncCacheEntry late(cacheOf(older), u"late"_s); // has not come to the loader
    younger.reset();
    QTRY_COMPARE(one.value(), QVariant(u"older:3"_s));
    QTRY_COMPARE(two.value(), QVariant(u"older:2"_s));
    QTRY_COMPARE(late.value(), QVariant(u"older:late"_s));
    QVERIFY(!cacheOf(older)->contains(u"1"_s));
}

void tst_Sharing::withoutAnyoneElseItFails()
{
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"alone"_s); });
    auto only =
            make("SyncCache { name: 'alone'; property int asked: 0; loader: () => { ++asked } }");
    const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::named(u"alone"_s));
    const SyncCacheEntry entry(shown.get(), u"1"_s);
    QTRY_COMPARE(only->property("asked"), QVariant(1));
    only.reset();
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Error);
    QVERIFY2(entry.errorString().contains(u"loader has gone"_s), qPrintable(entry.errorString()));
}

void tst_Sharing::loadersOfCppServeAgain_data()
{
    QTest::addColumn<bool>("isDeferred");
    QTest::newRow("in a pool") << false;
    QTest::newRow("in a thread") << true;
}

void tst_Sharing::loadersOfCppServeAgain()
{
    QFETCH(bool, isDeferred);
    QObject context;
    const auto cache = std::make_shared<SyncCacheObject::Cache>();
    const auto setLoader = [&](const QString &prefix) {
        if (!isDeferred)
            return cache->setLoader(
                    [prefix](const QString &key) { return QVariant(prefix + key); });
        cache->setLoader(&context,
                         [prefix](const QString &key, const SyncCacheLoadContext<QVariant> &load) {
                             load.finish(prefix + key);
                         });
    };
    setLoader(u"early:"_s);
    SyncCacheObject::publish(u"of-cpp"_s, cache);
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"of-cpp"_s); });
    auto page = make("SyncCache { name: 'of-cpp'; property int asked: 0; loader: (key, request) => "
                     "{ if (key === 'slow') ++asked; else return 'qml:' + key } }");
    const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::named(u"of-cpp"_s));
    SyncCacheEntry entry(shown.get(), u"1"_s);
    const SyncCacheEntry slow(shown.get(), u"slow"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"qml:1"_s));
    QTRY_COMPARE(page->property("asked"), QVariant(1));
    setLoader(u"cpp:"_s); // does not come before that of QML
    entry.setKey(u"2"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"qml:2"_s));
    page.reset();
    entry.setKey(u"3"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"cpp:3"_s));
    QTRY_COMPARE(slow.value(), QVariant(u"cpp:slow"_s)); // begun again there
}

void tst_Sharing::loaderIsTakenAway()
{
    for (const char *none : { "undefined", "null" }) {
        const auto root = make("SyncCache { loader: key => 'v' + key\nfunction end() { loader = "
                               + QByteArray(none) + " } }");
        SyncCacheEntry entry(cacheOf(root), u"x"_s);
        QTRY_COMPARE(entry.value(), QVariant(u"vx"_s));
        QMetaObject::invokeMethod(root.get(), "end");
        QVERIFY(!cacheOf(root)->cache()->hasLoader());
        entry.setKey(u"y"_s);
        QCOMPARE(entry.status(), SyncCacheEntry::Null);
        entry.refresh();
        QTest::qWait(20);
        QCOMPARE(entry.status(), SyncCacheEntry::Null);
    }
}

void tst_Sharing::loaderThatIsReplacedAnswersItsOwn()
{
    const auto root = make("SyncCache {\n"
                           "  property var request: null\n"
                           "  loader: (key, r) => { request = r }\n"
                           "  function replace() { loader = key => 'second:' + key }\n"
                           "  function answer() { request.finish('first') }\n"
                           "}");
    const SyncCacheEntry entry(cacheOf(root), u"1"_s);
    QTRY_VERIFY(!root->property("request").isNull());
    QMetaObject::invokeMethod(root.get(), "replace");
    const SyncCacheEntry other(cacheOf(root), u"2"_s);
    QTRY_COMPARE(other.value(), QVariant(u"second:2"_s));
    QCOMPARE(entry.status(), SyncCacheEntry::Loading);
    QMetaObject::invokeMethod(root.get(), "answer");
    QTRY_COMPARE(entry.value(), QVariant(u"first"_s));
}

void tst_Sharing::engineOfTheYoungestEnds()
{
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"engines"_s); });
    const auto older = make("SyncCache { name: 'engines'; loader: key => 'older:' + key }");
    auto engine = std::make_unique<QQmlEngine>();
    const auto younger =
            make(*engine, "SyncCache { name: 'engines'; loader: key => 'younger:' + key }");
    SyncCacheEntry entry(cacheOf(older), u"1"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"younger:1"_s));
    engine.reset(); // the object is left
    entry.setKey(u"2"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"older:2"_s));
}

void tst_Sharing::engineInAnotherThread()
{
    const auto forget = qScopeGuard([] { SyncCacheObject::release(u"threads"_s); });
    const auto here = make("SyncCache { name: 'threads'; loader: key => 'here:' + key }");
    SyncCacheEntry entry(cacheOf(here), u"1"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"here:1"_s));
    QThread thread;
    QObject context;
    context.moveToThread(&thread);
    thread.start();
    std::unique_ptr<QQmlEngine> engine;
    std::unique_ptr<QObject> there;
    const auto in = [&context](auto f) {
        QMetaObject::invokeMethod(&context, f, Qt::BlockingQueuedConnection);
    };
    in([&] {
        engine = std::make_unique<QQmlEngine>();
        there = make(*engine, "SyncCache { name: 'threads'; loader: key => 'there:' + key }");
    });
    entry.setKey(u"2"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"there:2"_s));
    in([&] { there.reset(); });
    entry.setKey(u"3"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"here:3"_s));
    in([&] { engine.reset(); });
    thread.quit();
    QVERIFY(thread.wait(5000));
}

// What entry() returns, what C++ makes, and what QML calls CacheEntry.
void tst_Sharing::typesAreOne()
{
    const auto root = make("QtObject {\n"
                           "  id: root\n"
                           "  property SyncCache cache: SyncCache { id: c }\n"
                           "  property CacheEntry declared: CacheEntry { cache: c; key: 'a' }\n"
                           "  property CacheEntry interned: c.entry('a')\n"
                           "  property bool areOne: declared instanceof CacheEntry && interned "
                           "instanceof CacheEntry\n"
                           "}");
    QVERIFY(root);
    QVERIFY(root->property("areOne").toBool());
    for (const char *const name : { "declared", "interned" }) {
        auto *const entry = root->property(name).value<QObject *>();
        QVERIFY(entry);
        QCOMPARE(entry->metaObject(), &SyncCacheEntry::staticMetaObject);
    }
    SyncCacheEntry made;
    QVERIFY(root->setProperty("declared", QVariant::fromValue(&made)));
    QCOMPARE(root->property("declared").value<SyncCacheEntry *>(), &made);
    QVERIFY(root->setProperty("declared", QVariant::fromValue<SyncCacheEntry *>(nullptr)));
}

QTEST_MAIN(tst_Sharing)
#include "tst_sharing.moc"
