// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/loading.h>

#include <QtCore/qobject.h>
#include <QtCore/qvariant.h>
#include <QtQml/qqml.h>

#include <optional>

// What a loader in JavaScript gets, to answer with now or later. The first answer counts; a request
// that is collected without one has failed. When the SyncCache whose loader it was goes, another one
// may answer the load, and the request is canceled.
class CacheRequest : public QObject
{
    Q_OBJECT
    Q_PROPERTY(bool canceled READ isCanceled NOTIFY canceledChanged FINAL)
    QML_ANONYMOUS
    QML_ADDED_IN_VERSION(1, 0)

public:
    using Load = SyncMapInternal::LoadContext<QString, QVariant>;

    CacheRequest(QString key, Load load);

    const QString &key() const { return m_key; }
    bool isCanceled() const { return !m_load || m_load->isCanceled(); }
    bool isAnswered() const { return m_isAnswered; }
    /*! Nothing that is said has an effect any more. */
    Load takeLoad();

    Q_INVOKABLE void finish(const QVariant &value);
    Q_INVOKABLE void fail(const QVariant &reason = {});
    Q_INVOKABLE void absent();
    Q_INVOKABLE void notModified();
    /*! 0 to 1. */
    Q_INVOKABLE void setProgress(double progress);
    Q_INVOKABLE void setTimeToLive(double milliseconds);
    Q_INVOKABLE void setCost(double cost);
    Q_INVOKABLE void setTags(const QStringList &tags);
    Q_INVOKABLE void setStale();

Q_SIGNALS:
    void canceledChanged();

private:
    void end();

    const QString m_key;
    std::optional<Load> m_load;
    bool m_isAnswered = false;
};
