// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qregularexpression.h>
#include <QtCore/qthread.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>

using namespace Qt::StringLiterals;

// What QML calls and writes, beside reading.
class tst_Functions : public QObject
{
    Q_OBJECT

private slots:
    void timesAreSet();
    void invalidateAllKeepsWhatIsShown();
    void clearEmptiesAndLoadsWhatIsShown();
    void whatBearsATagIsRemoved();
    void trimmedByLevel();
    void prefetchLoadsWhatIsMissing();
    void computeLosesNothingBesideAWorker();
    void computeLeavesOrRefuses();
    void whoComputesNothingDoesNothing_data();
    void whoComputesNothingDoesNothing();
    void whoComputesNothingTellsNobody();
    void computedObjectsGoWithTheirEnd();
    void writtenEntryKeepsItsOptions();
    void writeThatFailsSaysSo();
    void whatThereIsNoRoomForIsShown();
    void errorsHaveACode();
    void rejectionsHaveTheirMessage_data();
    void rejectionsHaveTheirMessage();
    void destroyedCacheLeavesNothing();
    void manyKeysInAShortTimeAreOneLoad();
    void aPauseEndsWithWhateverIsAsked();
    void modelIsAskedByKeyAndRow();
    void whatIsPrefetchedTwiceIsLoadedOnce();

private:
    std::unique_ptr<QObject> make(const QByteArray &text)
    {
        QQmlComponent component(&m_engine);
        component.setData("import QtQml\nimport SyncMap\n" + text, QUrl());
        std::unique_ptr<QObject> result(component.create());
        if (!result)
            qWarning().noquote() << component.errorString();
        return result;
    }
    // \a statements with the object as `this`, and `cache`.
    QVariant run(const QString &statements, SyncCacheObject &object)
    {
        QJSEngine::setObjectOwnership(&object, QJSEngine::CppOwnership);
        const QJSValue f = m_engine.evaluate(u"(cache => {"_s + statements + u"})"_s);
        const QJSValue result = f.call({ m_engine.newQObject(&object) });
        if (result.isError())
            qWarning().noquote() << result.toString();
        return result.toVariant();
    }
    static SyncCacheObject &cacheOf(const std::unique_ptr<QObject> &root)
    {
        return *qobject_cast<SyncCacheObject *>(root.get());
    }

    QQmlEngine m_engine;
};

void tst_Functions::timesAreSet()
{
    const auto root =
            make("SyncCache { timeToIdle: 1000; staleTime: 2000; errorTimeToLive: 3000 }");
    const auto cache = cacheOf(root).cache();
    QCOMPARE(cache->timeToIdle(), std::chrono::milliseconds(1000));
    QCOMPARE(cache->staleTime(), std::chrono::milliseconds(2000));
    QCOMPARE(cache->errorTimeToLive(), std::chrono::milliseconds(3000));
    QCOMPARE(cache->timeToLive(), SyncCacheForever);
    QSignalSpy changed(root.get(), SIGNAL(staleTimeChanged()));
    root->setProperty("staleTime", -1);
    QCOMPARE(cache->staleTime(), SyncCacheForever);
    QCOMPARE(root->property("staleTime").toDouble(), -1.0);
    QCOMPARE(changed.size(), 1);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("timeToIdle must be -1, 0 or more"_L1));
    root->setProperty("timeToIdle", -7);
    QCOMPARE(root->property("timeToIdle").toDouble(), 1000.0);
}

void tst_Functions::invalidateAllKeepsWhatIsShown()
{
    const auto root =
            make("SyncCache { property int n: 0; notifyInterval: 0\n"
                 "loader: (key, request) => { ++n; if (n === 1) return key + n; r = request }\n"
                 "property var r: null; function answer() { r.finish('again') } }");
    SyncCacheEntry entry(&cacheOf(root), u"a"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"a1"_s));
    run(u"cache.invalidateAll()"_s, cacheOf(root));
    QTRY_COMPARE(root->property("n"), QVariant(2));
    QTRY_VERIFY(entry.isStale() && entry.isFetching());
    QCOMPARE(entry.value(), QVariant(u"a1"_s));
    QMetaObject::invokeMethod(root.get(), "answer");
    QTRY_COMPARE(entry.value(), QVariant(u"again"_s));
}

