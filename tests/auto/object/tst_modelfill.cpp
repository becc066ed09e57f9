// SPDX-License-Identifier: MIT

// A SyncCacheModel takes in what is set in turns of the event loop: none takes long, and what changes
// meanwhile is not lost.

#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qrandom.h>
#include <QtCore/qset.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <processortimer.h>
#include <seed.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace {

quint64 theSeed = 0;

constexpr int MostKeys = 512;
constexpr int EagerRows = 100'000;

QRandomGenerator seeded()
{
    return QRandomGenerator(quint32(theSeed ^ (theSeed >> 32)));
}

// Of the calls that it is told to watch, the longest.
class Stopwatch
{
public:
    template <typename Call>
    void watch(Call &&call)
    {
        const ProcessorTimer timer;
        call();
        m_longest = std::max(m_longest, timer.elapsed());
        ++m_calls;
    }
    template <typename Condition>
    void processUntil(Condition &&isDone)
    {
        QElapsedTimer elapsed;
        elapsed.start();
        while (!isDone() && elapsed.elapsed() < 60'000)
            watch([] { QCoreApplication::processEvents(); });
        QVERIFY(isDone());
    }
    int milliseconds() const { return int(m_longest / 1'000'000); }
    int calls() const { return m_calls; }

private:
    qint64 m_longest = 0;
    int m_calls = 0;
};

// Longer than a turn may take, on any machine.
void takeLong()
{
    QElapsedTimer elapsed;
    elapsed.start();
    while (elapsed.nsecsElapsed() < 4'100'000) {
    }
}

template <typename Map>
void fill(Map &map, int count)
{
    map.reserve(count);
    for (int i = 0; i < count; ++i)
        map.insert(i, i);
}

QStringList presentIn(const IntMap &map, const QString &prefix)
{
    QStringList keys;
    map.forEach([&](int key, double) {
        if (text(key).startsWith(prefix))
            keys.append(text(key));
    });
    return keys;
}

} // namespace

class tst_ModelFill : public QObject
{
    Q_OBJECT

private slots:
    void fewKeysComeAtOnce();
    void noTurnTakesLong_data();
    void noTurnTakesLong();
    void batchesOfAFillAreSmall_data();
    void batchesOfAFillAreSmall();
    void sortedRowsComeFromTheTop();
    void flushByHandEndsIt();
    void changesBesideItAreNotLost_data();
    void changesBesideItAreNotLost();
    void writersBesideItAreNotLost_data();
    void writersBesideItAreNotLost();
    void removedBesideItDoesNotCome();
    void clearedBesideItDoesNotCome();
    void modelAndCacheMayEndBesideIt_data();
    void modelAndCacheMayEndBesideIt();
    void manyGapsAtOnceAreSwept();
    void modelMayEndWhenTheCacheIsClearedBesideIt();
    void viewAtTheEndFetchesOn();
    void keysThatComeTwiceAreWarnedOfOnce();
};

