// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qthread.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>

using namespace Qt::StringLiterals;

namespace {

constexpr int Long = 1'000'000; // milliseconds

void setApplication(Qt::ApplicationState state)
{
    QMetaObject::invokeMethod(qApp, "applicationStateChanged", Qt::DirectConnection,
                              Q_ARG(Qt::ApplicationState, state));
}

} // namespace

// Entries that are loaded anew by the clock, and when the application becomes active again.
class tst_Refreshing : public QObject
{
    Q_OBJECT

private slots:
    // Nobody has told that the application is active, and nothing is refreshed.
    void initTestCase()
    {
        std::atomic<int> loads { 0 };
        SyncCacheObject object;
        object.cache()->setLoader([&loads](const QString &) { return QVariant(++loads); });
        SyncCacheEntry entry(&object, u"a"_s);
        const QSignalSpy value(&entry, &SyncCacheEntry::valueChanged);
        entry.setRefreshInterval(10);
        QTRY_COMPARE(loads, 1);
        QTest::qWait(100);
        QCOMPARE(loads, 1);
        setApplication(Qt::ApplicationActive);
        QTRY_VERIFY_WITH_TIMEOUT(loads > 3, 5000);
        entry.setRefreshInterval(0);
        object.cache()->waitForDone(); // a loader may have begun
    }
    void init()
    {
        setApplication(Qt::ApplicationActive);
        m_loads = 0;
        m_fails = false;
        m_object = std::make_unique<SyncCacheObject>();
        QJSEngine::setObjectOwnership(m_object.get(), QJSEngine::CppOwnership);
        m_object->setNotifyInterval(0);
        m_object->cache()->setLoader([this](const QString &) -> QVariant {
            const int number = ++m_loads;
            if (m_fails)
                throw std::runtime_error("no luck");
            return number;
        });
        m_engine.rootContext()->setContextProperty(u"shown"_s, m_object.get());
    }
    void cleanup()
    {
        m_engine.rootContext()->setContextProperty(u"shown"_s, nullptr);
        if (m_object)
            m_object->cache()->waitForDone(); // a loader may have begun
    }

    void whatIsShownIsRefreshedEachInterval();
    void aFailedRefreshLeavesWhatIsShown();
    void nobodyConnectedLoadsNothing();
    void whoeverConnectsAgainFindsItRefreshed();
    void aConnectionOfAnotherThreadCounts();
    void ownHandlersAreAConnection();
    void delegatesComeAndGo();
    void anInactiveApplicationLoadsNothing();
    void theIntervalBeginsAtTheEndOfALoad();
    void anotherKeyBeginsAnew();
    void aPauseIsWaitedFor();
    void switchedOffOrWithoutALoaderNothingLoads();
    void cachesMayEnd();
    void typedCachesAreRefreshed();
    void sharedEntriesRefuse();
    void negativeIntervalsAreRefused();
    void whoComesBackFindsWhatIsOldRefreshed_data();
    void whoComesBackFindsWhatIsOldRefreshed();
    void anErrorIsTriedAgainByWhoComesBack();
    void aLoadUnderWayIsNotBegunTwice();
    void whatRestsGoesOnResting();

private:
    std::unique_ptr<QObject> make(const QByteArray &text)
    {
        QQmlComponent component(&m_engine);
        component.setData("import QtQml\nimport SyncMap\n" + text, QUrl());
        std::unique_ptr<QObject> result(component.create());
        if (!result)
            qWarning().noquote() << component.errorString();
        return result;
    }
    // An entry that a binding shows.
    std::unique_ptr<QObject> makeBound(const QByteArray &properties)
    {
        return make("QtObject {\n"
                    "  id: root\n"
                    "  property CacheEntry entry: CacheEntry { id: e; cache: shown; key: 'a'; "
                    + properties
                    + " }\n"
                      "  property var value: e.value\n"
                      "}");
    }
    static SyncCacheEntry *entryOf(const std::unique_ptr<QObject> &root)
    {
        return root->property("entry").value<SyncCacheEntry *>();
    }
    // No load begins within some intervals of 10 ms.
    bool isQuiet()
    {
        QTest::qWait(30);
        m_object->cache()->waitForDone();
        const int before = m_loads;
        QTest::qWait(100);
        return m_loads == before;
    }

