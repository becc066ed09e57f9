// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qtest.h>

void startInQml()
{
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("prices"), prices);
    QQmlEngine engine;
    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(SNIPPETS "/qml/Prices.qml")));
    const std::unique_ptr<QObject> root(component.create());
    QVERIFY2(root, qPrintable(component.errorString()));
    QCOMPARE(root->property("text").toString(), QStringLiteral("…"));
    prices->insert(QStringLiteral("AERO"), 2000);
    QTRY_COMPARE(root->property("text").toString(), QStringLiteral("2000"));
    SyncCacheObject::unpublish(QStringLiteral("prices"));
}

void useQmlTypes()
{
    QQmlEngine engine;
    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(SNIPPETS "/qml/Users.qml")));
    const std::unique_ptr<QObject> root(component.create());
    QVERIFY2(root, qPrintable(component.errorString()));
    const auto *label = qvariant_cast<QObject *>(root->property("label"));
    QTRY_COMPARE(label->property("text").toString(), QStringLiteral("User 42"));
    const auto *view = qvariant_cast<QObject *>(root->property("view"));
    QTRY_VERIFY(view->property("count").toInt() >= 2);

    auto *cache = qvariant_cast<SyncCacheObject *>(root->property("cache"));
    auto *entry = qvariant_cast<SyncCacheEntry *>(root->property("entry"));
    QMetaObject::invokeMethod(root.get(), "rename", Q_ARG(QString, QStringLiteral("Ada")));
    QCOMPARE(label->property("text").toString(), QStringLiteral("Ada"));
    QMetaObject::invokeMethod(root.get(), "visited");
    QMetaObject::invokeMethod(root.get(), "visited");
    QCOMPARE(cache->value(QStringLiteral("visits")).toInt(), 2);

    entry->setKey(QStringLiteral("user/0"));
    QTRY_COMPARE(entry->status(), SyncCacheEntry::Null);
}
