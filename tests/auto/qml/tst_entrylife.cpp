// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qthread.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlproperty.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>

using namespace Qt::StringLiterals;

namespace {

// A value that is counted, wherever it is kept.
struct Counted
{
    Q_GADGET

public:
    static inline std::atomic<int> alive { 0 };

    explicit Counted(int itsNumber = 0) : number(itsNumber) { ++alive; }
    Counted(const Counted &other) : number(other.number) { ++alive; }
    Counted &operator=(const Counted &) = default;
    ~Counted() { --alive; }
    bool operator==(const Counted &other) const { return number == other.number; }

    int number;
};

// A cache whose loads the test answers, and what QML looks at it with.
struct Scene
{
    SyncCacheObject object;
    QObject context;
    std::map<QString, SyncCacheLoadContext<QVariant>> loads;

    Scene()
    {
        QJSEngine::setObjectOwnership(&object, QJSEngine::CppOwnership);
        object.setNotifyInterval(0);
        object.cache()->setLoader(
                &context, [this](const QString &key, const SyncCacheLoadContext<QVariant> &load) {
                    loads.insert_or_assign(key, load);
                });
    }
    bool isCanceled(const QString &key) const { return loads.at(key).isCanceled(); }

    std::unique_ptr<QObject> make(QQmlEngine &engine, const QByteArray &members)
    {
        engine.rootContext()->setContextProperty(u"cache"_s, &object);
        QQmlComponent component(&engine);
        component.setData("import QtQml\nimport SyncMap\nQtObject {\n" + members + "\n}", QUrl());
        std::unique_ptr<QObject> result(component.create());
        if (!result)
            qWarning().noquote() << component.errorString();
        return result;
    }
};

SyncCacheEntry *entryIn(const std::unique_ptr<QObject> &holder)
{
    return holder->property("entry").value<SyncCacheEntry *>();
}

QVariant call(const std::unique_ptr<QObject> &object, const char *function)
{
    QVariant result;
    QMetaObject::invokeMethod(object.get(), function, Q_RETURN_ARG(QVariant, result));
    return result.metaType() == QMetaType::fromType<QJSValue>()
            ? result.value<QJSValue>().toVariant()
            : result;
}

} // namespace

// The entries of SyncCache.entry(), as bindings, delegates, variables and engines come and go.
class tst_EntryLife : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_engine = std::make_unique<QQmlEngine>(); }
    void whoLooks_data();
    void whoLooks();
    void oneOfTwoBindingsKeepsIt();
    void whatIsNotLookedAtGivesUpItsValue();
    void whatIsNotHeldIsCollected();
    void fewAreLeftWithoutACollection();
    void whatAVariableHoldsLives();
    void whatIsHeldShowsTheCache();
    void whatIsHeldFollowsAgainOnceSomebodyLooks();
    void refreshOfWhatIsNotLookedAtIsLoaded();
    void whatIsAboutToBeCollectedIsMadeAnew();
    void betweenStepsOfTheCollectorItIsMadeAnew();
    void whatTwoEnginesHoldIsNotCollected();
    void engineEndsFirst();
    void objectEndsFirst();
    void connectionsOfOtherThreadsCount();
    void aThreadThatEndsLetsGo();
    void anEntryOfOnesOwnNeedsNobody();
    void undefinedIsNoKey();
    void nobodySwitchesItOff();
    void removalsByAnEntryThatGoes();

private:
    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_EntryLife::whoLooks_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::newRow("binding") << QByteArray("property var shown: cache.entry('key').value");
    QTest::newRow("binding of several") << QByteArray(
            "property var shown: { const e = cache.entry('key'); return [e.value, e.status, e.stale] }");
    QTest::newRow("property and binding") << QByteArray(
            "property CacheEntry entry: cache.entry('key')\nproperty var shown: entry.status");
    QTest::newRow("Connections") << QByteArray(
            "property var c: Connections { target: cache.entry('key'); function onLoaded() {} }");
    QTest::newRow("function") << QByteArray(
            "id: root\nfunction note() {}\n"
            "Component.onCompleted: cache.entry('key').valueChanged.connect(root.note)\n"
            "Component.onDestruction: cache.entry('key').valueChanged.disconnect(root.note)");
    QTest::newRow("two loaders of a part")
            << QByteArray("property var parts: Instantiator { model: 2; QtObject { property var v: "
                          "cache.entry('key').value } }");
    QTest::newRow("CacheEntry") << QByteArray(
            "property CacheEntry own: CacheEntry { cache: root.c; key: 'key' }\nid: root\n"
            "property SyncCache c: cache");
}

