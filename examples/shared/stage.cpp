// SPDX-License-Identifier: MIT

#include "stage.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qdir.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qscopeguard.h>
#include <QtCore/qtimer.h>
#include <QtGui/qfontdatabase.h>
#include <QtGui/qpalette.h>
#include <QtQuick/qquickwindow.h>
#include <QtQuickControls2/qquickstyle.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int patience = 60'000; // milliseconds until the picture is taken all the same
constexpr int tick = 100; // milliseconds
constexpr int fadingTicks = 6; // for spinners and the like to go, and pictures to come

bool isSet(const char *variable)
{
    return !qEnvironmentVariableIsEmpty(variable);
}

// Before the application exists, which chooses once and for all.
int &choosePlatform(int &argc, char **argv)
{
    bool draws = false;
    for (int i = 1; i < argc; ++i)
        draws = draws || std::strncmp(argv[i], "--screenshot", 12) == 0;
    if (draws)
        qputenv("QT_QPA_PLATFORM", "offscreen");
#ifdef Q_OS_LINUX
    else if (!isSet("QT_QPA_PLATFORM")) {
        // What comes later stands in for a display that is named but not there.
        if (isSet("WAYLAND_DISPLAY"))
            qputenv("QT_QPA_PLATFORM", "wayland;xcb;offscreen");
        else
            qputenv("QT_QPA_PLATFORM", isSet("DISPLAY") ? "xcb;offscreen" : "offscreen");
    }
#endif
    return argc;
}

[[noreturn]] void refuse(const char *name, const QString &why)
{
    std::fprintf(stderr, "%s: %s\n", name, qUtf8Printable(why));
    std::exit(2);
}

QSize sizeFrom(const QString &text)
{
    static const QRegularExpression form(QStringLiteral("^(\\d{1,4})x(\\d{1,4})$"));
    const QRegularExpressionMatch match = form.match(text);
    return match.hasMatch() ? QSize(match.captured(1).toInt(), match.captured(2).toInt()) : QSize();
}

// The colours follow the palette, see Theme.qml.
void setScheme(bool dark)
{
    QGuiApplication::setPalette(QPalette(dark ? QColor(0x20, 0x20, 0x20) : QColor(Qt::white)));
}

} // namespace

Stage::Stage(int &argc, char **argv, const About &about)
    : m_application(choosePlatform(argc, argv), argv)
{
    QGuiApplication::setApplicationName(QString::fromLatin1(about.name));
    QGuiApplication::setApplicationVersion(QString::fromLatin1(about.version));

    const QCommandLineOption screenshot(
            QStringLiteral("screenshot"),
            QStringLiteral("Draw the window into a file, without showing it."),
            QStringLiteral("file"));
    const QCommandLineOption size(QStringLiteral("size"),
                                  QStringLiteral("Of the window, such as 380x720."),
                                  QStringLiteral("WxH"));
    const QCommandLineOption dark(QStringLiteral("dark"),
                                  QStringLiteral("Dark colours, whatever the system has."));
    const QCommandLineOption light(QStringLiteral("light"),
                                   QStringLiteral("Light colours, whatever the system has."));
    QCommandLineParser parser;
    parser.setApplicationDescription(QString::fromUtf8(about.purpose));
    parser.addOptions({ screenshot, size, dark, light });
    parser.addHelpOption();
    parser.addVersionOption();
    if (about.argument) {
        parser.addPositionalArgument(QString::fromLatin1(about.argument),
                                     QString::fromUtf8(about.argumentPurpose),
                                     QStringLiteral("[%1]").arg(QLatin1String(about.argument)));
    }
    if (!parser.parse(QGuiApplication::arguments()))
        refuse(about.name, parser.errorText());
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp();
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    if (parser.positionalArguments().size() > (about.argument ? 1 : 0))
        refuse(about.name, QStringLiteral("too many arguments"));
    m_argument = parser.positionalArguments().value(0);

    if (parser.isSet(size)) {
        m_size = sizeFrom(parser.value(size));
        if (m_size.isEmpty())
            refuse(about.name, QStringLiteral("--size takes a width and a height, as 380x720"));
    }
    if (parser.isSet(dark) || parser.isSet(light))
        setScheme(parser.isSet(dark));

    m_screenshot = parser.value(screenshot);
    if (parser.isSet(screenshot) && m_screenshot.isEmpty())
        refuse(about.name, QStringLiteral("--screenshot takes the name of a file"));
    if (QGuiApplication::platformName() == QLatin1String("offscreen")) {
        if (m_screenshot.isEmpty())
            m_screenshot = QDir::temp().filePath(QLatin1String(about.name) + QLatin1String(".png"));
        QQuickWindow::setGraphicsApi(QSGRendererInterface::Software);
        // Where no desktop has chosen a font.
        if (QFontDatabase::families().contains(QLatin1String("Inter")))
            QGuiApplication::setFont(QFont(QStringLiteral("Inter")));
    }
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
    if (!m_size.isEmpty())
        window->resize(m_size);
    return m_screenshot.isEmpty() ? QGuiApplication::exec() : draw(*window);
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

    if (!window.grabWindow().save(m_screenshot, "PNG")) {
        std::fprintf(stderr, "cannot write '%s'\n", qUtf8Printable(m_screenshot));
        return EXIT_FAILURE;
    }
    std::printf("Wrote %s\n", qUtf8Printable(QDir::toNativeSeparators(m_screenshot)));
    const QString summary = window.property("summary").toString();
    if (!summary.isEmpty())
        std::printf("%s\n", qUtf8Printable(summary));
    return EXIT_SUCCESS;
}
