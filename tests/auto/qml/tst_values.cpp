// SPDX-License-Identifier: MIT
#include "instants.h"

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qdatetime.h>
#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qset.h>
#include <QtCore/qsharedpointer.h>
#include <QtCore/qstringlistmodel.h>
#include <QtCore/qtemporarydir.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlexpression.h>
#include <QtQml/qqmllist.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace Qt::StringLiterals;

struct Owned
{
    Q_GADGET
    Q_PROPERTY(QString name MEMBER name)
    Q_PROPERTY(QObject *owner MEMBER owner)

public:
    QString name;
    QObject *owner = nullptr;
};

// QML hands it on, and can do nothing else with it.
struct Opaque
{
    int number = 0;
    friend bool operator==(Opaque a, Opaque b) { return a.number == b.number; }
};

// Its properties are of its own type, without end.
struct Arrow
{
    Q_GADGET
    Q_PROPERTY(double length MEMBER length)
    Q_PROPERTY(Arrow half READ half)
    Q_PROPERTY(Arrow twice READ twice)

public:
    Arrow half() const { return { length / 2 }; }
    Arrow twice() const { return { length * 2 }; }

    double length = 1;
};

class Person
{
    Q_GADGET
    Q_PROPERTY(QString name MEMBER name)
    Q_PROPERTY(QList<int> scores MEMBER scores)

public:
    enum class Mood { Calm, Merry };
    Q_ENUM(Mood)

    QString name;
    QList<int> scores;
};

// What QML has at hand: objects in what functions return.
class Backend : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QQmlListProperty<QObject> list READ list)

public:
    QQmlListProperty<QObject> list() { return { this, &m_objects }; }
    Q_INVOKABLE QList<QObject *> objects() { return { this }; }
    Q_INVOKABLE QVariantMap named() { return { { u"screen"_s, QVariant::fromValue(this) } }; }

private:
    QList<QObject *> m_objects { this };
};

// What crosses the border between JavaScript and a cache, both ways.
class tst_Values : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void valueIsPlainData_data();
    void valueIsPlainData();
    void valueComesBackAsItWas_data();
    void valueComesBackAsItWas();
    void whatHasNoMeaningElsewhereIsRefused_data();
    void whatHasNoMeaningElsewhereIsRefused();
    void laterChangesOfTheObjectDoNotReachTheCache();
    void objectsOfJavaScriptAreRefused();
    void objectsWithAParentAreKept();
    void refusalsSayWhere();
    void symbolsAndDeepValuesReachNothing_data();
    void symbolsAndDeepValuesReachNothing();
    void namesOfTypesAreNoTypes();
    void liveReferencesOfQmlAreRefused_data();
    void liveReferencesOfQmlAreRefused();
    void liveReferencesOfCppAreRefused();
    void whatRefersToNothingIsKept();
    void valueTypesAreKept();
    void valuesThatQmlDoesNotKnowAreKept();
    void listsAndRecordsGoIntoTypedMaps();
    void whatDoesNotFitATypedMapIsRefused();
    void containersComeOutOfTypedMaps();
    void containersOfVariantsAreRead();
    void instantsStayInOtherZones();
    void changesOfTypeWithinAValueAreSeen();
    void handlerThatWritesNaNEnds();
    void keysHaveOneText();