// Who goes cancels the load, if nobody else looks.
void tst_EntryLife::whoLooks()
{
    QFETCH(QByteArray, members);
    Scene scene;
    auto holder = scene.make(*m_engine, members);
    QVERIFY(holder);
    QTRY_VERIFY(scene.loads.count(u"key"_s));
    for (int i = 0; i < 5; ++i) // flushes
        scene.object.flush();
    QVERIFY(!scene.isCanceled(u"key"_s));
    holder.reset();
    QTRY_VERIFY(scene.isCanceled(u"key"_s));
    QTRY_COMPARE(scene.object.loading(), 0);
    QTRY_COMPARE(scene.object.cache()->statistics().canceledLoads, 1U);
}

void tst_EntryLife::oneOfTwoBindingsKeepsIt()
{
    Scene scene;
    auto one = scene.make(*m_engine, "property var shown: cache.entry('key').value");
    auto other = scene.make(*m_engine, "property var shown: cache.entry('key').status");
    QTRY_VERIFY(scene.loads.count(u"key"_s));
    one.reset();
    scene.object.flush();
    scene.object.flush();
    QVERIFY(!scene.isCanceled(u"key"_s));
    scene.loads.at(u"key"_s).finish(7);
    QTRY_COMPARE(other->property("shown"), QVariant(int(SyncCacheEntry::Ready)));
}

// What is shown stays, though the cache has no room for it; and goes when nobody looks.
void tst_EntryLife::whatIsNotLookedAtGivesUpItsValue()
{
    constexpr int Keys = 2000;
    Scene scene;
    scene.object.setMaxCost(1);
    auto holder = scene.make(*m_engine,
                             "property string key: '0'\n"
                             "property int status: cache.entry(key).status");
    int most = 0;
    for (int i = 0; i < Keys; ++i) {
        const QString key = QString::number(i);
        holder->setProperty("key", key);
        QTRY_VERIFY(scene.loads.count(key));
        std::exchange(scene.loads, {}).at(key).finish(QVariant::fromValue(Counted(i)));
        QTRY_COMPARE(holder->property("status"), QVariant(int(SyncCacheEntry::Ready)));
        most = std::max(most, Counted::alive.load());
    }
    scene.object.insert(u"other"_s, 1);
    scene.object.flush();
    QVERIFY(!scene.object.contains(QString::number(Keys - 1)));
    QCOMPARE(holder->property("status"), QVariant(int(SyncCacheEntry::Ready)));
    QVERIFY2(most < Keys / 4, qPrintable(QString::number(most))); // the cache frees them in bundles
}

void tst_EntryLife::whatIsNotHeldIsCollected()
{
    Scene scene;
    scene.object.insert(u"key"_s, 1);
    auto holder = scene.make(*m_engine, "property var shown: cache.entry('key').value");
    const QPointer<SyncCacheEntry> entry(scene.object.entry(u"key"_s));
    m_engine->collectGarbage();
    scene.object.flush();
    m_engine->collectGarbage();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(entry); // somebody looks
    holder.reset();
    scene.object.flush();
    m_engine->collectGarbage();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(!entry);
}

void tst_EntryLife::fewAreLeftWithoutACollection()
{
    Scene scene;
    auto holder = scene.make(*m_engine,
                             "property string key: ''\n"
                             "property var shown: cache.entry(key).value");
    QList<QPointer<SyncCacheEntry>> all;
    for (int i = 0; i < 20'000; ++i) {
        const QString key = QString::number(i);
        holder->setProperty("key", key);
        all.append(scene.object.entry(key));
        if (i % 10 == 9)
            QTest::qWait(0);
    }
    const auto left = all.size() - all.count(QPointer<SyncCacheEntry>());
    // The collector of Qt 6.8 and later works in steps, and lets more come together before it does.
    constexpr qsizetype most = QT_VERSION >= QT_VERSION_CHECK(6, 8, 0) ? 5000 : 1000;
    QVERIFY2(left < most, qPrintable(QString::number(left)));
    QVERIFY(all.last());
}

