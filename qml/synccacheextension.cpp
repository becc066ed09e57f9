// SPDX-License-Identifier: MIT
#include "synccacheextension.h"

#include "javascriptloader.h"

#include <SyncMap/object/synccacheobject.h>

#include <QtCore/qpointer.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qqmlinfo.h>

using namespace SyncMapInternal;

SyncCacheExtension::SyncCacheExtension(QObject *parent)
    : QObject(parent), m_object(qobject_cast<SyncCacheObject *>(parent))
{
    // The object may outlive it, and then loads no more.
    if (QJSEngine *engine = qjsEngine(m_object)) {
        connect(engine, &QObject::destroyed, this, [this] {
            m_loader = QJSValue();
            setObjectLoader(m_object, nullptr);
        });
    }
}

void SyncCacheExtension::setLoader(const QJSValue &loader)
{
    if (m_loader.strictlyEquals(loader))
        return;
    std::shared_ptr<JavaScriptLoader> next;
    if (loader.isCallable()) {
        next = std::make_shared<JavaScriptLoader>(qjsEngine(m_object), loader);
    } else if (!loader.isUndefined() && !loader.isNull()) {
        qmlWarning(m_object) << "loader must be a function, or undefined, which takes it away";
        return;
    }
    m_loader = loader;
    const QPointer<SyncCacheExtension> alive(this); // it goes with the object
    setObjectLoader(m_object, std::move(next));
    if (alive)
        Q_EMIT loaderChanged();
}
