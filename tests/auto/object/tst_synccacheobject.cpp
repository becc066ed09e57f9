// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qfile.h>
#include <QtCore/qloggingcategory.h>
#include <QtCore/qpointer.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/quuid.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <functional>
#include <limits>
#include <thread>
#include <vector>

namespace {

using StringMap = SyncMap<QString, int>;
using IntMap = SyncMap<int, double>;

QString text(int number)
{
    return QString::number(number);
}

// Counts the events that come to an object, which is what a storm of news would drown in.
class EventCounter : public QObject
{
public:
    explicit EventCounter(QObject *watched) { watched->installEventFilter(this); }
    int events = 0;

protected:
    bool eventFilter(QObject *, QEvent *event) override
    {
        if (event->type() == SyncMapInternal::NewsBell::eventType())
            ++events;
        return false;
    }
};

} // namespace

// A key that tells when it becomes a text.
struct Watched
{
    int number = 0;

    friend bool operator==(Watched a, Watched b) noexcept { return a.number == b.number; }
    friend size_t qHash(Watched key, size_t seed) noexcept { return qHash(key.number, seed); }
};
static std::function<void()> whenMadeIntoText;

template <>
struct SyncCacheKeyText<Watched>
{
    static QString toText(Watched key)
    {
        if (whenMadeIntoText)
            whenMadeIntoText();
        return text(key.number);
    }
    static std::optional<Watched> fromText(const QString &text) { return Watched { text.toInt() }; }
};

// A key whose texts are many: its own is in small letters.
struct Host
{
    QString name;

    friend bool operator==(const Host &a, const Host &b) noexcept { return a.name == b.name; }
    friend size_t qHash(const Host &key, size_t seed) noexcept { return qHash(key.name, seed); }
};
template <>
struct SyncCacheKeyText<Host>
{
    static QString toText(const Host &key) { return key.name; }
    static std::optional<Host> fromText(const QString &text) { return Host { text.toLower() }; }
};

struct Point3
{
    int x, y, z;
};
Q_DECLARE_METATYPE(Point3)

class tst_SyncCacheObject : public QObject
{
    Q_OBJECT

private slots:
    void workersWriteToATypedMapShowsUp();
    void manyWritesAreToldOnce();
    void removalAndClearAreTold();
    void latestStateWins();
    void newsThatComesMeanwhileIsRungFor();
    void noChangedKeyIsLostBesideWriters();
    void atMostOneEventPerInterval();
    void intervalOfMinusOneTellsOnlyByFlush();
    void slotMayFlushAndDestroy();
    void eventLoopInASlotLeavesNoNewsLying();
    void keysThatNobodyWantsAreNotConverted();
    void ownCacheHasItsBounds();
    void settingsBeforeUseAreKeptForTheCache();
    void namesAreShared();
    void otherBoundsOfANamedCacheAreWarnedOf();
    void publishedMapIsFoundByName();
    void changingTheNameShowsTheOtherCache();
    void whatIsPublishedHasANameAndAMap();
    void valuesConvertToTheMapsTypes();
    void keyTextThatIsNoKeyIsRefused();
    void onlyTheOwnTextOfAKeyLeadsToIt();
    void textsOfTheUsersKeysAreTheirOwn();
    void typeThatQmlCannotReadIsWarnedOf();
    void badOptionsAreRefused();
    void undefinedIsRefused();
    void objectsAreKeptByPointer();
    void objectsAreOfTheThreadTheyWerePutIn();
    void oneConnectionForEachObject();
    void endedObjectsLeaveWhateverShowsTheMap();
    void whereAnObjectWasIsForgotten();
    void objectsMayBeInsertedByManyThreads();
    void numbersAreToldWhileSomebodyIsConnected();
    void spansAndOptionsAreThoseOfCpp();
    void signalsHaveTwoNames();
    void aLoaderThatComesLaterIsNoticed();
    void numbersAndSettingsMayBeReadAndChangedAtAnyTime();
    void refreshLoadsAnew();
    void imagesHaveTheNameOfTheCache();
    void unsignedKeysHaveTheirWholeRange();
    void walkInStepsVisitsEachKeyOnce();
    void mapMayEndBeforeTheObject();
    void mapMayEndInAnotherThreadBesideItsUse();
    void objectMayEndBesideWriters();
    void objectMayMoveToAnotherThread();
    void savesAndRestores();
    void failedFilesAreTold();
    void filesHaveTheirOwnErrors();
};

void tst_SyncCacheObject::workersWriteToATypedMapShowsUp()
{
    const auto map = std::make_shared<IntMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    QThreadPool pool;
    pool.start([map] { map->insert(7, 1.5); });
    pool.waitForDone();
    QVERIFY(changed.wait());
    QCOMPARE(changed.first().first().toStringList(), QStringList { QStringLiteral("7") });
    QCOMPARE(object->value(QStringLiteral("7")), QVariant(1.5));
    QCOMPARE(object->count(), 1.0);
}

void tst_SyncCacheObject::manyWritesAreToldOnce()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    for (int i = 0; i < 1000; ++i)
        map->insert(text(i % 10), i);
    object->flush();
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.first().first().toStringList().size(), 10);
    QCoreApplication::processEvents();
    object->flush();
    QCOMPARE(changed.size(), 1);
}

void tst_SyncCacheObject::removalAndClearAreTold()
{
    const auto map = std::make_shared<StringMap>();
    map->insert(text(1), 1);
    map->insert(text(2), 2);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QSignalSpy removed(object.get(), &SyncCacheObject::keysRemoved);
    QSignalSpy cleared(object.get(), &SyncCacheObject::cleared);
    map->remove(text(1));
    object->flush();
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed.first().first().toStringList(), QStringList { text(1) });
    map->clear();
    object->flush();
    QCOMPARE(cleared.size(), 1);
    QCOMPARE(object->count(), 0.0);
}

