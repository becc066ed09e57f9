// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qdir.h>
#include <QtCore/qsemaphore.h>
#include <QtCore/qstringlist.h>

#include <functional>
#include <thread>

// Their paths from there, in order. Links are not followed.
QStringList filesBelow(const QDir &folder);

// Calls a function each second, in a thread of its own, until it goes.
class Watch
{
public:
    explicit Watch(std::function<void()> look);
    ~Watch();
    Q_DISABLE_COPY_MOVE(Watch)

private:
    QSemaphore m_end;
    std::thread m_thread;
};
