// SPDX-License-Identifier: MIT

#pragma once

#include <QtQml/qqml.h>
#include <QtQuick/qquickpainteditem.h>

// The last values of something, as a line or as bars. Painted, so that it needs no graphics card.
class Sparkline : public QQuickPaintedItem
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QColor color MEMBER m_color NOTIFY changed FINAL)
    Q_PROPERTY(bool bars MEMBER m_bars NOTIFY changed FINAL)
    Q_PROPERTY(int capacity MEMBER m_capacity NOTIFY changed FINAL)
    // The range that fills the height; without one, that of the values.
    Q_PROPERTY(double minimum MEMBER m_minimum NOTIFY changed FINAL)
    Q_PROPERTY(double maximum MEMBER m_maximum NOTIFY changed FINAL)

public:
    explicit Sparkline(QQuickItem *parent = nullptr);

    Q_INVOKABLE void append(double value);

    void paint(QPainter *painter) override;

Q_SIGNALS:
    void changed();

private:
    void paintBars(QPainter &painter, double bottom, double scale) const;
    void paintLine(QPainter &painter, double bottom, double scale) const;

    QList<double> m_values;
    QColor m_color = Qt::gray;
    bool m_bars = false;
    int m_capacity = 40;
    double m_minimum = 0;
    double m_maximum = 0;
};
