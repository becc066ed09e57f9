// SPDX-License-Identifier: MIT

#include "options.h"

#include <QtCore/qcommandlineparser.h>
#include <QtCore/qdir.h>
#include <QtCore/qregularexpression.h>
#include <QtGui/qfontdatabase.h>
#include <QtGui/qguiapplication.h>
#include <QtGui/qimage.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool isSet(const char *variable)
{
    return !qEnvironmentVariableIsEmpty(variable);
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

} // namespace

int &Options::choosePlatform(int &argc, char **argv)
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

Options::Options(const About &about)
{
    QGuiApplication::setApplicationName(QString::fromLatin1(about.name));
    QGuiApplication::setApplicationVersion(QString::fromLatin1(about.version));

    const QCommandLineOption screenshotOption(
            QStringLiteral("screenshot"),
            QStringLiteral("Draw the window into a file, without showing it."),
            QStringLiteral("file"));
    const QCommandLineOption sizeOption(QStringLiteral("size"),
                                        QStringLiteral("Of the window, such as 380x720."),
                                        QStringLiteral("WxH"));
    const QCommandLineOption darkOption(QStringLiteral("dark"),
                                        QStringLiteral("Dark colours, whatever the system has."));
    const QCommandLineOption lightOption(QStringLiteral("light"),
                                         QStringLiteral("Light colours, whatever the system has."));
    QCommandLineParser parser;
    parser.setApplicationDescription(QString::fromUtf8(about.purpose));
    parser.addOptions({ screenshotOption, sizeOption, darkOption, lightOption });
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
    argument = parser.positionalArguments().value(0);

    if (parser.isSet(sizeOption)) {
        size = sizeFrom(parser.value(sizeOption));
        if (size.isEmpty())
            refuse(about.name, QStringLiteral("--size takes a width and a height, as 380x720"));
    }
    if (parser.isSet(darkOption) || parser.isSet(lightOption))
        isDark = parser.isSet(darkOption);

    screenshot = parser.value(screenshotOption);
    if (parser.isSet(screenshotOption) && screenshot.isEmpty())
        refuse(about.name, QStringLiteral("--screenshot takes the name of a file"));
    if (QGuiApplication::platformName() == QLatin1String("offscreen")) {
        if (screenshot.isEmpty())
            screenshot = QDir::temp().filePath(QLatin1String(about.name) + QLatin1String(".png"));
        // Where no desktop has chosen a font.
        if (QFontDatabase::families().contains(QLatin1String("Inter")))
            QGuiApplication::setFont(QFont(QStringLiteral("Inter")));
    }
}

int savePicture(const QImage &picture, const QString &file)
{
    if (!picture.save(file, "PNG")) {
        std::fprintf(stderr, "cannot write '%s'\n", qUtf8Printable(file));
        return EXIT_FAILURE;
    }
    std::printf("Wrote %s\n", qUtf8Printable(QDir::toNativeSeparators(file)));
    return EXIT_SUCCESS;
}
