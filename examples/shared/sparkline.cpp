// SPDX-License-Identifier: MIT

#include "sparkline.h"

#include <QtGui/qpainter.h>
#include <QtGui/qpainterpath.h>

#include <algorithm>
#include <cmath>

Sparkline::Sparkline(QQuickItem *parent) : QQuickPaintedItem(parent)
{
    connect(this, &Sparkline::changed, this, [this] { update(); });
}

void Sparkline::append(double value)
{
    if (!std::isfinite(value))
        return;
    m_values.append(value);
    while (m_values.size() > std::max(m_capacity, 2))
        m_values.removeFirst();
    update();
}

void Sparkline::paint(QPainter *painter)
{
    if (m_values.isEmpty())
        return;
    double bottom = m_minimum;
    double top = m_maximum;
    if (bottom >= top) {
        const auto [least, most] = std::minmax_element(m_values.cbegin(), m_values.cend());
        bottom = *least;
        top = *most;
    }
    const double scale = top > bottom ? 1 / (top - bottom) : 0;
    if (m_bars)
        paintBars(*painter, bottom, scale);
    else
        paintLine(*painter, bottom, scale);
}

void Sparkline::paintBars(QPainter &painter, double bottom, double scale) const
{
    const double step = width() / m_capacity;
    const double gap = std::min(2.0, step / 3);
    double x = width() - step * double(m_values.size());
    for (const double value : m_values) {
        const double part = std::clamp((value - bottom) * scale, 0.0, 1.0);
        const double tall = std::max(2.0, std::round(part * height()));
        painter.fillRect(QRectF(x, height() - tall, step - gap, tall), m_color);
        x += step;
    }
}

void Sparkline::paintLine(QPainter &painter, double bottom, double scale) const
{
    constexpr double pen = 1.5;
    const double step = (width() - pen) / (m_capacity - 1);
    double x = width() - pen / 2 - step * double(m_values.size() - 1);
    QPolygonF line;
    for (const double value : m_values) {
        const double part = scale > 0 ? (value - bottom) * scale : 0.5;
        line.append({ x, pen + (1 - part) * (height() - 2 * pen) });
        x += step;
    }

    painter.setRenderHint(QPainter::Antialiasing);
    QPolygonF area = line;
    area.append({ line.last().x(), height() });
    area.append({ line.first().x(), height() });
    QColor shade = m_color;
    shade.setAlphaF(0.12f);
    painter.setPen(Qt::NoPen);
    painter.setBrush(shade);
    painter.drawPolygon(area);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_color, pen, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(line);
}