    QQmlEngine m_engine;
    std::unique_ptr<SyncCacheObject> m_object;
    std::atomic<int> m_loads { 0 };
    std::atomic<bool> m_fails { false };
};

void tst_Refreshing::whatIsShownIsRefreshedEachInterval()
{
    const auto root = makeBound("refreshInterval: 10");
    SyncCacheEntry *const entry = entryOf(root);
    QCOMPARE(entry->property("refreshInterval"), QVariant(10));
    QTRY_COMPARE(entry->status(), SyncCacheEntry::Ready);
    QSignalSpy status(entry, &SyncCacheEntry::statusChanged);
    QSignalSpy fetching(entry, &SyncCacheEntry::fetchingChanged);
    const int before = root->property("value").toInt(); // it may have been refreshed already
    QTRY_VERIFY_WITH_TIMEOUT(root->property("value").toInt() > before + 5, 5000);
    QCOMPARE(status.size(), 0);
    QVERIFY(fetching.size() >= 8);
    entry->setRefreshInterval(0);
    QVERIFY(isQuiet());
}

void tst_Refreshing::aFailedRefreshLeavesWhatIsShown()
{
    const auto root = makeBound("refreshInterval: 10");
    SyncCacheEntry *const entry = entryOf(root);
    QTRY_COMPARE(entry->status(), SyncCacheEntry::Ready);
    QSignalSpy failed(entry, &SyncCacheEntry::failed);
    m_fails = true;
    QTRY_VERIFY_WITH_TIMEOUT(failed.size() > 3, 5000); // it goes on
    QCOMPARE(entry->status(), SyncCacheEntry::Ready);
    QVERIFY(entry->value().isValid());
    QVERIFY(entry->isStale());
    QCOMPARE(entry->errorString(), u"no luck"_s);
    m_fails = false;
    QTRY_VERIFY_WITH_TIMEOUT(!entry->isStale(), 5000);
    QCOMPARE(entry->errorString(), QString());
}

void tst_Refreshing::nobodyConnectedLoadsNothing()
{
    const auto root = make(
            "CacheEntry { cache: shown; key: 'a'; refreshInterval: 10; refreshOnActive: true }");
    auto *const entry = qobject_cast<SyncCacheEntry *>(root.get());
    QTRY_COMPARE(entry->status(), SyncCacheEntry::Ready);
    QVERIFY(isQuiet());
    QCOMPARE(m_loads, 1);
    setApplication(Qt::ApplicationInactive);
    setApplication(Qt::ApplicationActive);
    QVERIFY(isQuiet());
    QCOMPARE(m_loads, 1);
}

void tst_Refreshing::whoeverConnectsAgainFindsItRefreshed()
{
    const auto root = make("CacheEntry { cache: shown; key: 'a'; refreshInterval: 1000 }");
    auto *const entry = qobject_cast<SyncCacheEntry *>(root.get());
    QTRY_COMPARE(entry->value(), QVariant(1));
    QTest::qWait(1200); // the interval is over
    QCOMPARE(m_loads, 1);
    const QByteArray text = "QtObject { property var value: given.value }";
    m_engine.rootContext()->setContextProperty(u"given"_s, entry);
    auto looking = make(text);
    QElapsedTimer since;
    since.start();
    QTRY_COMPARE_WITH_TIMEOUT(looking->property("value"), QVariant(2), 5000);
    QVERIFY2(since.elapsed() < 900, "it waited for another interval");
    looking.reset();
    QTest::qWait(1500);
    QCOMPARE(m_loads, 2);
    looking = make(text);
    QTRY_COMPARE_WITH_TIMEOUT(looking->property("value"), QVariant(3), 5000);
}

void tst_Refreshing::aConnectionOfAnotherThreadCounts()
{
    SyncCacheEntry entry(m_object.get(), u"a"_s);
    entry.setRefreshInterval(10);
    QTRY_COMPARE(entry.status(), SyncCacheEntry::Ready);
    QVERIFY(isQuiet());
    QObject receiver;
    const std::unique_ptr<QThread> thread(QThread::create(
            [&] { connect(&entry, &SyncCacheEntry::valueChanged, &receiver, [] {}); }));
    thread->start();
    thread->wait();
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > 3, 5000);
}

