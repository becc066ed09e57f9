// SPDX-License-Identifier: MIT
#include "synccacheextension.h"

#include "javascriptloader.h"

#include <SyncMap/object/synccacheobject.h>

#include <QtQml/qqmlinfo.h>

SyncCacheExtension::SyncCacheExtension(QObject *parent)
    : QObject(parent), m_object(qobject_cast<SyncCacheObject *>(parent))
{
}

void SyncCacheExtension::setLoader(const QJSValue &loader)
{
    if (m_loader.strictlyEquals(loader))
        return;
    if (!SyncMapInternal::JavaScriptLoader::set(m_object, loader)) {
        qmlWarning(m_object)
                << "loader must be a function, and the cache one of texts and variants";
        return;
    }
    m_loader = loader;
    Q_EMIT loaderChanged();
}
