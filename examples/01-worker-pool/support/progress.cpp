// SPDX-License-Identifier: MIT

#include "progress.h"

#include "text.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qeventloop.h>
#include <QtCore/qfuturewatcher.h>
#include <QtCore/qtimer.h>

#include <cstdio>

#ifdef Q_OS_WIN
#  include <io.h>
#else
#  include <unistd.h>
#endif

using namespace std::chrono_literals;

namespace {

bool isOnTerminal()
{
#ifdef Q_OS_WIN
    return _isatty(_fileno(stderr)) != 0;
#else
    return isatty(STDERR_FILENO) != 0;
#endif
}

} // namespace

void follow(QFuture<void> work, const QByteArray &title)
{
    const bool onTerminal = isOnTerminal();
    QElapsedTimer clock;
    clock.start();

    QTimer timer;
    timer.setInterval(onTerminal ? 100ms : 10s);
    QObject::connect(&timer, &QTimer::timeout, [&] {
        QByteArray line = title + ", " + grouped(clock.elapsed() / 1000) + " s";
        if (const int all = work.progressMaximum())
            line += ": " + grouped(qint64(work.progressValue())) + " of " + grouped(qint64(all));
        std::fprintf(stderr, onTerminal ? "\r%.79s\x1b[K" : "%s\n", line.constData());
    });
    timer.start();

    QEventLoop loop;
    QFutureWatcher<void> watcher;
    QObject::connect(&watcher, &QFutureWatcher<void>::finished, &loop, &QEventLoop::quit);
    watcher.setFuture(work);
    loop.exec();
    if (onTerminal)
        std::fputs("\r\x1b[K", stderr);
    work.waitForFinished();
}
