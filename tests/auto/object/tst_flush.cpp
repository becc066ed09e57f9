// SPDX-License-Identifier: MIT

// A flush goes in turns of the event loop: what one turn may take, who comes when, and that nothing
// is lost.

#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdeadlinetimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qpointer.h>
#include <QtCore/qset.h>
#include <QtCore/qtimer.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <processortimer.h>

#include <atomic>
#include <thread>
#include <vector>

using Entry = SyncCacheEntry;

namespace {

constexpr int MostKeys = 512;

// Counts the turns of the event loop by an event of its own in each.
class Turns : public QObject
{
public:
    Turns() { post(); }
    int count = 0;

    bool event(QEvent *event) override
    {
        if (event->type() != QEvent::User)
            return QObject::event(event);
        ++count;
        post();
        return true;
    }

private:
    void post() { QCoreApplication::postEvent(this, new QEvent(QEvent::User)); }
};

// What was told, and in which turn.
struct Told
{
    struct List
    {
        int turn;
        bool isRemoval;
        QStringList keys;
    };
    Turns turns;
    QList<List> lists;

    explicit Told(SyncCacheObject *object)
    {
        QObject::connect(object, &SyncCacheObject::keysChanged, &turns,
                         [this](const QStringList &keys) { note(false, keys); });
        QObject::connect(object, &SyncCacheObject::keysRemoved, &turns,
                         [this](const QStringList &keys) { note(true, keys); });
    }
    void note(bool isRemoval, const QStringList &keys)
    {
        lists.append({ turns.count, isRemoval, keys });
    }
    QStringList keys() const
    {
        QStringList all;
        for (const List &list : lists)
            all += list.keys;
        return all;
    }
    qsizetype largest() const
    {
        qsizetype most = 0;
        for (const List &list : lists)
            most = std::max(most, list.keys.size());
        return most;
    }
    // Of one list in a turn, at most.
    bool areTurnsApart() const
    {
        for (qsizetype i = 1; i < lists.size(); ++i) {
            if (lists.at(i - 1).turn == lists.at(i).turn)
                return false;
        }
        return true;
    }
};

template <typename Map>
struct Shown : Wrapped<Map>
{
    explicit Shown(int interval = 0) { this->object->setNotifyInterval(interval); }
};

void write(StringMap &map, int first, int end, int value = 0)
{
    for (int i = first; i < end; ++i)
        map.insert(text(i), value);
}

void inAnotherThread(const std::function<void()> &function)
{
    std::thread(function).join();
}

// Longer than a batch may take, on any machine.
void takeLong()
{
    QElapsedTimer elapsed;
    elapsed.start();
    while (elapsed.nsecsElapsed() < 4'100'000) {
    }
}

} // namespace

// A key that counts how often it is looked up, and may take the time for it that a slow machine takes.
struct CountedKey
{
    QString name;
    static inline int lookUps = 0; // in one thread
    static inline int nanoseconds = 0; // for each

    friend bool operator==(const CountedKey &a, const CountedKey &b) { return a.name == b.name; }
    friend size_t qHash(const CountedKey &key, size_t seed)
    {
        ++lookUps;
        QElapsedTimer elapsed;
        elapsed.start();
        while (elapsed.nsecsElapsed() < nanoseconds) {
        }
        return qHash(key.name, seed);
    }
};
template <>
struct SyncCacheKeyText<CountedKey>
{
    static QString toText(const CountedKey &key) { return key.name; }
    static std::optional<CountedKey> fromText(const QString &text) { return CountedKey { text }; }
};

class tst_Flush : public QObject
{
    Q_OBJECT

private slots:
    void batchesComeInTurnsOfTheLoop();
    void flushByHandTellsAllAtOnce();
    void flushByHandEndsARoundAndTellsTheNext();
    void flushInASlotIsOneMore();
    void keysThatChangeAllTheTimeStarveNobody();
    void whatSeveralThreadsWroteIsToldOnce();
    void removalCountsWhoeverWrote();
    void whoeverHearsOfKeysFindsEntriesAndRowsSo();
    void whoeverHearsOfClearFindsEntriesAndRowsSo();
    void whatSlotsWriteIsWhatTheNextAreTold();
    void anEntryThatASlotGaveAnotherCacheShowsThat();
    void slowSlotOfAnEntryEndsTheBatch();
    void afterALongTurnThereIsARest();
    void slowViewEndsTheBatch_data();
    void slowViewEndsTheBatch();
    void manyEntriesAreOtherAtOnce_data();
    void manyEntriesAreOtherAtOnce();
    void whatDoesNotFitIsNotLookedUp_data();
    void whatDoesNotFitIsNotLookedUp();
    void slowViewsStarveNobody();
    void eventLoopInASlotDoesNotNestTurns();
    void intervalCountsFromTheLastBatch();
    void revisionGrowsWithNewsOnly();
    void unwantedKeysGoInStepsToo();
    void entriesAreLookedAtInTurns();
    void rowsAreLookedAtInTurns();
    void keysAreLookedForInTurns();
    void anyChangeTellsAllKeysInTurns();
    void otherSourceEndsTheRound();
    void objectMayEndBetweenBatches();
    void changesOfABatchAreFewRanges();
    void noTurnTakesLong_data();
    void noTurnTakesLong();
    void noTurnTakesLongWhereNoKeyIsNew();
    void nothingIsLostBesideWriters();
};