void tst_SyncCacheObject::latestStateWins()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    QSignalSpy removed(object.get(), &SyncCacheObject::keysRemoved);
    map->remove(text(1));
    map->insert(text(1), 1);
    map->insert(text(2), 2);
    map->remove(text(2));
    object->flush();
    QCOMPARE(changed.first().first().toStringList(), QStringList { text(1) });
    QCOMPARE(removed.first().first().toStringList(), QStringList { text(2) });

    // Also where it is not known who came last.
    std::thread([&] { map->remove(text(1)); }).join();
    map->insert(text(1), 2);
    object->flush();
    QCOMPARE(changed.size(), 2);
    QCOMPARE(changed.last().first().toStringList(), QStringList { text(1) });
    QCOMPARE(removed.size(), 1);
}

// Here by the one who makes the news into texts, after they were taken.
void tst_SyncCacheObject::newsThatComesMeanwhileIsRungFor()
{
    const auto map = std::make_shared<SyncMap<Watched, int>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(0);
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    whenMadeIntoText = [&] {
        whenMadeIntoText = {};
        map->insert(Watched { 2 }, 2);
    };
    map->insert(Watched { 1 }, 1);
    QTRY_COMPARE(changed.size(), 2);
    QCOMPARE(changed.first().first().toStringList(), QStringList { text(1) });
    QCOMPARE(changed.last().first().toStringList(), QStringList { text(2) });
}

// What is known of the signals is, at the end, what is in the map.
void tst_SyncCacheObject::noChangedKeyIsLostBesideWriters()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(0);
    QHash<QString, QVariant> known;
    connect(object.get(), &SyncCacheObject::keysChanged, object.get(),
            [&](const QStringList &keys) {
                for (const QString &key : keys)
                    known.insert(key, object->value(key));
            });
    connect(object.get(), &SyncCacheObject::keysRemoved, object.get(),
            [&](const QStringList &keys) {
                for (const QString &key : keys)
                    known.remove(key);
            });
    std::atomic<int> writing { 2 };
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 20'000; ++i) {
                const QString key = text((i * 7 + w) % 500);
                if (i % 5 == 0)
                    map->remove(key);
                else
                    map->insert(key, i);
            }
            --writing;
        });
    }
    while (writing != 0)
        QCoreApplication::processEvents();
    for (std::thread &writer : writers)
        writer.join();
    QCoreApplication::processEvents();
    object->flush();
    QHash<QString, QVariant> present;
    map->forEach([&present](const QString &key, int value) { present.insert(key, value); });
    QCOMPARE(known, present);
}

void tst_SyncCacheObject::atMostOneEventPerInterval()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(20);
    EventCounter counter(object.get());
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    std::atomic<bool> isStopping { false };
    std::thread writer([&] {
        for (int i = 0; !isStopping; ++i)
            map->insert(text(i % 100), i);
    });
    QElapsedTimer elapsed;
    elapsed.start();
    while (elapsed.elapsed() < 400 || changed.size() <= 2)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    isStopping = true;
    writer.join();
    const qint64 intervals = elapsed.elapsed() / 20 + 2;
    QVERIFY2(counter.events <= intervals, qPrintable(text(counter.events)));
    QVERIFY2(changed.size() <= intervals, qPrintable(text(int(changed.size()))));
}

void tst_SyncCacheObject::intervalOfMinusOneTellsOnlyByFlush()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    object->setNotifyInterval(-1);
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    map->insert(text(1), 1);
    QTest::qWait(30);
    QCOMPARE(changed.size(), 0);
    object->flush();
    QCOMPARE(changed.size(), 1);
    map->insert(text(1), 2);
    object->setNotifyInterval(0); // what waited is told
    QTRY_COMPARE(changed.size(), 2);
    QTest::ignoreMessage(QtWarningMsg, "notifyInterval must be -1, 0 or more");
    object->setNotifyInterval(-2);
    QCOMPARE(object->notifyInterval(), 0);
}

void tst_SyncCacheObject::slotMayFlushAndDestroy()
{
    const auto map = std::make_shared<StringMap>();
    QPointer<SyncCacheObject> object(SyncCacheObject::wrap(map));
    int calls = 0;
    connect(object, &SyncCacheObject::keysChanged, object, [&] {
        if (++calls == 1) {
            map->insert(text(2), 2);
            object->flush(); // by a slot of a flush: later
        } else {
            delete object;
        }
    });
    map->insert(text(1), 1);
    object->flush();
    QCOMPARE(calls, 1);
    QTRY_VERIFY(!object);
    QCOMPARE(calls, 2);
    map->insert(text(3), 3);
}

// A dialog, for example. The event that calls to the news of meanwhile is taken from the queue by
// that loop, at a time when there can be no flush.
void tst_SyncCacheObject::eventLoopInASlotLeavesNoNewsLying()
{
    for (const int interval : { 0, 1 }) {
        const auto map = std::make_shared<StringMap>();
        const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
        object->setNotifyInterval(interval);
        int calls = 0;
        connect(object.get(), &SyncCacheObject::keysChanged, object.get(), [&] {
            if (++calls > 1)
                return;
            map->insert(text(2), 2);
            QTest::qWait(5);
            QCOMPARE(calls, 1);
        });
        map->insert(text(1), 1);
        QTRY_COMPARE(calls, 2);
    }
}

void tst_SyncCacheObject::keysThatNobodyWantsAreNotConverted()
{
    const auto map = std::make_shared<StringMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QSignalSpy revision(object.get(), &SyncCacheObject::revisionChanged);
    map->insert(text(1), 1);
    object->flush();
    QCOMPARE(revision.size(), 1);
    // And what was not wanted then does not come later.
    QSignalSpy changed(object.get(), &SyncCacheObject::keysChanged);
    object->flush();
    QCOMPARE(changed.size(), 0);
}

