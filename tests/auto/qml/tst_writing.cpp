// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qexception.h>
#include <QtCore/qpromise.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qthread.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

using namespace Qt::StringLiterals;

namespace {

const QString Key = u"a"_s;

// Without an operator to compare it by.
struct Point
{
    Q_GADGET
    Q_PROPERTY(int x MEMBER x)
    Q_PROPERTY(int y MEMBER y)

public:
    int x = 0;
    int y = 0;
};

// No two have the same bits, so they are compared by ==, where a test does something.
struct Compared
{
    Compared() = default;
    explicit Compared(int its) : number(its) { }
    Compared(const Compared &other) : number(other.number) { }
    Compared &operator=(const Compared &other)
    {
        number = other.number;
        return *this;
    }
    ~Compared() = default;
    bool operator==(const Compared &other) const
    {
        if (const auto action = std::exchange(whenCompared, {}))
            action();
        return number == other.number;
    }

    static inline std::function<void()> whenCompared; // once
    static inline int made = 0;

    int number = 0;
    int copy = ++made;
};

} // namespace

// What is shown before it is confirmed.
class tst_Writing : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_engine = std::make_unique<QQmlEngine>();
        m_object = std::make_unique<SyncCacheObject>();
        m_object->setNotifyInterval(0);
        give(u"shown"_s, m_object.get());
    }
    void cleanup()
    {
        m_engine.reset();
        m_object.reset();
    }

    void shownAtOnceAndStaysIfConfirmed();
    void takenBackIfRejected();
    void removedIfNothingWasThere();
    void whatFailedIsToldUntilSomethingElseIs();
    void rejectionsHaveTheirMessage_data();
    void rejectionsHaveTheirMessage();
    void whatThenThrowsAfterTheAnswerIsNothing();
    void theAnswerTakesItsPlace();
    void plainValuesConfirm();
    void whatSomebodyElseWroteStays_data();
    void whatSomebodyElseWroteStays();
    void whatSomebodyElseWroteStaysAsItIs_data();
    void whatSomebodyElseWroteStaysAsItIs();
    void whoComputesNothingWroteNothing();
    void theAnswerDoesNotReplaceWhatSomebodyElseWrote();
    void severalEndInAnyOrder_data();
    void severalEndInAnyOrder();
    void severalAreOfOneKeyWhoeverShowsIt();
    void answersAreWhatWasThereBefore();
    void answeredObjectsGoWithTheirEnd();
    void endedObjectsDoNotComeBack();
    void coveredObjectsGoWithTheirEnd();
    void optionsStay();
    void whatTheCacheGaveUpComesBack();
    void theAnswerComesThoughWhatWasWrittenHasGone();
    void staleIsStaleAgain();
    void whatComesBackIsNoYounger();
    void whatATakingBackCallsOffIsLoaded();
    void aLoadUnderWayIsCalledOff();
    void refreshesWaitForIt();
    void writingFollowsTheKey();
    void waitsForCacheAndKey();
    void whatCannotBeKeptIsNotWaitedFor();
    void typedValuesAreTakenBack();
    void gadgetsAreTakenBack();
    void mapsThatAreNoCachesToo();
    void delegatesMayGo();
    void sharedEntriesMayGo();
    void objectsAndMapsMayGo();
    void enginesMayGo();
    void whatNobodyCanSettleStays();
    void slotsMayEndTheEntry();
    void futuresConfirmAndReject();
    void futuresMayOutliveAll();
    void workersLoseNothing();

private:
    void give(const QString &name, QObject *object)
    {
        QJSEngine::setObjectOwnership(object, QJSEngine::CppOwnership);
        m_engine->rootContext()->setContextProperty(name, object);
    }
    std::unique_ptr<QObject> make(const QByteArray &text)
    {
        QQmlComponent component(m_engine.get());
        component.setData("import QtQml\nimport SyncMap\n" + text, QUrl());
        std::unique_ptr<QObject> result(component.create());
        if (!result)
            qWarning().noquote() << component.errorString();
        return result;
    }
    // An entry that bindings show, and writes that are settled by their number.
    std::unique_ptr<QObject> makeWriter(const QByteArray &members = {})
    {
        return make("QtObject {\n"
                    "  id: root\n"
                    "  property CacheEntry entry: CacheEntry { id: e; cache: shown; key: 'a' }\n"
                    "  property var value: e.value ?? 'nothing'\n"
                    "  property bool isWriting: e.writing\n"
                    "  property var ends: []\n"
                    "  function pending() { return new Promise((resolve, reject) => {\n"
                    "    root.ends.push({ resolve: resolve, reject: reject }) }) }\n"
                    "  function write(value) { e.write(value, pending()) }\n"
                    "  function resolve(i, value) { root.ends[i].resolve(value) }\n"
                    "  function reject(i, why) { root.ends[i].reject(why) }\n"
                    + members + "}");
    }
    static SyncCacheEntry *entryOf(const std::unique_ptr<QObject> &root)
    {
        return root->property("entry").value<SyncCacheEntry *>();
    }
    static void write(const std::unique_ptr<QObject> &root, const QVariant &value)
    {
        QMetaObject::invokeMethod(root.get(), "write", Q_ARG(QVariant, value));
    }
    static void resolve(const std::unique_ptr<QObject> &root, int i, const QVariant &value = {})
    {
        QMetaObject::invokeMethod(root.get(), "resolve", Q_ARG(QVariant, i),
                                  Q_ARG(QVariant, value));
        QCoreApplication::processEvents();
    }
    static void reject(const std::unique_ptr<QObject> &root, int i,
                       const QVariant &why = u"no luck"_s)
    {
        QMetaObject::invokeMethod(root.get(), "reject", Q_ARG(QVariant, i), Q_ARG(QVariant, why));
        QCoreApplication::processEvents();
    }

    std::unique_ptr<QQmlEngine> m_engine;
    std::unique_ptr<SyncCacheObject> m_object;
};

