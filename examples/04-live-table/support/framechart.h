// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qelapsedtimer.h>
#include <QtGui/qcolor.h>
#include <QtQml/qqml.h>
#include <QtQuick/qquickpainteditem.h>

#include <deque>

// The time between frames, over the last seconds. Each frame is as wide as it took.
class FrameChart : public QQuickPaintedItem
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(double seconds MEMBER m_seconds NOTIFY changed FINAL) // the width
    Q_PROPERTY(double ceiling READ ceiling NOTIFY ceilingChanged FINAL) // the height, milliseconds
    Q_PROPERTY(double percentile READ percentile NOTIFY percentileChanged FINAL) // 99th, of 3 s

public:
    explicit FrameChart(QQuickItem *parent = nullptr);

    double ceiling() const { return m_ceiling; }
    double percentile() const { return m_percentile; }

    // A frame is drawn now.
    Q_INVOKABLE void frame(const QColor &color);
    // Frames before this one do not count for the percentile.
    Q_INVOKABLE void beginAnew() { m_since = m_now; }

    void paint(QPainter *painter) override;

Q_SIGNALS:
    void changed();
    void ceilingChanged();
    void percentileChanged();

private:
    void updatePercentile();

    struct Frame
    {
        double end; // seconds
        double length; // milliseconds
        QColor color;
    };

    QElapsedTimer m_clock;
    std::deque<Frame> m_frames;
    double m_now = 0;
    double m_since = 0;
    double m_seconds = 12;
    double m_ceiling = 100;
    double m_percentile = 0;
};
