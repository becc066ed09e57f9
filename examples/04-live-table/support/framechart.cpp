// SPDX-License-Identifier: MIT

#include "framechart.h"

#include <QtGui/qpainter.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

FrameChart::FrameChart(QQuickItem *parent) : QQuickPaintedItem(parent)
{
    m_clock.start();
}

void FrameChart::frame(const QColor &color)
{
    const double now = double(m_clock.nsecsElapsed()) / 1e9;
    const double length = (now - std::exchange(m_now, now)) * 1e3;
    if (m_frames.empty() && length == now * 1e3)
        return; // the first one only starts the clock
    m_frames.push_back({ now, length, color });
    while (m_frames.front().end < now - m_seconds)
        m_frames.pop_front();

    const auto longest =
            std::max_element(m_frames.begin(), m_frames.end(),
                             [](const Frame &a, const Frame &b) { return a.length < b.length; });
    const double ceiling = std::max(100.0, std::ceil(longest->length / 100) * 100);
    if (m_ceiling != ceiling) {
        m_ceiling = ceiling;
        Q_EMIT ceilingChanged();
    }
    updatePercentile();
    update();
}

void FrameChart::updatePercentile()
{
    std::vector<double> lengths;
    for (const Frame &frame : m_frames) {
        if (frame.end - frame.length / 1e3 >= std::max(m_since, m_now - 3))
            lengths.push_back(frame.length);
    }
    if (lengths.empty())
        return;
    const auto at = lengths.begin() + qptrdiff(double(lengths.size() - 1) * 0.99);
    std::nth_element(lengths.begin(), at, lengths.end());
    if (m_percentile != *at) {
        m_percentile = *at;
        Q_EMIT percentileChanged();
    }
}

void FrameChart::paint(QPainter *painter)
{
    const double scale = width() / m_seconds;
    for (const Frame &frame : m_frames) {
        const double right = width() - (m_now - frame.end) * scale;
        const double left = right - frame.length / 1e3 * scale;
        const double tall = std::max(2.0, frame.length / m_ceiling * height());
        painter->fillRect(QRectF(left, height() - tall, right - left, tall), frame.color);
    }
}
