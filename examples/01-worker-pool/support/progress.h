// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qfuture.h>

// Shows on stderr how far the work is, and returns when it is done: on a terminal one line that
// keeps changing, elsewhere a new line now and then. Throws what a worker has thrown.
void follow(QFuture<void> work, const QByteArray &title);
