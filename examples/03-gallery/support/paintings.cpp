// SPDX-License-Identifier: MIT

#include "paintings.h"

#include <QtConcurrent/qtconcurrentmap.h>
#include <QtGui/qimage.h>
#include <QtGui/qimagewriter.h>
#include <QtGui/qpainter.h>
#include <QtGui/qpainterpath.h>
#include <QtGui/qtransform.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace {

constexpr double pi = 3.14159265358979;

using Palette = std::array<QRgb, 5>; // from the lightest to the darkest

constexpr std::array<Palette, 10> palettes = { {
        { 0xfff1d6, 0xf9b384, 0xe4685d, 0x7d3a63, 0x2b1d3f }, // dusk
        { 0xeaf4f4, 0xa4d4d8, 0x4f9da6, 0x24596b, 0x10263a }, // fjord
        { 0xfdf6e3, 0xf2cc8f, 0xe07a5f, 0x5f797b, 0x3d405b }, // clay
        { 0xf4f1de, 0xbcd4a5, 0x6a994e, 0x386641, 0x1d3326 }, // wood
        { 0xfde2e4, 0xe7a6c4, 0xa06cb4, 0x56408f, 0x231942 }, // heather
        { 0xfff3c4, 0xffc54d, 0xf26b38, 0xa72b4d, 0x3a1642 }, // ember
        { 0xe8eef7, 0xb3c5e3, 0x6b8ccb, 0x39508f, 0x16203f }, // slate
        { 0xf7ede2, 0xf5cac3, 0xf28482, 0x84a59d, 0x31494a }, // rose
        { 0xe3f6ee, 0x8fdcc2, 0x2fae9a, 0x14686f, 0x0b2f3d }, // lagoon
        { 0xf6efe6, 0xdcc3a1, 0xb98b5e, 0x735339, 0x2b211c }, // sand
} };

class Painting
{
public:
    explicit Painting(qsizetype number)
        : m_random(unsigned(number) * 7919 + 17),
          m_palette(palettes[size_t(number * 3 + number / 7) % palettes.size()])
    {
        constexpr std::array<QSize, 4> formats = { QSize(1200, 900), QSize(1200, 800),
                                                   QSize(900, 1100), QSize(1000, 1000) };
        m_size = formats[size_t(between(0, 3.99))];
        m_canvas = QImage(m_size, QImage::Format_RGB32);
        QPainter painter(&m_canvas);
        painter.setRenderHint(QPainter::Antialiasing);
        switch (number % 7) {
        case 0:
            paintHills(painter);
            break;
        case 1:
            paintStreams(painter);
            break;
        case 2:
            paintTiles(painter);
            break;
        case 3:
            paintDiscs(painter);
            break;
        case 4:
            paintNight(painter);
            break;
        case 5:
            paintRipples(painter);
            break;
        default:
            paintLake(painter);
        }
    }

    const QImage &image() const { return m_canvas; }

private:
    double width() const { return m_size.width(); }
    double height() const { return m_size.height(); }
    double between(double least, double most)
    {
        return std::uniform_real_distribution<>(least, most)(m_random);
    }
    QColor ink(size_t strength) const { return QColor(m_palette[std::min(strength, size_t(4))]); }
    QColor anyInk() { return ink(size_t(between(1, 4.99))); }

    // Between the palette's colours, 0 to 4.
    QColor shade(double strength) const
    {
        const double at = std::clamp(strength, 0.0, 3.999);
        const QColor a = ink(size_t(at));
        const QColor b = ink(size_t(at) + 1);
        const float part = float(at - std::floor(at));
        return QColor::fromRgbF(a.redF() + (b.redF() - a.redF()) * part,
                                a.greenF() + (b.greenF() - a.greenF()) * part,
                                a.blueF() + (b.blueF() - a.blueF()) * part);
    }

    void sky(QPainter &painter, double top, double bottom)
    {
        QLinearGradient gradient(0, 0, 0, height());
        for (int i = 0; i <= 8; ++i)
            gradient.setColorAt(i / 8.0, shade(top + (bottom - top) * i / 8.0));
        painter.fillRect(m_canvas.rect(), gradient);
    }

