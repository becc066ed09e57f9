// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/objectloader.h>

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
    using Load = SyncMapInternal::ObjectLoader::Load;
    using Keep = SyncMapInternal::ObjectLoader::Keep;

    CacheRequest(QString key, Load load, Keep keep);

    const QString &key() const { return m_key; }
    /*! Nobody waits any more, or another loader has taken over: answers have no effect. */
    bool isCanceled() const { return !m_load || m_load->isCanceled(); }
    bool isAnswered() const { return m_isAnswered; }
    /*! Nothing that is said has an effect any more. */
    Load takeLoad();

    /*! The answer is \a value; an error if it cannot be kept, as a function. */
    Q_INVOKABLE void finish(const QVariant &value);
    /*! The load has failed: \a reason is a text, an Error, or nothing. */
    Q_INVOKABLE void fail(const QVariant &reason = {});
    /*! There is no such thing: an entry that shows it is Null, and what was there is removed. */
    Q_INVOKABLE void absent();
    /*! What is there is still right, and its times begin anew; if nothing is there, as absent(). */
    Q_INVOKABLE void notModified();
    // As insert() reads them. NaN, and what else is none, is refused by a warning: what was said before
    // stays.
    /*! How far the load is, which entries show: \a progress is 0 to 1. */
    Q_INVOKABLE void setProgress(double progress);
    /*!
        The entry expires so many \a milliseconds after it is stored: -1 is without end, 0 is over
        at once, and parts of a millisecond count as one.
    */
    Q_INVOKABLE void setTimeToLive(double milliseconds);
    /*! The entry has this \a cost. Parts of one count as one; 0 is never evicted. */
    Q_INVOKABLE void setCost(double cost);
    /*! The entry bears \a tags, see SyncCache.removeByTag(). */
    Q_INVOKABLE void setTags(const QStringList &tags);
    /*! The value is stored, and loaded anew when it is asked for again. */
    Q_INVOKABLE void setStale();

Q_SIGNALS:
    void canceledChanged();

private:
    void end();
    void refuse(const char *what);

    const QString m_key;
    std::optional<Load> m_load;
    const Keep m_keep;
    bool m_isAnswered = false;
};
