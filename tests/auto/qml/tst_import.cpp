// SPDX-License-Identifier: MIT
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qtest.h>

#include <memory>

class tst_Import : public QObject
{
    Q_OBJECT

private slots:
    void linkingIsEnough();
    void everyTypeIsThere();
};

void tst_Import::linkingIsEnough()
{
    QQmlEngine engine; // with no import path of its own
    QQmlComponent component(&engine);
    component.setData("import SyncMap\nSyncCache { maxCost: 5 }", QUrl());
    const std::unique_ptr<QObject> object(component.create());
    QVERIFY2(object, qPrintable(component.errorString()));
    QCOMPARE(object->property("maxCost").toDouble(), 5.0);
}

void tst_Import::everyTypeIsThere()
{
    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(
            "import QtQml\nimport SyncMap\n"
            "QtObject {\n"
            "  property SyncCache cache: SyncCache {}\n"
            "  property CacheEntry entry: CacheEntry { cache: root.cache; key: 'a' }\n"
            "  property CacheEntry interned: cache.entry('b')\n"
            "  property int error: CacheEntry.Error\n"
            "  property CacheModel model: CacheModel { cache: root.cache; keyPrefix: 'a' }\n"
            "  id: root\n"
            "}",
            QUrl());
    const std::unique_ptr<QObject> object(component.create());
    QVERIFY2(object, qPrintable(component.errorString()));
    QVERIFY(object->property("interned").value<QObject *>());
    QCOMPARE(object->property("error").toInt(), 3);
}

QTEST_GUILESS_MAIN(tst_Import)
#include "tst_import.moc"