    void sun(QPainter &painter, const QPointF &at, double radius, const QColor &color)
    {
        QRadialGradient glow(at, radius * 5);
        QColor light = color;
        light.setAlphaF(0.55f);
        glow.setColorAt(0, light);
        light.setAlphaF(0);
        glow.setColorAt(1, light);
        painter.fillRect(m_canvas.rect(), glow);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawEllipse(at, radius, radius);
    }

    // A skyline of waves upon waves, closed along the bottom.
    QPainterPath ridge(double level, double swing, double roughness)
    {
        std::array<double, 6> phases {};
        for (double &phase : phases)
            phase = between(0, 2 * pi);
        QPainterPath path({ 0, height() });
        for (int step = 0; step * 6 <= width() + 6; ++step) {
            const double x = step * 6;
            double y = level;
            double part = swing;
            double waves = between(1.99, 2.01);
            for (const double phase : phases) {
                y += part * std::sin(waves * pi * x / width() + phase);
                part *= roughness;
                waves *= 2.1;
            }
            path.lineTo(x, y);
        }
        path.lineTo(width(), height());
        path.closeSubpath();
        return path;
    }

    void hills(QPainter &painter, double from, double to, double lightest, int count)
    {
        painter.setPen(Qt::NoPen);
        for (int i = 0; i < count; ++i) {
            const double depth = count > 1 ? double(i) / (count - 1) : 1;
            painter.setBrush(shade(lightest + (4 - lightest) * depth));
            painter.drawPath(ridge(height() * (from + (to - from) * depth),
                                   height() * (0.05 + 0.03 * depth), 0.42 + 0.08 * (1 - depth)));
        }
    }

    void paintHills(QPainter &painter)
    {
        sky(painter, between(1.2, 2.0), 0);
        sun(painter, { width() * between(0.2, 0.8), height() * between(0.25, 0.42) },
            height() * between(0.05, 0.09), ink(0));
        hills(painter, 0.45, 0.9, 0.9, 6);
    }

    void paintNight(QPainter &painter)
    {
        sky(painter, 4, between(2.0, 2.6));
        painter.setPen(Qt::NoPen);
        for (int i = 0; i < 260; ++i) {
            QColor star = ink(0);
            star.setAlphaF(float(between(0.2, 1)));
            painter.setBrush(star);
            const double radius = between(0.5, 2.2);
            painter.drawEllipse(QPointF(between(0, width()), between(0, height() * 0.7)), radius,
                                radius);
        }
        sun(painter, { width() * between(0.2, 0.8), height() * between(0.18, 0.35) },
            height() * between(0.035, 0.06), ink(0));
        hills(painter, 0.66, 0.92, 2.6, 4);
    }

    void paintLake(QPainter &painter)
    {
        const double shore = height() * 0.58;
        sky(painter, between(1.0, 1.6), 0.2);
        const QPointF at(width() * between(0.3, 0.7), height() * between(0.22, 0.36));
        sun(painter, at, height() * 0.07, ink(0));
        hills(painter, 0.40, 0.52, 1.4, 3);
        // The water is the land upside down, under ripples.
        const QImage land = m_canvas.copy(0, 0, m_size.width(), int(shore))
                                    .transformed(QTransform::fromScale(1, -1));
        painter.setPen(Qt::NoPen);
        painter.drawImage(QRectF(0, shore, width(), height() - shore), land,
                          QRectF(0, 0, width(), height() - shore));
        for (int i = 0; i < 90; ++i) {
            QColor ripple = i % 3 == 0 ? ink(0) : ink(3);
            ripple.setAlphaF(float(between(0.05, 0.22)));
            painter.setBrush(ripple);
            const double y = between(shore, height());
            const double part = (y - shore) / (height() - shore);
            const double length = width() * between(0.05, 0.2) * (0.3 + part);
            painter.drawRoundedRect(QRectF(between(-length, width()), y, length, 1.5 + 4 * part), 3,
                                    3);
        }
    }

