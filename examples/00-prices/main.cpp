// SPDX-License-Identifier: MIT

#include <SyncMap/SyncCacheObject>

#include <QtGui>
#include <QtQml>

int main(int argc, char **argv)
{
    QGuiApplication application(argc, argv);
    const auto prices = std::make_shared<SyncMap<QString, double>>(); // of any types
    SyncCacheObject::publish(QStringLiteral("prices"), prices);
    QThreadPool::globalInstance()->start([prices] { // knows nothing of QML
        for (int i = 0; i <= 2'000'000; ++i)
            prices->insert(QStringLiteral("AERO"), i / 1000.0);
    });
    QQmlApplicationEngine engine(QUrl(QStringLiteral("qrc:/qt/qml/Prices/Main.qml")));
    return engine.rootObjects().isEmpty() ? 1 : QGuiApplication::exec();
}