// In QML, and by a worker; remove() gives nothing.
void tst_Functions::clearEmptiesAndLoadsWhatIsShown()
{
    const auto root = make("SyncCache { property int n: 0; notifyInterval: 0; loader: key => key + "
                           "++n }");
    SyncCacheObject &object = cacheOf(root);
    SyncCacheEntry entry(&object, u"a"_s);
    QTRY_COMPARE(entry.value(), QVariant(u"a1"_s));
    QStringList seen;
    connect(&entry, &SyncCacheEntry::valueChanged, this,
            [&] { seen.append(entry.value().toString()); });
    run(u"cache.clear()"_s, object);
    QTRY_COMPARE(entry.value(), QVariant(u"a2"_s));
    object.cache()->clear();
    QTRY_COMPARE(entry.value(), QVariant(u"a3"_s));
    QCOMPARE(seen, (QStringList { QString(), u"a2"_s, QString(), u"a3"_s }));
    object.remove(u"a"_s);
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Null);
    QTest::qWait(20);
    QCOMPARE(root->property("n"), QVariant(3));
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    entry.disconnect(this);
}

void tst_Functions::whatBearsATagIsRemoved()
{
    SyncCacheObject object;
    run(u"cache.insert('a', 1, { tags: ['x'] }); cache.insert('b', 2, { tags: ['x', 'y'] });"
        "cache.insert('c', 3, { tags: ['y'] })"_s,
        object);
    const SyncCacheEntry entry(&object, u"a"_s);
    QCOMPARE(run(u"return cache.removeByTag('x')"_s, object), QVariant(2));
    QCOMPARE(object.keys(), QStringList { u"c"_s });
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Null);
}

void tst_Functions::trimmedByLevel()
{
    const auto root =
            make("SyncCache {\n"
                 "  maxCost: 100\n"
                 "  function fill() { for (let i = 0; i < 100; ++i) insert('k' + i, i) }\n"
                 "  function half() { trim(SyncCache.Moderate) }\n"
                 "  function all() { trim(SyncCache.Complete) }\n"
                 "}");
    QVERIFY(root);
    QMetaObject::invokeMethod(root.get(), "fill");
    QMetaObject::invokeMethod(root.get(), "half");
    QCOMPARE(cacheOf(root).cache()->size(), 50);
    QMetaObject::invokeMethod(root.get(), "all");
    QCOMPARE(cacheOf(root).cache()->size(), 0);
}

void tst_Functions::prefetchLoadsWhatIsMissing()
{
    const auto root =
            make("SyncCache { property var asked: []; loader: key => { asked = [...asked, "
                 "key]; if (key === 'bad') throw new Error('no'); return key } }");
    SyncCacheObject &object = cacheOf(root);
    object.insert(u"b"_s, u"there"_s);
    QSignalSpy failed(&object, &SyncCacheObject::loadFailed);
    run(u"cache.prefetch(['a', 'b', 'bad', 'c'])"_s, object);
    QTRY_COMPARE(object.value(u"c"_s), QVariant(u"c"_s));
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.at(0).at(0), QVariant(u"bad"_s));
    QCOMPARE(object.value(u"b"_s), QVariant(u"there"_s));
    QStringList asked = root->property("asked").toStringList();
    asked.sort();
    QCOMPARE(asked, (QStringList { u"a"_s, u"bad"_s, u"c"_s }));
}