void tst_Writing::shownAtOnceAndStaysIfConfirmed()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    QCOMPARE(root->property("value"), QVariant(2));
    QCOMPARE(m_object->value(Key), QVariant(2));
    QCOMPARE(root->property("isWriting"), QVariant(true));
    m_object->flush();
    resolve(root, 0);
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(root->property("value"), QVariant(2));
    QCOMPARE(m_object->value(Key), QVariant(2));
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError);
}

void tst_Writing::takenBackIfRejected()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    SyncCacheEntry other(m_object.get(), Key);
    QSignalSpy failed(entryOf(root), &SyncCacheEntry::failed);
    write(root, 2);
    m_object->flush();
    QCOMPARE(other.value(), QVariant(2));
    QVERIFY(!other.isWriting());
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QCOMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(Key), QVariant(1));
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Ready);
    QCOMPARE(entryOf(root)->errorString(), u"no luck"_s);
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed.first().first().toString(), u"no luck"_s);
    QTRY_COMPARE(other.value(), QVariant(1));
    QCOMPARE(other.errorCode(), SyncCacheEntry::NoError);
}

void tst_Writing::removedIfNothingWasThere()
{
    const auto root = makeWriter();
    write(root, 2);
    QCOMPARE(root->property("value"), QVariant(2));
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(u"nothing"_s));
    QVERIFY(!m_object->contains(Key));
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Null);
    QCOMPARE(entryOf(root)->errorString(), u"no luck"_s);
    m_object->flush();
    QCOMPARE(entryOf(root)->errorString(), u"no luck"_s);
}

void tst_Writing::whatFailedIsToldUntilSomethingElseIs()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    reject(root, 0);
    QTRY_COMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    m_object->flush(); // the news of what was taken back
    QTest::qWait(20);
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    write(root, 1);
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError);
    reject(root, 1);
    QTRY_COMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    m_object->insert(Key, 3);
    QTRY_COMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError);
    QCOMPARE(root->property("value"), QVariant(3));
}

void tst_Writing::rejectionsHaveTheirMessage_data()
{
    QTest::addColumn<QByteArray>("promise");
    QTest::addColumn<QString>("text");
    QTest::newRow("Error") << QByteArray("Promise.reject(new Error('boom'))") << u"boom"_s;
    QTest::newRow("text") << QByteArray("Promise.reject('boom')") << u"boom"_s;
    QTest::newRow("object") << QByteArray("Promise.reject({ code: 404, message: 'boom' })")
                            << u"boom"_s;
    QTest::newRow("thrown") << QByteArray("Promise.resolve().then(() => { throw 'boom' })")
                            << u"boom"_s;
    QTest::newRow("nothing") << QByteArray("Promise.reject()") << u"the write has failed"_s;
    QTest::newRow("object without a message")
            << QByteArray("Promise.reject({ s: Symbol('s') })") << u"[object Object]"_s;
    // Which text differs between versions of Qt.
    QTest::newRow("Symbol") << QByteArray("Promise.reject(Symbol('s'))") << QString();
    QTest::newRow("then() throws")
            << QByteArray("({ then() { throw new Error('boom') } })") << u"boom"_s;
    QTest::newRow("then() throws a text")
            << QByteArray("({ then() { throw 'boom' } })") << u"boom"_s;
    QTest::newRow("then throws") << QByteArray("({ get then() { throw new Error('boom') } })")
                                 << u"boom"_s;
    QTest::newRow("then() throws later than it rejects")
            << QByteArray("({ then(resolve, reject) { reject('boom'); throw new Error('late') } })")
            << u"boom"_s;
}

void tst_Writing::rejectionsHaveTheirMessage()
{
    QFETCH(QByteArray, promise);
    QFETCH(QString, text);
    const auto root = makeWriter("Component.onCompleted: e.write(5, " + promise + ")\n");
    QTRY_COMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    if (text.isNull())
        QVERIFY(!entryOf(root)->errorString().isEmpty());
    else
        QCOMPARE(entryOf(root)->errorString(), text);
    QVERIFY(!m_object->contains(Key));
}

