// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qsize.h>
#include <QtCore/qstring.h>

#include <optional>

QT_FORWARD_DECLARE_CLASS(QImage)

// The command line of the examples with a window. --help shows it.
struct Options
{
    struct About
    {
        const char *name;
        const char *version;
        const char *purpose;
        const char *argument; // the name of the only argument, if it takes one
        const char *argumentPurpose;
    };

    // Before the application exists, which chooses its platform once and for all.
    static int &choosePlatform(int &argc, char **argv);
    // Of the application. Ends the program where they ask for that, or are wrong.
    explicit Options(const About &about);

    QString argument; // as it was given, or empty
    QSize size; // of the window, or none
    QString screenshot; // the file for the picture: where it is asked for, or there is no display
    std::optional<bool> isDark; // or as the system has it
};

// Where the picture was written to is said, or why it cannot be: the exit code.
int savePicture(const QImage &picture, const QString &file);
