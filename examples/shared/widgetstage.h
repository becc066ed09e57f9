// SPDX-License-Identifier: MIT

#pragma once

#include "options.h"

#include <QtWidgets/qapplication.h>

#include <functional>

QT_FORWARD_DECLARE_CLASS(QWidget)

// The same as a Stage, for a window of Qt Widgets.
class WidgetStage
{
public:
    WidgetStage(int &argc, char **argv, const Options::About &about);

    QString argument() const { return m_options.argument; } // as it was given, or empty
    bool draws() const { return !m_options.screenshot.isEmpty(); }

    // Shows a window, and runs the event loop. The picture is taken when the window has settled, or
    // after a while; the exit code is 0 if all went well.
    int play(QWidget &window, const std::function<bool()> &hasSettled);

private:
    QApplication m_application;
    const Options m_options;
};