void tst_Flush::batchesComeInTurnsOfTheLoop()
{
    constexpr int Count = 5'000;
    Shown<StringMap> cache;
    Told told(cache.object.get());
    write(*cache.map, 0, Count);
    QTRY_COMPARE(told.keys().size(), qsizetype(Count));
    QCOMPARE(told.largest(), qsizetype(MostKeys));
    QCOMPARE(told.lists.size(), qsizetype((Count + MostKeys - 1) / MostKeys));
    QVERIFY(told.areTurnsApart());
    QCOMPARE(told.keys(), texts(0, Count)); // in the order in which they came
}

void tst_Flush::flushByHandTellsAllAtOnce()
{
    constexpr int Count = 5'000;
    Shown<StringMap> cache(-1);
    Told told(cache.object.get());
    Watched watched(cache.object.get());
    write(*cache.map, 0, Count);
    cache.object->flush();
    QCOMPARE(told.keys(), texts(0, Count));
    QCOMPARE(told.largest(), qsizetype(MostKeys));
    QCOMPARE(watched.mirror.inserts, 1);
    QVERIFY(watched.mirror.isRight());
    for (int i = 0; i < 5; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(told.keys().size(), qsizetype(Count));
}

void tst_Flush::flushByHandEndsARoundAndTellsTheNext()
{
    Shown<StringMap> cache;
    Told told(cache.object.get());
    write(*cache.map, 0, 1'500);
    while (told.lists.isEmpty())
        QCoreApplication::processEvents();
    QCOMPARE(told.lists.size(), qsizetype(1));
    write(*cache.map, 2'000, 2'600);
    write(*cache.map, 0, 1'500, 1); // those that were told come again
    cache.object->flush();
    QCOMPARE(told.keys(), texts(0, 1'500) + texts(2'000, 2'600) + texts(0, MostKeys));
    for (int i = 0; i < 5; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(told.keys().size(), qsizetype(1'500 + 600 + MostKeys));
}

// Also where nothing else calls.
void tst_Flush::flushInASlotIsOneMore()
{
    for (const int interval : { -1, 0, 16 }) {
        Shown<StringMap> cache(interval);
        int calls = 0;
        bool isNested = false;
        connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&] {
            QVERIFY(!std::exchange(isNested, true));
            if (++calls < 3) {
                write(*cache.map, 0, 1, calls);
                cache.object->flush();
                cache.object->flush();
            }
            isNested = false;
        });
        write(*cache.map, 0, 1);
        cache.object->flush();
        QCOMPARE(calls, 1);
        QTRY_COMPARE(calls, 3);
    }
}

// Each change is told within as many turns as batches of all keys take, and two.
void tst_Flush::keysThatChangeAllTheTimeStarveNobody()
{
    constexpr int Count = 4'000;
    constexpr int Hot = 600; // more than a batch
    constexpr int MostTurns = (Count + Hot) / MostKeys + 2;
    Shown<StringMap> cache;
    Told told(cache.object.get());
    std::vector<int> changedAt(Count + Hot, -1); // the batch of the first change that was not told
    int batch = 0;
    int longest = 0;
    const auto change = [&](int first, int end) {
        write(*cache.map, first, end, batch);
        for (int i = first; i < end; ++i) {
            if (changedAt[std::size_t(i)] < 0)
                changedAt[std::size_t(i)] = batch;
        }
    };
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&](const QStringList &keys) {
        ++batch;
        for (const QString &key : keys) {
            const int since = std::exchange(changedAt[std::size_t(key.toInt())], -1);
            longest = std::max(longest, batch - since);
        }
        if (batch < 60) {
            change(Count, Count + Hot / 2); // of this thread, and of another one
            inAnotherThread([&] { change(Count + Hot / 3, Count + Hot); });
            change(batch * 60, batch * 60 + 60);
        }
    });
    change(0, Count);
    change(Count, Count + Hot);
    QTRY_VERIFY(std::all_of(changedAt.begin(), changedAt.end(), [](int at) { return at < 0; }));
    QVERIFY2(longest <= MostTurns, qPrintable(text(longest)));
    QVERIFY(batch >= 60);
    QVERIFY(told.areTurnsApart());
}

void tst_Flush::whatSeveralThreadsWroteIsToldOnce()
{
    constexpr int Count = 2'000;
    Shown<StringMap> cache;
    Told told(cache.object.get());
    write(*cache.map, 0, Count);
    for (int i = 0; i < 3; ++i)
        inAnotherThread([&] { write(*cache.map, i * 100, Count, i); });
    QTRY_VERIFY(told.lists.size() >= 4);
    QTest::qWait(1);
    QCoreApplication::processEvents();
    QCOMPARE(sorted(told.keys()), sorted(texts(0, Count)));
}

void tst_Flush::removalCountsWhoeverWrote()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    object.insert(text(1), 1);
    Entry entry;
    entry.setCache(&object);
    entry.setKey(text(1));
    QCOMPARE(entry.status(), Entry::Ready);
    // Removed by one, and evicted by another one: it is not kept.
    inAnotherThread([&] { object.remove(text(1)); });
    object.insert(text(1), 2);
    object.cache()->trim(SyncCacheTrimLevel::Complete);
    object.flush();
    QCOMPARE(entry.status(), Entry::Null);
}

void tst_Flush::whoeverHearsOfKeysFindsEntriesAndRowsSo()
{
    constexpr int Count = 800;
    Shown<StringMap> cache;
    write(*cache.map, 0, Count);
    Model model;
    model.setCache(cache.object.get());
    Mirror mirror(&model);
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < Count; ++i) {
        entries.push_back(std::make_unique<Entry>());
        entries.back()->setCache(cache.object.get());
        entries.back()->setKey(text(i));
    }
    cache.object->flush();
    int removed = 0;
    int changed = 0;
    connect(cache.object.get(), &SyncCacheObject::keysRemoved, this, [&](const QStringList &keys) {
        const QStringList rows = keysOf(model);
        const QSet<QString> present(rows.begin(), rows.end());
        for (const QString &key : keys) {
            ++removed;
            QVERIFY(!entries[std::size_t(key.toInt())]->exists());
            QVERIFY(!present.contains(key));
        }
    });
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&](const QStringList &keys) {
        const QStringList rows = keysOf(model);
        const QSet<QString> present(rows.begin(), rows.end());
        for (const QString &key : keys) {
            ++changed;
            if (key.toInt() < Count)
                QCOMPARE(entries[std::size_t(key.toInt())]->value(), QVariant(7));
            QVERIFY(present.contains(key));
        }
    });
    for (int i = 0; i < Count; ++i)
        i % 2 == 0 ? (void)cache.map->remove(text(i)) : (void)cache.map->insert(text(i), 7);
    write(*cache.map, Count, Count + 500);
    QTRY_COMPARE_WITH_TIMEOUT(removed + changed, Count + 500, 5000 * Slowness);
    QCOMPARE(removed, Count / 2);
    QCOMPARE(model.count(), Count / 2 + 500);
    QVERIFY(mirror.isRight());
}