void tst_SyncCacheObject::ownCacheHasItsBounds()
{
    SyncCacheObject object;
    QCOMPARE(object.maxCost(), 1000.0);
    object.setMaxCost(2);
    for (int i = 0; i < 5; ++i)
        QVERIFY(object.insert(text(i), i));
    QCOMPARE(object.count(), 2.0);
    QCOMPARE(object.totalCost(), 2.0);
    QCOMPARE(object.cache()->maxCost(), 2);
    QVERIFY(!object.insert(QStringLiteral("large"), 1, { { QStringLiteral("cost"), 3 } }));
    object.setMaxCost(-1);
    QCOMPARE(object.maxCost(), -1.0);
    QCOMPARE(object.keys().size(), object.count());
    object.setMaxCost(3);
    for (const double bound : { -7.0, qQNaN(), -qInf() }) {
        QTest::ignoreMessage(QtWarningMsg, "maxCost must be -1, 0 or more");
        object.setMaxCost(bound);
        QTest::ignoreMessage(QtWarningMsg, "maxBytes must be -1, 0 or more");
        object.setMaxBytes(bound);
    }
    QCOMPARE(object.maxCost(), 3.0);
    object.setMaxCost(qInf());
    QCOMPARE(object.maxCost(), -1.0);
}

void tst_SyncCacheObject::settingsBeforeUseAreKeptForTheCache()
{
    SyncCacheObject object;
    object.setMaxCost(5);
    object.setTimeToLive(60'000);
    QCOMPARE(object.cache()->maxCost(), 5);
    QCOMPARE(object.cache()->timeToLive(), std::chrono::milliseconds(60'000));
    QTest::ignoreMessage(QtWarningMsg, "timeToLive must be -1, 0 or more");
    object.setTimeToLive(-2);
    QCOMPARE(object.timeToLive(), 60'000.0);
    object.setTimeToLive(0.5);
    QCOMPARE(object.timeToLive(), 1.0); // 0 would be over at once
    for (const double endless : { qInf(), 1e300, 9.3e12 }) {
        object.setTimeToLive(1);
        object.setTimeToLive(endless);
        QCOMPARE(object.cache()->timeToLive(), SyncCacheForever);
    }
    object.setTimeToLive(-1);
    QCOMPARE(object.timeToLive(), -1.0);
    QCOMPARE(object.cache()->timeToLive(), SyncCacheForever);
    object.setTimeToLive(0);
    QCOMPARE(object.timeToLive(), 0.0);
    QCOMPARE(object.cache()->timeToLive(), std::chrono::milliseconds(0));
    SyncCacheObject other;
    other.setTimeToLive(-1);
    QCOMPARE(other.cache()->timeToLive(), SyncCacheForever);

    SyncCacheObject inBytes;
    inBytes.setMaxBytes(100'000);
    for (int i = 0; i < 100; ++i)
        inBytes.insert(QString::number(i), QByteArray(5000, 'x'));
    QVERIFY(inBytes.count() > 10 && inBytes.count() < 20);
    QCOMPARE(inBytes.maxBytes(), 100'000.0);
    QSignalSpy changed(&inBytes, &SyncCacheObject::maxBytesChanged);
    inBytes.setMaxBytes(50'000);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(inBytes.cache()->maxCost(), 50'000);
    QCOMPARE(object.maxBytes(), -1.0);
    QTest::ignoreMessage(QtWarningMsg, "maxBytes must be set before the cache is used");
    object.setMaxBytes(100'000);
    QCOMPARE(object.maxBytes(), -1.0);
}

void tst_SyncCacheObject::namesAreShared()
{
    const QString name = QStringLiteral("shared");
    const std::unique_ptr<SyncCacheObject> one(SyncCacheObject::named(name));
    SyncCacheObject other;
    other.setName(name);
    QCOMPARE(one->cache(), other.cache());
    QSignalSpy changed(&other, &SyncCacheObject::keysChanged);
    one->insert(QStringLiteral("key"), 1);
    QVERIFY(changed.wait());
    QCOMPARE(other.value(QStringLiteral("key")), QVariant(1));
    QVERIFY(SyncCacheObject::release(name));
    QVERIFY(!SyncCacheObject::release(name));
    QCOMPARE(other.value(QStringLiteral("key")), QVariant(1));
}

void tst_SyncCacheObject::otherBoundsOfANamedCacheAreWarnedOf()
{
    const QString name = QStringLiteral("bounds");
    SyncCacheObject one;
    one.setName(name);
    one.setMaxCost(10);
    QCOMPARE(one.cache()->maxCost(), 10);
    SyncCacheObject other;
    other.setMaxCost(20);
    other.setName(name);
    QTest::ignoreMessage(QtWarningMsg,
                         "the cache \"bounds\" exists, with other bounds, which stay");
    QCOMPARE(other.cache()->maxCost(), 10);
    SyncCacheObject::release(name);
}

void tst_SyncCacheObject::publishedMapIsFoundByName()
{
    const QString name = QStringLiteral("prices");
    const auto map = std::make_shared<SyncMap<QString, double>>();
    QVERIFY(!SyncCacheObject::isPublished(name));
    QVERIFY(SyncCacheObject::publish(name, map));
    QVERIFY(SyncCacheObject::publish(name, map)); // the same: no warning
    QVERIFY(SyncCacheObject::isPublished(name));
    map->insert(QStringLiteral("ACME"), 42);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::named(name));
    QCOMPARE(object->value(QStringLiteral("ACME")), QVariant(42.0));
    QCOMPARE(object->maxCost(), -1.0);
    QCOMPARE(object->totalCost(), 1.0);
    QVERIFY(!object->cache());
    QTest::ignoreMessage(QtWarningMsg, "the name prices stands for another cache already");
    QVERIFY(!SyncCacheObject::publish(name, std::make_shared<SyncMap<QString, double>>()));
    QVERIFY(SyncCacheObject::unpublish(name));
    QVERIFY(!SyncCacheObject::isPublished(name) && !SyncCacheObject::release(name));
}

void tst_SyncCacheObject::changingTheNameShowsTheOtherCache()
{
    const auto a = std::make_shared<StringMap>();
    const auto b = std::make_shared<StringMap>();
    a->insert(text(1), 1);
    b->insert(text(1), 2);
    SyncCacheObject::publish(QStringLiteral("a"), a);
    SyncCacheObject::publish(QStringLiteral("b"), b);
    SyncCacheObject object;
    object.setName(QStringLiteral("a"));
    SyncCacheEntry entry;
    entry.setCache(&object);
    entry.setKey(text(1));
    QCOMPARE(entry.value(), QVariant(1));
    object.setName(QStringLiteral("b"));
    QCOMPARE(entry.value(), QVariant(2));
    b->insert(text(1), 3);
    object.flush();
    QCOMPARE(entry.value(), QVariant(3));
    SyncCacheObject::release(QStringLiteral("a"));
    SyncCacheObject::release(QStringLiteral("b"));
}

void tst_SyncCacheObject::whatIsPublishedHasANameAndAMap()
{
    const QRegularExpression why(QStringLiteral("takes a name, and a map"));
    QTest::ignoreMessage(QtWarningMsg, why);
    QVERIFY(!SyncCacheObject::publish(QString(), std::make_shared<StringMap>()));
    QVERIFY(!SyncCacheObject::isPublished(QString()));
    QTest::ignoreMessage(QtWarningMsg, why);
    QVERIFY(!SyncCacheObject::publish(QStringLiteral("none"), std::shared_ptr<StringMap>()));
    QVERIFY(!SyncCacheObject::isPublished(QStringLiteral("none")));
}

void tst_SyncCacheObject::valuesConvertToTheMapsTypes()
{
    const auto map = std::make_shared<IntMap>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QVERIFY(object->insert(text(1), 2.5));
    QVERIFY(object->insert(text(2), QStringLiteral("3.5")));
    QCOMPARE(map->value(1), 2.5);
    QCOMPARE(map->value(2), 3.5);
    QTest::ignoreMessage(QtWarningMsg, "\"3\" is not inserted: a QString is no double");
    QVERIFY(!object->insert(text(3), QStringLiteral("many")));
    QCOMPARE(object->take(text(1)), QVariant(2.5));
    QVERIFY(!map->contains(1));
}

void tst_SyncCacheObject::keyTextThatIsNoKeyIsRefused()
{
    const auto map = std::make_shared<SyncMap<qint8, int>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QTest::ignoreMessage(QtWarningMsg, "\"300\" is not inserted: the text is no signed char");
    QVERIFY(!object->insert(text(300), 1));
    QTest::ignoreMessage(QtWarningMsg, "\"one\" is not inserted: the text is no signed char");
    QVERIFY(!object->insert(QStringLiteral("one"), 1));
    QVERIFY(!object->contains(QStringLiteral("one")));
    QVERIFY(!object->value(QString()).isValid());
    QVERIFY(object->insert(text(-100), 1));
    QCOMPARE(object->keys(), QStringList { text(-100) });
}

namespace {

// Which of the texts lead to the key, or to any.
template <typename Key>
QStringList leading(const Key &key, const QStringList &texts)
{
    const auto map = std::make_shared<SyncMap<Key, int>>();
    map->insert(key, 1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    QStringList result;
    for (const QString &one : texts) {
        if (object->contains(one))
            result.append(one);
    }
    return result;
}
QStringList words(const char *text)
{
    return QString::fromUtf8(text).split(u'|');
}

} // namespace

void tst_SyncCacheObject::onlyTheOwnTextOfAKeyLeadsToIt()
{
    QCOMPARE(leading(7, words("7|07| 7|7 |+7|7.0|7e0|0x7")), words("7"));
    QCOMPARE(leading(quint8(0), words("0|-0|00|256")), words("0"));
    QCOMPARE(leading(true, words("true|True|TRUE|1| true")), words("true"));
    QCOMPARE(leading(Qt::Vertical, words("2|02|Vertical")), words("2"));
    QCOMPARE(leading(1.0, words("1|1.0|1e0|01|+1")), words("1"));
    QCOMPARE(leading(0.1f, words("0.1|0.10|.1|1e-1|0.10000000149011612")), words("0.1"));
    QCOMPARE(leading(1e21, words("1e+21|1e21|1000000000000000000000")), words("1e+21"));
    QCOMPARE(leading(123456.0, words("123456|1.23456e+05|1.23456e5")), words("123456"));
    QCOMPARE(leading(-0.0, words("0|-0|-0.0")), words("0"));
    QCOMPARE(leading(5e-324, words("5e-324|4.9e-324")), words("5e-324"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("is no key")));
    const QUuid id("{67c8770b-44f1-410a-ab9a-f9b5446f13ee}");
    QCOMPARE(leading(id, { id.toString(), id.toString(QUuid::WithoutBraces) }), { id.toString() });
    // A character that bytes cannot say, nor a pattern of an expected warning.
    QLoggingCategory::setFilterRules(QStringLiteral("syncmap.object.warning=false"));
    const QString half(QChar(0xd83d));
    QVERIFY(leading(half.toUtf8(), { half }).isEmpty());
    QLoggingCategory::setFilterRules({});
}

void tst_SyncCacheObject::textsOfTheUsersKeysAreTheirOwn()
{
    const auto map = std::make_shared<SyncMap<Host, int>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    map->insert(Host { QStringLiteral("example") }, 1);
    QCOMPARE(object->value(QStringLiteral("example")), QVariant(1));
    // Once.
    QTest::ignoreMessage(
            QtWarningMsg,
            "\"Example\" is no key, but leads to one whose text is \"example\": ask by that");
    QVERIFY(!object->contains(QStringLiteral("Example")));
    QVERIFY(!object->contains(QStringLiteral("EXAMPLE")));
    QTest::ignoreMessage(QtWarningMsg, "\"Example\" is not inserted: the text is no Host");
    QVERIFY(!object->insert(QStringLiteral("Example"), 2));
    QCOMPARE(map->size(), 1);
}

void tst_SyncCacheObject::typeThatQmlCannotReadIsWarnedOf()
{
    QTest::ignoreMessage(QtWarningMsg,
                         QRegularExpression(QStringLiteral("QML cannot read a Point3")));
    const std::unique_ptr<SyncCacheObject> object(
            SyncCacheObject::wrap(std::make_shared<SyncMap<int, Point3>>()));
    QVERIFY(object);
}

void tst_SyncCacheObject::badOptionsAreRefused()
{
    SyncCacheObject object;
    const QString key = QStringLiteral("key");
    QTest::ignoreMessage(QtWarningMsg,
                         "\"key\" is not inserted: its cost must be a number, and not "
                         "negative");
    QVERIFY(!object.insert(key, 1, { { QStringLiteral("cost"), -1 } }));
    QTest::ignoreMessage(QtWarningMsg,
                         "\"key\" is not inserted: its timeToLive must be a number, and "
                         "-1, 0 or more");
    QVERIFY(!object.insert(key, 1, { { QStringLiteral("timeToLive"), QStringLiteral("soon") } }));
    QTest::ignoreMessage(QtWarningMsg, "\"key\" is not inserted: there is no option \"ttl\"");
    QVERIFY(!object.insert(key, 1, { { QStringLiteral("ttl"), 5 } }));
    QVERIFY(object.insert(key, 1,
                          { { QStringLiteral("pinned"), true },
                            { QStringLiteral("cost"), 3 },
                            { QStringLiteral("tags"), QStringList { QStringLiteral("t") } } }));
    QCOMPARE(object.totalCost(), 3.0);
    QCOMPARE(object.cache()->removeByTag(QStringLiteral("t")), 1);
    QVERIFY(object.insert(QString(), 1)); // an empty key is a key
    QVERIFY(object.contains(QString()));
}

void tst_SyncCacheObject::undefinedIsRefused()
{
    SyncCacheObject object;
    QTest::ignoreMessage(QtWarningMsg, "\"key\" is not inserted: undefined is no value");
    QVERIFY(!object.insert(QStringLiteral("key"), QVariant()));
    QVERIFY(object.insert(QStringLiteral("key"), QVariant::fromValue(nullptr)));
    QVERIFY(object.contains(QStringLiteral("key")));
}

void tst_SyncCacheObject::objectsAreKeptByPointer()
{
    SyncCacheObject object;
    const QString key = QStringLiteral("key");
    auto kept = std::make_unique<QObject>();
    QVERIFY(object.insert(key, QVariant::fromValue(kept.get())));
    QCOMPARE(object.value(key).value<QObject *>(), kept.get());
    QObject *elsewhere = kept.get();
    std::thread([&] { elsewhere = object.value(key).value<QObject *>(); }).join();
    QCOMPARE(elsewhere, nullptr);
    // Somebody else's value is not removed with it.
    QVERIFY(object.insert(QStringLiteral("other"), QVariant::fromValue(kept.get())));
    QVERIFY(object.insert(QStringLiteral("other"), 5));
    kept.reset();
    QVERIFY(!object.contains(key));
    QVERIFY(object.contains(QStringLiteral("other")));
}

// Nobody follows the pointer to an object that another thread may be deleting.
void tst_SyncCacheObject::objectsAreOfTheThreadTheyWerePutIn()
{
    SyncCacheObject object;
    const QString key = QStringLiteral("key");
    const QString again = QStringLiteral("again");
    auto kept = std::make_unique<QObject>();
    QVERIFY(object.insert(key, QVariant::fromValue(kept.get())));
    QThread thread;
    thread.start();
    kept->moveToThread(&thread);
    QObject *there = kept.get();
    QObject *thereAgain = nullptr;
    QObject *taken = kept.get();
    QObject worker;
    worker.moveToThread(&thread);
    QMetaObject::invokeMethod(
            &worker,
            [&] {
                there = object.value(key).value<QObject *>();
                QVERIFY(object.insert(again, QVariant::fromValue(kept.get())));
                thereAgain = object.value(again).value<QObject *>();
                taken = object.take(key).value<QObject *>();
            },
            Qt::BlockingQueuedConnection);
    thread.quit();
    QVERIFY(thread.wait());
    QCOMPARE(there, nullptr);
    QCOMPARE(taken, nullptr);
    QCOMPARE(thereAgain, kept.get());
    QCOMPARE(object.value(again).value<QObject *>(), nullptr);
    QVERIFY(object.contains(again));
    kept.reset();
    QVERIFY(!object.contains(again));
}

namespace {

class Counted : public QObject
{
public:
    int watchers() const { return receivers(SIGNAL(destroyed(QObject *))); }
};

} // namespace

void tst_SyncCacheObject::oneConnectionForEachObject()
{
    SyncCacheObject object;
    SyncCacheObject other;
    auto kept = std::make_unique<Counted>();
    const QVariant value = QVariant::fromValue<QObject *>(kept.get());
    for (int i = 0; i < 1000; ++i)
        QVERIFY(object.insert(text(i % 10), value));
    QCOMPARE(kept->watchers(), 1);
    QVERIFY(other.insert(text(0), value));
    QCOMPARE(kept->watchers(), 2);
    for (int i = 0; i < 5; ++i)
        QVERIFY(object.insert(text(i), i));
    kept.reset();
    QCOMPARE(object.count(), 5.0);
    for (int i = 0; i < 10; ++i)
        QCOMPARE(object.contains(text(i)), i < 5);
    QVERIFY(!other.contains(text(0)));
    // The next object may have the same address.
    Counted next;
    QVERIFY(object.insert(text(7), QVariant::fromValue<QObject *>(&next)));
    QCOMPARE(next.watchers(), 1);
}

// What watches is the map's: neither who put it need be there, nor anybody else.
void tst_SyncCacheObject::endedObjectsLeaveWhateverShowsTheMap()
{
    const auto map = std::make_shared<SyncMap<int, QVariant>>();
    auto first = std::make_unique<Counted>();
    auto second = std::make_unique<Counted>();
    {
        const std::unique_ptr<SyncCacheObject> writer(SyncCacheObject::wrap(map));
        const std::unique_ptr<SyncCacheObject> other(SyncCacheObject::wrap(map.get()));
        QVERIFY(writer->insert(text(1), QVariant::fromValue<QObject *>(first.get())));
        QVERIFY(other->insert(text(2), QVariant::fromValue<QObject *>(first.get())));
        QVERIFY(other->insert(text(3), QVariant::fromValue<QObject *>(second.get())));
        QCOMPARE(first->watchers(), 1);
    }
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    SyncCacheEntry entry(object.get(), text(1));
    QCOMPARE(entry.status(), SyncCacheEntry::Ready);
    first.reset();
    QVERIFY(!map->contains(1));
    QVERIFY(!map->contains(2));
    object->flush();
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    std::thread([&] { second.reset(); }).join();
    QVERIFY(map->isEmpty());
}

// Also if it was there under many keys, one after the other.
void tst_SyncCacheObject::whereAnObjectWasIsForgotten()
{
    auto kept = std::make_unique<Counted>();
    const QVariant value = QVariant::fromValue<QObject *>(kept.get());
    SyncCacheObject object;
    QVERIFY(object.insert(QStringLiteral("first"), value));
    for (int i = 0; i < 1000; ++i) {
        QVERIFY(object.insert(text(i), value));
        if (i % 100 != 0)
            QVERIFY(object.insert(text(i), i));
    }
    kept.reset();
    QVERIFY(!object.contains(QStringLiteral("first")));
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(object.contains(text(i)), i % 100 != 0);
}

void tst_SyncCacheObject::objectsMayBeInsertedByManyThreads()
{
    auto kept = std::make_unique<Counted>();
    SyncCacheObject object;
    object.setMaxCost(-1);
    const QVariant value = QVariant::fromValue<QObject *>(kept.get());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&object, &value, t] {
            for (int i = 0; i < 500; ++i) {
                object.insert(text(t * 500 + i), value);
                if (i % 2 != 0)
                    object.insert(text(t * 500 + i), i);
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(kept->watchers(), 1);
    QCOMPARE(object.count(), 2000.0);
    kept.reset();
    QCOMPARE(object.count(), 1000.0);
}

void tst_SyncCacheObject::numbersAreToldWhileSomebodyIsConnected()
{
    SyncCacheObject object;
    object.flush();
    QSignalSpy count(&object, &SyncCacheObject::countChanged);
    QSignalSpy hits(&object, &SyncCacheObject::hitsChanged);
    QSignalSpy ratio(&object, &SyncCacheObject::hitRatioChanged);
    QSignalSpy misses(&object, &SyncCacheObject::missesChanged);
    object.insert(text(1), 1);
    object.flush();
    QCOMPARE(count.size(), 1);
    QCOMPARE(hits.size(), 0);
    object.value(text(1));
    object.value(text(2));
    object.flush();
    QCOMPARE(hits.size(), 1);
    QCOMPARE(misses.size(), 1);
    QCOMPARE(ratio.size(), 1);
    QCOMPARE(object.hitRatio(), 0.5);
    QCOMPARE(count.size(), 1);
}

// However the shards split between its steps.
void tst_SyncCacheObject::spansAndOptionsAreThoseOfCpp()
{
    using namespace std::chrono_literals;
    SyncCacheObject object;
    object.setTimeToLive(2s);
    object.setTimeToIdle(3s);
    object.setStaleTime(4s);
    object.setErrorTimeToLive(5s);
    object.setNotifyInterval(20ms);
    QCOMPARE(object.timeToLive(), 2000.0);
    QCOMPARE(object.timeToLiveAsDuration(), 2000ms);
    QCOMPARE(object.timeToIdleAsDuration(), 3000ms);
    QCOMPARE(object.staleTimeAsDuration(), 4000ms);
    QCOMPARE(object.errorTimeToLiveAsDuration(), 5000ms);
    QCOMPARE(object.cache()->timeToIdle(), 3000ms);
    QCOMPARE(object.notifyInterval(), 20);
    object.setTimeToLive(SyncCacheForever);
    QCOMPARE(object.timeToLive(), -1.0);
    object.setTimeToLive(-1); // as QML says it
    QCOMPARE(object.timeToLiveAsDuration(), SyncCacheForever);
    object.setTimeToLive(-1s); // a span that is over
    QCOMPARE(object.timeToLiveAsDuration(), 0ms);
    object.setTimeToLive(SyncCacheForever);

    const QString key = QStringLiteral("key");
    QVERIFY(object.insert(key, 1,
                          SyncCacheEntryOptions().setCost(7).setTags({ QStringLiteral("tag") })));
    QCOMPARE(object.totalCost(), qsizetype(7));
    QCOMPARE(object.count(), qsizetype(1));
    QCOMPARE(object.removeByTag(QStringLiteral("tag")), 1.0);
}

void tst_SyncCacheObject::signalsHaveTwoNames()
{
    SyncCacheObject object;
    object.setNotifyInterval(-1);
    const QString key = QStringLiteral("key");
    {
        QSignalSpy changed(&object, &SyncCacheObject::entriesChanged);
        object.insert(key, 1);
        object.flush();
        QCOMPARE(changed.size(), 1); // though nobody listens to the other one
    }
    QSignalSpy changed(&object, &SyncCacheObject::entriesChanged);
    QSignalSpy changedToo(&object, &SyncCacheObject::keysChanged);
    QSignalSpy removed(&object, &SyncCacheObject::entriesRemoved);
    QSignalSpy removedToo(&object, &SyncCacheObject::keysRemoved);
    object.insert(key, 2);
    object.flush();
    object.remove(key);
    object.flush();
    const QList<QVariant> told { QStringList { key } };
    QCOMPARE(changed, QList<QVariantList> { told });
    QCOMPARE(changedToo, QList<QVariantList> { told });
    QCOMPARE(removed, QList<QVariantList> { told });
    QCOMPARE(removedToo, QList<QVariantList> { told });
}

// Whoever looks at what is not there need not be told of it.
void tst_SyncCacheObject::aLoaderThatComesLaterIsNoticed()
{
    const auto cache = std::make_shared<SyncCache<int, QString>>();
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(cache));
    SyncCacheEntry entry(object.get(), QStringLiteral("1"));
    SyncCacheEntry inactive(object.get(), QStringLiteral("2"));
    inactive.setActive(false);
    QCOMPARE(entry.status(), SyncCacheEntry::Null);
    QThreadPool::globalInstance()->start(
            [cache] { cache->setLoader([](int key) { return QString::number(10 * key); }); });
    QTRY_COMPARE_WITH_TIMEOUT(entry.value(), QVariant(QStringLiteral("10")), 5000);
    QVERIFY(!cache->contains(2));

    cache->setLoader(nullptr);
    cache->remove(1);
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Null);
    cache->setLoader(object.get(), [](int, const SyncCacheLoadContext<QString> &load) {
        load.finish(QStringLiteral("later"));
    });
    QTRY_COMPARE_WITH_TIMEOUT(entry.value(), QVariant(QStringLiteral("later")), 5000);
}

void tst_SyncCacheObject::numbersAndSettingsMayBeReadAndChangedAtAnyTime()
{
    SyncCacheObject object;
    QVERIFY(object.insert(text(1), 1));
    QVERIFY(object.value(text(1)).isValid());
    QVERIFY(!object.value(text(2)).isValid());
    QCOMPARE(object.hits(), 1.0);
    QCOMPARE(object.misses(), 1.0);
    QCOMPARE(object.hitRatio(), 0.5);
    QSignalSpy changed(&object, &SyncCacheObject::timeToLiveChanged);
    object.setTimeToLive(5'000);
    object.setTimeToLive(5'000);
    QCOMPARE(object.timeToLive(), 5'000.0);
    QCOMPARE(changed.size(), 1);
    // A map forgets nothing by itself.
    const std::unique_ptr<SyncCacheObject> ofMap(
            SyncCacheObject::wrap(std::make_shared<StringMap>()));
    ofMap->setTimeToLive(5'000);
    QCOMPARE(ofMap->timeToLive(), -1.0);
}

void tst_SyncCacheObject::refreshLoadsAnew()
{
    using Load = SyncCacheLoadContext<QVariant>;
    SyncCacheObject object;
    const QString key = QStringLiteral("key");
    QVERIFY(object.insert(key, 1));
    QVERIFY(!object.refresh(key)); // by whom?
    std::vector<Load> loads;
    object.cache()->setLoader(
            &object, [&loads](const QString &, Load load) { loads.push_back(std::move(load)); });
    QSignalSpy failed(&object, &SyncCacheObject::loadFailed);
    QVERIFY(object.refresh(key));
    QTRY_COMPARE(loads.size(), size_t(1));
    QCOMPARE(object.loading(), 1);
    QCOMPARE(object.value(key), QVariant(1)); // as long as it takes
    loads[0].finish(2);
    QTRY_COMPARE(object.value(key), QVariant(2));
    QTRY_COMPARE(object.loading(), 0);
    QCOMPARE(failed.size(), 0);
    QVERIFY(object.refresh(key));
    QTRY_COMPARE(loads.size(), size_t(2));
    loads[1].fail(QStringLiteral("offline"));
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed.first(),
             (QVariantList { key, QStringLiteral("offline"), int(SyncCacheError::LoadFailed) }));
    QCOMPARE(object.value(key), QVariant(2));
}

void tst_SyncCacheObject::imagesHaveTheNameOfTheCache()
{
    SyncCacheObject object;
    QVERIFY(object.imageUrl(text(1)).isEmpty());
    object.setName(QStringLiteral("cover art"));
    QCOMPARE(object.imageUrl(QStringLiteral("a/b")).toString(QUrl::FullyEncoded),
             QStringLiteral("image://syncmap/cover%20art/a%2Fb"));
}

void tst_SyncCacheObject::unsignedKeysHaveTheirWholeRange()
{
    const auto map = std::make_shared<SyncMap<quint64, int>>();
    map->insert(std::numeric_limits<quint64>::max(), 1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
    const QString last = QStringLiteral("18446744073709551615");
    QCOMPARE(object->keys(), QStringList { last });
    QCOMPARE(object->value(last), QVariant(1));
    for (const char *other : { "-1", "18446744073709551616", "1.0", "" }) {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral(".*")));
        QVERIFY(!object->insert(QString::fromLatin1(other), 2));
    }
    QCOMPARE(map->size(), 1);
}

void tst_SyncCacheObject::walkInStepsVisitsEachKeyOnce()
{
    constexpr int Kept = 60'000;
    const auto map = std::make_shared<SyncMap<int, int>>();
    const auto cache = std::make_shared<SyncCache<int, int>>(-1);
    for (int i = 0; i < Kept; ++i) {
        map->insert(i, i);
        cache->insert(i, i);
    }
    const std::unique_ptr<SyncMapInternal::CacheSource> sources[] = {
        std::make_unique<SyncMapInternal::TypedSource<SyncMap<int, int>>>(map),
        std::make_unique<SyncMapInternal::TypedSource<SyncCache<int, int>>>(cache),
    };
    for (const auto &source : sources) {
        SyncMapInternal::CacheSource::Cursor cursor;
        QHash<QString, int> visits;
        int steps = 0;
        int others = 0;
        for (; !cursor.isAtEnd; ++steps) {
            int inStep = 0;
            source->walkKeys(&cursor, [&](const QString &key) {
                ++visits[key];
                return ++inStep < 500;
            });
            for (int i = 0; i < Kept; i += 97) {
                const QString key = text(i);
                QCOMPARE(visits.contains(key), cursor.hasPassed(source->placeOf(key)));
            }
            for (int i = 0; i < 5'000; ++i, ++others) {
                QString why;
                QVERIFY(source->insert(text(Kept + others), 1, {}, &why));
                if (others % 2 == 0)
                    source->remove(text(Kept + others));
            }
        }
        QVERIFY(steps > 3);
        for (int i = 0; i < Kept; ++i)
            QCOMPARE(visits.value(text(i)), 1);
        QVERIFY(std::all_of(visits.cbegin(), visits.cend(), [](int count) { return count == 1; }));
        int before = int(visits.size());
        source->walkKeys(&cursor, [&](const QString &) { return ++before != 0; });
        QCOMPARE(before, int(visits.size())); // it is at the end
    }
}

void tst_SyncCacheObject::mapMayEndBeforeTheObject()
{
    auto map = std::make_unique<StringMap>();
    auto cache = std::make_unique<SyncCache<QString, QString>>();
    map->insert(text(1), 1);
    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map.get()));
    const std::unique_ptr<SyncCacheObject> ofCache(SyncCacheObject::wrap(cache.get()));
    SyncCacheEntry entry;
    entry.setCache(object.get());
    entry.setKey(text(1));
    QCOMPARE(entry.status(), SyncCacheEntry::Ready);
    map.reset();
    cache.reset();
    object->flush();
    ofCache->flush();
    QVERIFY(!entry.exists());
    QVERIFY(!object->contains(text(1)));
    QCOMPARE(object->count(), 0.0);
    QTest::ignoreMessage(QtWarningMsg, "\"1\" is not inserted: the map has been destroyed");
    QVERIFY(!object->insert(text(1), 1));
    object->clear();
    QVERIFY(!object->refresh(text(1)));
}

void tst_SyncCacheObject::mapMayEndInAnotherThreadBesideItsUse()
{
    for (int round = 0; round < 50; ++round) {
        auto *map = new StringMap;
        const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
        std::thread owner([map] {
            map->insert(text(1), 1);
            delete map;
        });
        for (int i = 0; i < 200; ++i) {
            object->value(text(1));
            object->remove(text(2));
            object->flush();
        }
        owner.join();
    }
}

void tst_SyncCacheObject::objectMayEndBesideWriters()
{
    const auto map = std::make_shared<StringMap>();
    std::atomic<bool> isStopping { false };
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; !isStopping; ++i)
                map->insert(text(i % 50 + w), i);
        });
    }
    for (int round = 0; round < 100; ++round) {
        const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(map));
        object->setNotifyInterval(0);
        QCoreApplication::processEvents();
    }
    isStopping = true;
    for (std::thread &writer : writers)
        writer.join();
    QVERIFY(map->collect());
}

void tst_SyncCacheObject::objectMayMoveToAnotherThread()
{
    const auto map = std::make_shared<StringMap>();
    auto *object = SyncCacheObject::wrap(map);
    QThread thread;
    std::atomic<QThread *> toldIn { nullptr };
    connect(object, &SyncCacheObject::keysChanged, object,
            [&] { toldIn = QThread::currentThread(); });
    map->insert(text(1), 1); // an event is posted, and moves along
    object->moveToThread(&thread);
    thread.start();
    QTRY_COMPARE(toldIn.load(), &thread);
    object->deleteLater();
    thread.quit();
    QVERIFY(thread.wait());
}

void tst_SyncCacheObject::savesAndRestores()
{
    const QTemporaryDir folder;
    const QUrl url = QUrl::fromLocalFile(folder.filePath(QStringLiteral("cache")));
    SyncCacheObject object;
    QVERIFY(object.insert(text(1), QStringLiteral("one")));
    QSignalSpy saved(&object, &SyncCacheObject::saved);
    object.save(url);
    QVERIFY(saved.wait());
    QCOMPARE(saved.at(0).at(0).toUrl(), url);
    SyncCacheObject other;
    QSignalSpy restored(&other, &SyncCacheObject::restored);
    other.restore(url);
    QVERIFY(restored.wait());
    QCOMPARE(restored.at(0).at(0).toUrl(), url);
    QCOMPARE(other.value(text(1)), QVariant(QStringLiteral("one")));
}

void tst_SyncCacheObject::failedFilesAreTold()
{
    SyncCacheObject object;
    QSignalSpy failed(&object, &SyncCacheObject::errorOccurred);
    object.restore(QUrl(QStringLiteral("http://example.org/cache")));
    QCOMPARE(failed.size(), 1);
    object.save(QUrl(QStringLiteral("http://example.org/cache")));
    QCOMPARE(failed.size(), 2);
    object.restore(QUrl::fromLocalFile(QStringLiteral("/nowhere/cache")));
    QVERIFY(failed.wait());
    QVERIFY(!failed.last().first().toString().isEmpty());
    const std::unique_ptr<SyncCacheObject> ofMap(
            SyncCacheObject::wrap(std::make_shared<StringMap>()));
    QSignalSpy mapFailed(ofMap.get(), &SyncCacheObject::errorOccurred);
    ofMap->save(QUrl::fromLocalFile(QStringLiteral("/nowhere/map")));
    QCOMPARE(mapFailed.size(), 1);
    for (const auto &told : std::as_const(failed))
        QCOMPARE(told.at(1).toInt(), int(SyncCacheError::FileError));
    QCOMPARE(mapFailed.first().at(1).toInt(), int(SyncCacheError::FileError));
}

// Several that are under way at once.
void tst_SyncCacheObject::filesHaveTheirOwnErrors()
{
    QTemporaryDir folder;
    const QString junk = folder.filePath(QStringLiteral("junk"));
    QFile file(junk);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("junk") == 4);
    file.close();
    const QString none = folder.filePath(QStringLiteral("none"));
    for (int round = 0; round < 20; ++round) {
        SyncCacheObject object;
        object.insert(QStringLiteral("key"), 1);
        QStringList told;
        connect(&object, &SyncCacheObject::errorOccurred, &object,
                [&](const QString &text, int code) {
                    told.append(QString::number(code) + (text.contains(junk) ? u'j' : u'n'));
                });
        QSignalSpy saved(&object, &SyncCacheObject::saved);
        object.restore(QUrl::fromLocalFile(none));
        object.restore(QUrl::fromLocalFile(junk));
        object.save(QUrl::fromLocalFile(folder.filePath(QStringLiteral("good"))));
        QTRY_COMPARE(told.size() + saved.size(), 3);
        told.sort();
        QCOMPARE(told, QStringList({ QStringLiteral("7n"), QStringLiteral("8j") }));
    }
}

QTEST_GUILESS_MAIN(tst_SyncCacheObject)
#include "tst_synccacheobject.moc"