void tst_Functions::computeLosesNothingBesideAWorker()
{
    constexpr int Rounds = 2000;
    SyncCacheObject object;
    const auto cache = object.cache();
    const std::unique_ptr<QThread> worker(QThread::create([cache] {
        for (int i = 0; i < Rounds; ++i) {
            cache->compute(u"n"_s, [](const QVariant *n) -> std::optional<QVariant> {
                return (n ? n->toInt() : 0) + 1;
            });
        }
    }));
    worker->start();
    const QVariant last = run(u"let n; for (let i = 0; i < %1; ++i) n = cache.compute('n', n => "
                              "(n ?? 0) + 1); return n"_s.arg(Rounds),
                              object);
    QVERIFY(worker->wait(60'000));
    QCOMPARE(object.value(u"n"_s).toInt(), 2 * Rounds);
    QVERIFY(last.toInt() >= Rounds);
}

void tst_Functions::computeLeavesOrRefuses()
{
    SyncCacheObject object;
    object.insert(u"a"_s, QVariantMap { { u"n"_s, 1 } });
    QCOMPARE(run(u"return cache.compute('a', () => undefined).n"_s, object), QVariant(1));
    QCOMPARE(run(u"return cache.compute('none', () => undefined) === undefined"_s, object),
             QVariant(true));
    QVERIFY(!object.contains(u"none"_s));
    QCOMPARE(run(u"return cache.compute('a', a => ({ n: a.n + 1 })).n"_s, object), QVariant(2));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" is not computed: .*function"_L1));
    run(u"cache.compute('a', () => () => 1)"_s, object);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" is not computed: Error: no"_L1));
    run(u"cache.compute('a', () => { throw new Error('no') })"_s, object);
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression("\"a\" is not computed: it takes a function"_L1));
    run(u"cache.compute('a', 7)"_s, object);
    QCOMPARE(object.value(u"a"_s).toMap().value(u"n"_s), QVariant(2));

    const auto numbers = std::make_shared<SyncMap<QString, int>>();
    const std::unique_ptr<SyncCacheObject> typed(SyncCacheObject::wrap(numbers));
    QCOMPARE(run(u"return cache.compute('a', n => (n ?? 6) + 1)"_s, *typed), QVariant(7));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" is not computed"_L1));
    run(u"cache.compute('a', () => 'text')"_s, *typed);
    QCOMPARE(numbers->value(u"a"_s), 7);
}

void tst_Functions::whoComputesNothingDoesNothing_data()
{
    QTest::addColumn<QString>("function");
    QTest::addColumn<bool>("isRefused");
    QTest::newRow("undefined") << u"() => undefined"_s << false;
    QTest::newRow("throws") << u"() => { throw new Error('no') }"_s << true;
    QTest::newRow("cannot be kept") << u"() => () => 1"_s << true;
    QTest::newRow("does not fit") << u"() => 'text'"_s << true;
}

void tst_Functions::whoComputesNothingDoesNothing()
{
    QFETCH(const QString, function);
    QFETCH(const bool, isRefused);
    SyncCacheManualClock clock;
    QObject context;
    std::map<QString, SyncCacheLoadContext<int>> loads;
    const auto numbers = std::make_shared<SyncCache<QString, int>>();
    numbers->setClock(&clock);
    numbers->setLoader(&context, [&loads](const QString &key, SyncCacheLoadContext<int> load) {
        loads.insert_or_assign(key, std::move(load));
    });
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(numbers));
    object->setNotifyInterval(0);
    numbers->insert(u"stale"_s, 1,
                    SyncCacheEntryOptions().setTimeToLive(std::chrono::milliseconds(1000)));
    numbers->invalidate(u"stale"_s);
    numbers->insert(u"refreshed"_s, 2);
    const QFuture<int> absent = numbers->getOrLoad(u"absent"_s);
    const QFuture<int> refreshed = numbers->refresh(u"refreshed"_s);
    QTRY_COMPARE(loads.size(), 2U);
    object->flush();
    const double revision = object->revision();
    QSignalSpy changed(object.get(), &SyncCacheObject::entriesChanged);

    const auto compute = [&](const QString &key) {
        if (isRefused)
            QTest::ignoreMessage(QtWarningMsg, QRegularExpression("is not computed"_L1));
        run(u"cache.compute('%1', %2)"_s.arg(key, function), *object);
    };
    for (int i = 0; i < 3; ++i) {
        clock.advance(std::chrono::milliseconds(300));
        compute(u"stale"_s);
        QVERIFY(numbers->isStale(u"stale"_s));
    }
    compute(u"absent"_s);
    compute(u"refreshed"_s);
    object->flush();
    QCOMPARE(changed.size(), 0);
    QCOMPARE(object->revision(), revision);
    clock.advance(std::chrono::milliseconds(100));
    QVERIFY(!numbers->contains(u"stale"_s));
    loads.at(u"absent"_s).finish(3);
    loads.at(u"refreshed"_s).finish(4);
    QTRY_VERIFY(absent.isFinished() && refreshed.isFinished());
    QCOMPARE(numbers->peek(u"absent"_s), 3);
    QCOMPARE(numbers->peek(u"refreshed"_s), 4);
}

