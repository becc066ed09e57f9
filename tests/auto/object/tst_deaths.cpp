// SPDX-License-Identifier: MIT

// A slot may delete whatever it can reach, whichever signal it is told by. Each signal of an object,
// an entry and a model, with each thing that may be deleted; AddressSanitizer is the judge.

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qloggingcategory.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qpointer.h>
#include <QtCore/qpromise.h>
#include <QtCore/qset.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace {

using Cache = SyncCacheObject::Cache;
using Entry = SyncCacheEntry;
using Load = SyncCacheLoadContext<QVariant>;
using Model = SyncCacheModel;

QString text(int number)
{
    return QString::number(number);
}

// An object, with what shows its cache; all of it may be gone at any time.
class World
{
public:
    QPointer<SyncCacheObject> object;
    QPointer<Entry> entry;
    QPointer<Entry> other; // of the same key
    QPointer<Entry> interned; // likewise, the object's
    QPointer<Model> model;
    QPointer<Model> otherModel;

    World() : m_cache(std::make_unique<Cache>())
    {
        m_cache->setMaxBytes(1'000'000);
        m_cache->setLoader(&m_context, [this](const QString &, Load load) {
            m_loads.push_back(std::move(load));
        });
        for (int i = 0; i < 5; ++i)
            m_cache->insert(text(i), i);
        object = SyncCacheObject::wrap(m_cache.get());
        object->setNotifyInterval(-1);
        for (QPointer<Entry> *one : { &entry, &other }) {
            *one = new Entry;
            (*one)->setCache(object);
            (*one)->setKey(text(1));
        }
        interned = object->entry(text(1));
        for (QPointer<Model> *one : { &model, &otherModel }) {
            *one = new Model;
            (*one)->setCache(object);
        }
    }
    Q_DISABLE_COPY_MOVE(World)
    ~World()
    {
        isEnding = true;
        delete object;
        delete entry;
        delete other;
        delete model;
        delete otherModel;
    }

    void endMap() { m_cache.reset(); }

    // Whatever can happen, so that each signal is told.
    void live(bool usesFiles)
    {
        flush();
        write(10);
        with(model, [](Model &one) { one.setSorted(true); });
        with(object, [](SyncCacheObject &one) { one.insert(QStringLiteral("0"), 0); });
        with(model, [](Model &one) {
            one.setKeys({ text(4), text(1), text(7), text(8), text(2) });
        });
        with(model, [](Model &one) { one.setKeys({ text(8), text(7), text(4), text(1) }); });
        QStringList many;
        for (int i = 0; i < 300; ++i)
            many.append(text(i));
        with(model, [&](Model &one) { one.setKeys(many); });
        std::reverse(many.begin(), many.end()); // is told as a layout
        with(model, [&](Model &one) { one.setKeys(many); });
        with(model, [](Model &one) { one.resetKeys(); });
        with(model, [](Model &one) { one.setKeyPrefix(text(1)); });
        with(model, [](Model &one) { one.setKeyPrefix({}); });
        with(model, [](Model &one) { one.setPlaceholderValue(1); });
        with(model, [](Model &one) { one.setData(one.index(0, 1), 77); });
        with(model, [](Model &one) { one.setHeaderData(0, Qt::Horizontal, text(1)); });
        with(model, [](Model &one) { one.setLoadsOnDisplay(false); });
        with(model, [](Model &one) { one.setFields({ QStringLiteral("value") }); });
        with(model, [](Model &one) { one.setData(one.index(0, 0), 78); });
        with(model, [](Model &one) { one.setLoadsOnDisplay(true); });
        with(model, [](Model &one) { one.setFields({}); });
        load();
        writeUnconfirmed();
        with(entry, [](Entry &one) { one.setValue(5); });
        with(entry, [](Entry &one) { one.setActive(false); });
        with(entry, [](Entry &one) { one.setActive(true); });
        with(entry, [](Entry &one) { one.setRetainWhileLoading(true); });
        with(entry, [](Entry &one) { one.setPriority(3); });
        with(entry, [](Entry &one) { one.setDebounce(3); });
        with(entry, [](Entry &one) { one.setRefreshInterval(1'000'000); });
        with(entry, [](Entry &one) { one.setRefreshOnActive(true); });
        with(entry, [](Entry &one) { one.setPlaceholderValue(3); });
        with(entry, [](Entry &one) { one.invalidate(); });
        flush();
        with(entry, [](Entry &one) { one.remove(); });
        flush();
        write(20);
        if (m_cache)
            m_cache->clear();
        flush();
        settings();
        if (usesFiles)
            files();
        write(30);
        with(entry, [this](Entry &one) {
            one.setCache(nullptr);
            if (entry && object)
                entry->setCache(object);
        });
        with(model, [this](Model &one) {
            one.setCache(nullptr);
            if (model && object)
                model->setCache(object);
        });
        delete entry;
        delete model;
        isEnding = true;
        delete object;
    }