private:
    QVariant evaluate(const QString &script)
    {
        QQmlExpression expression(m_engine->rootContext(), m_object.get(), script);
        const QVariant result = expression.evaluate();
        if (expression.hasError())
            qWarning().noquote() << expression.error().toString();
        return result;
    }

    // What is read of a map that has the value under the key "a"; "map" in the script.
    template <typename T>
    QVariant read(const T &value, const QString &script)
    {
        const auto map = std::make_shared<SyncMap<QString, T>>();
        map->insert(u"a"_s, value);
        const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::wrap(map));
        m_engine->rootContext()->setContextProperty(u"map"_s, shown.get());
        const QVariant result = evaluate(script);
        m_engine->rootContext()->setContextProperty(u"map"_s, nullptr);
        return result;
    }
    // What QML wrote into an empty map of the type.
    template <typename T>
    std::optional<T> written(const QString &value)
    {
        const auto map = std::make_shared<SyncMap<QString, T>>();
        const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::wrap(map));
        m_engine->rootContext()->setContextProperty(u"map"_s, shown.get());
        evaluate(u"map.insert('a', %1)"_s.arg(value));
        m_engine->rootContext()->setContextProperty(u"map"_s, nullptr);
        return map->find(u"a"_s);
    }
    std::unique_ptr<QObject> create(const QByteArray &document)
    {
        QQmlComponent component(m_engine.get());
        component.setData(document, QUrl());
        std::unique_ptr<QObject> object(component.create(m_engine->rootContext()));
        if (!object)
            qWarning().noquote() << component.errorString();
        return object;
    }

    std::unique_ptr<SyncCacheObject> m_object;
    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_Values::init()
{
    // One for all rows: each leaves ThreadSanitizer a lock whose end it does not see, and it can take 64.
    if (!m_engine)
        m_engine = std::make_unique<QQmlEngine>();
    m_object = std::make_unique<SyncCacheObject>();
    m_engine->rootContext()->setContextProperty(u"cache"_s, m_object.get());
}

void tst_Values::valueIsPlainData_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QVariant>("expected");
    QTest::newRow("null") << u"null"_s << QVariant::fromValue(nullptr);
    QTest::newRow("bool") << u"true"_s << QVariant(true);
    QTest::newRow("int") << u"7"_s << QVariant(7);
    QTest::newRow("double") << u"7.5"_s << QVariant(7.5);
    QTest::newRow("string") << u"'text'"_s << QVariant(u"text"_s);
    QTest::newRow("object") << u"({ a: 1, b: { c: 'd' } })"_s
                            << QVariant(QVariantMap {
                                       { u"a"_s, 1 },
                                       { u"b"_s, QVariantMap { { u"c"_s, u"d"_s } } } });
    QTest::newRow("array") << u"[1, [2, 'x'], null]"_s
                           << QVariant(QVariantList { 1, QVariant(QVariantList { 2, u"x"_s }),
                                                      QVariant::fromValue(nullptr) });
    QTest::newRow("undefined members")
            << u"({ a: undefined, b: 1 })"_s << QVariant(QVariantMap { { u"b"_s, 1 } });
    QTest::newRow("empty object") << u"({})"_s << QVariant(QVariantMap());
    QTest::newRow("empty array") << u"[]"_s << QVariant(QVariantList());
    QTest::newRow("ArrayBuffer") << u"new Uint8Array([1, 2, 3]).buffer"_s
                                 << QVariant(QByteArray("\1\2\3"));
    QTest::newRow("Uint8Array") << u"new Uint8Array([1, 2, 3])"_s << QVariant(QByteArray("\1\2\3"));
    QTest::newRow("part of an ArrayBuffer")
            << u"new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)"_s
            << QVariant(QByteArray("\2\3"));
    QTest::newRow("Number") << u"new Number(7.5)"_s << QVariant(7.5);
    QTest::newRow("Boolean") << u"new Boolean(false)"_s << QVariant(false);
    QTest::newRow("String") << u"new String('text')"_s << QVariant(u"text"_s);
    QTest::newRow("boxed parts") << u"({ a: [new Number(7), Object('x')] })"_s
                                 << QVariant(
                                            QVariantMap { { u"a"_s, QVariantList { 7, u"x"_s } } });
    QTest::newRow("Date") << u"new Date(Date.UTC(2020, 1, 2))"_s
                          << QVariant(utc(QDate(2020, 2, 2), QTime(0, 0)));
}

void tst_Values::valueIsPlainData()
{
    QFETCH(QString, script);
    QFETCH(QVariant, expected);
    QCOMPARE(evaluate(u"cache.insert('key', %1)"_s.arg(script)), QVariant(true));
    const std::optional<QVariant> kept = m_object->cache()->find(u"key"_s);
    QVERIFY(kept);
    QVERIFY(kept->metaType() != QMetaType::fromType<QJSValue>());
    if (expected.metaType().id() == QMetaType::QDateTime)
        QCOMPARE(kept->toDateTime().toUTC(), expected.toDateTime());
    else
        QCOMPARE(*kept, expected);
}

