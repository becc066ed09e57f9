// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/objectloader.h>

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtQml/qjsengine.h>
#include <QtQml/qjsvalue.h>

class CacheRequest;

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Calls a function of JavaScript, in the thread of its engine, to load what a cache misses.
class JavaScriptLoader : public ObjectLoader
{
public:
    JavaScriptLoader(QJSEngine *engine, QJSValue function);

    void load(const QString &key, const Load &load, const Keep &keep) override;
    Unanswered takeUnanswered() override;

private:
    const QPointer<QJSEngine> m_engine;
    const QJSValue m_function;
    QHash<CacheRequest *, QPointer<CacheRequest>> m_requests; // which the engine owns
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
