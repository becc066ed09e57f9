// SPDX-License-Identifier: MIT

#include "stage.h"

#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qtimer.h>
#include <QtGui/qpalette.h>
#include <QtQuick/qquickwindow.h>
#include <QtQuickControls2/qquickstyle.h>

#include <cstdlib>

namespace {

constexpr int patience = 60'000; // milliseconds until the picture is taken all the same
constexpr int tick = 100; // milliseconds
constexpr int fadingTicks = 6; // for spinners and the like to go, and pictures to come

// The colours follow the palette, see Theme.qml.
void setScheme(bool dark)
{
    QGuiApplication::setPalette(QPalette(dark ? QColor(0x20, 0x20, 0x20) : QColor(Qt::white)));
}

} // namespace

Stage::Stage(int &argc, char **argv, const About &about)
    : m_application(Options::choosePlatform(argc, argv), argv), m_options(about)
{
    if (m_options.isDark)
        setScheme(*m_options.isDark);
    if (QGuiApplication::platformName() == QLatin1String("offscreen"))
        QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
    QQuickStyle::setStyle(QStringLiteral("Basic"));
    m_engine.emplace();
    m_engine->addImportPath(QStringLiteral("qrc:/qt/qml")); // as Qt 6.5 does
}

int Stage::play(const QString &uri, const QVariantMap &properties)
{
    const auto end = qScopeGuard([this] { m_engine.reset(); });
    QQmlApplicationEngine &engine = *m_engine;
    engine.setInitialProperties(properties);
    engine.load(QUrl(QStringLiteral("qrc:/qt/qml/%1/Main.qml").arg(uri)));
    auto *const window = qobject_cast<QQuickWindow *>(engine.rootObjects().value(0));
    if (!window)
        return EXIT_FAILURE; // the engine has said why
    if (!m_options.size.isEmpty())
        window->resize(m_options.size);
    return m_options.screenshot.isEmpty() ? QGuiApplication::exec() : draw(*window);
}

int Stage::draw(QQuickWindow &window)
{
    const QDeadlineTimer deadline(patience);
    QTimer clock;
    int settled = 0;
    QObject::connect(&clock, &QTimer::timeout, &window, [&] {
        settled = window.property("settled").toBool() ? settled + 1 : 0;
        if (settled > fadingTicks || deadline.hasExpired())
            QGuiApplication::quit();
    });
    clock.start(tick);
    QGuiApplication::exec();

    const int outcome = savePicture(window.grabWindow(), m_options.screenshot);
    const QString summary = window.property("summary").toString();
    if (outcome == EXIT_SUCCESS && !summary.isEmpty())
        std::printf("%s\n", qUtf8Printable(summary));
    return outcome;
}