void tst_Writing::whatThenThrowsAfterTheAnswerIsNothing()
{
    const auto root = makeWriter("Component.onCompleted: e.write(5, { then(resolve) { resolve(7);"
                                 " throw new Error('late') } })\n");
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError);
    QCOMPARE(m_object->value(Key), QVariant(7));
    const auto returning = makeWriter(
            "Component.onCompleted: e.write(8, { then(resolve) { resolve(); return Error('x') } })\n");
    QTRY_COMPARE(returning->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(Key), QVariant(8));
}

void tst_Writing::theAnswerTakesItsPlace()
{
    const auto root = makeWriter();
    write(root, QVariantMap { { u"name"_s, u"Ann"_s } });
    const QVariantMap answer { { u"name"_s, u"Ann"_s }, { u"id"_s, 42 } };
    resolve(root, 0, answer);
    QTRY_COMPARE(m_object->value(Key), QVariant(answer));
    QCOMPARE(entryOf(root)->value(), QVariant(answer));
    write(root, 1);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" stays as it was written: "_L1));
    QVariant function = QVariant::fromValue(m_engine->evaluate(u"() => 1"_s));
    resolve(root, 1, function);
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(Key), QVariant(1));
}

void tst_Writing::plainValuesConfirm()
{
    const auto root = makeWriter("Component.onCompleted: { e.write(1, undefined); e.write(2, 7); "
                                 "e.write(3, null); e.write(4, { then: 5 }) }\n");
    QCOMPARE(root->property("value"), QVariant(4));
    QCOMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(Key), QVariant(4));
    SyncCacheEntry entry(m_object.get(), Key);
    entry.write(5, QVariant());
    QCOMPARE(m_object->value(Key), QVariant(5));
    QVERIFY(!entry.isWriting());
    entry.write(QVariant(), QVariant());
    QCOMPARE(m_object->value(Key), QVariant(5));
}

void tst_Writing::whatSomebodyElseWroteStays_data()
{
    QTest::addColumn<QString>("how");
    for (const char *how : { "another", "the same", "entry", "removed", "removed and the same",
                             "cleared", "a load", "worker" })
        QTest::newRow(how) << QString::fromLatin1(how);
}

void tst_Writing::whatSomebodyElseWroteStays()
{
    QFETCH(QString, how);
    m_object->cache()->setLoader([](const QString &) { return QVariant(7); });
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    const auto cache = m_object->cache();
    QVariant expected = 3;
    if (how == u"another") {
        cache->insert(Key, 3);
    } else if (how == u"the same") {
        cache->insert(Key, 2);
        expected = 2;
    } else if (how == u"entry") {
        entryOf(root)->setValue(2);
        expected = 2;
    } else if (how == u"removed") {
        cache->remove(Key);
        expected = {};
    } else if (how == u"removed and the same") {
        cache->remove(Key);
        cache->insert(Key, 2);
        expected = 2;
    } else if (how == u"cleared") {
        cache->clear();
        cache->insert(Key, 2);
        expected = 2;
    } else if (how == u"a load") {
        m_object->refresh(Key);
        QTRY_COMPARE(m_object->value(Key), QVariant(7));
        expected = 7;
    } else {
        const std::unique_ptr<QThread> thread(QThread::create([cache] { cache->insert(Key, 2); }));
        thread->start();
        thread->wait();
        expected = 2;
    }
    reject(root, 0);
    QTRY_COMPARE(entryOf(root)->errorString(), u"no luck"_s);
    QCOMPARE(m_object->value(Key), expected);
    if (expected.isValid())
        QCOMPARE(entryOf(root)->value(), expected);
    m_object->flush();
    QCOMPARE(m_object->value(Key), expected);
}

void tst_Writing::whatSomebodyElseWroteStaysAsItIs_data()
{
    QTest::addColumn<bool>("isThereBefore");
    QTest::newRow("replaced") << true;
    QTest::newRow("removed") << false;
}

// While it is taken back, that is: he comes between the look and the write.
void tst_Writing::whatSomebodyElseWroteStaysAsItIs()
{
    QFETCH(const bool, isThereBefore);
    const auto cache = std::make_shared<SyncCache<QString, Compared>>();
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(cache));
    view->setNotifyInterval(0);
    if (isThereBefore)
        cache->insert(Key, Compared(1));
    QPromise<void> promise;
    promise.start();
    SyncCacheEntry entry(view.get(), Key);
    entry.write(QVariant::fromValue(Compared(2)), promise.future());
    view->flush();
    Compared::whenCompared = [&cache] {
        cache->insert(Key, Compared(3));
        cache->invalidate(Key);
    };
    promise.future().cancel();
    promise.finish();
    QTRY_VERIFY(!entry.isWriting());
    QVERIFY(!Compared::whenCompared);
    QCOMPARE(cache->value(Key).number, 3);
    QVERIFY(cache->isStale(Key));
}