void tst_Refreshing::ownHandlersAreAConnection()
{
    const auto root = make("CacheEntry { cache: shown; key: 'a'; refreshInterval: 10\n"
                           "  property int last: 0; onValueChanged: last = value }");
    QTRY_VERIFY_WITH_TIMEOUT(root->property("last").toInt() > 3, 5000);
}

void tst_Refreshing::delegatesComeAndGo()
{
    const auto root =
            make("QtObject {\n"
                 "  id: root\n"
                 "  property bool isOpen: false\n"
                 "  property CacheEntry entry: CacheEntry { id: e; cache: shown; key: 'a'; "
                 "refreshInterval: 10 }\n"
                 "  property Instantiator pages: Instantiator {\n"
                 "    active: root.isOpen\n"
                 "    model: 3\n"
                 "    delegate: QtObject { property var value: e.value }\n"
                 "  }\n"
                 "}");
    QTRY_COMPARE(m_loads, 1);
    QVERIFY(isQuiet());
    for (int round = 0; round < 3; ++round) {
        const int before = m_loads;
        root->setProperty("isOpen", true);
        QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 2, 5000);
        root->setProperty("isOpen", false);
        QVERIFY(isQuiet());
    }
}

void tst_Refreshing::anInactiveApplicationLoadsNothing()
{
    const auto root = makeBound("refreshInterval: 10");
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > 2, 5000);
    for (const auto state :
         { Qt::ApplicationInactive, Qt::ApplicationHidden, Qt::ApplicationSuspended }) {
        setApplication(state);
        QVERIFY(isQuiet());
        const int before = m_loads;
        setApplication(Qt::ApplicationActive);
        QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 2, 5000);
    }
    // Once, and at once.
    entryOf(root)->setRefreshInterval(2000);
    setApplication(Qt::ApplicationInactive);
    QTest::qWait(2300);
    const int before = m_loads;
    setApplication(Qt::ApplicationActive);
    QTRY_COMPARE_WITH_TIMEOUT(m_loads, before + 1, 1500);
    QTest::qWait(50);
    QCOMPARE(m_loads, before + 1);
    // Before the interval is over, nothing is due.
    entryOf(root)->setRefreshInterval(Long);
    setApplication(Qt::ApplicationInactive);
    setApplication(Qt::ApplicationActive);
    QVERIFY(isQuiet());
}

// Loads that take longer than the interval do not pile up.
void tst_Refreshing::theIntervalBeginsAtTheEndOfALoad()
{
    QObject context;
    std::vector<SyncCacheLoadContext<QVariant>> loads;
    m_object->cache()->setLoader(&context,
                                 [&](const QString &, SyncCacheLoadContext<QVariant> load) {
                                     loads.push_back(std::move(load));
                                 });
    const auto root = makeBound("refreshInterval: 1000");
    QTRY_COMPARE(loads.size(), 1U);
    QTest::qWait(1500);
    QCOMPARE(loads.size(), 1U);
    QElapsedTimer since;
    since.start();
    loads.back().finish(1);
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QTRY_COMPARE_WITH_TIMEOUT(loads.size(), 2U, 5000);
    QVERIFY(since.elapsed() >= 990); // timers may be early by some
    loads.back().fail(u"no luck"_s);
    QTRY_COMPARE(entryOf(root)->errorString(), u"no luck"_s);
    QTRY_COMPARE_WITH_TIMEOUT(loads.size(), 3U, 5000);
    // One that somebody asks for counts, too.
    loads.back().finish(2);
    QTRY_COMPARE(root->property("value"), QVariant(2));
    entryOf(root)->refresh();
    QTRY_COMPARE(loads.size(), 4U);
    QTest::qWait(1300);
    QCOMPARE(loads.size(), 4U);
    loads.back().finish(3);
    QTRY_COMPARE(root->property("value"), QVariant(3));
    QTRY_COMPARE_WITH_TIMEOUT(loads.size(), 5U, 5000);
    loads.back().finish(4);
    QTRY_COMPARE(root->property("value"), QVariant(4));
}

