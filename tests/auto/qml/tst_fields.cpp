// SPDX-License-Identifier: MIT

// Members of values as roles of delegates; and views of Qt Quick whose delegates have no entries.

#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtGui/qguiapplication.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtQuick/qquickitem.h>
#include <QtQuick/qquickwindow.h>
#include <QtTest/qtest.h>

#include <map>
#include <memory>

using namespace Qt::StringLiterals;

struct Share
{
    Q_GADGET
    Q_PROPERTY(QString name MEMBER name)
    Q_PROPERTY(double price MEMBER price)
public:
    QString name;
    double price = 0;

    bool operator==(const Share &other) const { return name == other.name && price == other.price; }
};

class tst_Fields : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void membersAreRolesOfDelegates();
    void typedValuesHaveRoles();
    void delegatesWriteMembers();
    void otherFieldsOfAShownModel();
    void tableLoadsWhatItDisplays();
    void textsLoadOnceThereIsALoader();

private:
    QQuickItem *make(const QByteArray &text);
    QStringList texts() const;

    std::unique_ptr<QQmlEngine> m_engine;
    std::unique_ptr<QQuickWindow> m_window;
    std::unique_ptr<QQuickItem> m_root;
};

void tst_Fields::init()
{
    m_root.reset();
    m_window = std::make_unique<QQuickWindow>();
    m_window->resize(200, 200);
    m_window->show();
    m_engine = std::make_unique<QQmlEngine>();
}

QQuickItem *tst_Fields::make(const QByteArray &text)
{
    QQmlComponent component(m_engine.get());
    component.setData("import QtQuick\nimport SyncMap\n" + text, QUrl());
    m_root.reset(qobject_cast<QQuickItem *>(component.create()));
    if (m_root)
        m_root->setParentItem(m_window->contentItem());
    else
        qWarning().noquote() << component.errorString();
    return m_root.get();
}

// What the delegates of the view say, in its order.
QStringList tst_Fields::texts() const
{
    std::map<std::pair<double, double>, QString> byPlace;
    const auto *const view = m_root->property("view").value<QQuickItem *>();
    const auto items = view->property("contentItem").value<QQuickItem *>()->childItems();
    for (const QQuickItem *item : items) {
        if (item->isVisible() && item->property("says").isValid())
            byPlace[{ item->y(), item->x() }] = item->property("says").toString();
    }
    QStringList all;
    for (const auto &[place, text] : byPlace)
        all.append(text);
    return all;
}

void tst_Fields::membersAreRolesOfDelegates()
{
    QVERIFY(make("Item { id: root; width: 200; height: 200\n"
                 "property alias view: list; property alias cache: shares\n"
                 "SyncCache { id: shares; notifyInterval: 0 }\n"
                 "Component.onCompleted: {\n"
                 "  shares.insert('a', { name: 'Aero', price: 3, of: { city: 'Rome' } });\n"
                 "  shares.insert('b', { name: 'Bell' });\n"
                 "}\n"
                 "ListView { id: list; anchors.fill: parent\n"
                 "model: CacheModel { cache: shares; sorted: true\n"
                 "                    fields: ['name', 'price', 'of.city', 'status'] }\n"
                 "delegate: Item { required property string name; required property var price\n"
                 "required property string key; required property int status\n"
                 "required property var model\n"
                 "height: 20; property string says: `${key} ${name} ${price} "
                 "${model['of.city']} ${status}` } } }"));
    QTRY_COMPARE(texts(), QStringList({ u"a Aero 3 Rome 1"_s, u"b Bell undefined undefined 1"_s }));
    auto *const cache = m_root->property("cache").value<SyncCacheObject *>();
    cache->insert(u"b"_s, QVariantMap { { u"name"_s, u"Ball"_s }, { u"price"_s, 7.5 } });
    QTRY_COMPARE(texts().at(1), u"b Ball 7.5 undefined 1"_s);
}

void tst_Fields::typedValuesHaveRoles()
{
    const auto shares = std::make_shared<SyncMap<int, Share>>();
    shares->insert(7, { u"Aero"_s, 3.5 });
    SyncCacheObject::publish(u"typed shares"_s, shares);
    QVERIFY(make("Item { width: 200; height: 200; property alias view: list\n"
                 "ListView { id: list; anchors.fill: parent\n"
                 "model: CacheModel { fields: ['name', 'price']\n"
                 "  cache: SyncCache { name: 'typed shares'; notifyInterval: 0 } }\n"
                 "delegate: Item { required property string name; required property real price\n"
                 "height: 20; property string says: `${name} ${price}` } } }"));
    QTRY_COMPARE(texts(), QStringList(u"Aero 3.5"_s));
    shares->insert(7, { u"Aero"_s, 4 });
    QTRY_COMPARE(texts(), QStringList(u"Aero 4"_s));
    m_root.reset();
    SyncCacheObject::release(u"typed shares"_s);
}

