// SPDX-License-Identifier: MIT

#pragma once

#include <SyncMap/SyncCacheObject>

#include <QtCore/qpointer.h>
#include <QtQml/qqml.h>

// What became of the loads of a cache of pictures, asked for four times a second.
class LoadCounts : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(SyncCacheObject *cache READ cache WRITE setCache NOTIFY cacheChanged FINAL)
    Q_PROPERTY(int loading READ loading NOTIFY changed FINAL)
    Q_PROPERTY(int canceled READ canceled NOTIFY changed FINAL)
    Q_PROPERTY(int failed READ failed NOTIFY changed FINAL)

public:
    explicit LoadCounts(QObject *parent = nullptr) : QObject(parent) { startTimer(250); }

    SyncCacheObject *cache() const { return m_cache; }
    void setCache(SyncCacheObject *cache);
    int loading() const { return m_loading; }
    int canceled() const { return m_canceled; }
    int failed() const { return m_failed; }

Q_SIGNALS:
    void cacheChanged();
    void changed();

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    QPointer<SyncCacheObject> m_cache;
    int m_loading = 1; // nobody has looked yet
    int m_canceled = 0;
    int m_failed = 0;
};
