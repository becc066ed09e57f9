// SPDX-License-Identifier: MIT
#include <QCoreApplication>
#include <QQmlApplicationEngine>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QQmlApplicationEngine engine("qrc:/qt/qml/Viewer/Viewer.qml");
    return engine.rootObjects().isEmpty() ? 1 : application.exec();
}
