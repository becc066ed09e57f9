// SPDX-License-Identifier: MIT
//
// What the interface costs the writers, and the writers the interface. Prints figures; asserts
// nothing about time. Needs two quiet processors.

#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qprocess.h>
#include <QtCore/qtimer.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr int KeyCount = 1000;
constexpr int WriterCount = 2;
using Map = SyncMap<quint64, quint64>;

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Million writes a second, of both writers together.
double writeRate(Map &map, qint64 milliseconds)
{
    std::atomic<bool> isStopping { false };
    std::atomic<quint64> total { 0 };
    std::vector<std::thread> writers;
    QElapsedTimer elapsed;
    elapsed.start();
    for (int w = 0; w < WriterCount; ++w) {
        writers.emplace_back([&, w] {
            quint64 random = quint64(w) + 1;
            quint64 writes = 0;
            for (; !isStopping.load(std::memory_order_relaxed); ++writes) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                map.insert((random >> 33) % KeyCount, writes);
            }
            total += writes;
        });
    }
    while (elapsed.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    isStopping = true;
    for (std::thread &writer : writers)
        writer.join();
    return double(total) / double(elapsed.nsecsElapsed()) * 1e3;
}

void observedWrites()
{
    std::vector<double> ratios;
    std::vector<double> plain;
    std::vector<double> observed;
    for (int round = 0; round < 7; ++round) {
        const auto alone = std::make_shared<Map>();
        const auto shown = std::make_shared<Map>();
        const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(shown));
        writeRate(*alone, 50);
        writeRate(*shown, 50);
        plain.push_back(writeRate(*alone, 300));
        observed.push_back(writeRate(*shown, 300));
        ratios.push_back(observed.back() / plain.back());
    }
    std::printf("observed writes, %d writers: %.1f of %.1f million/s, ratio %.2f (at least 0.5)\n",
                WriterCount, median(observed), median(plain), median(ratios));
}

// Two workers, a million writes a second in all, a thousand bound entries.
void storm(double seconds, double rate)
{
    const auto map = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("storm"), map);
    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(
            "import QtQml\nimport SyncMap\n"
            "QtObject {\n"
            "  property SyncCache cache: SyncCache { id: cache; name: 'storm' }\n"
            "  property string key\n"
            "  property real shown: entry.value ?? 0\n"
            "  property CacheEntry entry: CacheEntry { id: entry; cache: root.common; key: root.key }\n"
            "  property SyncCache common\n"
            "  id: root\n"
            "}",
            QUrl());
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(QStringLiteral("storm")));
    std::vector<std::unique_ptr<QObject>> bound;
    std::vector<QString> keys;
    for (int i = 0; i < KeyCount; ++i) {
        keys.push_back(QStringLiteral("key/%1").arg(i));
        bound.emplace_back(component.createWithInitialProperties(
                { { QStringLiteral("key"), keys.back() },
                  { QStringLiteral("common"), QVariant::fromValue(object.get()) } }));
        if (!bound.back())
            qFatal("%s", qPrintable(component.errorString()));
    }

    class Counter : public QObject
    {
    public:
        int events = 0;
        bool eventFilter(QObject *, QEvent *event) override
        {
            events += event->type() == SyncMapInternal::NewsBell::eventType();
            return false;
        }
    } counter;
    object->installEventFilter(&counter);

    std::atomic<bool> isStopping { false };
    std::atomic<quint64> total { 0 };
    std::vector<std::thread> writers;
    for (int w = 0; w < WriterCount; ++w) {
        writers.emplace_back([&, w] {
            QElapsedTimer elapsed;
            elapsed.start();
            quint64 writes = 0;
            while (!isStopping.load(std::memory_order_relaxed)) {
                for (int i = 0; i < 100; ++i, ++writes)
                    map->insert(keys[(writes * 7 + quint64(w)) % KeyCount], double(writes));
                while (rate > 0
                       && double(writes)
                               > rate / WriterCount * double(elapsed.nsecsElapsed()) / 1e9)
                    std::this_thread::yield();
            }
            total += writes;
        });
    }
    std::vector<double> ticks;
    QElapsedTimer elapsed;
    QElapsedTimer tick;
    elapsed.start();
    tick.start();
    QTimer timer; // as often as the event loop comes round
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        ticks.push_back(double(tick.nsecsElapsed()) / 1e6);
        tick.start();
    });
    timer.start(1);
    while (double(elapsed.elapsed()) < seconds * 1000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
    isStopping = true;
    for (std::thread &writer : writers)
        writer.join();
    const double took = double(elapsed.nsecsElapsed()) / 1e9;
    object->flush();
    int wrong = 0;
    for (int i = 0; i < KeyCount; ++i)
        wrong += bound[std::size_t(i)]->property("shown").toDouble()
                != map->value(keys[std::size_t(i)]);
    std::sort(ticks.begin(), ticks.end());
    std::printf(
            "storm: %.2f million writes/s, %d bindings; event-loop tick p50 %.1f ms, p99 %.1f ms, "
            "max %.1f ms (p99 at most 16); %.1f events/s (at most %.1f); %d bindings wrong\n",
            double(total) / took / 1e6, KeyCount, ticks[ticks.size() / 2],
            ticks[ticks.size() * 99 / 100], ticks.back(), counter.events / took,
            1000.0 / object->notifyInterval(), wrong);
    SyncCacheObject::release(QStringLiteral("storm"));
}

// Until the first entry is ready, in a process that has not imported anything before.
double importTime(bool withModule)
{
    QElapsedTimer elapsed;
    elapsed.start();
    QQmlEngine engine;
    QQmlComponent component(&engine);
    component.setData(
            withModule ? "import QtQuick\nimport SyncMap\n"
                         "Item { SyncCache { id: cache } CacheEntry { cache: cache; key: 'k' } }"
                       : "import QtQuick\nItem {}",
            QUrl());
    const std::unique_ptr<QObject> object(component.create());
    if (!object)
        qFatal("%s", qPrintable(component.errorString()));
    return double(elapsed.nsecsElapsed()) / 1e6;
}

void import()
{
    const auto time = [](const QString &what) {
        QProcess process;
        process.start(QCoreApplication::applicationFilePath(), { what });
        process.waitForFinished();
        return process.readAllStandardOutput().toDouble();
    };
    std::vector<double> quick;
    std::vector<double> both;
    for (int round = 0; round < 15; ++round) {
        quick.push_back(time(QStringLiteral("--import-quick")));
        both.push_back(time(QStringLiteral("--import-both")));
    }
    std::printf("import QtQuick %.1f ms, with SyncMap and a first entry %.1f ms, ratio %.2f "
                "(at most 1.1)\n",
                median(quick), median(both), median(both) / median(quick));
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.size() > 1) {
        std::printf("%f\n", importTime(arguments.at(1) == u"--import-both"));
        return 0;
    }
    import();
    observedWrites();
    storm(5, 1e6);
    storm(5, 0); // as fast as they can
    return 0;
}