// In handlers only: nobody is connected.
void tst_EntryLife::whatAVariableHoldsLives()
{
    Scene scene;
    scene.object.insert(u"key"_s, 7);
    const auto holder = scene.make(*m_engine,
                                   "property CacheEntry entry: cache.entry('key')\n"
                                   "property var list: [cache.entry('listed')]\n"
                                   "function read() { return entry.value }\n"
                                   "function readListed() { return list[0].key }");
    for (int i = 0; i < 500; ++i) {
        scene.object.entry(QString::number(i));
        if (i % 50 == 0) {
            scene.object.flush();
            m_engine->collectGarbage();
            QTest::qWait(0);
        }
    }
    QVERIFY(entryIn(holder));
    QCOMPARE(entryIn(holder), scene.object.entry(u"key"_s));
    QCOMPARE(call(holder, "read"), QVariant(7));
    QCOMPARE(call(holder, "readListed"), QVariant(u"listed"_s));
}

void tst_EntryLife::whatIsHeldShowsTheCache()
{
    Scene scene;
    const auto holder =
            scene.make(*m_engine,
                       "property CacheEntry entry: cache.entry('key')\n"
                       "function read() { return [entry.value, entry.status, entry.exists] }\n"
                       "function write() { entry.value = 8; return entry.value }\n"
                       "function remove() { entry.remove(); return entry.exists }");
    scene.object.flush();
    scene.object.flush();
    QTRY_VERIFY(scene.loads.empty() || scene.isCanceled(u"key"_s)); // nobody looks
    QCOMPARE(call(holder, "read"), QVariant(QVariantList { {}, int(SyncCacheEntry::Null), false }));
    scene.object.insert(u"key"_s, 7);
    QCOMPARE(call(holder, "read"), QVariant(QVariantList { 7, int(SyncCacheEntry::Ready), true }));
    QCOMPARE(call(holder, "write"), QVariant(8));
    QCOMPARE(scene.object.value(u"key"_s), QVariant(8));
    QCOMPARE(call(holder, "remove"), QVariant(false));
    QVERIFY(!scene.object.contains(u"key"_s));
}

void tst_EntryLife::whatIsHeldFollowsAgainOnceSomebodyLooks()
{
    Scene scene;
    const auto holder = scene.make(*m_engine,
                                   "property CacheEntry entry: cache.entry('key')\n"
                                   "property bool looks: false\n"
                                   "property var shown: looks ? entry.value : 'nothing'");
    scene.object.flush();
    scene.object.flush();
    QCoreApplication::processEvents();
    scene.loads.clear();
    scene.object.flush();
    for (int round = 0; round < 3; ++round) {
        holder->setProperty("looks", true);
        QTRY_VERIFY(scene.loads.count(u"key"_s)); // as if it had just been made
        std::exchange(scene.loads, {}).at(u"key"_s).finish(round);
        QTRY_COMPARE(holder->property("shown"), QVariant(round));
        scene.object.insert(u"key"_s, u"written"_s);
        QTRY_COMPARE(holder->property("shown"), QVariant(u"written"_s));
        holder->setProperty("looks", false);
        scene.object.remove(u"key"_s);
        scene.object.flush();
        scene.object.flush();
    }
}

void tst_EntryLife::refreshOfWhatIsNotLookedAtIsLoaded()
{
    Scene scene;
    const auto holder = scene.make(*m_engine, "function read() { cache.entry('key').refresh() }");
    call(holder, "read");
    QTRY_VERIFY(scene.loads.count(u"key"_s));
    scene.object.flush();
    scene.object.flush();
    scene.loads.at(u"key"_s).finish(7);
    QTRY_COMPARE(scene.object.value(u"key"_s), QVariant(7));
}

// The collector ends it with the next pass of the event loop, and QML takes it for gone until then.
void tst_EntryLife::whatIsAboutToBeCollectedIsMadeAnew()
{
    Scene scene;
    scene.object.insert(u"key"_s, 7);
    auto holder = scene.make(*m_engine, "property var shown: cache.entry('key').value");
    const QPointer<SyncCacheEntry> old(scene.object.entry(u"key"_s));
    holder.reset();
    scene.object.flush();
    m_engine->collectGarbage();
    QVERIFY(old);
    holder = scene.make(*m_engine, "property var shown: cache.entry('key').value");
    QVERIFY(scene.object.entry(u"key"_s) != old);
    QCOMPARE(holder->property("shown"), QVariant(7));
    QTRY_VERIFY(!old);
    scene.object.insert(u"key"_s, 8);
    QTRY_COMPARE(holder->property("shown"), QVariant(8));
}