// Nor of a map, be its values overwritten in place or not.
void tst_Functions::whoComputesNothingTellsNobody()
{
    const auto numbers = std::make_shared<SyncMap<QString, int>>();
    const auto texts = std::make_shared<SyncMap<QString, QString>>();
    numbers->insert(u"a"_s, 1);
    texts->insert(u"a"_s, u"b"_s);
    for (const auto &object : { std::unique_ptr<SyncCacheObject>(SyncCacheObject::wrap(numbers)),
                                std::unique_ptr<SyncCacheObject>(SyncCacheObject::wrap(texts)) }) {
        object->setNotifyInterval(0);
        QSignalSpy changed(object.get(), &SyncCacheObject::entriesChanged);
        run(u"cache.compute('a', () => undefined); cache.compute('b', () => undefined)"_s, *object);
        object->flush();
        QCOMPARE(changed.size(), 0);
        QCOMPARE(object->revision(), 0.0);
        QCOMPARE(object->keys(), QStringList { u"a"_s });
    }
}

void tst_Functions::computedObjectsGoWithTheirEnd()
{
    SyncCacheObject object;
    auto kept = std::make_unique<QObject>();
    m_engine.globalObject().setProperty(u"kept"_s, m_engine.newQObject(kept.get()));
    QJSEngine::setObjectOwnership(kept.get(), QJSEngine::CppOwnership);
    QCOMPARE(run(u"return cache.compute('a', () => kept) === kept"_s, object), QVariant(true));
    QVERIFY(object.contains(u"a"_s));
    kept.reset();
    QVERIFY(!object.contains(u"a"_s));
}

void tst_Functions::writtenEntryKeepsItsOptions()
{
    SyncCacheObject object;
    run(u"cache.insert('a', 1, { tags: ['x'], pinned: true, cost: 5, timeToLive: 60000 });"
        "cache.entry('a').value = 2"_s,
        object);
    QCOMPARE(object.value(u"a"_s), QVariant(2));
    const auto info = object.cache()->entryInfo(u"a"_s);
    QVERIFY(info);
    QVERIFY(info->pinned);
    QCOMPARE(info->tags, QStringList { u"x"_s });
    QCOMPARE(info->cost, 5);
    QVERIFY(info->timeToLiveLeft <= std::chrono::minutes(1));
}

void tst_Functions::writeThatFailsSaysSo()
{
    const auto numbers = std::make_shared<SyncCache<QString, int>>();
    numbers->insert(u"a"_s, 1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(numbers));
    const SyncCacheEntry entry(object.get(), u"a"_s);
    QSignalSpy failed(&entry, &SyncCacheEntry::failed);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" is not written: "_L1));
    const_cast<SyncCacheEntry &>(entry).setValue(u"text"_s);
    QCOMPARE(failed.size(), 1);
    QVERIFY(!entry.errorString().isEmpty());
    QCOMPARE(entry.errorCode(), SyncCacheEntry::NotKept);
    QCOMPARE(entry.value(), QVariant(1));
    QCOMPARE(entry.status(), SyncCacheEntry::Ready);
    const_cast<SyncCacheEntry &>(entry).setValue(2);
    QCOMPARE(entry.errorString(), QString());
    QCOMPARE(entry.value(), QVariant(2));
}

