// SPDX-License-Identifier: MIT
#include <QCoreApplication>
#include <QFile>
#include <QQmlApplicationEngine>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    // Engines of Qt before 6.5 look there; a static library is easily linked without it.
    if (!QFile::exists(":/qt-project.org/imports/SyncMap/qmldir"))
        return 3;
    QQmlApplicationEngine engine("qrc:/qt/qml/Viewer/Viewer.qml");
    return engine.rootObjects().isEmpty() ? 1 : application.exec();
}
