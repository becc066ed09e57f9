// SPDX-License-Identifier: MIT
//
// How long one flush takes with a SyncCacheModel of 100,000 rows and 1,000 changes: what the thread
// of the interface pays in each frame. To stay below: 4 ms. In processor time, which other processes
// disturb less than that of a clock.

#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qrandom.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

namespace {

constexpr int Rows = 100'000;
constexpr int Changes = 1'000;
constexpr int Flushes = 101;
constexpr int Kept = 20; // persistent indexes, as views keep for what is selected, current, edited

using Map = SyncMap<QString, int>;

double milliseconds()
{
    return double(std::clock()) * 1e3 / CLOCKS_PER_SEC;
}

QString keyOf(int number)
{
    return QStringLiteral("item/%1").arg(number, 7, 10, QLatin1Char('0'));
}

// What a view does at least: it reads what changed, up to a screenful.
class View
{
public:
    explicit View(SyncCacheModel *model)
    {
        QObject::connect(model, &SyncCacheModel::dataChanged, model,
                         [this, model](const QModelIndex &first, const QModelIndex &) {
                             ++told;
                             if (told % 16 == 0)
                                 read += model->data(first, SyncCacheModel::ValueRole).toInt();
                         });
        QObject::connect(model, &SyncCacheModel::rowsInserted, model, [this] { ++told; });
        QObject::connect(model, &SyncCacheModel::rowsRemoved, model, [this] { ++told; });
        QObject::connect(model, &SyncCacheModel::modelReset, model, [this] { ++resets; });
        for (int row = 0; row < Kept; ++row)
            m_persistent.append(model->index(row * (Rows / Kept), 0));
    }

    qint64 told = 0;
    qint64 read = 0;
    int resets = 0;

private:
    QList<QPersistentModelIndex> m_persistent;
};

struct Setting
{
    const char *name;
    bool isSorted;
    bool hasKeys;
    std::function<void(Map &, QRandomGenerator &, int)> write;
};

void run(const Setting &setting)
{
    const auto map = std::make_shared<Map>();
    QStringList keys;
    for (int i = 0; i < Rows; ++i) {
        keys.append(keyOf(i * 2));
        map->insert(keys.last(), i);
    }
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(-1);
    SyncCacheModel model;
    model.setSorted(setting.isSorted);
    if (setting.hasKeys)
        model.setKeys(keys);
    double start = milliseconds();
    model.setCache(object.get());
    object->flush(); // takes in all at once
    const double setUp = milliseconds() - start;
    View view(&model);
    QRandomGenerator random(1);
    std::vector<double> times;
    for (int flush = 0; flush < Flushes; ++flush) {
        setting.write(*map, random, flush);
        start = milliseconds();
        object->flush();
        times.push_back(milliseconds() - start);
    }
    std::sort(times.begin(), times.end());
    std::printf("%-44s %8.2f %8.2f %8.2f %8.1f %8lld %6d %8d\n", setting.name,
                times[times.size() / 2], times[times.size() * 95 / 100], times.back(), setUp,
                static_cast<long long>(view.told / Flushes), view.resets, model.count());
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const auto overwrite = [](Map &map, QRandomGenerator &random, int flush) {
        for (int i = 0; i < Changes; ++i)
            map.insert(keyOf(random.bounded(Rows) * 2), flush);
    };
    // Half of them go, others come.
    const auto exchange = [](Map &map, QRandomGenerator &random, int flush) {
        for (int i = 0; i < Changes;) {
            if (map.remove(keyOf(random.bounded(Rows) * 2)))
                ++i;
            if (i < Changes) {
                map.insert(keyOf(random.bounded(Rows) * 2 + 1), flush);
                ++i;
            }
        }
    };
    const auto append = [](Map &map, QRandomGenerator &, int flush) {
        for (int i = 0; i < Changes; ++i)
            map.insert(keyOf(Rows * 2 + flush * Changes + i), flush);
    };
    const Setting settings[] = {
        { "values change", false, false, overwrite },
        { "values change, sorted", true, false, overwrite },
        { "values change, explicit keys", false, true, overwrite },
        { "500 rows go, 500 come", false, false, exchange },
        { "500 rows go, 500 come, sorted", true, false, exchange },
        { "1,000 rows come", false, false, append },
        { "1,000 rows come, sorted", true, false, append },
    };
    std::printf("%d rows, %d changes in each of %d flushes\n", Rows, Changes, Flushes);
    std::printf("%-44s %8s %8s %8s %8s %8s %6s %8s\n", "ms in a flush", "median", "95 %", "most",
                "set up", "signals", "resets", "rows");
    for (const Setting &setting : settings)
        run(setting);
}