void tst_Flush::whoeverHearsOfClearFindsEntriesAndRowsSo()
{
    constexpr int Count = 1'500;
    Shown<StringMap> cache;
    write(*cache.map, 0, Count);
    Watched watched(cache.object.get());
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < Count; ++i) {
        entries.push_back(std::make_unique<Entry>());
        entries.back()->setCache(cache.object.get());
        entries.back()->setKey(text(i));
    }
    cache.object->flush();
    bool isCleared = false;
    connect(cache.object.get(), &SyncCacheObject::cleared, this, [&] {
        isCleared = true;
        QCOMPARE(watched.model.count(), 0);
        QVERIFY(std::none_of(entries.begin(), entries.end(),
                             [](const auto &entry) { return entry->exists(); }));
    });
    cache.map->clear();
    QTRY_VERIFY(isCleared);
}

// Of keys of the same batch: not what was there before, and then again what they wrote.
void tst_Flush::whatSlotsWriteIsWhatTheNextAreTold()
{
    Shown<StringMap> cache;
    for (int i = 0; i < 3; ++i)
        cache.map->insert(text(i), 0);
    cache.object->flush();
    Entry first(cache.object.get(), text(0));
    Entry second(cache.object.get(), text(1));
    Watched watched(cache.object.get());
    const QPersistentModelIndex row = watched.model.index(watched.model.indexOf(text(2)), 0);
    watched.mirror.forget();
    QVariantList shown;
    connect(&first, &Entry::valueChanged, this, [&] {
        second.setValue(7);
        cache.map->insert(text(2), 8);
    });
    connect(&second, &Entry::valueChanged, this, [&] { shown.append(second.value()); });
    cache.map->insert(text(0), 1);
    cache.map->insert(text(1), 2);
    cache.map->remove(text(2));
    cache.object->flush();
    QCOMPARE(shown, QVariantList { 7 });
    QVERIFY(row.isValid());
    QCOMPARE(watched.mirror.removals, 0);
    cache.object->flush();
    QCOMPARE(shown, QVariantList { 7 });
    QCOMPARE(watched.mirror.removals + watched.mirror.inserts, 0);
    QVERIFY(watched.mirror.isRight());
}

