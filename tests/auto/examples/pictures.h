// SPDX-License-Identifier: MIT

// What the tests of the examples with a window share.

#pragma once

#include <QtCore/qfile.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtemporarydir.h>
#include <QtGui/qimage.h>
#include <QtTest/qtest.h>

#include <cstdlib>

constexpr int patience = 90'000; // milliseconds: longer than that of an example that draws itself

inline QProcessEnvironment environment()
{
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    for (const char *name : { "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM" })
        variables.remove(name);
    return variables;
}

// What the QML engine and the scene graph say begins with the file that it is about.
inline bool warns(const QByteArray &err)
{
    return err.contains("qrc:") || err.contains("QML ") || err.contains("Warning")
            || err.contains("ASSERT") || err.contains("Sanitizer");
}

inline bool near(QRgb pixel, QRgb color)
{
    return std::abs(qRed(pixel) - qRed(color)) <= 6 && std::abs(qGreen(pixel) - qGreen(color)) <= 6
            && std::abs(qBlue(pixel) - qBlue(color)) <= 6;
}

inline int count(const QImage &image, QRgb color)
{
    int found = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x)
            found += near(image.pixel(x, y), color);
    }
    return found;
}

// Of Theme.qml.
constexpr QRgb lightWindow = 0xfff7f7f5;
constexpr QRgb darkWindow = 0xff131416;
constexpr QRgb accent = 0xff2563eb;
constexpr QRgb danger = 0xffbf2f26;

inline QImage plain(int width, int height, const QColor &color)
{
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(color);
    return image;
}

class Pictures
{
public:
    QString path(const QString &name = {}) const { return m_folder.filePath(name); }

    void add(const QString &name, const QImage &image) const { QVERIFY(image.save(path(name))); }
    void addMany(int number) const
    {
        for (int i = 0; i < number; ++i)
            add(QStringLiteral("%1.png").arg(i, 3, 10, QLatin1Char('0')),
                plain(400, 300, QColor::fromHsv(i * 37 % 360, 150, 230)));
    }
    void write(const QString &name, const QByteArray &content) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
    }
    QByteArray read(const QString &name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void truncate(const QString &from, const QString &to) const
    {
        const QByteArray whole = read(from);
        write(to, whole.left(whole.size() * 2 / 3));
    }

private:
    QTemporaryDir m_folder;
};