// Users of small caches need not wait.
void tst_ModelFill::fewKeysComeAtOnce()
{
    constexpr int Count = 4'000;
    Wrapped<IntMap> cache;
    fill(*cache.map, Count);
    for (const bool isSorted : { false, true }) {
        Model model;
        model.setSorted(isSorted);
        connect(&model, &Model::modelAboutToBeReset, this, takeLong);
        model.setCache(cache.object.get());
        QCOMPARE(model.count(), Count);
        model.setKeyPrefix(text(1));
        QCOMPARE(model.count(), 1'111);
        model.setKeyPrefix({});
        QCOMPARE(model.count(), Count);
        model.setSorted(!isSorted);
        if (!isSorted)
            QCOMPARE(keysOf(model), sorted(texts(0, Count)));
        model.setKeys(texts(0, 4'000));
        QCOMPARE(keysOf(model), texts(0, 4'000));
        model.resetKeys();
        QCOMPARE(model.count(), Count);
    }
}

void tst_ModelFill::noTurnTakesLong_data()
{
    QTest::addColumn<bool>("isSorted");
    QTest::newRow("insertion") << false;
    QTest::newRow("sorted") << true;
}

// What a turn takes of the processor: some milliseconds with an optimiser.
void tst_ModelFill::noTurnTakesLong()
{
    QFETCH(const bool, isSorted);
    constexpr int Longest = 60 * Slowness;
    constexpr int Count = 300'000 / Slowness;
    const auto map = std::make_shared<IntMap>();
    fill(*map, Count);
    std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    Model model;
    Stopwatch watch;
    const auto tell = [&](const char *what) {
        const QString text = QStringLiteral("%1: %2 ms in one of %3 turns")
                                     .arg(QLatin1String(what))
                                     .arg(watch.milliseconds())
                                     .arg(watch.calls());
        qInfo("%s", qPrintable(text));
        QVERIFY2(watch.milliseconds() <= Longest, qPrintable(text));
        watch = {};
    };
    const auto isFull = [&] {
        return isSorted ? model.count() == Count : model.count() >= std::min(EagerRows, Count);
    };
    const auto hasOnly = [&](const QStringList &keys) {
        return model.count() == keys.size() && model.indexOf(keys.last()) == keys.size() - 1;
    };
    model.setSorted(isSorted);
    watch.watch([&] { model.setCache(object.get()); });
    QVERIFY(!isFull());
    watch.processUntil(isFull);
    tell("first fill");
    const int few = int(presentIn(*map, text(12)).size());
    watch.watch([&] { model.setKeyPrefix(text(12)); });
    watch.processUntil([&] { return model.count() == few; });
    tell("prefix");
    watch.watch([&] { model.setKeyPrefix({}); });
    watch.processUntil(isFull);
    tell("no prefix");
    QStringList keys = texts(0, 100'000 / Slowness);
    watch.watch([&] { model.setKeys(keys); });
    watch.processUntil([&] { return hasOnly(keys); });
    tell("keys");
    keys = keys.mid(100) + texts(Count, Count + 5'000);
    watch.watch([&] { model.setKeys(keys); });
    watch.processUntil([&] { return hasOnly(keys); });
    tell("other keys");
    watch.watch([&] { model.resetKeys(); });
    watch.processUntil(isFull);
    tell("no keys");
    watch.watch([&] { object.reset(); });
    tell("end of the cache");
    QCOMPARE(model.count(), 0);
    watch.processUntil([&] { return watch.calls() > 2'000; }); // its rows are freed
    tell("after its end");
}

void tst_ModelFill::batchesOfAFillAreSmall_data()
{
    noTurnTakesLong_data();
}

// Each turn tells a view of some, and ends when that took long.
void tst_ModelFill::batchesOfAFillAreSmall()
{
    QFETCH(const bool, isSorted);
    constexpr int Count = 12'000;
    Wrapped<IntMap> cache;
    fill(*cache.map, Count);
    Model model;
    int turn = 0;
    int lastTurn = -1;
    connect(&model, &Model::rowsInserted, this, [&](const QModelIndex &, int first, int last) {
        QVERIFY(last - first < MostKeys);
        QVERIFY(std::exchange(lastTurn, turn) != turn);
        takeLong();
    });
    connect(&model, &Model::rowsRemoved, this, [&](const QModelIndex &, int first, int last) {
        QVERIFY(last - first < MostKeys);
        QVERIFY(std::exchange(lastTurn, turn) != turn);
        takeLong();
    });
    const auto comesTo = [&](int count) {
        while (model.count() != count && ++turn < 100'000)
            QCoreApplication::processEvents();
        QCOMPARE(model.count(), count);
        ++turn;
    };
    model.setSorted(isSorted);
    model.setCache(cache.object.get());
    comesTo(Count);
    model.setKeyPrefix(text(1));
    comesTo(int(presentIn(*cache.map, text(1)).size()));
    model.setKeyPrefix({});
    comesTo(Count);
    model.setKeys(texts(Count - 10, 2 * Count));
    comesTo(Count + 10);
}

void tst_ModelFill::sortedRowsComeFromTheTop()
{
    constexpr int Count = 50'000;
    Wrapped<IntMap> cache;
    fill(*cache.map, Count);
    Model model;
    model.setSorted(true);
    model.setCache(cache.object.get());
    connect(&model, &Model::rowsInserted, this,
            [&](const QModelIndex &, int, int last) { QCOMPARE(last, model.count() - 1); });
    Stopwatch().processUntil([&] { return model.count() == Count; });
    QCOMPARE(keysOf(model), sorted(texts(0, Count)));
}

void tst_ModelFill::flushByHandEndsIt()
{
    constexpr int Count = 50'000;
    Wrapped<IntMap> cache;
    fill(*cache.map, Count);
    for (const bool isSorted : { false, true }) {
        Model model;
        model.setSorted(isSorted);
        model.setCache(cache.object.get());
        QVERIFY(model.count() < Count);
        cache.object->flush();
        QCOMPARE(model.count(), Count);
        model.setKeys(texts(0, 2 * Count));
        cache.object->flush();
        QCOMPARE(model.count(), 2 * Count);
    }
}

void tst_ModelFill::changesBesideItAreNotLost_data()
{
    QTest::addColumn<bool>("isSlow"); // a view
    QTest::addColumn<bool>("isTested"); // by Qt's tester, which looks at all rows after each signal
    QTest::newRow("fast view") << false << false;
    QTest::newRow("slow view") << true << false;
    QTest::newRow("tester") << false << true;
}

// Whatever is set and written between two turns.
void tst_ModelFill::changesBesideItAreNotLost()
{
    QFETCH(const bool, isSlow);
    QFETCH(const bool, isTested);
    const int Count = isTested ? 4'500 : 7'000;
    QRandomGenerator random = seeded();
    const auto below = [&](int bound) { return random.bounded(bound); };
    for (int round = 0; round < (isTested ? 2 : isSlow ? 3 : 8); ++round) {
        Wrapped<IntMap> cache;
        fill(*cache.map, Count);
        cache.object->flush();
        Model model;
        std::optional<QAbstractItemModelTester> tester;
        if (isTested)
            tester.emplace(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        Mirror mirror(&model);
        if (isSlow)
            connect(&model, &Model::rowsInserted, this, takeLong);
        model.setSorted(below(2) == 0);
        model.setCache(cache.object.get());
        cache.object->setNotifyInterval(below(2));
        const bool isCalm = below(2) == 0; // sets little, so that steps come to their end
        for (int step = 0; step < (isTested ? 15 : 60) / (Slowness == 1 ? 1 : 3); ++step) {
            for (int writes = below(isTested ? 5 : 60 / Slowness); writes > 0; --writes) {
                const int key = below(Count + 2'000);
                below(2) == 0 ? (void)cache.map->remove(key)
                              : (void)cache.map->insert(key, below(1'000'000));
            }
            const int dice = below(isCalm ? 300 : 60);
            if (dice == 0)
                cache.map->clear();
            else if (dice == 1)
                fill(*cache.map, Count);
            else if (dice == 2)
                model.setKeyPrefix(below(2) == 0 ? QString() : text(1 + below(12)));
            else if (dice < 6)
                model.setSorted(!model.isSorted());
            else if (dice == 6)
                model.setKeys(below(2) == 0 ? texts(0, 6'000) : sorted(texts(2'000, 8'000)));
            else if (dice == 7)
                model.resetKeys();
            else if (dice == 8)
                cache.object->flush();
            else if (dice == 9 && model.canFetchMore({}))
                model.fetchMore({});
            else if (dice == 10)
                model.setCache(nullptr);
            else if (dice == 11)
                model.setPlaceholderValue(below(10));
            if (!model.cache() && below(3) == 0)
                model.setCache(cache.object.get());
            QCoreApplication::processEvents();
        }
        disconnect(&model, &Model::rowsInserted, this, nullptr);
        model.setCache(cache.object.get());
        QStringList expected =
                model.keys().isEmpty() ? presentIn(*cache.map, model.keyPrefix()) : model.keys();
        const bool isOrdered = model.isSorted() || !model.keys().isEmpty();
        if (model.keys().isEmpty())
            expected = sorted(expected);
        const auto present = [&] { return isOrdered ? keysOf(model) : sorted(keysOf(model)); };
        if (isTested)
            cache.object->flush(); // fewer signals
        QTRY_COMPARE_WITH_TIMEOUT(model.count(), int(expected.size()), 5000 * Slowness);
        QTRY_COMPARE_WITH_TIMEOUT(present(), expected, 5000 * Slowness);
        // What is shown stays until it is told of.
        QTRY_VERIFY(std::all_of(mirror.rows.cbegin(), mirror.rows.cend(), [&](const auto &row) {
            const auto value = cache.map->find(row.key.toInt());
            return (row.status == Model::Ready) == value.has_value()
                    && (!value || row.value == QVariant(*value));
        }));
        QVERIFY(mirror.isRight());
    }
}

void tst_ModelFill::writersBesideItAreNotLost_data()
{
    noTurnTakesLong_data();
}

void tst_ModelFill::writersBesideItAreNotLost()
{
    QFETCH(const bool, isSorted);
    constexpr int Count = 15'000;
    constexpr int Writes = 20'000 / Slowness;
    const auto map = std::make_shared<IntMap>();
    fill(*map, Count);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(1);
    Model model;
    Mirror mirror(&model);
    std::atomic<bool> isStopping { false };
    std::thread writer([&] {
        QRandomGenerator random = seeded();
        for (int i = 0; i < Writes && !isStopping; ++i) {
            const int key = random.bounded(Count * 2);
            random.bounded(2) == 0 ? (void)map->remove(key) : (void)map->insert(key, key);
            if (i % (Writes / 200) == 0) // as long as the model takes keys in
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    for (int round = 0; round < 5; ++round) {
        model.setSorted(isSorted);
        model.setCache(round % 2 == 0 ? object.get() : nullptr);
        for (int turn = 0; turn < 40; ++turn)
            QCoreApplication::processEvents();
    }
    isStopping = true;
    writer.join();
    QTRY_COMPARE_WITH_TIMEOUT(sorted(keysOf(model)), sorted(presentIn(*map, {})), 60'000);
    if (isSorted)
        QCOMPARE(keysOf(model), sorted(presentIn(*map, {})));
    QTRY_VERIFY(mirror.isRight());
}

// Those that were found, and are told of as gone before they became rows.
void tst_ModelFill::removedBesideItDoesNotCome()
{
    constexpr int Count = 60'000; // more than a turn takes in on any machine
    for (const bool isSorted : { false, true }) {
        Wrapped<IntMap> cache;
        fill(*cache.map, Count);
        cache.object->flush();
        cache.object->setNotifyInterval(0);
        Model model;
        connect(&model, &Model::rowsInserted, this, takeLong);
        model.setSorted(isSorted);
        model.setCache(cache.object.get());
        Stopwatch().processUntil([&] { return model.count() > 0; });
        const int before = model.count();
        QVERIFY(before < Count);
        for (int i = 0; i < Count; i += 20)
            cache.map->remove(i);
        cache.map->insert(0, 1); // came again
        Stopwatch().processUntil([&] { return model.count() == Count / 20 * 19 + 1; });
        for (int i = 0; i < 50; ++i)
            QCoreApplication::processEvents();
        QCOMPARE(sorted(keysOf(model)), sorted(presentIn(*cache.map, {})));
    }
}

void tst_ModelFill::clearedBesideItDoesNotCome()
{
    constexpr int Count = 60'000; // more than a turn takes in on any machine
    for (const bool isSorted : { false, true }) {
        Wrapped<IntMap> cache;
        fill(*cache.map, Count);
        cache.object->flush();
        cache.object->setNotifyInterval(0);
        Model model;
        connect(&model, &Model::rowsInserted, this, takeLong);
        model.setSorted(isSorted);
        model.setCache(cache.object.get());
        Stopwatch().processUntil([&] { return model.count() > 0; });
        QVERIFY(model.count() < Count);
        cache.map->clear();
        cache.map->insert(3, 3);
        QSignalSpy cleared(cache.object.get(), &SyncCacheObject::cleared);
        Stopwatch().processUntil([&] { return cleared.size() != 0; });
        Stopwatch().processUntil([&] { return model.count() == 1; });
        for (int i = 0; i < 50; ++i)
            QCoreApplication::processEvents();
        QCOMPARE(keysOf(model), QStringList { text(3) });
    }
}

void tst_ModelFill::modelAndCacheMayEndBesideIt_data()
{
    QTest::addColumn<int>("end");
    QTest::newRow("model") << 0;
    QTest::newRow("object") << 1;
    QTest::newRow("object, then model") << 2;
    QTest::newRow("no cache") << 3;
    QTest::newRow("another cache") << 4;
    QTest::newRow("the map") << 5;
}

// Between any two turns, and in a slot.
void tst_ModelFill::modelAndCacheMayEndBesideIt()
{
    QFETCH(const int, end);
    constexpr int Count = 8'000;
    for (const bool isSorted : { false, true }) {
        for (int turns = 0; turns < 30; turns += 1 + turns / 3) {
            auto map = std::make_unique<IntMap>();
            fill(*map, Count);
            auto object = std::unique_ptr<SyncCacheObject>(SyncCacheObject::wrap(map.get()));
            Wrapped<IntMap> other;
            fill(*other.map, 10);
            auto model = std::make_unique<Model>();
            const auto endIt = [&] {
                if (end == 1 || end == 2)
                    object.reset();
                if (end == 0 || end == 2)
                    model.reset();
                if (end == 3 || end == 4)
                    model->setCache(end == 3 ? nullptr : other.object.get());
                if (end == 5)
                    map.reset();
            };
            const bool isInSlot = turns % 2 != 0;
            int left = turns;
            connect(model.get(), &Model::rowsInserted, model.get(), [&] {
                if (isInSlot && --left == 0)
                    endIt();
                else
                    takeLong();
            });
            model->setCache(object.get());
            model->setSorted(isSorted);
            for (int i = 0; i < turns; ++i)
                QCoreApplication::processEvents();
            if (!isInSlot || left > 0)
                endIt();
            for (int i = 0; i < 10; ++i)
                QCoreApplication::processEvents();
            if (object)
                object->flush();
            // How many turns that takes depends on the machine.
            const auto isRight = [&] { return model->count() == (end == 4 ? 10 : 0); };
            QTRY_VERIFY_WITH_TIMEOUT(!model || isRight(), 5000 * Slowness);
        }
    }
}

// A view that is scrolled to the end asks when rows have come.
// More than a view is told of one by one.
void tst_ModelFill::manyGapsAtOnceAreSwept()
{
    Wrapped<IntMap> cache;
    fill(*cache.map, 10);
    Model model;
    model.setCache(cache.object.get());
    for (const int step : { 2, 3 }) {
        model.setKeys(texts(0, 4'096));
        QCOMPARE(keysOf(model), texts(0, 4'096));
        QStringList some;
        for (int i = 0; i < 4'096; i += step)
            some.append(text(i));
        const QPersistentModelIndex kept = model.index(step, 0);
        model.setKeys(some);
        QCOMPARE(keysOf(model), some);
        QCOMPARE(kept.row(), 1);
    }
    model.resetKeys();
    // And by hand, where no turn bounds it.
    constexpr int Count = 20'000;
    fill(*cache.map, Count);
    cache.object->flush();
    while (model.canFetchMore({}))
        model.fetchMore({});
    QCOMPARE(model.count(), Count);
    cache.map->clear();
    for (int i = 0; i < Count; i += 2)
        cache.map->insert(i, i);
    cache.object->flush();
    QCOMPARE(model.count(), Count / 2);
    QCOMPARE(sorted(keysOf(model)), sorted(presentIn(*cache.map, QString())));
}

// All rows are looked at again, in the middle of a fill, by whom a slot ends.
void tst_ModelFill::modelMayEndWhenTheCacheIsClearedBesideIt()
{
    constexpr int Count = 8'000;
    for (int turns = 1; turns < 12; ++turns) {
        Wrapped<IntMap> cache;
        cache.object->setNotifyInterval(0);
        fill(*cache.map, Count);
        auto model = std::make_unique<Model>();
        bool isToEnd = false;
        const auto told = [&] {
            if (isToEnd)
                model.reset();
            else
                takeLong();
        };
        connect(model.get(), &Model::rowsInserted, this, told);
        connect(model.get(), &Model::rowsRemoved, this, told);
        model->setCache(cache.object.get());
        for (int i = 0; i < turns; ++i)
            QCoreApplication::processEvents();
        cache.map->clear();
        fill(*cache.map, Count); // so that no row goes
        isToEnd = true;
        for (int i = 0; i < 30 && model; ++i)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        cache.object->flush();
        model.reset();
    }
}

void tst_ModelFill::viewAtTheEndFetchesOn()
{
    constexpr int Count = 130'000;
    Wrapped<StringMap> cache;
    for (int i = 0; i < Count; ++i)
        cache.map->insert(text(i), i);
    Model model;
    QObject view;
    connect(
            &model, &Model::rowsInserted, &view,
            [&] {
                if (model.canFetchMore({}))
                    model.fetchMore({});
            },
            Qt::QueuedConnection);
    model.setCache(cache.object.get());
    Stopwatch().processUntil([&] { return model.count() == Count; });
    QVERIFY(!model.canFetchMore({}));
}

void tst_ModelFill::keysThatComeTwiceAreWarnedOfOnce()
{
    constexpr int Count = 20'000;
    SyncCacheObject object;
    Watched watched(&object);
    watched.model.setKeys(texts(0, Count));
    object.flush();
    QTest::ignoreMessage(QtWarningMsg, "there are keys that come more than once: the first counts");
    watched.model.setKeys(texts(10, 30) + texts(0, Count) + texts(5, 50) + texts(Count, Count + 9)
                          + texts(Count, Count + 9));
    QTRY_COMPARE(watched.model.count(), Count + 9);
    QTRY_COMPARE(keysOf(watched.model),
                 texts(10, 30) + texts(0, 10) + texts(30, Count) + texts(Count, Count + 9));
    object.flush();
    watched.model.resetKeys();
    watched.model.setCache(nullptr);
    QVERIFY(watched.mirror.isRight());
}

int main(int argc, char **argv)
{
    theSeed = takeSeed(argc, argv);
    QCoreApplication app(argc, argv);
    tst_ModelFill test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_modelfill.moc"
