// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qobject.h>
#include <QtQml/qjsvalue.h>

class SyncCacheObject;

// What SyncCache has in QML alone: functions can be assigned to properties of this type only.
class SyncCacheExtension : public QObject
{
    Q_OBJECT
    /*!
        \c{(key, request) => …}: returns a value, or a Promise of one, or calls
        \c{request.finish(value)}, \c{request.fail(message)} or \c{request.absent()} later. Called
        for what is shown and missing; for SyncCaches that are not views of typed maps. Undefined: none.

        Of several SyncCaches that show one cache the youngest that has a loader loads, in its engine's
        thread. When it goes, its requests are canceled, and begin again with the next one. A loader
        that C++ has set for the cache serves as long as there is none of these.
    */
    Q_PROPERTY(QJSValue loader READ loader WRITE setLoader NOTIFY loaderChanged FINAL)

public:
    explicit SyncCacheExtension(QObject *parent);

    QJSValue loader() const { return m_loader; }
    void setLoader(const QJSValue &loader);

Q_SIGNALS:
    void loaderChanged();

private:
    SyncCacheObject *const m_object;
    QJSValue m_loader;
};