// Whoever has typed it sees it, until somebody else writes.
void tst_Functions::whatThereIsNoRoomForIsShown()
{
    for (const bool isThereBefore : { false, true }) {
        SyncCacheObject object;
        object.setNotifyInterval(0);
        object.cache()->setWeigher([](const QString &, const QVariant &value) -> qsizetype {
            return value.toString().size();
        });
        object.setMaxCost(3);
        if (isThereBefore)
            object.insert(u"a"_s, u"abc"_s);
        SyncCacheEntry entry(&object, u"a"_s);
        QSignalSpy failed(&entry, &SyncCacheEntry::failed);
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression("\"a\" is not written: .*not fit"_L1));
        entry.setValue(u"typed"_s);
        object.flush();
        object.flush();
        QCOMPARE(failed.size(), 1);
        QCOMPARE(entry.value(), QVariant(u"typed"_s));
        QVERIFY(entry.isStale() && !entry.exists());
        object.insert(u"a"_s, u"b"_s);
        QTRY_COMPARE(entry.value(), QVariant(u"b"_s));
        QVERIFY(!entry.isStale() && entry.exists());
        object.remove(u"a"_s);
        QTRY_COMPARE(entry.status(), SyncCacheEntry::Null);
    }
}

void tst_Functions::errorsHaveACode()
{
    const auto root =
            make("QtObject {\n"
                 "  id: root\n"
                 "  property SyncCache cache: SyncCache { id: c; loader: () => { throw 1 } }\n"
                 "  property CacheEntry entry: CacheEntry { cache: c; key: 'a' }\n"
                 "  property bool isLoadFailed: entry.errorCode === CacheEntry.LoadFailed\n"
                 "}");
    QTRY_VERIFY(root->property("isLoadFailed").toBool());
}

void tst_Functions::rejectionsHaveTheirMessage_data()
{
    QTest::addColumn<QByteArray>("loader");
    QTest::newRow("Error") << QByteArray("() => Promise.reject(new Error('boom'))");
    QTest::newRow("text") << QByteArray("() => Promise.reject('boom')");
    QTest::newRow("object") << QByteArray("() => Promise.reject({ code: 404, message: 'boom' })");
    QTest::newRow("fail with an object")
            << QByteArray("(key, request) => { request.fail({ message: 'boom' }) }");
    QTest::newRow("thrown") << QByteArray("() => { throw new Error('boom') }");
    QTest::newRow("thrown text") << QByteArray("() => { throw 'boom' }");
}

void tst_Functions::rejectionsHaveTheirMessage()
{
    QFETCH(QByteArray, loader);
    const auto root = make("SyncCache { loader: " + loader + " }");
    const SyncCacheEntry entry(&cacheOf(root), u"a"_s);
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Error);
    QVERIFY2(QRegularExpression(u"^(Error: )?boom$"_s).match(entry.errorString()).hasMatch(),
             qPrintable(entry.errorString()));
}

void tst_Functions::destroyedCacheLeavesNothing()
{
    auto object = std::make_unique<SyncCacheObject>();
    QJSEngine::setObjectOwnership(object.get(), QJSEngine::CppOwnership);
    object->insert(u"a"_s, 1);
    m_engine.rootContext()->setContextProperty(u"shown"_s, object.get());
    const auto root = make("QtObject {\n"
                           "  property CacheEntry entry: CacheEntry { cache: shown; key: 'a' }\n"
                           "  property bool isNull: entry.status === CacheEntry.Null\n"
                           "  property var value: entry.value ?? 'nothing'\n"
                           "}");
    QCOMPARE(root->property("value"), QVariant(1));
    object.reset();
    QCOMPARE(root->property("value"), QVariant(u"nothing"_s));
    QCOMPARE(root->property("isNull"), QVariant(true));
}

