// SPDX-License-Identifier: MIT

// A CacheModel under the proxy that QML has since Qt 6.10.

#include <SyncMap/SyncCacheObject>

#include <QtCore/qcoreapplication.h>
#include <QtQml/qqmlcomponent.h>
#include <QtQml/qqmlengine.h>
#include <QtTest/qtest.h>

#include <memory>

using namespace Qt::StringLiterals;

class tst_SortFilter : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void rowsAreInTheOrderOfAField();
    void rowsMoveAsAWorkerWrites();
    void onlyWhatAFunctionTakesIsShown();

private:
    QString shown() const;
    void write(const QString &key, const QString &name, double price)
    {
        m_cache->insert(key, QVariantMap { { u"name"_s, name }, { u"price"_s, price } });
    }

    std::unique_ptr<QQmlEngine> m_engine;
    std::unique_ptr<QObject> m_root;
    std::shared_ptr<SyncCache<QString, QVariant>> m_cache;
};

void tst_SortFilter::init()
{
    m_root.reset();
    m_engine = std::make_unique<QQmlEngine>();
    QQmlComponent component(m_engine.get());
    component.setData(R"(
        import QtQml
        import QtQml.Models
        import SyncMap

        QtObject {
            id: root

            property string query
            property SyncCache cache: SyncCache { id: shares; notifyInterval: 0 }
            property SortFilterProxyModel proxy: SortFilterProxyModel {
                model: CacheModel { cache: shares; fields: ["name", "price"] }
                sorters: RoleSorter { roleName: "price"; sortOrder: Qt.DescendingOrder }
                filters: FunctionFilter {
                    component RoleData: QtObject { property string name }
                    function filter(data: RoleData): bool { return data.name.includes(root.query) }
                }
            }
            property Instantiator rows: Instantiator {
                model: root.proxy
                delegate: QtObject {
                    required property string name
                    required property double price
                }
            }
            function shown(): string {
                let texts = [];
                for (let row = 0; row < rows.count; ++row)
                    texts.push(`${rows.objectAt(row).name} ${rows.objectAt(row).price}`);
                return texts.join(", ");
            }
            onQueryChanged: proxy.invalidate()
        })",
                      QUrl());
    m_root.reset(component.create());
    QVERIFY2(m_root, qPrintable(component.errorString()));
    m_cache = m_root->property("cache").value<SyncCacheObject *>()->cache();
    write(u"a"_s, u"Aero"_s, 3);
    write(u"b"_s, u"Bell"_s, 7.5);
    write(u"c"_s, u"Cell"_s, 5);
}

QString tst_SortFilter::shown() const
{
    QString texts;
    QMetaObject::invokeMethod(m_root.get(), "shown", qReturnArg(texts));
    return texts;
}

void tst_SortFilter::rowsAreInTheOrderOfAField()
{
    QTRY_COMPARE(shown(), u"Bell 7.5, Cell 5, Aero 3"_s);
}

void tst_SortFilter::rowsMoveAsAWorkerWrites()
{
    QTRY_COMPARE(shown(), u"Bell 7.5, Cell 5, Aero 3"_s);
    write(u"a"_s, u"Aero"_s, 6);
    QTRY_COMPARE(shown(), u"Bell 7.5, Aero 6, Cell 5"_s);
    m_cache->remove(u"b"_s);
    QTRY_COMPARE(shown(), u"Aero 6, Cell 5"_s);
}

void tst_SortFilter::onlyWhatAFunctionTakesIsShown()
{
    m_root->setProperty("query", u"ell"_s);
    QTRY_COMPARE(shown(), u"Bell 7.5, Cell 5"_s);
    write(u"c"_s, u"Cola"_s, 5);
    QTRY_COMPARE(shown(), u"Bell 7.5"_s);
    m_root->setProperty("query", u"Co"_s);
    QTRY_COMPARE(shown(), u"Cola 5"_s);
}

QTEST_MAIN(tst_SortFilter)
#include "tst_sortfilter.moc"