// Of the same key.
void tst_Flush::anEntryThatASlotGaveAnotherCacheShowsThat()
{
    Shown<StringMap> cache;
    Shown<StringMap> another;
    cache.map->insert(text(1), 1);
    another.map->insert(text(1), 77);
    Entry entries[3];
    bool isFirst = true;
    for (Entry &entry : entries) {
        entry.setCache(cache.object.get());
        entry.setKey(text(1));
        connect(&entry, &Entry::valueChanged, this, [&] {
            if (!std::exchange(isFirst, false))
                return;
            for (Entry &other : entries)
                other.setCache(another.object.get());
        });
    }
    cache.map->insert(text(1), 2);
    cache.object->flush();
    QVERIFY(!isFirst);
    for (const Entry &entry : entries)
        QCOMPARE(entry.value(), QVariant(77));
}

void tst_Flush::slowSlotOfAnEntryEndsTheBatch()
{
    constexpr int Count = 20;
    Shown<StringMap> cache;
    Told told(cache.object.get());
    QList<int> turnOf;
    QStringList order;
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < Count; ++i) {
        entries.push_back(std::make_unique<Entry>());
        Entry *const entry = entries.back().get();
        entry->setCache(cache.object.get());
        entry->setKey(text(i));
        connect(entry, &Entry::valueChanged, this, [&told, &turnOf, &order, entry] {
            turnOf.append(told.turns.count);
            order.append(entry->key());
            takeLong();
        });
    }
    write(*cache.map, 0, Count, 5);
    QTRY_COMPARE(told.keys().size(), qsizetype(Count));
    QCOMPARE(order, texts(0, Count));
    QCOMPARE(told.keys(), texts(0, Count));
    for (qsizetype i = 1; i < turnOf.size(); ++i)
        QVERIFY(turnOf.at(i - 1) < turnOf.at(i));
    for (int i = 0; i < Count; ++i)
        QCOMPARE(told.lists.at(i).turn, turnOf.at(i)); // those that were told go on
}

// So that others are served at once. What the turn has caused counts, as a view's layout does.
void tst_Flush::afterALongTurnThereIsARest()
{
    constexpr int Count = 3 * MostKeys;
    constexpr qint64 Long = 50; // milliseconds, a quarter of which is more than the longest rest
    constexpr qint64 Rest = 8;
    Shown<StringMap> cache;
    QElapsedTimer clock;
    clock.start();
    qint64 busyUntil = 0;
    QList<qint64> rests;
    QTimer layout;
    layout.setSingleShot(true);
    connect(&layout, &QTimer::timeout, this, [&] {
        const qint64 begin = clock.elapsed();
        while (clock.elapsed() < begin + Long) {
        }
        busyUntil = clock.elapsed();
    });
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&] {
        if (busyUntil != 0)
            rests.append(clock.elapsed() - busyUntil);
        layout.start(0);
    });
    write(*cache.map, 0, Count);
    QTRY_COMPARE(rests.size(), qsizetype(Count / MostKeys - 1));
    for (const qint64 rest : std::as_const(rests))
        QVERIFY2(rest >= Rest - 1, qPrintable(QString::number(rest)));
}

void tst_Flush::slowViewEndsTheBatch_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("changed") << 0;
    QTest::newRow("removed") << 1;
    QTest::newRow("inserted") << 2;
}

// Ten ranges.
void tst_Flush::slowViewEndsTheBatch()
{
    QFETCH(const int, kind);
    Shown<StringMap> cache;
    for (int i = 100; i < 200; ++i) {
        if (kind < 2 || i % 10 != 0)
            cache.map->insert(text(i), 0);
    }
    Watched watched(cache.object.get());
    watched.model.setSorted(true);
    Watched other(cache.object.get()); // comes after it, and hears of what it was told
    cache.object->flush();
    other.mirror.forget();
    Told told(cache.object.get());
    QList<int> turnOf;
    const auto isTold = [&] {
        turnOf.append(told.turns.count);
        takeLong();
    };
    connect(&watched.model, &Model::dataChanged, this, isTold);
    connect(&watched.model, &Model::rowsRemoved, this, isTold);
    connect(&watched.model, &Model::rowsInserted, this, isTold);
    for (int i = 100; i < 200; i += 10)
        kind == 1 ? (void)cache.map->remove(text(i)) : (void)cache.map->insert(text(i), 7);
    QTRY_COMPARE(told.keys().size(), qsizetype(10));
    QCOMPARE(turnOf.size(), qsizetype(10));
    for (qsizetype i = 0; i < 10; ++i) {
        QVERIFY(i == 0 || turnOf.at(i - 1) < turnOf.at(i));
        QCOMPARE(told.lists.at(i).turn, turnOf.at(i));
    }
    QVERIFY(watched.mirror.isRight());
    QVERIFY(other.mirror.isRight());
    QCOMPARE(other.mirror.changes + other.mirror.removals + other.mirror.inserts, 10);
}

void tst_Flush::manyEntriesAreOtherAtOnce_data()
{
    QTest::addColumn<int>("kind"); // of a slot that is told
    QTest::newRow("short") << 0;
    QTest::newRow("flushes") << 1;
    QTest::newRow("loops") << 2; // runs an event loop
}