// Of Qt 6.8 and later: after the step that gives up an entry, and before that which forgets it. Many of
// them, for a step has some milliseconds.
void tst_EntryLife::betweenStepsOfTheCollectorItIsMadeAnew()
{
    Scene scene;
    auto holder = scene.make(*m_engine,
                             "property int missing\n"
                             "function look(first, step) {\n"
                             "    const junk = [];\n"
                             "    for (let k = 0; k < 5000; ++k) junk.push({ k: k });\n"
                             "    for (let i = first; i < 20000; i += step)\n"
                             "        if (!cache.entry(String(i))) ++missing;\n"
                             "}");
    const auto look = [&](int first, int step) {
        QMetaObject::invokeMethod(holder.get(), "look", Q_ARG(QVariant, first),
                                  Q_ARG(QVariant, step));
    };
    for (int round = 0; round < 3; ++round) {
        look(0, 1);
        scene.object.flush();
        for (int turn = 0; turn < 50; ++turn) {
            QTest::qWait(0);
            look(turn, 400);
        }
    }
    QCOMPARE(holder->property("missing"), QVariant(0));
}

void tst_EntryLife::whatTwoEnginesHoldIsNotCollected()
{
    Scene scene;
    scene.object.insert(u"key"_s, 7);
    QQmlEngine other;
    const char *const members = "property CacheEntry entry: cache.entry('key')\n"
                                "function read() { return entry.value }";
    auto here = scene.make(*m_engine, members);
    auto there = scene.make(other, members);
    QCOMPARE(entryIn(here), entryIn(there));
    const auto settle = [&] {
        scene.object.flush();
        scene.object.flush();
        if (m_engine)
            m_engine->collectGarbage();
        other.collectGarbage();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    };
    settle();
    QVERIFY(entryIn(here) && entryIn(there));
    here.reset();
    settle();
    QVERIFY(entryIn(there));
    QCOMPARE(call(there, "read"), QVariant(7));
    m_engine.reset();
    other.collectGarbage();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(entryIn(there));
    QCOMPARE(call(there, "read"), QVariant(7));

    // It was one's alone, and comes to the other one afterwards.
    auto first = scene.make(other, "property CacheEntry entry: cache.entry('late')");
    settle();
    QQmlEngine late;
    auto second = scene.make(late,
                             "property CacheEntry entry: null\n"
                             "function read() { return entry.key }");
    second->setProperty("entry", QVariant::fromValue(entryIn(first)));
    first.reset();
    other.collectGarbage();
    late.collectGarbage();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(entryIn(second));
    QCOMPARE(call(second, "read"), QVariant(u"late"_s));
}

void tst_EntryLife::engineEndsFirst()
{
    Scene scene;
    scene.object.insert(u"held"_s, 7);
    auto holder = scene.make(*m_engine,
                             "property CacheEntry entry: cache.entry('held')\n"
                             "property var shown: cache.entry('bound').value");
    QTRY_VERIFY(scene.loads.count(u"bound"_s));
    const QPointer<SyncCacheEntry> held(entryIn(holder));
    scene.object.flush();
    scene.object.flush();
    m_engine.reset();
    QVERIFY(!held);
    QCOMPARE(scene.object.entry(u"held"_s)->value(), QVariant(7));
    holder.reset();
    QTRY_VERIFY(scene.isCanceled(u"bound"_s));
}

void tst_EntryLife::objectEndsFirst()
{
    auto scene = std::make_unique<Scene>();
    scene->object.insert(u"key"_s, 7);
    scene->object.insert(u"bound"_s, 8);
    const auto holder = scene->make(*m_engine,
                                    "property CacheEntry entry: cache.entry('key')\n"
                                    "property CacheEntry own: cache.entry('bound')\n"
                                    "property var shown: own ? own.value : 'gone'\n"
                                    "function read() { return [entry.value, entry.cache] }");
    scene->object.flush();
    scene->object.flush();
    QCOMPARE(holder->property("shown"), QVariant(8));
    scene.reset();
    QCOMPARE(call(holder, "read").toList().at(0), QVariant());
    m_engine->collectGarbage();
    QTest::qWait(0);
    QVERIFY(entryIn(holder)); // the engine's
    m_engine.reset();
}

void tst_EntryLife::connectionsOfOtherThreadsCount()
{
    Scene scene;
    SyncCacheEntry *const entry = scene.object.entry(u"key"_s);
    QThread thread;
    auto *const receiver = new QObject;
    receiver->moveToThread(&thread);
    QObject::connect(&thread, &QThread::finished, receiver, &QObject::deleteLater);
    QObject::connect(entry, &SyncCacheEntry::valueChanged, receiver, [] {});
    thread.start();
    scene.object.flush();
    QTRY_VERIFY(scene.loads.count(u"key"_s));
    scene.object.flush();
    QVERIFY(!scene.isCanceled(u"key"_s));
    thread.quit();
    QVERIFY(thread.wait(5000)); // the receiver went there
    QTRY_VERIFY(scene.isCanceled(u"key"_s));
}

