// SPDX-License-Identifier: MIT
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qhash.h>
#include <QtCore/qpointer.h>
#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlcontext.h>
#include <QtQml/qqmlengine.h>
#include <QtQuick/qquickitem.h>
#include <QtQuick/qquickwindow.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <memory>

using namespace Qt::StringLiterals;

namespace {

constexpr int ValueBytes = 100'000;

// As many bytes, that are counted wherever they are kept.
struct Heavy
{
    static inline std::atomic<qint64> alive { 0 };

    Heavy() { ++alive; }
    Heavy(const Heavy &) { ++alive; }
    Heavy &operator=(const Heavy &) = default;
    ~Heavy() { --alive; }
    bool operator==(const Heavy &) const { return false; }

    static qint64 bytes() { return alive * ValueBytes; }
};

} // namespace

// Views that are scrolled through more than the cache holds.
class tst_Scrolling : public QObject
{
    Q_OBJECT

private slots:
    void littleIsKeptOfWhatIsLeftBehind_data();
    void littleIsKeptOfWhatIsLeftBehind();
};

void tst_Scrolling::littleIsKeptOfWhatIsLeftBehind_data()
{
    QTest::addColumn<QByteArray>("delegate");
    QTest::addColumn<int>("rows");
    const QByteArray byRole = "Item { required property CacheEntry entry; height: 20; "
                              "property bool isThere: entry.status === CacheEntry.Ready }";
    const QByteArray byKey =
            "Item { required property string key; height: 20\n"
            "property CacheEntry entry: cache.entry(key)\n"
            "property bool isThere: cache.entry(key).status === CacheEntry.Ready }";
    const QByteArray byHandler = "Item { required property CacheEntry entry; height: 20; "
                                 "property bool isThere: true\n"
                                 "function use() { return entry.value } }";
    const QByteArray declared =
            "Item { id: row; required property string key; height: 20\n"
            "property CacheEntry entry: CacheEntry { cache: shownCache; key: row.key }\n"
            "property SyncCache shownCache: cache\n"
            "property bool isThere: entry.status === CacheEntry.Ready }";
    QTest::newRow("role, 2,000 rows") << byRole << 2'000;
    QTest::newRow("role, 20,000 rows") << byRole << 20'000;
    QTest::newRow("key, 2,000 rows") << byKey << 2'000;
    QTest::newRow("in handlers, 2,000 rows") << byHandler << 2'000;
    QTest::newRow("declared, 2,000 rows") << declared << 2'000;
}

// Nobody calls the collector.
void tst_Scrolling::littleIsKeptOfWhatIsLeftBehind()
{
    QFETCH(const QByteArray, delegate);
    QFETCH(const int, rows);
    const qint64 before = Heavy::alive;
    {
        SyncCacheObject object;
        object.setMaxCost(1'000'000);
        object.cache()->setLoader([](const QString &, const SyncCacheLoadContext<QVariant> &load) {
            load.setCost(ValueBytes);
            return QVariant::fromValue(Heavy());
        });
        SyncCacheModel model;
        QStringList keys;
        for (int i = 0; i < rows; ++i)
            keys.append(QString::number(i));
        model.setKeys(keys);
        model.setCache(&object);
        for (QObject *one : { static_cast<QObject *>(&object), static_cast<QObject *>(&model) })
            QJSEngine::setObjectOwnership(one, QJSEngine::CppOwnership);

        QQmlEngine engine;
        engine.rootContext()->setContextProperty(u"cache"_s, &object);
        engine.rootContext()->setContextProperty(u"rows"_s, &model);
        QQmlComponent component(&engine);
        component.setData("import QtQuick\nimport SyncMap\n"
                          "ListView { width: 100; height: 400; cacheBuffer: 0; model: rows\n"
                          "delegate: "
                                  + delegate + " }",
                          QUrl());
        QQuickWindow window;
        window.resize(100, 400);
        window.show();
        const std::unique_ptr<QQuickItem> view(qobject_cast<QQuickItem *>(component.create()));
        QVERIFY2(view, qPrintable(component.errorString()));
        view->setParentItem(window.contentItem());
        auto *const content = view->property("contentItem").value<QQuickItem *>();

        QHash<QObject *, QPointer<QObject>> seen;
        qint64 mostBytes = 0;
        const auto look = [&] {
            const auto items = content->childItems();
            for (QQuickItem *item : items) {
                if (auto *const entry = item->property("entry").value<QObject *>())
                    seen.insert(entry, entry);
            }
            mostBytes = std::max(mostBytes, Heavy::bytes());
        };
        for (int row = 0; row + 20 < rows; row += 17) {
            view->setProperty("contentY", 20 * row);
            QTest::qWait(4);
            look();
        }
        QTest::qWait(50);
        look();
        const auto left = std::count_if(seen.cbegin(), seen.cend(),
                                        [](const auto &one) { return bool(one); });
        QVERIFY(left >= 20);
        // Some are the collector's, who comes when he likes.
        QVERIFY2(left <= std::max(rows / 10, 1'500), qPrintable(QString::number(left)));
        QVERIFY2(mostBytes <= 16 * 1024 * 1024, qPrintable(QString::number(mostBytes)));
        QTRY_VERIFY(object.loading() == 0); // what was left behind was cancelled, or has come
        const auto items = content->childItems();
        QTRY_VERIFY(std::all_of(items.cbegin(), items.cend(), [](QQuickItem *item) {
            return !item->property("isThere").isValid() || item->property("isThere").toBool();
        }));
        qInfo("%lld entries are left, of %lld; at most %.1f MiB of values were alive",
              qlonglong(left), qlonglong(seen.size()), double(mostBytes) / (1024 * 1024));
    }
    QTRY_COMPARE(Heavy::alive.load(), before); // a worker may still let go of the last one
}

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_QUICK_BACKEND", "software");
    QGuiApplication app(argc, argv);
    tst_Scrolling test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_scrolling.moc"