void tst_Values::valueComesBackAsItWas_data()
{
    QTest::addColumn<QString>("script");
    for (const char *value :
         { "null", "true", "7", "-7.5", "NaN", "Infinity", "'text'", "''",
           "({ a: 1, b: [1, 2, { c: null }] })", "[]", "[1, 'a', [true]]", "new Date(0)" })
        QTest::newRow(value) << QString::fromLatin1(value);
}

void tst_Values::valueComesBackAsItWas()
{
    QFETCH(QString, script);
    const QString same =
            u"(function(put) {"
            "  cache.insert('key', put);"
            "  let got = cache.value('key');"
            "  let text = x => typeof x === 'number' || x === null ? String(x) : JSON.stringify(x);"
            "  return typeof got === typeof put && text(got) === text(put);"
            "})(%1)"_s;
    QCOMPARE(evaluate(same.arg(script)), QVariant(true));
}

void tst_Values::whatHasNoMeaningElsewhereIsRefused_data()
{
    QTest::addColumn<QString>("script");
    for (const char *value : { "undefined",
                               "() => 1",
                               "function() {}",
                               "Symbol('s')",
                               "new Map([[1, 2]])",
                               "new Set([1])",
                               "new SharedArrayBuffer(4)",
                               "new WeakMap()",
                               "Promise.resolve(1)",
                               "new Error('no')",
                               "(() => { let a = {}; a.a = a; return a })()",
                               "(() => { let a = []; a.push([a]); return a })()",
                               "({ a: { b: () => 1 } })",
                               "[new Map()]",
                               "({ a: cache })",
                               "({ s: Symbol('s') })",
                               "[{ a: [Symbol('s')] }]",
                               "Object(Symbol('s'))",
                               "({ constructor: ArrayBuffer, s: Symbol('s') })",
                               "({ constructor: Uint8Array, buffer: { s: Symbol('s') } })" })
        QTest::newRow(value) << QString::fromLatin1(value);
}

void tst_Values::whatHasNoMeaningElsewhereIsRefused()
{
    QFETCH(QString, script);
    m_object->insert(u"key"_s, 1);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"key\" is not inserted: .+"_s));
    QCOMPARE(evaluate(u"cache.insert('key', %1)"_s.arg(script)), QVariant(false));
    QCOMPARE(m_object->value(u"key"_s), QVariant(1)); // as it was
}

void tst_Values::laterChangesOfTheObjectDoNotReachTheCache()
{
    evaluate(u"(function() { let o = { name: 'x' }; cache.insert('key', o); o.name = 'y';"
             " cache.value('key').name = 'z' })()"_s);
    QCOMPARE(m_object->value(u"key"_s).toMap().value(u"name"_s), QVariant(u"x"_s));
}

void tst_Values::objectsOfJavaScriptAreRefused()
{
    QQmlComponent component(m_engine.get());
    component.setData("import QtQml\nQtObject {}", QUrl());
    QObject *object = component.create();
    QJSEngine::setObjectOwnership(object, QJSEngine::JavaScriptOwnership);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"that JavaScript owns"_s));
    QVERIFY(!m_object->insert(u"key"_s, QVariant::fromValue(object)));
    QJSEngine::setObjectOwnership(object, QJSEngine::CppOwnership);
    QVERIFY(m_object->insert(u"key"_s, QVariant::fromValue(object)));
    QCOMPARE(evaluate(u"cache.value('key') !== null"_s), QVariant(true));
    delete object;
    QCOMPARE(evaluate(u"cache.contains('key')"_s), QVariant(false));
}

void tst_Values::objectsWithAParentAreKept()
{
    const auto root =
            create("import QtQml\n"
                   "QtObject {\n"
                   "  property QtObject part: QtObject { id: part }\n"
                   "  property Component free: Component { QtObject {} }\n"
                   "  function keepPart() { return cache.insert('part', part) }\n"
                   "  function same() { return cache.value('part') === part }\n"
                   "  function keepFree() { return cache.insert('free', free.createObject()) }\n"
                   "}");
    QVERIFY(root);
    const auto call = [&root](const char *function) {
        QVariant result;
        QMetaObject::invokeMethod(root.get(), function, Q_RETURN_ARG(QVariant, result));
        return result.toBool();
    };
    QVERIFY(call("keepPart"));
    QVERIFY(call("same"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"free\" is not inserted"_s));
    QVERIFY(!call("keepFree"));
    delete root->property("part").value<QObject *>();
    QVERIFY(!m_object->contains(u"part"_s));
}