void tst_Writing::whoComputesNothingWroteNothing()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter("function leave() { shown.compute('a', () => undefined) }\n");
    write(root, 2);
    QMetaObject::invokeMethod(root.get(), "leave");
    reject(root, 0);
    QTRY_COMPARE(m_object->value(Key), QVariant(1));
}

void tst_Writing::theAnswerDoesNotReplaceWhatSomebodyElseWrote()
{
    const auto root = makeWriter();
    write(root, 2);
    m_object->insert(Key, 2);
    resolve(root, 0, 9);
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(Key), QVariant(2));
}

void tst_Writing::severalEndInAnyOrder_data()
{
    QTest::addColumn<int>("before");
    QTest::addColumn<int>("fulfilled"); // a bit for each
    for (const int before : { 0, 7 }) {
        for (int fulfilled = 0; fulfilled < 8; ++fulfilled)
            QTest::addRow("%d, %d", before, fulfilled) << before << fulfilled;
    }
}

// Shown is the last that was not rejected, at each moment.
void tst_Writing::severalEndInAnyOrder()
{
    QFETCH(int, before);
    QFETCH(int, fulfilled);
    std::array<int, 3> order { 0, 1, 2 };
    do {
        if (before != 0)
            m_object->insert(Key, before);
        else
            m_object->remove(Key);
        const auto root = makeWriter();
        for (int i = 0; i < 3; ++i)
            write(root, i + 10);
        std::array<bool, 3> isRejected {};
        for (const int i : order) {
            const bool isFulfilled = ((fulfilled >> i) & 1) != 0;
            if (isFulfilled)
                resolve(root, i);
            else
                reject(root, i);
            isRejected.at(std::size_t(i)) = !isFulfilled;
            QVariant expected = before != 0 ? QVariant(before) : QVariant();
            for (int j = 0; j < 3; ++j) {
                if (!isRejected.at(std::size_t(j)))
                    expected = j + 10;
            }
            QTRY_COMPARE_WITH_TIMEOUT(m_object->value(Key), expected, 2000);
            QCOMPARE(m_object->contains(Key), expected.isValid());
            QCOMPARE(entryOf(root)->value(), expected);
        }
        QTRY_COMPARE_WITH_TIMEOUT(root->property("isWriting"), QVariant(false), 2000);
    } while (std::next_permutation(order.begin(), order.end()));
}

// Two objects that show one map, two entries.
void tst_Writing::severalAreOfOneKeyWhoeverShowsIt()
{
    const auto map = std::make_shared<SyncCache<QString, QString>>();
    map->insert(Key, u"before"_s);
    const std::unique_ptr<SyncCacheObject> one(SyncCacheObject::wrap(map));
    const std::unique_ptr<SyncCacheObject> two(SyncCacheObject::wrap(map));
    for (const bool isFirstFirst : { true, false }) {
        give(u"shown"_s, one.get());
        const auto first = makeWriter();
        give(u"shown"_s, two.get());
        const auto second = makeWriter();
        write(first, u"one"_s);
        write(second, u"two"_s);
        reject(isFirstFirst ? first : second, 0);
        QTRY_COMPARE(map->find(Key), isFirstFirst ? u"two"_s : u"one"_s);
        reject(isFirstFirst ? second : first, 0);
        QTRY_COMPARE(map->find(Key), u"before"_s);
        QTRY_COMPARE(first->property("value"), QVariant(u"before"_s));
        QTRY_COMPARE(second->property("value"), QVariant(u"before"_s));
    }
}

void tst_Writing::answersAreWhatWasThereBefore()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    write(root, 3);
    resolve(root, 0, 20);
    QTest::qWait(10);
    QCOMPARE(m_object->value(Key), QVariant(3));
    reject(root, 1);
    QTRY_COMPARE(m_object->value(Key), QVariant(20));
}

void tst_Writing::answeredObjectsGoWithTheirEnd()
{
    auto kept = std::make_unique<QObject>();
    give(u"kept"_s, kept.get());
    const auto root = makeWriter();
    write(root, 1);
    resolve(root, 0, QVariant::fromValue(kept.get()));
    QTRY_COMPARE(m_object->value(Key).value<QObject *>(), kept.get());
    kept.reset();
    QVERIFY(!m_object->contains(Key));
    QTRY_COMPARE(root->property("value"), QVariant(u"nothing"_s));
}

void tst_Writing::endedObjectsDoNotComeBack()
{
    auto kept = std::make_unique<QObject>();
    m_object->insert(Key, QVariant::fromValue(kept.get()));
    const auto root = makeWriter();
    write(root, 1);
    kept.reset();
    QCOMPARE(m_object->value(Key), QVariant(1));
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(u"nothing"_s));
    QVERIFY(!m_object->contains(Key));
}

