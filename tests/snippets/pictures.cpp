// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncCacheImageProvider>
#include <SyncMap/SyncCacheObject>

#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtQuick/qquickitem.h>
#include <QtTest/qtest.h>

void showPictures()
{
    QQmlEngine engine;
    //! [provider]
    const auto pictures = std::make_shared<SyncCache<QString, QImage>>();
    pictures->setMaxBytes(64 * 1024 * 1024);
    SyncCacheObject::publish(QStringLiteral("pictures"), pictures);
    engine.addImageProvider(SyncCacheImageProvider::providerId(), new SyncCacheImageProvider);
    //! [provider]
    QImage cover(32, 16, QImage::Format_ARGB32);
    cover.fill(Qt::blue);
    pictures->insert(QStringLiteral("cover"), cover);

    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(SNIPPETS "/qml/Pictures.qml")));
    const std::unique_ptr<QObject> root(component.create());
    QVERIFY2(root, qPrintable(component.errorString()));
    const auto *image = qvariant_cast<QObject *>(root->property("picture"));
    QTRY_COMPARE(image->property("implicitWidth").toInt(), 32);
    SyncCacheObject::unpublish(QStringLiteral("pictures"));
}
