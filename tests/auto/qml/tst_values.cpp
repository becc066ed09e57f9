// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheObject>

#include <QtCore/qdatetime.h>
#include <QtCore/qregularexpression.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlexpression.h>
#include <QtTest/qtest.h>

#include <cmath>
#include <memory>

using namespace Qt::StringLiterals;

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
    void valueTypesAreKept();

private:
    QVariant evaluate(const QString &script)
    {
        QQmlExpression expression(m_engine->rootContext(), m_object.get(), script);
        const QVariant result = expression.evaluate();
        if (expression.hasError())
            qWarning().noquote() << expression.error().toString();
        return result;
    }

    std::unique_ptr<SyncCacheObject> m_object;
    std::unique_ptr<QQmlEngine> m_engine;
};

void tst_Values::init()
{
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
    QTest::newRow("Date") << u"new Date(Date.UTC(2020, 1, 2))"_s
                          << QVariant(QDateTime(QDate(2020, 2, 2), QTime(0, 0), Qt::UTC));
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
    for (const char *value :
         { "undefined", "() => 1", "function() {}", "Symbol('s')", "new Map([[1, 2]])",
           "new Set([1])", "new WeakMap()", "Promise.resolve(1)", "new Error('no')",
           "(() => { let a = {}; a.a = a; return a })()",
           "(() => { let a = []; a.push([a]); return a })()", "({ a: { b: () => 1 } })",
           "[new Map()]", "({ a: cache })" })
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

QTEST_GUILESS_MAIN(tst_Values)
#include "tst_values.moc"
