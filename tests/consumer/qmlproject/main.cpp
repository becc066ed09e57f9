// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheObject>

#include <QCoreApplication>
#include <QQmlApplicationEngine>
#include <QThreadPool>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish("prices", prices);

    QQmlApplicationEngine engine("qrc:/qt/qml/Consumer/Main.qml");
    if (engine.rootObjects().isEmpty())
        return 1;
    QThreadPool::globalInstance()->start([prices] { prices->insert("ACME", 42.5); });
    return application.exec(); // Main.qml ends it when it has seen the price
}