void tst_Values::refusalsSayWhere()
{
    QTest::ignoreMessage(
            QtWarningMsg,
            QRegularExpression(
                    u"\"key\" is not inserted: list\\[2\\]\\.owner is a QObject, which can be "
                    "a value, but not a part of one$"_s));
    QCOMPARE(evaluate(u"cache.insert('key', { list: [1, 2, { owner: cache }] })"_s),
             QVariant(false));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"inserted: a\\.b\\.c\\[0\\] contains itself$"_s));
    QCOMPARE(
            evaluate(
                    u"(() => { let b = {}; b.c = [b]; return cache.insert('key', { a: { b } }) })()"_s),
            QVariant(false));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"is nested too deeply$"_s));
    QCOMPARE(evaluate(u"(() => { let a = 1; for (let i = 0; i < 1000; ++i) a = [a];"
                      " return cache.insert('key', a) })()"_s),
             QVariant(false));
}

void tst_Values::symbolsAndDeepValuesReachNothing_data()
{
    QTest::addColumn<QString>("way");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("why");
    for (const auto &[name, way] :
         { std::pair("insert", "cache.insert('key', %1)"),
           std::pair("compute", "cache.compute('key', () => (%1))"),
           std::pair("entry", "cache.entry('key').value = %1"),
           std::pair("write", "cache.entry('key').write(%1, 5)"),
           std::pair("throw", "cache.compute('key', () => { throw %1 })") }) {
        QTest::addRow("%s-symbol", name)
                << QString::fromLatin1(way) << u"({ a: [{ s: Symbol('s') }] })"_s
                << u"a\\[0\\]\\.s is a Symbol, which belongs to its JavaScript engine$"_s;
        QTest::addRow("%s-deep", name)
                << QString::fromLatin1(way)
                << u"(() => { let o = {}; for (let i = 0; i < 20000; ++i) o = { a: o }; return o })()"_s
                << u"a\\.a\\.a.+ is nested too deeply$"_s;
    }
}

void tst_Values::symbolsAndDeepValuesReachNothing()
{
    QFETCH(QString, way);
    QFETCH(QString, value);
    QFETCH(QString, why);
    if (way.contains(u"throw"_s))
        why = u"\"key\" is not .+"_s;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(why));
    evaluate(way.arg(value));
    QVERIFY(!m_object->contains(u"key"_s));
}

// Whose members are kept, whatever its constructor is said to be.
void tst_Values::namesOfTypesAreNoTypes()
{
    for (const char *name : { "Number", "Boolean", "String", "ArrayBuffer", "Uint8Array" }) {
        QVERIFY(m_object->insert(u"key"_s, 0));
        QCOMPARE(evaluate(u"cache.insert('key', { constructor: { name: '%1' }, a: 5 })"_s.arg(
                         QLatin1String(name))),
                 QVariant(true));
        QCOMPARE(m_object->value(u"key"_s).toMap().value(u"a"_s), QVariant(5));
    }
}

void tst_Values::liveReferencesOfQmlAreRefused_data()
{
    QTest::addColumn<QString>("script");
    for (const char *value : { "backend.list", "[backend.list]", "({ l: backend.list })",
                               "backend.objects()", "({ l: backend.objects() })",
                               "[backend.objects()[0]]", "backend.named()", "[[{ a: backend }]]" })
        QTest::newRow(value) << QString::fromLatin1(value);
}

void tst_Values::liveReferencesOfQmlAreRefused()
{
    QFETCH(QString, script);
    Backend backend;
    m_engine->rootContext()->setContextProperty(u"backend"_s, &backend);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"key\" is not inserted: .+"_s));
    QCOMPARE(evaluate(u"cache.insert('key', %1)"_s.arg(script)), QVariant(false));
    QVERIFY(!m_object->contains(u"key"_s));
}