    bool isEnding = false; // the object, by itself

private:
    template <typename Object, typename Function>
    static void with(const QPointer<Object> &object, Function &&function)
    {
        if (object)
            function(*object);
        QCoreApplication::processEvents();
    }
    void flush()
    {
        with(object, [](SyncCacheObject &one) { one.flush(); });
    }
    void write(int value)
    {
        for (int i = 0; m_cache && i < 20; ++i)
            i % 4 == 3 ? (void)m_cache->remove(text(i)) : (void)m_cache->insert(text(i), value + i);
        flush();
        // In turns.
        with(object, [](SyncCacheObject &one) { one.setNotifyInterval(0); });
        for (int i = 0; m_cache && i < 20; ++i)
            m_cache->insert(text(i), value - i);
        QCoreApplication::processEvents();
        with(object, [](SyncCacheObject &one) { one.setNotifyInterval(-1); });
    }
    // One that is answered, and one that fails.
    void load()
    {
        for (const bool isAnswered : { true, false }) {
            const QString key = isAnswered ? QStringLiteral("found") : QStringLiteral("lost");
            with(entry, [&](Entry &one) { one.setKey(key); });
            with(other, [&](Entry &one) { one.setKey(key); });
            with(model, [&](Model &one) { one.setKeys({ key }); });
            with(model, [&](Model &one) {
                const auto *shown = one.index(0, 0).data(Model::EntryRole).value<Entry *>();
                if (shown)
                    QObject::connect(shown, &Entry::valueChanged, &m_context, [] {});
            });
            with(object, [&](SyncCacheObject &one) { one.refresh(key); });
            with(interned, [](Entry &one) { one.refresh(); });
            QCoreApplication::processEvents();
            flush();
            for (Load &one : std::exchange(m_loads, {})) {
                one.setProgressValue(50);
                QCoreApplication::processEvents();
                isAnswered ? one.finish(7) : one.fail(QStringLiteral("no luck"));
                QCoreApplication::processEvents();
            }
            flush();
        }
        with(model, [](Model &one) { one.resetKeys(); });
        with(entry, [&](Entry &one) { one.setKey(text(1)); });
        with(other, [&](Entry &one) { one.setKey(text(1)); });
    }
    // One that is confirmed, and one that is taken back.
    void writeUnconfirmed()
    {
        for (const bool isConfirmed : { true, false }) {
            QPromise<void> promise;
            promise.start();
            with(entry, [&](Entry &one) { one.write(8, promise.future()); });
            with(interned, [&](Entry &one) { one.write(9, promise.future()); });
            flush();
            if (!isConfirmed)
                promise.future().cancel();
            promise.finish();
            QCoreApplication::processEvents();
            flush();
        }
    }
    void settings()
    {
        with(object, [](SyncCacheObject &one) { one.setMaxCost(900'000); });
        with(object, [](SyncCacheObject &one) { one.setMaxBytes(800'000); });
        with(object, [](SyncCacheObject &one) { one.setTimeToLive(100'000); });
        with(object, [](SyncCacheObject &one) { one.setTimeToIdle(100'000); });
        with(object, [](SyncCacheObject &one) { one.setStaleTime(100'000); });
        with(object, [](SyncCacheObject &one) { one.setErrorTimeToLive(1); });
        with(object, [](SyncCacheObject &one) {
            one.value(text(1));
            one.value(text(999));
        });
        flush();
        with(object,
             [](SyncCacheObject &one) { one.save(QUrl(QStringLiteral("http://example.org/x"))); });
        with(object, [](SyncCacheObject &one) { one.setName(QStringLiteral("deaths")); });
        flush();
        with(object, [](SyncCacheObject &one) { one.insert(text(1), 8); });
        flush();
        SyncCacheObject::release(QStringLiteral("deaths"));
    }
    void files()
    {
        const QTemporaryDir folder;
        const QUrl url = QUrl::fromLocalFile(folder.filePath(QStringLiteral("cache")));
        bool isTold = false;
        QObject context;
        with(object, [&](SyncCacheObject &one) {
            const auto note = [&isTold] { isTold = true; };
            QObject::connect(&one, &SyncCacheObject::saved, &context, note);
            QObject::connect(&one, &SyncCacheObject::restored, &context, note);
            QObject::connect(&one, &SyncCacheObject::errorOccurred, &context, note);
        });
        const auto isDone = [&] { return isTold || !object || !m_cache; };
        with(object, [&](SyncCacheObject &one) { one.save(url); });
        (void)QTest::qWaitFor(isDone);
        isTold = false;
        with(object, [&](SyncCacheObject &one) { one.restore(url); });
        (void)QTest::qWaitFor(isDone);
    }

    QObject m_context;
    std::unique_ptr<Cache> m_cache;
    std::vector<Load> m_loads;
};

enum Sender { Object, AnEntry, Interned, AModel };
enum Victim {
    Nobody,
    TheObject,
    TheEntry,
    OtherEntry,
    TheInterned,
    TheModel,
    OtherModel,
    TheMap,
    All
};

// Is told of one signal, and does it.
class Slot : public QObject
{
    Q_OBJECT

public:
    int calls = 0;
    std::function<void()> whenTold;

    Q_INVOKABLE void tell()
    {
        if (++calls == 1)
            whenTold();
    }
};

// Qt itself uses a model after those that announce a change of rows.
bool isAnnouncement(const QMetaMethod &signal)
{
    return signal.name().startsWith("rowsAboutToBe")
            || signal.name().startsWith("columnsAboutToBe");
}

} // namespace

class tst_Deaths : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QLoggingCategory::setFilterRules(QStringLiteral("syncmap.*=false")); }
    void slotsMayDeleteWhateverTheyReach_data();
    void slotsMayDeleteWhateverTheyReach();
    void whatAQPointerLeadsToMayBeDeletedAgain();
    void objectMayEndByASetterThatTells();
    void slotsMayTakeAwayWhatARenameShows_data();
    void slotsMayTakeAwayWhatARenameShows();
};

void tst_Deaths::slotsMayDeleteWhateverTheyReach_data()
{
    QTest::addColumn<int>("sender");
    QTest::addColumn<int>("signal");
    // What the life above has not.
    const QSet<QByteArray> areNeverTold { "objectNameChanged", "columnsAboutToBeInserted",
                                          "columnsInserted",   "columnsAboutToBeMoved",
                                          "columnsMoved",      "columnsAboutToBeRemoved",
                                          "columnsRemoved" };
    const QSet<QByteArray> areNeverToldByInterned { "keyChanged",
                                                    "activeChanged",
                                                    "retainWhileLoadingChanged",
                                                    "placeholderValueChanged",
                                                    "priorityChanged",
                                                    "debounceChanged",
                                                    "refreshIntervalChanged",
                                                    "refreshOnActiveChanged" };
    const std::pair<Sender, const QMetaObject *> all[] = {
        { Object, &SyncCacheObject::staticMetaObject },
        { AnEntry, &Entry::staticMetaObject },
        { Interned, &Entry::staticMetaObject },
        { AModel, &Model::staticMetaObject },
    };
    const char *names[] = { "object", "entry", "interned entry", "model" };
    for (const auto &[sender, meta] : all) {
        for (int i = 0; i < meta->methodCount(); ++i) {
            const QMetaMethod method = meta->method(i);
            if (method.methodType() == QMetaMethod::Signal && !areNeverTold.contains(method.name())
                && !(sender == Interned && areNeverToldByInterned.contains(method.name())))
                QTest::addRow("%s: %s", names[sender], method.methodSignature().constData())
                        << int(sender) << i;
        }
    }
}

void tst_Deaths::slotsMayDeleteWhateverTheyReach()
{
    QFETCH(const int, sender);
    QFETCH(const int, signal);
    for (int victim = Nobody; victim <= All; ++victim) {
        World world;
        QObject *senders[] = { world.object, world.entry, world.interned, world.model };
        const QMetaMethod method = senders[sender]->metaObject()->method(signal);
        const bool mayEndModel = sender != AModel || !isAnnouncement(method);
        const bool isEnding = method.name() == "destroyed"; // of the sender, that is
        Slot slot;
        slot.whenTold = [&] {
            const auto mayEnd = [&](int who, Sender itself) {
                return (victim == who || victim == All) && !(isEnding && sender == itself);
            };
            if (mayEnd(TheEntry, AnEntry))
                delete world.entry;
            if (mayEnd(TheInterned, Interned))
                delete world.interned;
            if (mayEnd(TheModel, AModel) && mayEndModel)
                delete world.model;
            // Within its own end, an object cannot be ended.
            if (mayEnd(TheObject, Object) && !world.isEnding)
                delete world.object;
            if (victim == OtherEntry || victim == All)
                delete world.other;
            if (victim == OtherModel || victim == All)
                delete world.otherModel;
            if (victim == TheMap || victim == All)
                world.endMap();
        };
        QVERIFY(QMetaObject::connect(senders[sender], signal, &slot,
                                     slot.metaObject()->indexOfMethod("tell()"),
                                     Qt::DirectConnection));
        world.live(method.name() == "saved" || method.name() == "restored");
        const bool isForNobodyElse = method.name() == "looking"; // who is connected
        if (victim == Nobody || isForNobodyElse)
            QVERIFY2((slot.calls > 0) != isForNobodyElse, method.name());
    }
}

// As slots do that cannot know that the object is ending: they are told once nobody can reach it.
void tst_Deaths::whatAQPointerLeadsToMayBeDeletedAgain()
{
    for (const bool isOwnersDeed : { true, false }) {
        const auto map = std::make_shared<SyncMap<QString, int>>();
        map->insert(QStringLiteral("a"), 1);
        const QPointer<SyncCacheObject> object(SyncCacheObject::wrap(map));
        Entry entry(object, QStringLiteral("a"));
        Entry *const interned = object->entry(QStringLiteral("a"));
        Model model;
        model.setCache(object);
        QObject context;
        int calls = 0;
        const auto slot = [&] {
            ++calls;
            delete object.data();
        };
        connect(&entry, &Entry::statusChanged, &context, slot);
        connect(interned, &Entry::statusChanged, &context, slot);
        connect(&model, &Model::dataChanged, &context, slot);
        connect(&model, &Model::rowsRemoved, &context, slot);
        connect(&model, &Model::countChanged, &context, slot);
        if (isOwnersDeed) {
            delete object.data();
        } else {
            map->remove(QStringLiteral("a"));
            object->flush();
        }
        QVERIFY(!object);
        QVERIFY(calls > 1);
        QCOMPARE(entry.status(), Entry::Null);
        QCOMPARE(model.rowCount(), 0);
    }
}

void tst_Deaths::objectMayEndByASetterThatTells()
{
    QObject context;
    for (const bool isFirst : { true, false }) {
        const QPointer<SyncCacheObject> object(new SyncCacheObject);
        object->setNotifyInterval(-1);
        object->insert(text(1), 1);
        if (!isFirst)
            object->flush();
        object->insert(text(2), 2);
        connect(object, &SyncCacheObject::entriesChanged, &context, [&] { delete object; });
        object->setNotifyInterval(0);
        QTRY_VERIFY(!object);
    }
}

void tst_Deaths::slotsMayTakeAwayWhatARenameShows_data()
{
    QTest::addColumn<int>("deed");
    QTest::newRow("no cache") << 0;
    QTest::newRow("another cache") << 1;
    QTest::newRow("end of the others") << 2;
    QTest::newRow("end of the object") << 3;
    QTest::newRow("another name") << 4;
    QTest::newRow("not active") << 5;
}

// Whichever entry is told first.
void tst_Deaths::slotsMayTakeAwayWhatARenameShows()
{
    QFETCH(const int, deed);
    SyncCacheObject another;
    another.insert(text(1), 77);
    QPointer<SyncCacheObject> object(new SyncCacheObject);
    object->setName(QStringLiteral("deaths a"));
    object->insert(text(1), 1);
    std::vector<QPointer<Entry>> entries;
    for (int i = 0; i < 4; ++i)
        entries.emplace_back(new Entry(object, text(1)));
    QObject context;
    bool isFirst = true;
    for (const QPointer<Entry> &told : entries) {
        connect(told, &Entry::valueChanged, &context, [&, told] {
            if (!std::exchange(isFirst, false))
                return;
            for (const QPointer<Entry> &other : entries) {
                if (other == told)
                    continue;
                if (deed == 0 || deed == 1)
                    other->setCache(deed == 0 ? nullptr : &another);
                else if (deed == 2)
                    delete other;
                else if (deed == 5)
                    other->setActive(false);
            }
            if (deed == 3)
                delete object;
            if (deed == 4)
                object->setName(QStringLiteral("deaths c"));
        });
    }
    object->setName(QStringLiteral("deaths b"));
    QVERIFY(!isFirst);
    for (const QPointer<Entry> &entry : entries) {
        if (entry && entry->cache() == &another)
            QCOMPARE(entry->value(), QVariant(77));
        delete entry;
    }
    delete object;
    for (const char *name : { "deaths a", "deaths b", "deaths c" })
        SyncCacheObject::unpublish(QLatin1String(name));
}

QTEST_GUILESS_MAIN(tst_Deaths)
#include "tst_deaths.moc"
