// SPDX-License-Identifier: MIT
//
// What an event loop has left while two workers write as fast as they can, over so many keys that no
// flush can tell of all at once, beside a control that nobody observes and a model as one would write
// it by hand. Needs two quiet processors; the figures to reach hold for the medians of the rounds.

#include "harness/commandline.h"
#include "harness/report.h"
#include "harness/statistics.h"

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qtimer.h>
#include <QtWidgets/qapplication.h>
#include <QtWidgets/qlistview.h>
#include <QtWidgets/qtableview.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace Benchmark;

constexpr int KeyCount = 100'000;
constexpr int EntryCount = 1'000;
constexpr int WriterCount = 2;
constexpr int TimerInterval = 10; // milliseconds

using Map = SyncMap<QString, double>;

enum class Observer { Nobody, Model, ModelInList, ModelInTable, ByHandInList };

struct Row
{
    const char *name;
    Observer observer;
};

constexpr Row rows[] = {
    { "nobody observes", Observer::Nobody },
    { "entries, a model", Observer::Model },
    { "entries, a model in a QListView", Observer::ModelInList },
    { "entries, a model in a QTableView", Observer::ModelInTable },
    { "a model by hand in a QListView", Observer::ByHandInList },
};

// The processor's time of each event of the object, which is that of a turn of a flush.
class Turns : public QObject
{
public:
    double longest = 0; // milliseconds

    bool eventFilter(QObject *object, QEvent *event) override
    {
        if (m_isInside)
            return false;
        m_isInside = true;
        const double before = now();
        object->event(event);
        longest = std::max(longest, now() - before);
        m_isInside = false;
        return true;
    }

private:
    static double now()
    {
        timespec time;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
    }

    bool m_isInside = false;
};

// Looks 16 ms after it has told for what has changed since, and tells of one range.
class ModelByHand : public QAbstractListModel
{
public:
    ModelByHand(const Map &map, const std::vector<QString> &keys)
        : m_map(map), m_keys(keys), m_isDirty(keys.size())
    {
        m_timer.start(16, Qt::PreciseTimer, this);
    }

    void note(std::size_t row) { m_isDirty[row].store(true, std::memory_order_release); }

    int rowCount(const QModelIndex &parent = {}) const override
    {
        return parent.isValid() ? 0 : int(m_keys.size());
    }
    QVariant data(const QModelIndex &index, int role) const override
    {
        if (role != Qt::DisplayRole)
            return {};
        return m_map.value(m_keys[std::size_t(index.row())]);
    }

protected:
    void timerEvent(QTimerEvent *) override
    {
        m_timer.stop();
        int first = -1;
        int last = -1;
        for (std::size_t row = 0; row < m_isDirty.size(); ++row) {
            if (!m_isDirty[row].exchange(false, std::memory_order_acquire))
                continue;
            first = first < 0 ? int(row) : first;
            last = int(row);
        }
        if (first >= 0)
            Q_EMIT dataChanged(index(first), index(last), { Qt::DisplayRole });
        m_timer.start(16, Qt::PreciseTimer, this);
    }

private:
    const Map &m_map;
    const std::vector<QString> &m_keys;
    std::vector<std::atomic<bool>> m_isDirty;
    QBasicTimer m_timer;
};

struct Figures
{
    double writes = 0; // million a second
    double gap = 0; // milliseconds between two calls of the timer, p99
    double turn = 0; // milliseconds of the processor, the longest one
};

std::unique_ptr<QAbstractItemView> makeView(Observer observer)
{
    switch (observer) {
    case Observer::ModelInTable:
        return std::make_unique<QTableView>();
    case Observer::ModelInList:
    case Observer::ByHandInList: {
        auto list = std::make_unique<QListView>();
        list->setUniformItemSizes(true);
        return list;
    }
    case Observer::Nobody:
    case Observer::Model:
        break;
    }
    return {};
}

