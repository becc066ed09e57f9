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
    return _isatty(_fileno(stderr));
#else
    return isatty(STDERR_FILENO);
#endif
}

} // namespace

void follow(const QFuture<void> &work, const QByteArray &title)
{
    const bool onTerminal = isOnTerminal();
    QElapsedTimer clock;
    clock.start();

    QTimer timer;
    timer.setInterval(onTerminal ? 100ms : 10s);
    QObject::connect(&timer, &QTimer::timeout, [&] {
        const QByteArray line = title + ": " + grouped(qint64(work.progressValue())) + " of "
                + grouped(qint64(work.progressMaximum())) + ", " + grouped(clock.elapsed() / 1000)
                + " s";
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
}