void tst_Refreshing::anotherKeyBeginsAnew()
{
    const auto root = makeBound("refreshInterval: 2000");
    QTRY_COMPARE(m_loads, 1);
    QTest::qWait(1200);
    entryOf(root)->setKey(u"b"_s);
    QTRY_COMPARE(m_loads, 2);
    QTest::qWait(1200); // the first one's interval is over
    QCOMPARE(m_loads, 2);
    QTRY_COMPARE_WITH_TIMEOUT(m_loads, 3, 5000);
    QTRY_COMPARE(root->property("value"), QVariant(3));
    QCOMPARE(m_object->cache()->peek(u"a"_s), QVariant(1));
}

void tst_Refreshing::aPauseIsWaitedFor()
{
    const auto root = makeBound("refreshInterval: 10; debounce: 1000000");
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > 2, 5000);
    entryOf(root)->setKey(u"b"_s);
    QVERIFY(isQuiet());
    QVERIFY(!m_object->contains(u"b"_s));
    entryOf(root)->refresh();
    const int before = m_loads;
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 3, 5000);
    QVERIFY(m_object->contains(u"b"_s));
}

void tst_Refreshing::switchedOffOrWithoutALoaderNothingLoads()
{
    const auto root = makeBound("refreshInterval: 10");
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > 2, 5000);
    entryOf(root)->setActive(false);
    QVERIFY(isQuiet());
    int before = m_loads;
    entryOf(root)->setActive(true);
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 2, 5000);
    m_object->cache()->setLoader(nullptr);
    QVERIFY(isQuiet());
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Ready);
    QVERIFY(!entryOf(root)->isFetching());
    before = m_loads;
    m_object->cache()->setLoader([this](const QString &) { return QVariant(++m_loads); });
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 2, 5000);
    SyncCacheObject other;
    entryOf(root)->setCache(&other);
    QVERIFY(isQuiet());
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Null);
}

// The object, the map, the entry within what its refresh tells, in each order.
void tst_Refreshing::cachesMayEnd()
{
    const auto root = makeBound("refreshInterval: 10; refreshOnActive: true");
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > 2, 5000);
    m_object.reset();
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Null);
    setApplication(Qt::ApplicationInactive);
    setApplication(Qt::ApplicationActive);
    QTest::qWait(50);

    auto map = std::make_unique<SyncCache<QString, int>>();
    map->setLoader([this](const QString &) { return ++m_loads; });
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map.get()));
    entryOf(root)->setCache(view.get());
    const int before = m_loads;
    QTRY_VERIFY_WITH_TIMEOUT(m_loads > before + 2, 5000);
    map.reset();
    QTest::qWait(50); // it does not wait for a loader that has begun
    const int after = m_loads;
    QTest::qWait(50);
    QCOMPARE(m_loads, after);

    SyncCacheObject last;
    last.cache()->setLoader([](const QString &) { return QVariant(1); });
    QPointer<SyncCacheEntry> entry = new SyncCacheEntry(&last, u"a"_s);
    QTRY_COMPARE(entry->status(), SyncCacheEntry::Ready);
    entry->setRefreshOnActive(true);
    entry->setRefreshInterval(10);
    connect(entry, &SyncCacheEntry::fetchingChanged, this, [&entry] { delete entry; });
    setApplication(Qt::ApplicationInactive);
    setApplication(Qt::ApplicationActive);
    QTRY_VERIFY(!entry);
}

void tst_Refreshing::typedCachesAreRefreshed()
{
    const auto map = std::make_shared<SyncCache<int, double>>();
    map->setLoader([this](int key) { return key + ++m_loads / 4.0; });
    const std::unique_ptr<SyncCacheObject> view(SyncCacheObject::wrap(map));
    QJSEngine::setObjectOwnership(view.get(), QJSEngine::CppOwnership);
    m_engine.rootContext()->setContextProperty(u"shown"_s, view.get());
    const auto root = makeBound("refreshInterval: 10");
    entryOf(root)->setKey(u"42"_s);
    QTRY_VERIFY_WITH_TIMEOUT(root->property("value").toDouble() > 43, 5000);
    entryOf(root)->setCache(nullptr);
}