Figures flood(Observer observer, int seconds)
{
    const auto map = std::make_shared<Map>();
    std::vector<QString> keys;
    for (int i = 0; i < KeyCount; ++i) {
        keys.push_back(QString::number(i));
        map->insert(keys.back(), 0);
    }
    const bool isByHand = observer == Observer::ByHandInList;
    ModelByHand byHand(*map, keys);
    std::unique_ptr<SyncCacheObject> object;
    SyncCacheModel model;
    std::vector<std::unique_ptr<SyncCacheEntry>> entries;
    Turns turns;
    if (observer != Observer::Nobody && !isByHand) {
        object.reset(SyncCacheObject::wrap(map));
        object->installEventFilter(&turns);
        model.setCache(object.get());
        for (int i = 0; i < EntryCount; ++i) {
            entries.push_back(std::make_unique<SyncCacheEntry>());
            entries.back()->setCache(object.get());
            entries.back()->setKey(keys[std::size_t(i) * (KeyCount / EntryCount)]);
        }
    }
    const std::unique_ptr<QAbstractItemView> view = makeView(observer);
    if (view) {
        view->setModel(isByHand ? static_cast<QAbstractItemModel *>(&byHand) : &model);
        view->resize(400, 600);
        view->show();
    }
    for (int i = 0; i < 50; ++i)
        QCoreApplication::processEvents();
    turns.longest = 0;

    std::atomic<bool> isStopping { false };
    std::atomic<quint64> total { 0 };
    std::vector<std::thread> writers;
    for (int w = 0; w < WriterCount; ++w) {
        writers.emplace_back([&, w] {
            quint64 random = quint64(w) + 1;
            quint64 writes = 0;
            for (; !isStopping.load(std::memory_order_relaxed); ++writes) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                const std::size_t row = (random >> 33) % KeyCount;
                map->insert(keys[row], double(writes));
                if (isByHand)
                    byHand.note(row);
            }
            total += writes;
        });
    }
    std::vector<double> gaps;
    QElapsedTimer elapsed;
    QElapsedTimer gap;
    elapsed.start();
    gap.start();
    QTimer timer;
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        gaps.push_back(double(gap.nsecsElapsed()) / 1e6);
        gap.start();
    });
    timer.start(TimerInterval);
    while (elapsed.elapsed() < seconds * 1000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    isStopping = true;
    for (std::thread &writer : writers)
        writer.join();
    std::sort(gaps.begin(), gaps.end());
    return { double(total) / double(elapsed.nsecsElapsed()) * 1e3, gaps[gaps.size() * 99 / 100],
             turns.longest };
}

} // namespace

int main(int argc, char **argv)
{
    const QApplication application(argc, argv);
    CommandLine commandLine(
            QStringLiteral("Measures what a flood of changes leaves of an event loop."));
    commandLine.addNumber(QStringLiteral("seconds"), QStringLiteral("For each row and round."),
                          QStringLiteral("5"));
    commandLine.parse();
    std::vector<Row> wanted;
    std::copy_if(std::begin(rows), std::end(rows), std::back_inserter(wanted), [&](const Row &row) {
        return row.observer == Observer::Nobody || commandLine.wants(QString::fromLatin1(row.name));
    });
    if (commandLine.isListing()) {
        for (const Row &row : wanted)
            std::puts(row.name);
        return 0;
    }
    const int seconds = commandLine.number(QStringLiteral("seconds"), 1, 3600);
    const int rounds = commandLine.plan().rounds;
    std::vector<std::vector<Figures>> figures(wanted.size());
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t row = 0; row < wanted.size(); ++row)
            figures[row].push_back(flood(wanted[row].observer, seconds));
    }
    Report report(commandLine.jsonFile());
    std::printf("%s\n\n%-34s %12s  %28s  %7s  %24s\n", qPrintable(machineText()), "",
                "million writes/s", "p99 of a timer of 10 ms", "must",
                "longest turn of the thread");
    double must = 0;
    for (std::size_t row = 0; row < wanted.size(); ++row) {
        const auto of = [&](double Figures::*member) {
            std::vector<double> values;
            for (const Figures &one : figures[row])
                values.push_back(one.*member);
            return values;
        };
        const Spread gap = spread(of(&Figures::gap));
        if (row == 0)
            must = std::max(20.0, 1.5 * gap.median);
        const std::vector<double> turns = of(&Figures::turn);
        const double longest = *std::max_element(turns.begin(), turns.end());
        std::printf("%-34s %16.2f  %8.1f ms (%5.1f to %5.1f)  %4.1f ms  %16.2f ms (at most 4)\n",
                    wanted[row].name, median(of(&Figures::writes)), gap.median, gap.low, gap.high,
                    must, longest);
        report.append(QStringLiteral("cells"),
                      { { QStringLiteral("name"), QString::fromLatin1(wanted[row].name) },
                        { QStringLiteral("gap"), gap.median },
                        { QStringLiteral("must"), must },
                        { QStringLiteral("turn"), longest } });
    }
    report.write();
    return 0;
}
