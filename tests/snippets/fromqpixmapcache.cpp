// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtGui/qimage.h>
#include <QtGui/qpixmap.h>
#include <QtGui/qpixmapcache.h>
#include <QtTest/qtest.h>
#include <QtWidgets/qlabel.h>

namespace {

QImage decode(const QString &path)
{
    QImage image(64, 64, QImage::Format_ARGB32);
    image.fill(path.isEmpty() ? Qt::red : Qt::green);
    return image;
}

//! [qpixmapcache]
void showPixmap(const QString &path, QLabel *label)
{
    // In the thread of the interface, which waits for the disk:
    QPixmap pixmap;
    if (!QPixmapCache::find(path, &pixmap)) {
        pixmap = QPixmap::fromImage(decode(path));
        QPixmapCache::insert(path, pixmap);
    }
    label->setPixmap(pixmap);
}
//! [qpixmapcache]

//! [synccache]
SyncCache<QString, QImage> &pictures()
{
    static SyncCache<QString, QImage> cache;
    static const bool isSetUp = [] {
        cache.setMaxBytes(64 * 1024 * 1024);
        cache.setLoader(&decode); // in a pool
        return true;
    }();
    Q_UNUSED(isSetUp);
    return cache;
}

void showPicture(const QString &path, QLabel *label)
{
    // At once if it is there, else later; and never once the label is gone.
    const auto show = [label](const SyncCacheLoadResult<QImage> &result) {
        label->setPixmap(QPixmap::fromImage(result.value_or(QImage())));
    };
    pictures().getOrLoad(path, label, show);
}
//! [synccache]

} // namespace

void comeFromQPixmapCache()
{
    QLabel before;
    showPixmap(QStringLiteral("a"), &before);
    QVERIFY(!before.pixmap().isNull());

    QLabel after;
    showPicture(QStringLiteral("a"), &after);
    QTRY_VERIFY(!after.pixmap().isNull());
    QCOMPARE(after.pixmap().toImage().pixelColor(1, 1), before.pixmap().toImage().pixelColor(1, 1));
    pictures().clear();
}