// An object comes back after it was no more to be found under its key, and an answer that was never
// to be found there.
void tst_Writing::coveredObjectsGoWithTheirEnd()
{
    auto kept = std::make_unique<QObject>();
    auto answer = std::make_unique<QObject>();
    give(u"answer"_s, answer.get());
    m_object->insert(Key, QVariant::fromValue(kept.get()));
    const auto root = makeWriter();
    write(root, 1);
    for (int i = 0; i < 100; ++i) {
        m_object->insert(QString::number(i), QVariant::fromValue(kept.get()));
        m_object->insert(QString::number(i), i);
    }
    reject(root, 0);
    QTRY_COMPARE(m_object->value(Key).value<QObject *>(), kept.get());
    kept.reset();
    QVERIFY(!m_object->contains(Key));

    write(root, 2);
    write(root, 3);
    resolve(root, 1, QVariant::fromValue(answer.get()));
    QCOMPARE(m_object->value(Key), QVariant(3));
    reject(root, 2);
    QTRY_COMPARE(m_object->value(Key).value<QObject *>(), answer.get());
    answer.reset();
    QVERIFY(!m_object->contains(Key));
}

void tst_Writing::optionsStay()
{
    m_object->insert(Key, 1, { { u"pinned"_s, true }, { u"tags"_s, QStringList { u"x"_s } } });
    const auto root = makeWriter();
    const auto areThere = [this] {
        const auto info = m_object->cache()->entryInfo(Key);
        return info && info->pinned && info->tags == QStringList { u"x"_s };
    };
    write(root, 2);
    QVERIFY(areThere());
    reject(root, 0);
    QTRY_COMPARE(m_object->value(Key), QVariant(1));
    QVERIFY(areThere());
    write(root, 3);
    resolve(root, 1, 4);
    QTRY_COMPARE(m_object->value(Key), QVariant(4));
    QVERIFY(areThere());
}

void tst_Writing::whatTheCacheGaveUpComesBack()
{
    for (const bool isThereBefore : { true, false }) {
        if (isThereBefore)
            m_object->insert(Key, 1);
        const auto root = makeWriter();
        write(root, 2);
        m_object->trim(SyncCacheObject::Complete);
        QVERIFY(!m_object->contains(Key));
        m_object->flush();
        QCOMPARE(entryOf(root)->value(), QVariant(2));
        reject(root, 0);
        QTRY_COMPARE(entryOf(root)->value(), isThereBefore ? QVariant(1) : QVariant());
        QCOMPARE(m_object->contains(Key), isThereBefore);
        m_object->remove(Key);
    }
}

void tst_Writing::theAnswerComesThoughWhatWasWrittenHasGone()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    m_object->trim(SyncCacheObject::Complete);
    m_object->flush();
    QCOMPARE(entryOf(root)->value(), QVariant(2));
    resolve(root, 0, 77);
    QTRY_COMPARE(root->property("value"), QVariant(77));
    QCOMPARE(m_object->value(Key), QVariant(77));
    QVERIFY(!entryOf(root)->isStale());

    write(root, 3);
    m_object->remove(Key); // by somebody, which is not to be undone
    resolve(root, 1, 78);
    QTRY_VERIFY(!entryOf(root)->isWriting());
    QVERIFY(!m_object->contains(Key));
}

// Who writes what fails again and again does not keep what was there from becoming old.
void tst_Writing::whatComesBackIsNoYounger()
{
    m_object->setStaleTime(60'000);
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QVERIFY(entryOf(root)->isStale());
}

void tst_Writing::whatATakingBackCallsOffIsLoaded()
{
    QObject context;
    std::vector<SyncCacheLoadContext<QVariant>> loads;
    m_object->cache()->setLoader(&context,
                                 [&](const QString &, SyncCacheLoadContext<QVariant> load) {
                                     loads.push_back(std::move(load));
                                 });
    // Nothing was there, and something was about to come.
    const auto root = makeWriter();
    QTRY_COMPARE(loads.size(), 1U);
    write(root, 2);
    reject(root, 0);
    QTRY_VERIFY(!entryOf(root)->isWriting());
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    loads[0].finish(4); // which was called off
    QTRY_COMPARE(loads.size(), 2U);
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Loading);
    loads[1].finish(5);
    QTRY_COMPARE(root->property("value"), QVariant(5));
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError);
    // Somebody has asked for it to be loaded anew.
    write(root, 6);
    entryOf(root)->refresh();
    QTRY_COMPARE(loads.size(), 3U);
    reject(root, 1);
    QTRY_COMPARE(root->property("value"), QVariant(5));
    loads[2].finish(8); // which was called off
    QTRY_COMPARE(loads.size(), 4U);
    loads[3].finish(9);
    QTRY_COMPARE(root->property("value"), QVariant(9));
}

