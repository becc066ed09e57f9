// SPDX-License-Identifier: MIT

#include "widgetstage.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qtimer.h>
#include <QtGui/qimage.h>
#include <QtGui/qpalette.h>
#include <QtGui/qpixmap.h>
#include <QtWidgets/qproxystyle.h>
#include <QtWidgets/qwidget.h>

namespace {

constexpr int patience = 60'000; // milliseconds until the picture is taken all the same
constexpr int tick = 100; // milliseconds
constexpr int paintingTicks = 3;

// With the colours of Theme.qml.
QPalette paletteOf(bool isDark)
{
    const auto color = [isDark](const char *light, const char *dark) {
        return QColor(QLatin1String(isDark ? dark : light));
    };
    QPalette palette;
    palette.setColor(QPalette::Window, color("#f7f7f5", "#131416"));
    palette.setColor(QPalette::Base, color("#ffffff", "#1c1e21"));
    palette.setColor(QPalette::AlternateBase, color("#f7f7f5", "#202226"));
    palette.setColor(QPalette::Button, color("#ebebe7", "#24272b"));
    palette.setColor(QPalette::Light, color("#ffffff", "#3a3e44"));
    palette.setColor(QPalette::Mid, color("#dfdfdb", "#2d3035"));
    palette.setColor(QPalette::Dark, color("#c9c9c4", "#0e0f10"));
    palette.setColor(QPalette::ToolTipBase, color("#ffffff", "#3a3e44"));
    for (const auto role : { QPalette::WindowText, QPalette::Text, QPalette::ButtonText,
                             QPalette::ToolTipText, QPalette::BrightText })
        palette.setColor(role, color("#1a1b1d", "#ededee"));
    palette.setColor(QPalette::PlaceholderText, color("#66696f", "#9a9ea6"));
    palette.setColor(QPalette::Highlight, color("#2563eb", "#7aa5ff"));
    palette.setColor(QPalette::HighlightedText, color("#ffffff", "#131416"));
    palette.setColor(QPalette::Link, color("#2563eb", "#7aa5ff"));
    return palette;
}

// With room beside the texts of tables.
class Style : public QProxyStyle
{
public:
    Style() : QProxyStyle(QStringLiteral("Fusion")) { }

    int pixelMetric(PixelMetric metric, const QStyleOption *option,
                    const QWidget *widget) const override
    {
        constexpr int room = 8;
        return metric == PM_FocusFrameHMargin ? room
                                              : QProxyStyle::pixelMetric(metric, option, widget);
    }
};

} // namespace

WidgetStage::WidgetStage(int &argc, char **argv, const Options::About &about)
    : m_application(Options::choosePlatform(argc, argv), argv), m_options(about)
{
    QApplication::setStyle(new Style);
    const bool isDark = m_options.isDark.value_or(
            QApplication::palette().color(QPalette::Window).lightnessF() < 0.5);
    QApplication::setPalette(paletteOf(isDark));
}

int WidgetStage::play(QWidget &window, const std::function<bool()> &hasSettled)
{
    if (!m_options.size.isEmpty())
        window.resize(m_options.size);
    window.show();
    if (!draws())
        return QApplication::exec();

    const QDeadlineTimer deadline(patience);
    QTimer clock;
    int settled = 0;
    QObject::connect(&clock, &QTimer::timeout, &window, [&] {
        settled = hasSettled() ? settled + 1 : 0;
        if (settled > paintingTicks || deadline.hasExpired())
            QApplication::quit();
    });
    clock.start(tick);
    QApplication::exec();
    return savePicture(window.grab().toImage(), m_options.screenshot);
}