void tst_Values::liveReferencesOfCppAreRefused()
{
    QObject owner;
    Backend backend;
    const QStringListModel model({ u"a"_s });
    const QJSValue function = m_engine->evaluate(u"() => 1"_s);
    const QVariant live[] = {
        QVariantList { QVariant::fromValue(&owner) },
        QVariantMap { { u"a"_s, QVariant::fromValue(&owner) } },
        QVariantHash { { u"a"_s, QVariantList { QVariant::fromValue(&owner) } } },
        QVariant::fromValue(QList<QObject *> { &owner }),
        QVariant::fromValue(QList<Backend *> { &backend }),
        QVariant::fromValue(QSet<QObject *> { &owner }),
        QVariant::fromValue(std::vector<QObject *> { &owner }),
        QVariant::fromValue(QHash<QString, QObject *> { { u"a"_s, &owner } }),
        QVariant::fromValue(std::map<QString, QList<QObject *>> { { u"a"_s, { &owner } } }),
        QVariant::fromValue(std::pair<int, QObject *>(1, &owner)),
        QVariant::fromValue(QList<QPointer<QObject>> { &owner }),
        QVariantList { QVariant::fromValue(QPointer<Backend>(&backend)) },
        QVariant::fromValue(QSharedPointer<Backend>::create()),
        QVariant::fromValue(QWeakPointer<QObject>(QSharedPointer<QObject>::create())),
        QVariant::fromValue(Owned { u"x"_s, &owner }),
        QVariant::fromValue(QList<Owned> { { u"x"_s, &owner } }),
        QVariant::fromValue(QVariant(QVariantList { QVariant::fromValue(&owner) })),
        QVariant::fromValue(static_cast<void *>(&owner)),
        QVariant::fromValue(model.index(0)),
        QVariant::fromValue(QPersistentModelIndex(model.index(0))),
        QVariant::fromValue(backend.list()),
        QVariant::fromValue(QQmlListReference(&backend, "list")),
        QVariantHash { { u"f"_s, QVariant::fromValue(function) } },
        QVariant::fromValue(QList<QJSValue> { function }),
    };
    for (const QVariant &value : live) {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"\"key\" is not inserted: .+"_s));
        QVERIFY2(!m_object->insert(u"key"_s, value), value.typeName());
        QVERIFY(!m_object->contains(u"key"_s));
    }
}

void tst_Values::whatRefersToNothingIsKept()
{
    const auto kept = [this](const QVariant &value) {
        return m_object->insert(u"key"_s, value) ? m_object->cache()->value(u"key"_s) : QVariant();
    };
    QVERIFY(kept(QVariant::fromValue(QList<QObject *>())).isValid());
    QCOMPARE(kept(QVariantList { QVariant::fromValue<QObject *>(nullptr) }),
             QVariant(QVariantList { QVariant::fromValue(nullptr) }));
    QCOMPARE(kept(QVariant::fromValue(Owned { u"x"_s, nullptr })).value<Owned>().name, u"x"_s);
    QCOMPARE(kept(QVariant::fromValue(Arrow())).value<Arrow>().length, 1.0);
    QCOMPARE(kept(QVariant::fromValue(QList<Person> { {} })).metaType(),
             QMetaType::fromType<QList<Person>>());
    // What is of JavaScript within a container of C++ is plain from now on.
    const QVariantHash hash { { u"a"_s,
                                QVariant::fromValue(m_engine->evaluate(u"({ b: [1] })"_s)) } };
    QCOMPARE(kept(hash).toHash().value(u"a"_s),
             QVariant(QVariantMap { { u"b"_s, QVariantList { 1 } } }));
    QObject object;
    QVERIFY(m_object->insert(u"key"_s, QVariant::fromValue(QPointer<QObject>(&object))));
    QCOMPARE(m_object->value(u"key"_s).value<QObject *>(), &object);
}

void tst_Values::valueTypesAreKept()
{
    m_engine->rootContext()->setContextProperty(u"point"_s, QPointF(1, 2));
    m_engine->rootContext()->setContextProperty(u"url"_s, QUrl(u"http://example.org/"_s));
    QCOMPARE(evaluate(u"cache.insert('point', point) && cache.insert('url', url)"
                      " && cache.insert('both', [point, url])"_s),
             QVariant(true));
    QCOMPARE(m_object->value(u"point"_s), QVariant(QPointF(1, 2)));
    QCOMPARE(m_object->value(u"url"_s).toUrl(), QUrl(u"http://example.org/"_s));
    QCOMPARE(m_object->value(u"both"_s).toList().first(), QVariant(QPointF(1, 2)));
    QCOMPARE(evaluate(u"cache.value('point').y"_s).toInt(), 2);
}

