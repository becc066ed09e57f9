// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qmetaobject.h>
#include <QtCore/qobject.h>
#include <QtCore/qthread.h>

// A thread whose event loop runs when the constructor returns: before that, moving objects to it is a
// race within Qt. It ends with this object.
class RunningThread : public QThread
{
public:
    RunningThread()
    {
        QObject first;
        first.moveToThread(this);
        start();
        QMetaObject::invokeMethod(
                &first, [&] { first.moveToThread(m_home); }, Qt::BlockingQueuedConnection);
    }
    ~RunningThread() override
    {
        quit();
        wait();
    }
    Q_DISABLE_COPY_MOVE(RunningThread)

private:
    QThread *const m_home = QThread::currentThread();
};