    void paintStreams(QPainter &painter)
    {
        const bool dark = between(0, 1) < 0.5;
        painter.fillRect(m_canvas.rect(), dark ? ink(4) : ink(0));
        const double a = between(1, 2.5);
        const double b = between(1, 2.5);
        const double turn = between(0, 2 * pi);
        for (int i = 0; i < 620; ++i) {
            QPointF at(between(-50, width() + 50), between(-50, height() + 50));
            QPainterPath path(at);
            for (int step = 0; step < 34; ++step) {
                const double angle = turn + 1.4 * std::sin(a * pi * at.x() / width())
                        + 1.4 * std::cos(b * pi * at.y() / height());
                at += QPointF(std::cos(angle), std::sin(angle)) * 9;
                path.lineTo(at);
            }
            QColor color = dark ? ink(size_t(between(0, 3.99))) : anyInk();
            color.setAlphaF(float(between(0.35, 0.9)));
            painter.setPen(QPen(color, between(1.5, 7), Qt::SolidLine, Qt::RoundCap));
            painter.drawPath(path);
        }
    }

    void paintTiles(QPainter &painter)
    {
        painter.setPen(Qt::NoPen);
        const double side = width() / std::floor(between(4, 6.99));
        for (int row = 0; row * side < height(); ++row) {
            for (int column = 0; column * side < width(); ++column) {
                const double x = column * side;
                const double y = row * side;
                const QRectF tile(x, y, side + 1, side + 1);
                const size_t back = size_t(between(0, 4.99));
                const QColor front = ink((back + size_t(between(1, 3.99))) % 5);
                painter.fillRect(tile, ink(back));
                painter.setBrush(front);
                painter.setClipRect(tile);
                const int kind = int(between(0, 4.99));
                const QPointF corner(x + (kind % 2 == 0 ? 0 : side), y + (kind < 2 ? 0 : side));
                if (kind < 4) {
                    painter.drawEllipse(corner, side, side);
                    painter.setBrush(ink(back));
                    painter.drawEllipse(corner, side / 2, side / 2);
                } else {
                    painter.drawEllipse(tile.center(), side * 0.38, side * 0.38);
                }
                painter.setClipping(false);
            }
        }
    }

    void paintDiscs(QPainter &painter)
    {
        painter.fillRect(m_canvas.rect(), ink(0));
        painter.setCompositionMode(QPainter::CompositionMode_Multiply);
        painter.setPen(Qt::NoPen);
        for (int i = 0; i < 9; ++i) {
            QColor color = ink(size_t(between(1, 3.99)));
            color.setAlphaF(0.8f);
            painter.setBrush(color);
            const double radius = height() * between(0.1, 0.3);
            painter.drawEllipse(QPointF(width() * between(0.1, 0.9), height() * between(0.1, 0.9)),
                                radius, radius);
        }
    }

    void paintRipples(QPainter &painter)
    {
        painter.fillRect(m_canvas.rect(), ink(4));
        const QPointF at(width() * between(0, 1), height() * between(0.6, 1.1));
        const double widest = std::hypot(width(), height());
        const double step = widest / std::floor(between(9, 16));
        painter.setPen(Qt::NoPen);
        for (int ring = 0; ring * step < widest; ++ring) {
            const double radius = widest - ring * step;
            painter.setBrush(shade(2 + 2 * std::sin(ring * between(0.85, 0.95))));
            painter.drawEllipse(at, radius, radius);
        }
    }

    std::mt19937 m_random;
    const Palette &m_palette;
    QSize m_size;
    QImage m_canvas;
};

} // namespace

QStringList paintSome(const QString &folder, qsizetype painted)
{
    struct Order
    {
        qsizetype number;
        QString file;
    };
    QList<Order> orders;
    QStringList files;
    for (qsizetype i = painted; i < std::min(painted + 12, paintings); ++i) {
        files.append(QStringLiteral("%1/%2.jpg").arg(folder).arg(i + 1, 3, 10, QLatin1Char('0')));
        orders.append({ i, files.last() });
    }
    QtConcurrent::blockingMap(orders, [](const Order &order) {
        QImageWriter writer(order.file, "JPG");
        writer.setQuality(88);
        writer.setProgressiveScanWrite(true); // takes as long to decode as a photograph
        writer.write(Painting(order.number).image());
    });
    return files;
}