void tst_Values::valuesThatQmlDoesNotKnowAreKept()
{
    m_engine->rootContext()->setContextProperty(u"opaque"_s, QVariant::fromValue(Opaque { 7 }));
    QCOMPARE(
            evaluate(u"cache.insert('one', opaque) && cache.insert('some', [opaque, { o: opaque }])"
                     " && cache.insert('again', cache.value('one'))"_s),
            QVariant(true));
    const QVariantList some = m_object->value(u"some"_s).toList();
    for (const QVariant &value : { m_object->value(u"one"_s), m_object->value(u"again"_s),
                                   some.value(0), some.value(1).toMap().value(u"o"_s) }) {
        QCOMPARE(value.metaType(), QMetaType::fromType<Opaque>());
        QCOMPARE(value.value<Opaque>().number, 7);
    }
}

void tst_Values::listsAndRecordsGoIntoTypedMaps()
{
    QCOMPARE(written<QList<int>>(u"[3, 4]"_s), (QList<int> { 3, 4 }));
    QCOMPARE(written<std::vector<double>>(u"[3, 4.5]"_s), (std::vector<double> { 3, 4.5 }));
    QCOMPARE(written<QSet<QString>>(u"['a', 'b', 'a']"_s), (QSet<QString> { u"a"_s, u"b"_s }));
    QCOMPARE((written<QHash<QString, int>>(u"({ n: 1, m: 2 })"_s)),
             (QHash<QString, int> { { u"n"_s, 1 }, { u"m"_s, 2 } }));
    QCOMPARE((written<QMap<int, QStringList>>(u"({ 7: ['a'] })"_s)),
             (QMap<int, QStringList> { { 7, { u"a"_s } } }));
    const auto person = written<Person>(u"({ name: 'Ada', scores: [1, 2] })"_s);
    QVERIFY(person);
    QCOMPARE(person->name, u"Ada"_s);
    QCOMPARE(person->scores, (QList<int> { 1, 2 }));
    QCOMPARE(written<Person::Mood>(u"'Merry'"_s), Person::Mood::Merry);
    QCOMPARE(written<Person::Mood>(u"1"_s), Person::Mood::Merry);
    QCOMPARE(written<QDateTime>(u"new Date(Date.UTC(2024, 4, 1))"_s),
             utc(QDate(2024, 5, 1), QTime(0, 0)));
    QCOMPARE(written<QDate>(u"new Date(2024, 4, 1)"_s), QDate(2024, 5, 1));
}

void tst_Values::whatDoesNotFitATypedMapIsRefused()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"\"a\" is not inserted: a double is no int$"_s));
    QVERIFY(!written<int>(u"3.7"_s));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"inserted: \\[1\\] is a QString, which is no int$"_s));
    QVERIFY(!written<QList<int>>(u"[1, 'abc']"_s));
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(u"has a \"nmae\", which no Person can be given$"_s));
    QVERIFY(!written<Person>(u"({ nmae: 'Ada' })"_s));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"a QObject is no QString$"_s));
    QVERIFY(!written<QString>(u"cache"_s));
}

