// SPDX-License-Identifier: MIT

#include "decode.h"

#include "support/census.h"
#include "support/picturefile.h"

#include <QtCore/qmutex.h>
#include <QtGui/qimagereader.h>

constexpr int edge = 400; // pixels
constexpr int mostMegabytes = 512; // in memory; beyond that, waiting is no use
constexpr int manyMegabytes = 64; // to have several of those at once is too much

static QSize fitted(const QSize &size)
{
    return size.scaled(edge, edge, Qt::KeepAspectRatio).expandedTo({ 1, 1 });
}

QImage decodeThumbnail(const QString &path, SyncCacheLoadContext<QImage> &load)
{
    const auto failed = [&load](const QString &why) { return load.fail(why), QImage(); };
    PictureFile file(path);
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return failed(file.exists() ? QStringLiteral("not readable") : QStringLiteral("vanished"));
    if (file.size() == 0)
        return failed(QStringLiteral("empty file"));

    QImageReader reader(&file);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    if (!reader.canRead())
        return failed(QStringLiteral("not a picture"));
    const QString format = QString::fromLatin1(reader.format()).toUpper();
    const bool isJpeg = format == u"JPEG";
    const QSize size = reader.size();
    const qint64 megabytes = qint64(size.width()) * size.height() * 4 >> 20;
    if (isJpeg && size.width() > edge * 2)
        reader.setScaledSize(fitted(size)); // decodes no more than it must
    else if (megabytes > mostMegabytes)
        return failed(QStringLiteral("too large"));
    QImageReader::setAllocationLimit(mostMegabytes);

    static QMutex oneAtATime;
    const QMutexLocker locker(megabytes > manyMegabytes ? &oneAtATime : nullptr);
    if (load.isCanceled()) // scrolled away, meanwhile
        return {};
    file.ranOut = false;
    QImage image = reader.read();
    if (file.ranOut && (isJpeg || image.isNull()))
        return failed(QStringLiteral("truncated ") + format);
    if (image.isNull())
        return failed(reader.errorString());
    if (image.width() > edge * 4) // roughly at first: to smooth a huge picture takes its size again
        image = image.scaled(fitted(image.size()) * 2);
    if (image.width() > edge || image.height() > edge)
        image = image.scaled(fitted(image.size()), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    return Census::counted(image.convertToFormat(QImage::Format_ARGB32_Premultiplied));
}
