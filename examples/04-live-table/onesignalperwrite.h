// SPDX-License-Identifier: MIT

// The usual way to show what workers write: a hash, a mutex, and a signal that is queued to the
// interface for each write.

#pragma once

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>
#include <QtCore/qsemaphore.h>

class OneSignalPerWrite : public QObject
{
    Q_OBJECT

public:
    void insert(const QString &key, double value) // any thread
    {
        // A mercy, without which there would be nothing to see: while one thread posts events faster
        // than another handles them, QCoreApplication::sendPostedEvents() never comes to its end, no
        // frame is drawn, and memory runs out. So this many signals may wait, some 16 MB of them, and
        // no more are sent before they were handled and one frame was drawn.
        if (!m_room.tryAcquire(1, 100))
            return;
        {
            const QMutexLocker locker(&m_mutex);
            m_values.insert(key, value);
        }
        Q_EMIT valueChanged(key, value);
    }

    double value(const QString &key) const // any thread
    {
        const QMutexLocker locker(&m_mutex);
        return m_values.value(key);
    }

    // In the thread of the interface.
    void handled() { ++m_handled; }
    void frameDrawn()
    {
        m_room.release(m_handled);
        m_handled = 0;
    }

Q_SIGNALS:
    void valueChanged(const QString &key, double value);

private:
    static constexpr int mostWaiting = 100'000;

    mutable QMutex m_mutex;
    QHash<QString, double> m_values;
    QSemaphore m_room { mostWaiting };
    int m_handled = 0;
};