void tst_Values::containersComeOutOfTypedMaps()
{
    const QString n = u"map.value('a').n"_s;
    QCOMPARE(read(QHash<QString, int> { { u"n"_s, 1 } }, n), QVariant(1));
    QCOMPARE(read(std::map<QString, int> { { u"n"_s, 1 } }, n), QVariant(1));
    QCOMPARE(read(QVariantHash { { u"n"_s, 1 } }, n), QVariant(1));
    QCOMPARE(read(QHash<int, int> { { 5, 1 } }, u"map.value('a')[5]"_s), QVariant(1));
    QCOMPARE(read(QList<QHash<QString, int>> { { { u"n"_s, 1 } } }, u"map.value('a')[0].n"_s),
             QVariant(1));
    QCOMPARE(read(QHash<QString, QHash<QString, QList<int>>> { { u"x"_s,
                                                                 { { u"y"_s, { 1, 2 } } } } },
                  u"map.value('a').x.y[1]"_s),
             QVariant(2));
    QCOMPARE(read(QHash<QString, Person> { { u"x"_s, { u"Ada"_s, {} } } },
                  u"map.value('a').x.name"_s),
             QVariant(u"Ada"_s));
    QCOMPARE(read(std::pair<int, QString>(1, u"b"_s), u"map.value('a')[1]"_s), QVariant(u"b"_s));
    QCOMPARE(read(QByteArrayList { "a" }, u"map.value('a')[0].byteLength"_s), QVariant(1));
    QCOMPARE(read(std::string("\xc3\xa9"), u"map.value('a')"_s), QVariant(u"\u00e9"_s));
    QCOMPARE(read(qint8(-3), u"map.value('a') + 1"_s), QVariant(-2));
    QCOMPARE(read(5L, u"map.entry('a').value + 1"_s), QVariant(6));
    QCOMPARE(read(QList<qint8> { 1 }, u"map.value('a')[0] + 1"_s), QVariant(2));
    QCOMPARE(read(QList<int> { 1, 2 }, u"map.take('a')[1]"_s), QVariant(2));
    QCOMPARE(read(QHash<QString, int> { { u"n"_s, 1 } }, u"map.take('a').n"_s), QVariant(1));
}

// Also where a worker put them, and in the entry.
void tst_Values::containersOfVariantsAreRead()
{
    const QHash<QString, int> hash { { u"n"_s, 1 } };
    m_object->cache()->insert(u"a"_s, QVariantMap { { u"b"_s, QVariant::fromValue(hash) } });
    QCOMPARE(evaluate(u"cache.value('a').b.n"_s), QVariant(1));
    QCOMPARE(evaluate(u"cache.entry('a').value.b.n"_s), QVariant(1));
    m_object->insert(u"a"_s,
                     QVariantList { QVariantHash { { u"n"_s, QVariant::fromValue(hash) } } });
    QCOMPARE(evaluate(u"cache.value('a')[0].n.n"_s), QVariant(1));
    QCOMPARE(m_object->cache()->value(u"a"_s).toList().first().metaType(),
             QMetaType::fromType<QVariantHash>());
}

namespace {

class Zone
{
public:
    explicit Zone(const char *name) : m_before(qgetenv("TZ")) { set(name); }
    ~Zone() { m_before.isNull() ? set(nullptr) : set(m_before.constData()); }

    static void set(const char *name)
    {
        if (name)
            qputenv("TZ", name);
        else
            qunsetenv("TZ");
#ifdef Q_OS_UNIX
        tzset();
#endif
    }

private:
    Q_DISABLE_COPY_MOVE(Zone)

    const QByteArray m_before;
};

} // namespace

void tst_Values::instantsStayInOtherZones()
{
    const QTemporaryDir folder;
    const QUrl file = QUrl::fromLocalFile(folder.filePath(u"cache"_s));
    const Zone zone("America/New_York");
    evaluate(u"cache.insert('d', new Date(Date.UTC(2024, 0, 15, 3, 4, 5, 678)))"_s);
    evaluate(u"cache.insert('o', { list: [new Date(0)] })"_s);
    QVERIFY(m_object->insert(u"c"_s, QVariantList { QDateTime(QDate(2024, 7, 1), QTime(12, 0)) }));
    const double noon = double(QDateTime(QDate(2024, 7, 1), QTime(12, 0)).toMSecsSinceEpoch());
    QCOMPARE(m_object->cache()->value(u"d"_s).toDateTime().timeSpec(), Qt::UTC);
    QSignalSpy saved(m_object.get(), &SyncCacheObject::saved);
    m_object->save(file);
    QVERIFY(saved.wait());
    Zone::set("Asia/Kolkata");
    m_object->clear();
    QSignalSpy restored(m_object.get(), &SyncCacheObject::restored);
    m_object->restore(file);
    QVERIFY(restored.wait());
    QCOMPARE(evaluate(u"cache.value('d').getTime()"_s).toDouble(), 1705287845678.0);
    QCOMPARE(evaluate(u"cache.value('o').list[0].getTime()"_s).toDouble(), 0.0);
    QCOMPARE(evaluate(u"cache.value('c')[0].getTime()"_s).toDouble(), noon);
    QCOMPARE(evaluate(u"cache.value('d') instanceof Date"_s), QVariant(true));
}

