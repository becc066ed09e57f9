// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/loading.h>

#include <QtCore/qobject.h>
#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>

// What a loader in JavaScript gets, to answer with now or later. The first answer counts; a request
// that is collected without one has failed.
class CacheRequest : public QObject
{
    Q_OBJECT
    Q_PROPERTY(bool canceled READ isCanceled NOTIFY canceledChanged)
    QML_ANONYMOUS
    QML_ADDED_IN_VERSION(1, 0)

public:
    explicit CacheRequest(SyncLoadContext<QVariant> load);

    bool isCanceled() const { return m_load.isCanceled(); }

    Q_INVOKABLE void finish(const QVariant &value);
    Q_INVOKABLE void fail(const QVariant &reason = {});
    Q_INVOKABLE void absent() { m_load.finishAbsent(); }
    Q_INVOKABLE void notModified() { m_load.finishNotModified(); }
    /*! 0 to 1. */
    Q_INVOKABLE void setProgress(double progress);
    Q_INVOKABLE void setTimeToLive(double milliseconds);
    Q_INVOKABLE void setCost(double cost);
    Q_INVOKABLE void setTags(const QStringList &tags) { m_load.setTags(tags); }
    Q_INVOKABLE void setStale() { m_load.setStale(); }

Q_SIGNALS:
    void canceledChanged();

private:
    SyncLoadContext<QVariant> m_load;
};