void tst_Writing::staleIsStaleAgain()
{
    m_object->insert(Key, 1);
    m_object->invalidate(Key);
    const auto root = makeWriter();
    QVERIFY(entryOf(root)->isStale());
    write(root, 2);
    QVERIFY(!entryOf(root)->isStale());
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QVERIFY(entryOf(root)->isStale());
    QCOMPARE(entryOf(root)->errorString(), u"no luck"_s);
}

void tst_Writing::aLoadUnderWayIsCalledOff()
{
    QObject context;
    std::vector<SyncCacheLoadContext<QVariant>> loads;
    m_object->cache()->setLoader(&context,
                                 [&](const QString &, SyncCacheLoadContext<QVariant> load) {
                                     loads.push_back(std::move(load));
                                 });
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    entryOf(root)->refresh();
    QTRY_COMPARE(loads.size(), 1U);
    write(root, 2);
    loads.front().finish(9);
    QTest::qWait(30);
    QCOMPARE(root->property("value"), QVariant(2));
    QVERIFY(!entryOf(root)->isFetching());
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(1));
}

void tst_Writing::refreshesWaitForIt()
{
    std::atomic<int> loads { 0 };
    m_object->cache()->setLoader([&loads](const QString &) { return QVariant(100 + ++loads); });
    m_object->insert(Key, 1);
    const auto root = makeWriter();
    write(root, 2);
    entryOf(root)->setRefreshInterval(10);
    QTest::qWait(100);
    QCOMPARE(loads, 0);
    QCOMPARE(root->property("value"), QVariant(2));
    reject(root, 0);
    QTRY_VERIFY_WITH_TIMEOUT(loads > 2, 5000);
    entryOf(root)->setRefreshInterval(0);
    m_object->cache()->waitForDone(); // a loader may have begun
}

void tst_Writing::writingFollowsTheKey()
{
    const auto root = makeWriter();
    QSignalSpy failed(entryOf(root), &SyncCacheEntry::failed);
    write(root, 1);
    entryOf(root)->setKey(u"b"_s);
    QCOMPARE(root->property("isWriting"), QVariant(false));
    write(root, 2);
    QCOMPARE(root->property("isWriting"), QVariant(true));
    resolve(root, 1);
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    entryOf(root)->setKey(Key);
    QCOMPARE(root->property("isWriting"), QVariant(true));
    entryOf(root)->setKey(u"b"_s);
    reject(root, 0);
    QTRY_VERIFY(!m_object->contains(Key));
    QCOMPARE(failed.size(), 1);
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NoError); // this key's
    QCOMPARE(root->property("value"), QVariant(2));
    write(root, 3);
    entryOf(root)->setActive(false);
    QCOMPARE(root->property("isWriting"), QVariant(true));
    reject(root, 2);
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(m_object->value(u"b"_s), QVariant(2));
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::WriteFailed);
    entryOf(root)->setActive(true);
    QCOMPARE(root->property("value"), QVariant(2));
}

void tst_Writing::waitsForCacheAndKey()
{
    QPromise<void> promise;
    promise.start();
    SyncCacheEntry entry;
    entry.write(1, promise.future());
    entry.setCache(m_object.get());
    QVERIFY(!entry.isWriting());
    entry.setKey(Key);
    QCOMPARE(m_object->value(Key), QVariant(1));
    QVERIFY(entry.isWriting());
    promise.future().cancel();
    promise.finish();
    QTRY_VERIFY(!m_object->contains(Key));
    QCOMPARE(entry.errorCode(), SyncCacheEntry::WriteFailed);
}

void tst_Writing::whatCannotBeKeptIsNotWaitedFor()
{
    const auto map = std::make_shared<SyncCache<QString, int>>();
    map->insert(Key, 1);
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    give(u"shown"_s, view.get());
    const auto root = makeWriter();
    write(root, 2);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("\"a\" is not written: "_L1));
    write(root, u"text"_s);
    QCOMPARE(entryOf(root)->errorCode(), SyncCacheEntry::NotKept);
    QCOMPARE(map->find(Key), 2);
    reject(root, 1);
    QCOMPARE(map->find(Key), 2);
    QCOMPARE(root->property("isWriting"), QVariant(true));
    reject(root, 0);
    QTRY_COMPARE(map->find(Key), 1);
}

void tst_Writing::typedValuesAreTakenBack()
{
    const auto map = std::make_shared<SyncCache<int, double>>();
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    give(u"shown"_s, view.get());
    const auto root = makeWriter();
    entryOf(root)->setKey(u"42"_s);
    write(root, 1);
    QCOMPARE(map->find(42), 1.0);
    reject(root, 0);
    QTRY_VERIFY(!map->contains(42));
    QCOMPARE(root->property("value"), QVariant(u"nothing"_s));
    map->insert(42, 1.5);
    write(root, 2);
    write(root, std::nan(""));
    QVERIFY(std::isnan(map->find(42).value()));
    reject(root, 2);
    QTRY_COMPARE(map->find(42), 2.0);
    map->insert(42, 2);
    reject(root, 1);
    QTest::qWait(20);
    QCOMPARE(map->find(42), 2.0);
}