// More than a turn takes in.
void tst_Flush::manyEntriesAreOtherAtOnce()
{
    QFETCH(const int, kind);
    constexpr int Count = 2'000;
    SyncCacheObject object;
    object.setNotifyInterval(-1); // no flush tells of them, too
    QObject context;
    QList<SyncCacheLoadContext<QVariant>> loads;
    object.cache()->setLoader(&context, [&](const QString &, SyncCacheLoadContext<QVariant> load) {
        loads.append(std::move(load));
    });
    object.flush(); // tells of the loader
    Watched watched;
    watched.model.setKeys(texts(0, Count));
    watched.model.setCache(&object);
    for (const QString &key : texts(0, Count))
        connect(object.entry(key), &SyncCacheEntry::statusChanged, this, [] {});
    int calls = 0;
    connect(&watched.model, &Model::dataChanged, this, [&] {
        if (++calls < 1'000 && kind == 1)
            object.flush();
        if (calls < 1'000 && kind == 2)
            QCoreApplication::processEvents();
    });
    const auto &rows = watched.mirror.rows;
    const auto isLoading = [](const Mirror::Row &row) { return row.status == Model::Loading; };
    QTRY_VERIFY_WITH_TIMEOUT(std::all_of(rows.cbegin(), rows.cend(), isLoading), 60'000);
    QVERIFY2(calls < 300, qPrintable(text(calls)));
    QCOMPARE(rows.size(), qsizetype(Count));
    QVERIFY(watched.mirror.isRight());
}

void tst_Flush::whatDoesNotFitIsNotLookedUp_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("ranges"); // of three rows that change
    QTest::newRow("news") << 0 << 1'000 << 100;
    QTest::newRow("look") << 1 << 1'000 << 100;
    QTest::newRow("fill") << 2 << 5'000 << 100; // as many as are done in turns, and in any order
}

// Where looking all of it up takes a whole turn, each would tell of one range, and look up what is told
// in the last one.
void tst_Flush::whatDoesNotFitIsNotLookedUp()
{
    QFETCH(const int, kind);
    QFETCH(const int, count);
    QFETCH(const int, ranges);
    const int changes = 3 * ranges;
    const auto isOther = [&](int i) { return i % (count / ranges) < 3; };
    const auto keyOf = [&](int i) {
        const QLatin1Char first(kind != 2 || !isOther(i) ? 'a' : 'b');
        return CountedKey { first + text(10'000 + i) };
    };
    Shown<SyncMap<CountedKey, int>> cache;
    for (int i = 0; i < count; ++i)
        cache.map->insert(keyOf(i), 0);
    cache.object->flush();
    Model model;
    model.setSorted(kind != 2);
    model.setCache(cache.object.get());
    const Mirror mirror(&model);
    cache.object->flush();
    QCOMPARE(model.count(), count);
    if (kind == 1)
        cache.map->clear();
    for (int i = 0; i < count; ++i) {
        if (kind == 0 && isOther(i))
            cache.map->insert(keyOf(i), 7);
        else if (kind == 1 && !isOther(i))
            cache.map->insert(keyOf(i), 0);
    }
    const int before = CountedKey::lookUps;
    CountedKey::nanoseconds = 30'000;
    const auto reset = qScopeGuard([] { CountedKey::nanoseconds = 0; });
    int lookUps = 0; // until all is told
    const auto note = [&] { lookUps = CountedKey::lookUps - before; };
    if (kind == 0)
        connect(&model, &Model::dataChanged, this, note);
    else
        connect(&model, &Model::rowsRemoved, this, note);
    if (kind == 2)
        model.setKeyPrefix(QStringLiteral("a"));
    const auto &rows = mirror.rows;
    const auto isTold = [](const Mirror::Row &row) { return row.value == 7; };
    if (kind == 0)
        QTRY_COMPARE_WITH_TIMEOUT(std::count_if(rows.cbegin(), rows.cend(), isTold), changes,
                                  60'000);
    else
        QTRY_COMPARE_WITH_TIMEOUT(rows.size(), qsizetype(count - changes), 60'000);
    QVERIFY2(lookUps <= 8 * count, qPrintable(text(lookUps)));
    QTRY_VERIFY(mirror.isRight());
}

// What is told last in a batch gets its turn beside what changes all the time.
void tst_Flush::slowViewsStarveNobody()
{
    Shown<StringMap> cache;
    write(*cache.map, 0, 20);
    Watched watched(cache.object.get());
    cache.object->flush();
    connect(&watched.model, &Model::dataChanged, this, [&] {
        takeLong();
        write(*cache.map, 0, 20, watched.mirror.changes);
    });
    write(*cache.map, 0, 20, 1);
    cache.map->insert(QStringLiteral("new"), 1);
    QTRY_VERIFY(keysOf(watched.model).contains(QStringLiteral("new")));
    QVERIFY(watched.mirror.changes < 100);
}

void tst_Flush::eventLoopInASlotDoesNotNestTurns()
{
    constexpr int Count = 3'000;
    Shown<StringMap> cache;
    QStringList keys;
    bool isInside = false;
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&](const QStringList &some) {
        QVERIFY(!std::exchange(isInside, true));
        keys += some;
        if (keys.size() <= MostKeys * 2) {
            write(*cache.map, Count, Count + 10);
            cache.object->setNotifyInterval(1);
            cache.object->setNotifyInterval(0);
            for (int i = 0; i < 5; ++i)
                QCoreApplication::processEvents();
        }
        isInside = false;
    });
    write(*cache.map, 0, Count);
    QTRY_COMPARE(keys.size(), qsizetype(Count + 10));
    QCOMPARE(keys, texts(0, Count + 10));
}

void tst_Flush::intervalCountsFromTheLastBatch()
{
    constexpr int Interval = 60;
    Shown<StringMap> cache(Interval);
    Told told(cache.object.get());
    QElapsedTimer sinceLast;
    qint64 passed = 0;
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&](const QStringList &keys) {
        if (keys.contains(text(9'999)))
            passed = sinceLast.elapsed();
        else if (told.lists.size() == 1)
            cache.map->insert(text(9'999), 1);
        QTest::qSleep(Interval / 2);
        sinceLast.start();
    });
    write(*cache.map, 0, 3 * MostKeys);
    QTRY_COMPARE(told.lists.size(), qsizetype(4));
    QVERIFY2(passed >= Interval - 1, qPrintable(text(int(passed)))); // of another clock
}

void tst_Flush::revisionGrowsWithNewsOnly()
{
    Shown<StringMap> cache(-1);
    QSignalSpy changed(cache.object.get(), &SyncCacheObject::revisionChanged);
    cache.object->flush();
    cache.object->flush();
    QCOMPARE(changed.size(), 0);
    QCOMPARE(cache.object->revision(), 0.0);
    write(*cache.map, 0, 1);
    cache.object->flush();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(cache.object->revision(), 1.0);
    cache.map->clear();
    cache.object->flush();
    cache.object->flush();
    QCOMPARE(cache.object->revision(), 2.0);
    Told told(cache.object.get());
    write(*cache.map, 0, 1);
    cache.object->flush();
    cache.object->flush();
    QCOMPARE(cache.object->revision(), 3.0);
    QCOMPARE(changed.size(), 3);
}

void tst_Flush::unwantedKeysGoInStepsToo()
{
    Shown<StringMap> cache;
    Turns turns;
    QList<int> turnOf;
    connect(cache.object.get(), &SyncCacheObject::revisionChanged, this,
            [&] { turnOf.append(turns.count); });
    write(*cache.map, 0, 20'000);
    QTRY_COMPARE(turnOf.size(), qsizetype(20'000 / (8 * MostKeys) + 1));
    for (qsizetype i = 1; i < turnOf.size(); ++i)
        QVERIFY(turnOf.at(i - 1) < turnOf.at(i));
    Told told(cache.object.get());
    cache.object->flush();
    QVERIFY(told.lists.isEmpty()); // nothing was left
}

void tst_Flush::entriesAreLookedAtInTurns()
{
    constexpr int Count = 2'000;
    Shown<StringMap> cache;
    write(*cache.map, 0, Count);
    cache.object->flush();
    Turns turns;
    QHash<int, int> toldIn; // turn
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < Count; ++i) {
        entries.push_back(std::make_unique<Entry>());
        entries.back()->setCache(cache.object.get());
        entries.back()->setKey(text(i));
        connect(entries.back().get(), &Entry::existsChanged, this, [&] { ++toldIn[turns.count]; });
    }
    QSignalSpy cleared(cache.object.get(), &SyncCacheObject::cleared);
    cache.map->clear();
    QTRY_COMPARE(cleared.size(), 1);
    int told = 0;
    for (const int each : std::as_const(toldIn)) {
        QVERIFY(each <= MostKeys);
        told += each;
    }
    QCOMPARE(told, Count);
}

void tst_Flush::rowsAreLookedAtInTurns()
{
    constexpr int Count = 3'000;
    Shown<StringMap> cache;
    write(*cache.map, 0, Count);
    Model model;
    model.setCache(cache.object.get());
    Mirror mirror(&model);
    cache.object->flush();
    Turns turns;
    QList<int> turnOf;
    connect(&model, &Model::rowsRemoved, this, [&](const QModelIndex &, int first, int last) {
        QVERIFY(last - first < MostKeys);
        turnOf.append(turns.count);
        takeLong();
    });
    int left = -1;
    connect(cache.object.get(), &SyncCacheObject::cleared, this, [&] { left = model.count(); });
    cache.map->clear();
    cache.map->insert(text(7), 7);
    QTRY_COMPARE(left, 1);
    for (qsizetype i = 1; i < turnOf.size(); ++i)
        QVERIFY(turnOf.at(i - 1) < turnOf.at(i));
    QVERIFY(turnOf.size() >= Count / MostKeys);
    QTRY_VERIFY(mirror.isRight());
    QCOMPARE(keysOf(model), QStringList { text(7) });
}

// Beside a view that is slow, and changes what there is.
void tst_Flush::keysAreLookedForInTurns()
{
    constexpr int Count = 200;
    SyncCacheObject object;
    object.setNotifyInterval(0);
    for (int i = 0; i < Count; i += 10)
        object.insert(text(i), i);
    Model model;
    model.setSorted(true);
    model.setCache(&object);
    Mirror mirror(&model);
    object.flush();
    mirror.forget();
    Turns turns;
    QList<int> turnOf;
    connect(&model, &Model::rowsInserted, this, [&] {
        turnOf.append(turns.count);
        if (turnOf.size() < 10)
            object.insert(text(Count + int(turnOf.size())), 1);
        takeLong();
    });
    for (int i = 0; i < Count; i += 5)
        object.insert(text(i), -i);
    object.cache()->invalidateAll();
    QTRY_VERIFY(turnOf.size() >= 10);
    QTRY_VERIFY(model.isSorted() && model.count() >= int(object.count()));
    for (qsizetype i = 1; i < turnOf.size(); ++i)
        QVERIFY(turnOf.at(i - 1) < turnOf.at(i));
    disconnect(&model, &Model::rowsInserted, this, nullptr);
    object.flush();
    QCOMPARE(keysOf(model), sorted(object.keys()));
    QVERIFY(mirror.isRight());
    QCOMPARE(mirror.resets + mirror.layouts, 0);
}

void tst_Flush::anyChangeTellsAllKeysInTurns()
{
    constexpr int Count = 3'000;
    SyncCacheObject object;
    object.setNotifyInterval(0);
    object.setMaxCost(-1);
    for (int i = 0; i < Count; ++i)
        object.insert(text(i), i);
    object.flush();
    Told told(&object);
    object.cache()->invalidateAll();
    QTRY_COMPARE(told.keys().size(), qsizetype(Count));
    QCOMPARE(sorted(told.keys()), sorted(texts(0, Count)));
    QVERIFY(told.largest() <= MostKeys);
    QVERIFY(told.areTurnsApart());
    told.lists.clear();
    object.cache()->invalidateAll();
    object.flush();
    QCOMPARE(sorted(told.keys()), sorted(texts(0, Count)));
}

// What is left of it is of no interest.
void tst_Flush::otherSourceEndsTheRound()
{
    const auto one = std::make_shared<StringMap>();
    const auto other = std::make_shared<StringMap>();
    SyncCacheObject::publish(QStringLiteral("flush one"), one);
    SyncCacheObject::publish(QStringLiteral("flush other"), other);
    SyncCacheObject object;
    object.setNotifyInterval(0);
    object.setName(QStringLiteral("flush one"));
    Entry entry;
    entry.setCache(&object);
    entry.setKey(text(700));
    Told told(&object);
    connect(&entry, &Entry::valueChanged, this, [&] {
        if (entry.value() == 1)
            object.setName(QStringLiteral("flush other"));
    });
    write(*one, 0, 2'000, 1);
    write(*other, 0, 5, 2);
    QTRY_COMPARE(object.name(), QStringLiteral("flush other"));
    write(*other, 0, 5, 3);
    QTRY_COMPARE(told.keys().mid(MostKeys), texts(0, 5));
    QCOMPARE(entry.status(), Entry::Null);
    SyncCacheObject::release(QStringLiteral("flush one"));
    SyncCacheObject::release(QStringLiteral("flush other"));
}

void tst_Flush::objectMayEndBetweenBatches()
{
    for (const bool isInSlot : { false, true }) {
        Shown<StringMap> cache;
        int calls = 0;
        connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&] {
            if (++calls == 2 && isInSlot)
                cache.object.reset();
        });
        write(*cache.map, 0, 3'000);
        while (calls < 2)
            QCoreApplication::processEvents();
        cache.object.reset();
        QCoreApplication::processEvents();
        QCOMPARE(calls, 2);
    }
}

void tst_Flush::changesOfABatchAreFewRanges()
{
    constexpr int Count = 20'000;
    constexpr int MostRanges = 100;
    for (const int interval : { 0, -1 }) {
        Shown<StringMap> cache(interval);
        write(*cache.map, 0, Count);
        Model model;
        model.setCache(cache.object.get());
        cache.object->flush();
        Mirror mirror(&model);
        Told told(cache.object.get());
        int rows = 0;
        connect(&model, &Model::dataChanged, this,
                [&](const QModelIndex &first, const QModelIndex &last) {
                    rows += last.row() - first.row() + 1;
                });
        for (int i = 0; i < 1'000; ++i)
            cache.map->insert(text(i * 13), 1);
        if (interval < 0)
            cache.object->flush();
        QTRY_COMPARE(told.keys().size(), qsizetype(1'000));
        QVERIFY(mirror.isRight());
        const int batches = interval < 0 ? 1 : int(told.lists.size());
        QVERIFY(mirror.changes <= MostRanges * batches);
        QVERIFY(mirror.changes > MostRanges / 2);
        QVERIFY(rows < Count * batches);
    }
}

void tst_Flush::noTurnTakesLong_data()
{
    QTest::addColumn<bool>("isSorted");
    QTest::newRow("insertion") << false;
    QTest::newRow("sorted") << true;
}

// A worker brings many keys. The time of the processor, so that it does not matter what else
// runs there; it is some milliseconds with an optimiser.
void tst_Flush::noTurnTakesLong()
{
    QFETCH(const bool, isSorted);
    constexpr int Count = 300'000 / Slowness;
    constexpr qint64 Longest = 100'000'000 * Slowness;
    const auto map = std::make_shared<IntMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    Model model;
    model.setSorted(isSorted);
    model.setCache(object.get());
    int ticks = 0;
    QTimer timer;
    connect(&timer, &QTimer::timeout, this, [&] { ++ticks; });
    timer.start(0); // others are served between the turns
    std::thread worker([&] {
        for (int i = 0; i < Count; ++i)
            map->insert(i, i);
    });
    int turns = 0;
    qint64 longest = 0;
    while (model.count() < Count) {
        const ProcessorTimer turn;
        QCoreApplication::processEvents();
        longest = std::max(longest, turn.elapsed());
        ++turns;
    }
    worker.join();
    QVERIFY2(longest < Longest, qPrintable(text(int(longest / 1'000'000))));
    QVERIFY(turns >= Count / MostKeys);
    QVERIFY(ticks > 10);
    if (isSorted) {
        for (int row = 1; row < Count; row += 1 + row % 7)
            QVERIFY(model.index(row - 1, 0).data().toString()
                    < model.index(row, 0).data().toString());
    }
}

// All of them are looked at, in vain.
void tst_Flush::noTurnTakesLongWhereNoKeyIsNew()
{
    constexpr int Count = 300'000 / Slowness;
    constexpr qint64 Longest = 50'000'000 * Slowness;
    const auto cache = std::make_shared<SyncCache<int, double>>(-1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(cache));
    for (int i = 0; i < Count; ++i)
        cache->insert(i, i);
    object->flush();
    Model model;
    model.setSorted(true);
    model.setCache(object.get());
    object->flush();
    QCOMPARE(model.count(), Count);
    QSignalSpy changes(&model, &Model::dataChanged);
    cache->invalidateAll();
    qint64 longest = 0;
    const QDeadlineTimer deadline(120'000);
    while (changes.isEmpty() && !deadline.hasExpired()) {
        const ProcessorTimer turn;
        QCoreApplication::processEvents();
        longest = std::max(longest, turn.elapsed());
    }
    QVERIFY(!changes.isEmpty());
    QVERIFY2(longest < Longest, qPrintable(text(int(longest / 1'000'000))));
    QCOMPARE(model.count(), Count);
}

// Two of them, over more keys than a batch; entries, rows and signals all end on the last state.
void tst_Flush::nothingIsLostBesideWriters()
{
    constexpr int Keys = 3'000;
    Shown<StringMap> cache(1);
    Watched watched(cache.object.get());
    std::vector<std::unique_ptr<Entry>> entries;
    for (int i = 0; i < Keys; i += 10) {
        entries.push_back(std::make_unique<Entry>());
        entries.back()->setCache(cache.object.get());
        entries.back()->setKey(text(i));
    }
    QHash<QString, int> known;
    connect(cache.object.get(), &SyncCacheObject::keysChanged, this, [&](const QStringList &keys) {
        for (const QString &key : keys)
            known.insert(key, cache.map->value(key, -1));
    });
    connect(cache.object.get(), &SyncCacheObject::keysRemoved, this, [&](const QStringList &keys) {
        for (const QString &key : keys)
            known.remove(key);
    });
    std::atomic<int> writing { 2 };
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 200'000 / Slowness; ++i) {
                const QString key = text((i * 7 + w * 11) % Keys);
                i % 5 == w ? (void)cache.map->remove(key) : (void)cache.map->insert(key, i);
            }
            --writing;
        });
    }
    while (writing != 0)
        QCoreApplication::processEvents();
    for (std::thread &writer : writers)
        writer.join();
    cache.object->flush();
    QHash<QString, int> present;
    cache.map->forEach([&](const QString &key, int value) { present.insert(key, value); });
    QCOMPARE(known, present);
    QCOMPARE(sorted(keysOf(watched.model)), sorted(QStringList(present.keys())));
    QVERIFY(watched.mirror.isRight());
    for (const auto &entry : entries) {
        QCOMPARE(entry->exists(), present.contains(entry->key()));
        if (entry->exists())
            QCOMPARE(entry->value(), QVariant(present.value(entry->key())));
    }
}

QTEST_GUILESS_MAIN(tst_Flush)
#include "tst_flush.moc"