void tst_Fields::delegatesWriteMembers()
{
    const auto shares = std::make_shared<SyncMap<int, Share>>();
    shares->insert(7, { u"Aero"_s, 3.5 });
    SyncCacheObject::publish(u"written shares"_s, shares);
    QVERIFY(make("Item { width: 200; height: 200; property alias view: list\n"
                 "ListView { id: list; anchors.fill: parent\n"
                 "model: CacheModel { fields: ['name', 'price']\n"
                 "  cache: SyncCache { name: 'written shares'; notifyInterval: 0 } }\n"
                 "delegate: Item { id: row; required property var model\n"
                 "Component.onCompleted: row.model.price = 9.25\n"
                 "height: 20; property string says: row.model.price } } }"));
    QTRY_COMPARE(texts(), QStringList(u"9.25"_s));
    QCOMPARE(shares->value(7), (Share { u"Aero"_s, 9.25 }));
    m_root.reset();
    SyncCacheObject::release(u"written shares"_s);
}

void tst_Fields::otherFieldsOfAShownModel()
{
    QVERIFY(make("Item { width: 200; height: 200; property alias view: list\n"
                 "property alias fields: rows.fields\n"
                 "function showAnew() { list.model = null; list.model = rows }\n"
                 "SyncCache { id: shares; notifyInterval: 0 }\n"
                 "Component.onCompleted: shares.insert('k', { a: 1, b: 2 })\n"
                 "ListView { id: list; anchors.fill: parent\n"
                 "model: CacheModel { id: rows; cache: shares; fields: ['a'] }\n"
                 "delegate: Item { required property var model\n"
                 "height: 20; property string says: `${model.a} ${model.b}` } } }"));
    QTRY_COMPARE(texts(), QStringList(u"1 undefined"_s));
    m_root->setProperty("fields", QStringList { u"b"_s, u"a"_s });
    // A view of Qt 6.4 asks for the names of roles once.
    QVERIFY(QMetaObject::invokeMethod(m_root.get(), "showAnew"));
    QTRY_COMPARE(texts(), QStringList(u"1 2"_s));
}

void tst_Fields::tableLoadsWhatItDisplays()
{
    QVERIFY(make("Item { id: root; width: 200; height: 200; property alias view: table\n"
                 "property int count: 0\n"
                 "SyncCache { id: shares; maxCost: 10000; notifyInterval: 0\n"
                 "  loader: key => { ++root.count; return { name: 'name ' + key } } }\n"
                 "TableView { id: table; anchors.fill: parent; reuseItems: false\n"
                 "rowHeightProvider: row => 20; columnWidthProvider: column => 100\n"
                 "model: CacheModel { cache: shares; fields: ['key', 'name']\n"
                 "  keys: Array.from({ length: 1000 }, (_, i) => i) }\n"
                 "delegate: Item { required property var display\n"
                 "implicitWidth: 100; implicitHeight: 20\n"
                 "property string says: display ?? '-' } } }"));
    QTRY_COMPARE(texts().value(1), u"name 0"_s);
    QTRY_COMPARE(texts().value(19), u"name 9"_s);
    QTest::qWait(50);
    const int count = m_root->property("count").toInt();
    QVERIFY2(count <= 14, qPrintable(QString::number(count)));
    auto *const view = m_root->property("view").value<QQuickItem *>();
    view->setProperty("contentY", 20 * 500);
    QTRY_VERIFY(texts().contains(u"name 505"_s));
    QTest::qWait(50);
    QVERIFY(m_root->property("count").toInt() <= 2 * count + 4);
}

// What was shown before is asked for then.
void tst_Fields::textsLoadOnceThereIsALoader()
{
    QVERIFY(make("Item { width: 200; height: 200; property alias view: list\n"
                 "property var loader\n"
                 "SyncCache { id: shares; notifyInterval: 0; loader: list.parent.loader }\n"
                 "function load() { loader = key => ({ name: 'name ' + key }) }\n"
                 "ListView { id: list; anchors.fill: parent\n"
                 "model: CacheModel { cache: shares; keys: ['a', 'b']; fields: ['name'] }\n"
                 "delegate: Item { required property var display\n"
                 "height: 20; property string says: display ?? '-' } } }"));
    QTRY_COMPARE(texts(), QStringList({ u"-"_s, u"-"_s }));
    QVERIFY(QMetaObject::invokeMethod(m_root.get(), "load"));
    QTRY_COMPARE(texts(), QStringList({ u"name a"_s, u"name b"_s }));
}

int main(int argc, char **argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("QT_QUICK_BACKEND", "software");
    QGuiApplication app(argc, argv);
    tst_Fields test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_fields.moc"
