// SPDX-License-Identifier: MIT

#pragma once

#include "options.h"

#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlapplicationengine.h>

#include <optional>

QT_FORWARD_DECLARE_CLASS(QQuickWindow)

// Shows the window of an example, or draws it into a file: where it is asked to by --screenshot, and
// where there is no display. --help shows the options.
class Stage
{
public:
    using About = Options::About;

    // Ends the program where the options ask for that, or are wrong.
    Stage(int &argc, char **argv, const About &about);

    QString argument() const { return m_options.argument; } // as it was given, or empty
    QQmlApplicationEngine &engine() { return *m_engine; }
    bool draws() const { return !m_options.screenshot.isEmpty(); }

    // Loads a window, and runs the event loop. The picture is taken when the window's property
    // `settled` says so, or after a while, and what its `summary` says is printed with the name of
    // the file; the exit code is 0 if all went well.
    int play(const QString &uri, const QVariantMap &properties);

private:
    int draw(QQuickWindow &window);

    QGuiApplication m_application;
    const Options m_options;
    std::optional<QQmlApplicationEngine> m_engine; // goes as soon as play() ends
};