void tst_Functions::manyKeysInAShortTimeAreOneLoad()
{
    const auto root =
            make("QtObject {\n"
                 "  id: root\n"
                 "  property string text: 'h'\n"
                 "  property var asked: []\n"
                 "  property SyncCache cache: SyncCache { id: c; loader: key => {\n"
                 "    root.asked = [...root.asked, key]; return 'found ' + key } }\n"
                 "  property CacheEntry entry: CacheEntry { id: e; cache: c; key: root.text; "
                 "debounce: 1000 }\n"
                 "  property var value: e.value ?? ''\n"
                 "}");
    auto *const entry = root->property("entry").value<SyncCacheEntry *>();
    QTRY_COMPARE(root->property("value"), QVariant(u"found h"_s)); // the first did not wait
    for (const QString &text : { u"he"_s, u"hel"_s, u"hell"_s, u"hello"_s }) {
        root->setProperty("text", text);
        QCoreApplication::processEvents();
        QCOMPARE(entry->key(), text);
        QCOMPARE(entry->value(), QVariant(u"found h"_s)); // as it was
        QCOMPARE(entry->status(), SyncCacheEntry::Ready);
        QVERIFY(entry->isFetching());
    }
    QTRY_COMPARE(root->property("value"), QVariant(u"found hello"_s));
    QVERIFY(!entry->isFetching());
    QCOMPARE(root->property("asked").toStringList(), (QStringList { u"h"_s, u"hello"_s }));
}

void tst_Functions::aPauseEndsWithWhateverIsAsked()
{
    constexpr int Long = 1'000'000;
    auto object = std::make_unique<SyncCacheObject>();
    SyncCacheObject other;
    for (SyncCacheObject *one : { object.get(), &other }) {
        one->cache()->setLoader([one, &other](const QString &key) {
            return QVariant((one == &other ? u"other "_s : u"one "_s) + key);
        });
    }
    SyncCacheEntry entry(object.get(), u"a"_s);
    entry.setDebounce(Long);
    QTRY_COMPARE(entry.value(), QVariant(u"one a"_s));
    entry.setKey(u"b"_s);
    QVERIFY(entry.isFetching());
    entry.refresh();
    QTRY_COMPARE(entry.value(), QVariant(u"one b"_s));
    entry.setKey(u"c"_s);
    entry.setCache(&other);
    QTRY_COMPARE(entry.value(), QVariant(u"other c"_s));
    entry.setKey(u"d"_s);
    entry.setActive(false);
    QVERIFY(!entry.isFetching());
    entry.setActive(true);
    QTRY_COMPARE(entry.value(), QVariant(u"other d"_s));
    entry.setCache(object.get());
    QTRY_COMPARE(entry.value(), QVariant(u"one d"_s));
    entry.setDebounce(1);
    entry.setKey(u"e"_s);
    object.reset();
    QTest::qWait(20);
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    QVERIFY(!entry.isFetching());
}

void tst_Functions::modelIsAskedByKeyAndRow()
{
    const auto root =
            make("QtObject {\n"
                 "  property SyncCache cache: SyncCache { id: c; notifyInterval: 0 }\n"
                 "  property CacheModel model: CacheModel { id: m; cache: c; sorted: true }\n"
                 "  function fill() { for (const k of ['b', 'a', 'c']) c.insert(k, k + k) }\n"
                 "  function ask() { return [m.indexOf('b'), m.indexOf('z'), m.get(2).value, "
                 "m.get(0).key, m.get(0).status === CacheModel.Ready, m.get(7) === undefined] }\n"
                 "}");
    QMetaObject::invokeMethod(root.get(), "fill");
    QTRY_COMPARE(root->property("model").value<QObject *>()->property("count"), QVariant(3));
    QVariant answer;
    QMetaObject::invokeMethod(root.get(), "ask", Q_RETURN_ARG(QVariant, answer));
    QCOMPARE(answer.value<QJSValue>().toVariant().toList(),
             (QVariantList { 1, -1, u"cc"_s, u"a"_s, true, true }));
}

void tst_Functions::whatIsPrefetchedTwiceIsLoadedOnce()
{
    SyncCacheObject object;
    std::atomic<int> loads { 0 };
    object.cache()->setLoader([&loads](const QString &) -> QVariant {
        ++loads;
        throw std::runtime_error("no");
    });
    QSignalSpy failed(&object, &SyncCacheObject::loadFailed);
    run(u"cache.prefetch(['a', 'a', 'a'])"_s, object);
    QTRY_COMPARE(failed.size(), 1);
    object.cache()->waitForDone();
    QTest::qWait(20);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(loads, 1);
}

QTEST_MAIN(tst_Functions)
#include "tst_functions.moc"
