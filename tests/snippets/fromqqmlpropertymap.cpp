// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCacheObject>
#include <SyncMap/SyncMap>

#include <QtCore/qthreadpool.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQml/qqmlpropertymap.h>
#include <QtTest/qtest.h>

namespace {

// By itself, the base class is deprecated since Qt 6.11.
class State : public QQmlPropertyMap
{
public:
    State() : QQmlPropertyMap(this, nullptr) { }
};

} // namespace

void comeFromQQmlPropertyMap()
{
    QQmlEngine engine;

    //! [qqmlpropertymap]
    State state; // a QQmlPropertyMap, of one thread; and no key is ever removed
    state.insert(QStringLiteral("speed"), 0.0);
    engine.rootContext()->setContextProperty(QStringLiteral("state"), &state);

    QThreadPool::globalInstance()->start([&state] {
        const double speed = 12.5;
        // An event for each write:
        QMetaObject::invokeMethod(
                &state, [&state, speed] { state.insert(QStringLiteral("speed"), speed); });
    });
    //! [qqmlpropertymap]
    QThreadPool::globalInstance()->waitForDone();
    QTRY_COMPARE(state.value(QStringLiteral("speed")).toDouble(), 12.5);

    //! [syncmap]
    const auto shared = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("state"), shared);

    QThreadPool::globalInstance()->start([shared] {
        // One piece of news per frame, at most:
        shared->insert(QStringLiteral("speed"), 12.5);
    });
    //! [syncmap]
    QThreadPool::globalInstance()->waitForDone();

    QQmlComponent component(&engine,
                            QUrl::fromLocalFile(QStringLiteral(SNIPPETS "/qml/State.qml")));
    const std::unique_ptr<QObject> root(component.create());
    QVERIFY2(root, qPrintable(component.errorString()));
    QTRY_COMPARE(root->property("text").toString(), QStringLiteral("12.5 km/h"));
    SyncCacheObject::unpublish(QStringLiteral("state"));
}