void tst_Refreshing::sharedEntriesRefuse()
{
    SyncCacheEntry *const entry = m_object->entry(u"a"_s);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("is shared, and stays as it is"_L1));
    entry->setRefreshInterval(10);
    QCOMPARE(entry->refreshInterval(), 0);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("is shared, and stays as it is"_L1));
    entry->setRefreshOnActive(true);
    QVERIFY(!entry->refreshesOnActive());
}

void tst_Refreshing::negativeIntervalsAreRefused()
{
    SyncCacheEntry entry;
    QSignalSpy changed(&entry, &SyncCacheEntry::refreshIntervalChanged);
    entry.setRefreshInterval(5);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("refreshInterval must be 0 or more"_L1));
    entry.setRefreshInterval(-1);
    QCOMPARE(entry.refreshInterval(), 5);
    QCOMPARE(changed.size(), 1);
}

void tst_Refreshing::whoComesBackFindsWhatIsOldRefreshed_data()
{
    QTest::addColumn<int>("staleTime");
    QTest::addColumn<bool>("isLoaded");
    QTest::newRow("no stale time") << -1 << true;
    QTest::newRow("fresh") << Long << false;
    QTest::newRow("stale, and nobody was told") << 100 << true;
}

void tst_Refreshing::whoComesBackFindsWhatIsOldRefreshed()
{
    QFETCH(int, staleTime);
    QFETCH(bool, isLoaded);
    m_object->setStaleTime(staleTime);
    const auto root = makeBound("refreshOnActive: true");
    QTRY_COMPARE(root->property("value"), QVariant(1));
    QTest::qWait(150);
    QCOMPARE(m_loads, 1);
    setApplication(Qt::ApplicationActive); // as it was
    setApplication(Qt::ApplicationInactive);
    QVERIFY(isQuiet());
    QCOMPARE(m_loads, 1);
    setApplication(Qt::ApplicationActive);
    QCOMPARE(entryOf(root)->isFetching(), isLoaded);
    QCOMPARE(entryOf(root)->status(), SyncCacheEntry::Ready);
    if (isLoaded)
        QTRY_COMPARE(root->property("value"), QVariant(2));
    QVERIFY(isQuiet());
    QCOMPARE(m_loads, isLoaded ? 2 : 1);
}

void tst_Refreshing::anErrorIsTriedAgainByWhoComesBack()
{
    m_fails = true;
    m_object->setStaleTime(Long);
    const auto root = makeBound("refreshOnActive: true");
    QTRY_COMPARE(entryOf(root)->status(), SyncCacheEntry::Error);
    m_fails = false;
    setApplication(Qt::ApplicationInactive);
    setApplication(Qt::ApplicationActive);
    QTRY_COMPARE(entryOf(root)->status(), SyncCacheEntry::Ready);
    QCOMPARE(m_loads, 2);
}

void tst_Refreshing::aLoadUnderWayIsNotBegunTwice()
{
    QObject context;
    std::vector<SyncCacheLoadContext<QVariant>> loads;
    m_object->cache()->setLoader(&context,
                                 [&](const QString &, SyncCacheLoadContext<QVariant> load) {
                                     loads.push_back(std::move(load));
                                 });
    const auto root = makeBound("refreshInterval: 10; refreshOnActive: true");
    QTRY_COMPARE(loads.size(), 1U);
    for (int i = 0; i < 3; ++i) {
        setApplication(Qt::ApplicationInactive);
        setApplication(Qt::ApplicationActive);
        QTest::qWait(30);
    }
    QCOMPARE(loads.size(), 1U);
    loads.back().finish(1);
    QTRY_COMPARE_WITH_TIMEOUT(loads.size(), 2U, 5000);
    loads.back().finish(2);
}

// What does not fit is not loaded more often by itself since it is refreshed.
void tst_Refreshing::whatRestsGoesOnResting()
{
    m_object->setMaxCost(0);
    const auto root = makeBound("refreshInterval: 400");
    QTRY_COMPARE(entryOf(root)->status(), SyncCacheEntry::Ready);
    QVERIFY(entryOf(root)->isStale());
    QTest::qWait(1000);
    // Two by the interval; a rest of a second, and then longer ones.
    QVERIFY2(m_loads >= 2 && m_loads <= 4, qPrintable(QString::number(m_loads)));
}

int main(int argc, char **argv)
{
    const QGuiApplication application(argc, argv);
    tst_Refreshing test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_refreshing.moc"
