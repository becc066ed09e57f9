// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtGui/qimage.h>
#include <QtQml/qqml.h>

// What is alive, whoever holds it, counted without asking the library: the pictures that were
// decoded, and the entries that tiles have had. Looked at four times a second.
class Census : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON
    Q_PROPERTY(int entries READ entries NOTIFY changed FINAL)
    Q_PROPERTY(double bytes READ bytes NOTIFY changed FINAL)

public:
    explicit Census(QObject *parent = nullptr) : QObject(parent) { startTimer(250); }

    // The same picture, which counts until its last copy has gone. Any thread.
    static QImage counted(const QImage &image);
    Q_INVOKABLE void add(QObject *entry) { m_entries.insert(entry, entry); }

    int entries() const { return int(m_entries.size()); }
    double bytes() const { return m_bytes; }

Q_SIGNALS:
    void changed();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    QHash<QObject *, QPointer<QObject>> m_entries; // not connected to: that would keep them
    double m_bytes = 0;
};
