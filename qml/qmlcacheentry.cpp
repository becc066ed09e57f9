// SPDX-License-Identifier: MIT
#include "qmlcacheentry.h"

QmlCacheEntry::QmlCacheEntry(QObject *parent) : SyncCacheEntry(parent) { }

void QmlCacheEntry::classBegin()
{
    setCompleted(false);
}

void QmlCacheEntry::componentComplete()
{
    setCompleted(true);
}