// Many receivers end in another thread, while this one makes entries, and ends them.
void tst_EntryLife::aThreadThatEndsLetsGo()
{
    Scene scene;
    for (int round = 0; round < 20; ++round) {
        QThread thread;
        for (int i = 0; i < 20; ++i) {
            auto *const receiver = new QObject;
            receiver->moveToThread(&thread);
            QObject::connect(&thread, &QThread::finished, receiver, &QObject::deleteLater);
            SyncCacheEntry *const entry = scene.object.entry(QString::number(i));
            QObject::connect(entry, &SyncCacheEntry::valueChanged, receiver, [] {});
            QObject::connect(entry, &SyncCacheEntry::statusChanged, receiver, [] {});
        }
        thread.start();
        thread.quit();
        for (int i = 0; i < 50; ++i) {
            scene.object.entry(QString::number(1000 * round + i));
            scene.object.flush();
        }
        QVERIFY(thread.wait(5000));
    }
    QTRY_COMPARE(scene.object.loading(), 0);
}

void tst_EntryLife::anEntryOfOnesOwnNeedsNobody()
{
    Scene scene;
    const SyncCacheEntry own(&scene.object, u"key"_s);
    QTRY_VERIFY(scene.loads.count(u"key"_s));
    scene.object.flush();
    scene.object.flush();
    scene.loads.at(u"key"_s).finish(7);
    QTRY_COMPARE(own.value(), QVariant(7));
}

void tst_EntryLife::undefinedIsNoKey()
{
    Scene scene;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("entry\\(\\) is for a key"_L1));
    const auto holder = scene.make(*m_engine,
                                   "property var user: ({})\n"
                                   "property var shown: cache.entry(user.id).value ?? 'none'\n"
                                   "property int status: cache.entry(user.id ?? 'x').status");
    QVERIFY(holder);
    QCOMPARE(holder->property("shown"), QVariant(u"none"_s));
    scene.object.flush();
    QCoreApplication::processEvents();
    QVERIFY(scene.loads.count(u"x"_s));
    QCOMPARE(scene.loads.size(), std::size_t(1));
    holder->setProperty("user", QVariantMap { { u"id"_s, u"7"_s } });
    QTRY_VERIFY(scene.loads.count(u"7"_s));
    scene.loads.at(u"7"_s).finish(u"found"_s);
    QTRY_COMPARE(holder->property("shown"), QVariant(u"found"_s));
}

void tst_EntryLife::nobodySwitchesItOff()
{
    Scene scene;
    scene.object.insert(u"key"_s, 1);
    const auto holder = scene.make(*m_engine,
                                   "property var shown: cache.entry('key').value\n"
                                   "function spoil() {\n"
                                   "  const e = cache.entry('key')\n"
                                   "  e.active = false; e.placeholderValue = 'p'; e.priority = 7\n"
                                   "  return [e.active, e.placeholderValue, e.priority]\n"
                                   "}");
    for (int i = 0; i < 3; ++i) {
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression("an entry of entry\\(\\) is shared"_L1));
    }
    QCOMPARE(call(holder, "spoil"), QVariant(QVariantList { true, {}, 0 }));
    scene.object.insert(u"key"_s, 2);
    QTRY_COMPARE(holder->property("shown"), QVariant(2));
}

// Who is told that an entry ends ends others, and the object.
void tst_EntryLife::removalsByAnEntryThatGoes()
{
    auto scene = std::make_unique<Scene>();
    QList<QPointer<SyncCacheEntry>> all;
    for (int i = 0; i < 200; ++i) {
        SyncCacheEntry *const entry = scene->object.entry(QString::number(i));
        all.append(entry);
        QObject::connect(entry, &QObject::destroyed, this, [&all, i] { delete all.at(199 - i); });
    }
    scene->object.flush();
    QTRY_VERIFY(all.count(QPointer<SyncCacheEntry>()) >= 100);
    for (int i = 0; i < 200; ++i) {
        QObject::connect(scene->object.entry(u"more"_s + QString::number(i)), &QObject::destroyed,
                         this, [&scene] { std::exchange(scene, nullptr).reset(); });
    }
    scene->object.flush();
    QVERIFY(!scene);
}

QTEST_MAIN(tst_EntryLife)
#include "tst_entrylife.moc"