void tst_Values::changesOfTypeWithinAValueAreSeen()
{
    const auto root = create(
            "import QtQml\n"
            "QtObject { property string text: JSON.stringify(cache.entry('z').value) ?? '' }");
    QVERIFY(root);
    for (const char *value : { "{\"v\":\"007\"}", "{\"v\":7}", "{\"v\":\"0.10\"}", "[\"1e3\",1000]",
                               "[1000,1000]", "[true]", "[1]", "[null]", "[0]", "[\"\"]" }) {
        evaluate(u"cache.insert('z', %1)"_s.arg(QLatin1String(value)));
        m_object->flush();
        QCOMPARE(root->property("text").toString(), QString::fromLatin1(value));
    }
}

void tst_Values::handlerThatWritesNaNEnds()
{
    const auto root = create("import QtQml\nimport SyncMap\n"
                             "QtObject {\n"
                             "  id: root\n"
                             "  property int calls: 0\n"
                             "  property CacheEntry e: CacheEntry {\n"
                             "    key: 'k'\n"
                             "    onValueChanged: { ++root.calls; value = { x: [NaN] } }\n"
                             "  }\n"
                             "}");
    QVERIFY(root);
    root->property("e").value<SyncCacheEntry *>()->setCache(m_object.get());
    m_object->insert(u"k"_s, 1);
    for (int i = 0; i < 10; ++i)
        m_object->flush();
    QVERIFY2(root->property("calls").toInt() <= 3, qPrintable(root->property("calls").toString()));
    QVERIFY(root->property("calls").toInt() >= 2);
}

void tst_Values::keysHaveOneText()
{
    const auto map = std::make_shared<SyncMap<int, QString>>();
    map->insert(7, u"seven"_s);
    const std::unique_ptr<SyncCacheObject> shown(SyncCacheObject::wrap(map));
    m_engine->rootContext()->setContextProperty(u"map"_s, shown.get());
    auto root = create("import QtQml\n"
                       "QtObject {\n"
                       "  property var number: map.entry(7).value\n"
                       "  property var own: map.entry('7').value\n"
                       "  property var other: map.entry('07').value\n"
                       "}");
    QVERIFY(root);
    QCOMPARE(root->property("number"), QVariant(u"seven"_s));
    QVERIFY(!root->property("other").isValid());
    for (const char *text : { "07", " 7", "7 ", "+7", "7.0", "0x7", "" }) {
        const QLatin1String key(text);
        QCOMPARE(
                evaluate(
                        u"map.contains('%1') || map.value('%1') !== undefined || map.remove('%1')"_s
                                .arg(key)),
                QVariant(false));
        QTest::ignoreMessage(QtWarningMsg,
                             QRegularExpression(u"is not inserted: the text is no int$"_s));
        QCOMPARE(evaluate(u"map.insert('%1', 'x')"_s.arg(key)), QVariant(false));
    }
    map->insert(7, u"changed"_s);
    shown->flush();
    QCOMPARE(root->property("own"), QVariant(u"changed"_s));
    root.reset();
    // A number is a key by the text that JavaScript gives it.
    const auto measured = std::make_shared<SyncMap<double, int>>();
    const std::unique_ptr<SyncCacheObject> measures(SyncCacheObject::wrap(measured));
    m_engine->rootContext()->setContextProperty(u"map"_s, measures.get());
    for (const char *number : { "0", "0.1", "-2.5", "1000000", "123456789012345680000", "1e21",
                                "0.000001", "1e-7", "-1.5e-300", "Infinity" }) {
        QCOMPARE(evaluate(u"map.insert(%1, 5) && map.entry(%1).value === 5"_s.arg(
                         QLatin1String(number))),
                 QVariant(true));
        QVERIFY(measured->contains(evaluate(QString::fromLatin1(number)).toDouble()));
    }
    m_engine->rootContext()->setContextProperty(u"map"_s, nullptr);
}

QTEST_GUILESS_MAIN(tst_Values)
#include "tst_values.moc"
