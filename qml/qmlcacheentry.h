// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheentry.h>

#include <QtQml/qqml.h>
#include <QtQml/qqmlparserstatus.h>

// CacheEntry in QML. What is written to its value while it is being made is inserted when all of its
// properties have their values: else it could go to the key of another moment.
class QmlCacheEntry : public SyncCacheEntry, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    QML_NAMED_ELEMENT(CacheEntry)
    QML_ADDED_IN_VERSION(1, 0)

public:
    explicit QmlCacheEntry(QObject *parent = nullptr);

    void classBegin() override;
    void componentComplete() override;
};