void tst_Writing::gadgetsAreTakenBack()
{
    const auto map = std::make_shared<SyncCache<QString, Point>>();
    map->insert(Key, Point { 1, 2 });
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    give(u"shown"_s, view.get());
    const auto root = makeWriter("property int x: e.value.x\n"
                                 "function move(x) { e.write({ x: x, y: 0 }, pending()) }\n");
    const auto move = [&root](int x) {
        QMetaObject::invokeMethod(root.get(), "move", Q_ARG(QVariant, x));
    };
    move(5);
    QCOMPARE(root->property("x"), QVariant(5));
    move(6);
    reject(root, 0);
    QCOMPARE(map->find(Key)->x, 6);
    reject(root, 1);
    QTRY_COMPARE(root->property("x"), QVariant(1));
    QCOMPARE(map->find(Key)->y, 2);
    move(7);
    map->insert(Key, Point { 7, 0 });
    reject(root, 2);
    QTest::qWait(20);
    QCOMPARE(map->find(Key)->x, 7);
}

void tst_Writing::mapsThatAreNoCachesToo()
{
    const auto map = std::make_shared<SyncMap<QString, int>>();
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    give(u"shown"_s, view.get());
    const auto root = makeWriter();
    write(root, 1);
    write(root, 2);
    reject(root, 1);
    QTRY_COMPARE(map->find(Key), 1);
    reject(root, 0);
    QTRY_VERIFY(!map->contains(Key));
    write(root, 3);
    map->insert(Key, 3);
    reject(root, 2);
    QTest::qWait(20);
    QCOMPARE(map->find(Key), 3);
}

void tst_Writing::delegatesMayGo()
{
    m_object->insert(Key, 1);
    const auto root = makeWriter(
            "  property bool isOpen: true\n"
            "  property Instantiator pages: Instantiator {\n"
            "    active: root.isOpen\n"
            "    delegate: CacheEntry { cache: shown; key: 'a' }\n"
            "  }\n"
            "  function writeByDelegate(value) { pages.object.write(value, pending()) }\n");
    QMetaObject::invokeMethod(root.get(), "writeByDelegate", Q_ARG(QVariant, 2));
    QCOMPARE(m_object->value(Key), QVariant(2));
    root->setProperty("isOpen", false);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    m_engine->collectGarbage();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QTRY_COMPARE(root->property("value"), QVariant(2));
    reject(root, 0);
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QCOMPARE(root->property("isWriting"), QVariant(false));
}

void tst_Writing::sharedEntriesMayGo()
{
    const auto root = makeWriter("function writeShared(value) {\n"
                                 "  shown.entry('b').write(value, pending()) }\n");
    QMetaObject::invokeMethod(root.get(), "writeShared", Q_ARG(QVariant, 2));
    QCOMPARE(m_object->value(u"b"_s), QVariant(2));
    for (int i = 0; i < 3; ++i) {
        m_object->flush();
        m_engine->collectGarbage();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QTest::qWait(10);
    }
    reject(root, 0);
    QTRY_VERIFY(!m_object->contains(u"b"_s));
}

void tst_Writing::objectsAndMapsMayGo()
{
    const auto shared = std::make_shared<SyncCache<QString, int>>();
    shared->insert(Key, 1);
    auto map = std::make_unique<SyncCache<QString, int>>();
    std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(shared));
    give(u"shown"_s, view.get());
    const auto one = makeWriter();
    write(one, 2);
    view.reset();
    QCOMPARE(one->property("isWriting"), QVariant(false));
    reject(one, 0);
    QTRY_COMPARE(shared->find(Key), 1); // it lives, and others may show it

    view.reset(SyncCacheObject::wrap(map.get()));
    give(u"shown"_s, view.get());
    const auto two = makeWriter();
    write(two, 2);
    write(two, 3);
    write(two, 4);
    map.reset();
    reject(two, 2);
    resolve(two, 1, 9);
    view.reset();
    reject(two, 0);
    QTest::qWait(10);
    QCOMPARE(entryOf(two)->status(), SyncCacheEntry::Null);

    give(u"shown"_s, m_object.get());
    const auto three = makeWriter();
    write(three, 2);
    m_object.reset();
    reject(three, 0);
    QTest::qWait(10);
}

void tst_Writing::enginesMayGo()
{
    m_object->insert(Key, 1);
    auto entry = std::make_unique<SyncCacheEntry>(m_object.get(), Key);
    give(u"given"_s, entry.get());
    auto root = make("QtObject {\n"
                     "  property var ends: []\n"
                     "  property bool isWriting: given.writing\n"
                     "  Component.onCompleted: given.write(2, new Promise((resolve, reject) => {\n"
                     "    ends.push(reject) }))\n"
                     "}");
    QCOMPARE(entry->value(), QVariant(2));
    QVERIFY(entry->isWriting());
    root.reset();
    m_engine.reset();
    QTRY_VERIFY(!entry->isWriting()); // nobody can say any more
    QCOMPARE(entry->value(), QVariant(2));
    m_engine = std::make_unique<QQmlEngine>();
    give(u"shown"_s, m_object.get());
    root = makeWriter();
    write(root, 3); // and its engine goes with the entry
    QCOMPARE(m_object->value(Key), QVariant(3));
}

void tst_Writing::whatNobodyCanSettleStays()
{
    const auto root = makeWriter();
    write(root, 2);
    m_engine->evaluate(u"(root => { root.ends = [] })"_s)
            .call({ m_engine->newQObject(root.get()) });
    QJSEngine::setObjectOwnership(root.get(), QJSEngine::CppOwnership);
    for (int i = 0; i < 5 && entryOf(root)->isWriting(); ++i) {
        m_engine->collectGarbage();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(root->property("isWriting"), QVariant(false));
    QCOMPARE(root->property("value"), QVariant(2));
}

void tst_Writing::slotsMayEndTheEntry()
{
    for (const char *signal : { SIGNAL(valueChanged()), SIGNAL(writingChanged()),
                                SIGNAL(errorStringChanged()), SIGNAL(failed(QString)) }) {
        m_object->insert(Key, 1);
        QPromise<void> promise;
        promise.start();
        QPointer<SyncCacheEntry> entry = new SyncCacheEntry(m_object.get(), Key);
        entry->write(2, promise.future());
        connect(entry, signal, entry, SLOT(deleteLater()));
        QObject receiver;
        connect(entry, &SyncCacheEntry::valueChanged, &receiver, [&] {
            if (qstrcmp(signal, SIGNAL(valueChanged())) == 0)
                delete entry;
        });
        connect(entry, &SyncCacheEntry::writingChanged, &receiver, [&] {
            if (qstrcmp(signal, SIGNAL(writingChanged())) == 0)
                delete entry;
        });
        connect(entry, &SyncCacheEntry::failed, &receiver, [&] {
            if (qstrcmp(signal, SIGNAL(failed(QString))) == 0)
                delete entry;
        });
        promise.future().cancel();
        promise.finish();
        QTRY_COMPARE(m_object->value(Key), QVariant(1));
        QTRY_VERIFY(!entry);
    }
}

void tst_Writing::futuresConfirmAndReject()
{
    m_object->insert(Key, 1);
    SyncCacheEntry entry(m_object.get(), Key);
    QPromise<QVariant> answers;
    answers.start();
    entry.write(2, answers.future());
    QVERIFY(entry.isWriting());
    answers.addResult(QVariant(20));
    answers.finish();
    QTRY_VERIFY(!entry.isWriting());
    QCOMPARE(entry.value(), QVariant(20));
    QCOMPARE(m_object->value(Key), QVariant(20));

    QPromise<void> confirms;
    confirms.start();
    entry.write(3, confirms.future());
    confirms.finish();
    QTRY_VERIFY(!entry.isWriting());
    QCOMPARE(entry.value(), QVariant(3));

    QPromise<void> throws;
    throws.start();
    entry.write(4, throws.future());
    throws.setException(SyncCacheException(SyncCacheError(SyncCacheError::LoadFailed, u"boom"_s)));
    throws.finish();
    QTRY_COMPARE(entry.value(), QVariant(3));
    QCOMPARE(entry.errorString(), u"boom"_s);
    QCOMPARE(entry.errorCode(), SyncCacheEntry::WriteFailed);
}

void tst_Writing::futuresMayOutliveAll()
{
    QPromise<void> promise;
    promise.start();
    const auto cache = std::make_shared<SyncCache<QString, int>>();
    {
        const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(cache));
        SyncCacheEntry entry(view.get(), Key);
        entry.write(1, promise.future());
        SyncCacheEntry other(m_object.get(), Key);
        other.write(1, promise.future());
    }
    m_object.reset();
    promise.future().cancel();
    promise.finish();
    QTRY_VERIFY(!cache->contains(Key));
}

// Writers beside writes that are taken back: what a worker wrote last is there at the end.
void tst_Writing::workersLoseNothing()
{
    const auto map = std::make_shared<SyncCache<QString, int>>();
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    view->setNotifyInterval(0);
    SyncCacheEntry entry(view.get(), Key);
    for (int round = 1; round <= 200; ++round) {
        map->insert(Key, 0);
        QPromise<void> promise;
        promise.start();
        entry.write(-round, promise.future());
        const std::unique_ptr<QThread> thread(
                QThread::create([&map, round] { map->insert(Key, round); }));
        thread->start();
        promise.future().cancel();
        promise.finish();
        QTRY_VERIFY(!entry.isWriting());
        thread->wait();
        QCOMPARE(map->find(Key), round);
    }
}

QTEST_MAIN(tst_Writing)
#include "tst_writing.moc"
