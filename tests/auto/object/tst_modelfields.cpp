// SPDX-License-Identifier: MIT

// Members of values as columns and roles of a model.

#include "modelwatch.h"

#include <SyncMap/SyncCacheEntry>

#include <QtCore/qjsonobject.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qsortfilterproxymodel.h>
#include <QtTest/qsignalspy.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <thread>

struct Address
{
    Q_GADGET
    Q_PROPERTY(QString city MEMBER city)
public:
    QString city;
    bool operator==(const Address &other) const { return city == other.city; }
    bool operator!=(const Address &other) const { return !(*this == other); }
};

struct Person
{
    Q_GADGET
    Q_PROPERTY(QString name MEMBER name)
    Q_PROPERTY(int age MEMBER age)
    Q_PROPERTY(Address address MEMBER address)
    Q_PROPERTY(Mood mood MEMBER mood)
    Q_PROPERTY(QString initial READ initial)
public:
    enum Mood { Calm, Merry };
    Q_ENUM(Mood)

    QString initial() const { return name.left(1); }
    bool operator==(const Person &other) const
    {
        return name == other.name && age == other.age && address == other.address
                && mood == other.mood;
    }

    QString name;
    int age = 0;
    Address address;
    Mood mood = Calm;
};

using People = SyncCache<int, Person>;

namespace {

Person person(const QString &name, int age)
{
    Person result;
    result.name = name;
    result.age = age;
    return result;
}

QStringList shownIn(const QAbstractItemModel &model, int column)
{
    QStringList all;
    for (int row = 0; row < model.rowCount(); ++row)
        all.append(model.index(row, column).data().toString());
    return all;
}

QVariantMap record(const QString &name, const QVariant &member)
{
    return { { name, member } };
}

void expectWarning(const char *pattern)
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QLatin1String(pattern)));
}

} // namespace

class tst_ModelFields : public QObject
{
    Q_OBJECT

private slots:
    void columnsAreTheFields();
    void namesThatCannotBeAreLeftOut();
    void membersAreRead_data();
    void membersAreRead();
    void membersOfAQObject();
    void absentValuesShowThePlaceholder();
    void changesAreToldWithTheRoles();
    void proxiesSortAndFilter();
    void sortedProxiesStaySorted_data();
    void sortedProxiesStaySorted();
    void whatWasReadStaysUntilItIsTold();
    void writingChangesOneMember();
    void writingAMemberLosesNothing();
    void writesThatCannotBeAreRefused_data();
    void writesThatCannotBeAreRefused();
    void whatIsShownAloneIsWritten();
    void fieldsMayBeSetInASlot();
};

void tst_ModelFields::columnsAreTheFields()
{
    Wrapped<People> cache;
    cache.map->insert(7, person(QStringLiteral("Ada"), 36));
    Watched watched(cache.object.get());
    Model &model = watched.model;
    QSignalSpy changed(&model, &Model::fieldsChanged);
    const QStringList names { QStringLiteral("age"),    QStringLiteral("key"),
                              QStringLiteral("status"), QStringLiteral("name"),
                              QStringLiteral("value"),  QStringLiteral("address.city") };
    model.setFields(names);
    QCOMPARE(model.fields(), names);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(watched.mirror.resets, 1);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.columnCount(), names.size());
    for (int column = 0; column < names.size(); ++column)
        QCOMPARE(model.headerData(column, Qt::Horizontal).toString(), names.at(column));
    for (const int role : { int(Qt::DisplayRole), int(Qt::EditRole) }) {
        QCOMPARE(model.index(0, 0).data(role), QVariant(36));
        QCOMPARE(model.index(0, 1).data(role), QVariant(QStringLiteral("7")));
        QCOMPARE(model.index(0, 2).data(role), QVariant(QStringLiteral("Ready")));
        QCOMPARE(model.index(0, 3).data(role), QVariant(QStringLiteral("Ada")));
        QCOMPARE(model.index(0, 4).data(role).value<Person>().age, 36);
    }
    for (int column = 0; column < names.size(); ++column) {
        const QModelIndex index = model.index(0, column);
        QCOMPARE(bool(index.flags() & Qt::ItemIsEditable), column != 1 && column != 2);
        QCOMPARE(index.data(Model::FieldRole), QVariant(36));
        QCOMPARE(index.data(Model::FieldRole + 3), QVariant(QStringLiteral("Ada")));
        QCOMPARE(index.data(Model::KeyRole), QVariant(QStringLiteral("7")));
        QVERIFY(!index.data(Model::FieldRole + 6).isValid());
    }
    const auto roles = model.roleNames();
    QCOMPARE(roles.value(Model::FieldRole), QByteArray("age"));
    QCOMPARE(roles.value(Model::FieldRole + 3), QByteArray("name"));
    QCOMPARE(roles.value(Model::FieldRole + 5), QByteArray("address.city"));
    QCOMPARE(roles.values().count("key"), 1); // not a second one
    QCOMPARE(roles.key("key"), int(Model::KeyRole));

    model.setFields(names);
    QCOMPARE(changed.size(), 1);
    QSignalSpy titled(&model, &Model::headerDataChanged);
    QVERIFY(model.setHeaderData(0, Qt::Horizontal, QStringLiteral("Years")));
    QCOMPARE(titled.size(), 1);
    QCOMPARE(model.headerData(0, Qt::Horizontal).toString(), QStringLiteral("Years"));
    QVERIFY(model.setHeaderData(0, Qt::Horizontal, int(Qt::AlignRight), Qt::TextAlignmentRole));
    QCOMPARE(model.headerData(0, Qt::Horizontal, Qt::TextAlignmentRole).toInt(),
             int(Qt::AlignRight));
    QVERIFY(!model.setHeaderData(0, Qt::Vertical, QStringLiteral("Years")));
    QVERIFY(!model.setHeaderData(int(names.size()), Qt::Horizontal, QStringLiteral("Years")));
    model.setFields({});
    QCOMPARE(changed.size(), 2);
    QCOMPARE(watched.mirror.resets, 2);
    QCOMPARE(model.columnCount(), 3);
    QCOMPARE(model.headerData(0, Qt::Horizontal).toString(), QStringLiteral("Key"));
    QVERIFY(!model.roleNames().contains(Model::FieldRole));
    QVERIFY(!model.index(0, 0).data(Model::FieldRole).isValid());
}

void tst_ModelFields::namesThatCannotBeAreLeftOut()
{
    Wrapped<People> cache;
    Watched watched(cache.object.get());
    expectWarning("\"\" is no name of a member");
    expectWarning("\"a\\.\\.b\" is no name of a member");
    expectWarning("\"age\" comes more than once");
    expectWarning("\"display\" is a column alone");
    const QStringList names { QString(), QStringLiteral("age"), QStringLiteral("a..b"),
                              QStringLiteral("age"), QStringLiteral("display") };
    watched.model.setFields(names);
    QCOMPARE(watched.model.fields(), names);
    QCOMPARE(watched.model.columnCount(), 2);
    QCOMPARE(watched.model.roleNames().value(Model::FieldRole), QByteArray("age"));
    QCOMPARE(watched.model.roleNames().key("display"), int(Qt::DisplayRole));
    QVERIFY(!watched.model.roleNames().contains(Model::FieldRole + 1));

    expectWarning("\"\" is no name of a member");
    watched.model.setFields({ QString() });
    QCOMPARE(watched.model.columnCount(), 3);
}

void tst_ModelFields::membersAreRead_data()
{
    const QString name = QStringLiteral("name");
    const QVariant ada = QStringLiteral("Ada");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QVariant>("member");
    QTest::addColumn<bool>("isWritable");
    const QVariantMap nested = record(QStringLiteral("of"), record(name, ada));
    QTest::newRow("map") << QVariant(record(name, ada)) << name << ada << true;
    QTest::newRow("hash") << QVariant(QVariantHash { { name, ada } }) << name << ada << true;
    QTest::newRow("json") << QVariant(QJsonObject { { name, QStringLiteral("Ada") } }) << name
                          << ada << true;
    QTest::newRow("json value") << QVariant(
            QJsonValue(QJsonObject { { name, QStringLiteral("Ada") } }))
                                << name << ada << true;
    QTest::newRow("gadget") << QVariant::fromValue(person(QStringLiteral("Ada"), 36)) << name << ada
                            << true;
    QTest::newRow("read only") << QVariant::fromValue(person(QStringLiteral("Ada"), 36))
                               << QStringLiteral("initial") << QVariant(QStringLiteral("A"))
                               << false;
    QTest::newRow("typed hash") << QVariant::fromValue(QHash<QString, int> { { name, 3 } }) << name
                                << QVariant(3) << true;
    QTest::newRow("member of a member")
            << QVariant(nested) << QStringLiteral("of.name") << ada << true;
    QTest::newRow("not in a map") << QVariant(record(name, ada)) << QStringLiteral("age")
                                  << QVariant() << true;
    QTest::newRow("not in a typed hash") << QVariant::fromValue(QHash<QString, int> { { name, 3 } })
                                         << QStringLiteral("age") << QVariant() << true;
    QTest::newRow("not in a gadget") << QVariant::fromValue(person(QStringLiteral("Ada"), 36))
                                     << QStringLiteral("size") << QVariant() << false;
    QTest::newRow("of no record") << QVariant(5) << name << QVariant() << false;
    QTest::newRow("of a text") << ada << name << QVariant() << false;
    QTest::newRow("beyond a text")
            << QVariant(record(name, ada)) << QStringLiteral("name.first") << QVariant() << false;
}

void tst_ModelFields::membersAreRead()
{
    QFETCH(const QVariant, value);
    QFETCH(const QString, field);
    QFETCH(const QVariant, member);
    Wrapped<SyncMap<QString, QVariant>> cache;
    cache.map->insert(QStringLiteral("k"), value);
    Watched watched(cache.object.get());
    watched.model.setFields({ QStringLiteral("key"), field });
    QCOMPARE(watched.model.index(0, 1).data(), member);
    QFETCH(const bool, isWritable);
    QCOMPARE(bool(watched.model.index(0, 1).flags() & Qt::ItemIsEditable), isWritable);
    QCOMPARE(watched.model.index(0, 0).data(Model::FieldRole + 1), member);
}

void tst_ModelFields::membersOfAQObject()
{
    SyncCacheObject object;
    QObject one;
    one.setObjectName(QStringLiteral("Ada"));
    one.setProperty("size", 3);
    QVERIFY(object.insert(QStringLiteral("k"), QVariant::fromValue(&one)));
    Watched watched(&object);
    watched.model.setFields({ QStringLiteral("objectName"), QStringLiteral("size") });
    QCOMPARE(watched.model.index(0, 0).data(), QVariant(QStringLiteral("Ada")));
    QCOMPARE(watched.model.index(0, 1).data(), QVariant(3));
    QVERIFY(!(watched.model.index(0, 1).flags() & Qt::ItemIsEditable));
    expectWarning("a property of a QObject");
    QVERIFY(!watched.model.setData(watched.model.index(0, 1), 4));
    QCOMPARE(one.property("size"), QVariant(3));
}

void tst_ModelFields::absentValuesShowThePlaceholder()
{
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 36));
    Watched watched(cache.object.get());
    watched.model.setFields({ QStringLiteral("name"), QStringLiteral("size") });
    watched.model.setKeys(texts(0, 2));
    QVERIFY(!watched.model.index(0, 0).data().isValid());
    QVERIFY(!(watched.model.index(0, 0).flags() & Qt::ItemIsEditable));
    QVERIFY(watched.model.index(1, 0).flags() & Qt::ItemIsEditable);
    watched.model.setPlaceholderValue(record(QStringLiteral("name"), QStringLiteral("…")));
    QCOMPARE(watched.model.index(0, 0).data(), QVariant(QStringLiteral("…")));
    QCOMPARE(watched.model.index(1, 0).data(), QVariant(QStringLiteral("Ada")));
    QVERIFY(!watched.model.index(1, 1).data().isValid());
    watched.model.setPlaceholderValue(QStringLiteral("none"));
    QVERIFY(!watched.model.index(0, 0).data().isValid());
}

void tst_ModelFields::changesAreToldWithTheRoles()
{
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 36));
    Watched watched(cache.object.get());
    watched.model.setFields({ QStringLiteral("key"), QStringLiteral("name"), QStringLiteral("age"),
                              QStringLiteral("status") });
    QSignalSpy changes(&watched.model, &Model::dataChanged);
    cache.map->insert(1, person(QStringLiteral("Eve"), 40));
    cache.object->flush();
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.first().at(0).toModelIndex().column(), 0);
    QCOMPARE(changes.first().at(1).toModelIndex().column(), 3);
    const auto roles = changes.first().at(2).value<QList<int>>();
    QVERIFY(roles.contains(Model::FieldRole + 1));
    QVERIFY(roles.contains(Model::FieldRole + 2));
    QVERIFY(roles.contains(Qt::DisplayRole));
    QVERIFY(roles.contains(Model::ValueRole));
}

void tst_ModelFields::proxiesSortAndFilter()
{
    Wrapped<People> cache;
    for (int i = 0; i < 12; ++i)
        cache.map->insert(i, person(QStringLiteral("n%1").arg(i % 3), 9 + i));
    Model model;
    model.setCache(cache.object.get());
    model.setFields({ QStringLiteral("name"), QStringLiteral("age") });
    QSortFilterProxyModel proxy;
    const QAbstractItemModelTester tester(&proxy,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    proxy.setSourceModel(&model);
    proxy.setSortRole(Qt::EditRole);
    proxy.setFilterRole(Qt::EditRole);
    proxy.sort(1);
    QCOMPARE(shownIn(proxy, 1), texts(9, 21)); // as numbers: as texts, 9 would be the last
    proxy.setFilterKeyColumn(0);
    proxy.setFilterFixedString(QStringLiteral("n1"));
    QCOMPARE(shownIn(proxy, 1), QStringList({ text(10), text(13), text(16), text(19) }));

    cache.map->insert(4, person(QStringLiteral("n1"), 99)); // had 13
    cache.map->insert(1, person(QStringLiteral("n2"), 10)); // had 10, and passes no more
    cache.map->remove(7);
    cache.map->insert(50, person(QStringLiteral("n1"), 1));
    cache.object->flush();
    QCOMPARE(shownIn(proxy, 1), QStringList({ text(1), text(19), text(99) }));

    // By the role, whatever the column.
    proxy.setFilterFixedString(QString());
    proxy.setSortRole(Model::FieldRole + 1);
    proxy.sort(0, Qt::DescendingOrder);
    QCOMPARE(proxy.index(0, 1).data(), QVariant(99));

    // Other columns, as if the model were another one.
    model.setFields({ QStringLiteral("age"), QStringLiteral("key") });
    QCOMPARE(proxy.columnCount(), 2);
    proxy.setSortRole(Qt::EditRole);
    proxy.sort(0);
    QCOMPARE(proxy.index(0, 0).data(), QVariant(1));
}

void tst_ModelFields::sortedProxiesStaySorted_data()
{
    QTest::addColumn<int>("writesPerFlush"); // 0: a worker writes all the time
    QTest::newRow("few") << 4;
    QTest::newRow("many") << 100;
    QTest::newRow("beside a worker") << 0;
}

// A proxy compares a row that has changed with others, of which it may not have been told yet.
void tst_ModelFields::sortedProxiesStaySorted()
{
    QFETCH(const int, writesPerFlush);
    constexpr int Rows = 200;
    Wrapped<People> cache;
    for (int key = 0; key < Rows; ++key)
        cache.map->insert(key, person(text(key), 7919 * key % 1000));
    cache.object->setNotifyInterval(writesPerFlush == 0 ? 0 : -1);
    Model model;
    model.setCache(cache.object.get());
    model.setFields({ QStringLiteral("name"), QStringLiteral("age"), QStringLiteral("key") });
    QSortFilterProxyModel proxy;
    proxy.setSourceModel(&model);
    proxy.setSortRole(Qt::EditRole);
    proxy.sort(1);
    std::atomic<int> written { 0 };
    const auto write = [&](int number) {
        const int key = 613 * number % Rows;
        if (number % 97 == 0) // also rows that come and go
            cache.map->remove(key);
        else
            cache.map->insert(key, person(text(key), 104729 * number % 1000));
        ++written;
    };
    if (writesPerFlush == 0) {
        std::thread worker([&] {
            for (int number = 0; number < 20'000; ++number) {
                write(number);
                if (number % 16 == 0)
                    std::this_thread::yield();
            }
        });
        while (written < 20'000)
            QCoreApplication::processEvents();
        worker.join();
        cache.object->flush();
    }
    for (int flush = 0; flush < (writesPerFlush == 0 ? 0 : 100); ++flush) {
        for (int i = 0; i < writesPerFlush; ++i)
            write(written);
        cache.object->flush();
    }
    QCOMPARE(proxy.rowCount(), int(cache.map->size()));
    for (int row = 0; row < proxy.rowCount(); ++row) {
        const int age = proxy.index(row, 1).data().toInt();
        if (row > 0)
            QVERIFY(proxy.index(row - 1, 1).data().toInt() <= age);
        const auto present = cache.map->peek(proxy.index(row, 2).data().toInt());
        QVERIFY(present && present->age == age); // what there is by now
    }
}

void tst_ModelFields::whatWasReadStaysUntilItIsTold()
{
    Wrapped<People> cache;
    cache.object->setNotifyInterval(-1);
    for (int key = 0; key < 3; ++key)
        cache.map->insert(key, person(text(key), key));
    cache.object->flush();
    Model model;
    model.setSorted(true);
    model.setCache(cache.object.get());
    model.setFields({ QStringLiteral("age"), QStringLiteral("status") });
    QCOMPARE(shownIn(model, 0), texts(0, 3));
    cache.map->insert(0, person(text(0), 10));
    cache.map->insert(2, person(text(2), 12));
    QCOMPARE(shownIn(model, 0), texts(0, 3));
    QCOMPARE(model.get(0).toMap().value(QStringLiteral("value")).value<Person>().age, 0);
    // One is told of, and the other one not yet.
    QStringList seen;
    connect(&model, &Model::dataChanged, this, [&] {
        if (seen.isEmpty())
            seen = shownIn(model, 0);
    });
    cache.object->flush();
    QCOMPARE(seen, QStringList({ text(10), text(1), text(2) }));
    QCOMPARE(shownIn(model, 0), QStringList({ text(10), text(1), text(12) }));
    // Writing through the model is told at once.
    QVERIFY(model.setData(model.index(1, 0), 11));
    QCOMPARE(model.index(1, 0).data(), QVariant(11));
    // A key that goes and comes shows nothing of before.
    cache.map->remove(1);
    cache.object->flush();
    cache.map->insert(1, person(text(1), 99));
    cache.object->flush();
    QCOMPARE(shownIn(model, 0), QStringList({ text(10), text(99), text(12) }));
    QCOMPARE(model.index(0, 1).data(), QVariant(QStringLiteral("Ready")));
}

void tst_ModelFields::writingChangesOneMember()
{
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 36),
                      SyncCacheEntryOptions().setPinned(true).setTags({ QStringLiteral("old") }));
    Watched watched(cache.object.get());
    Model &model = watched.model;
    model.setFields({ QStringLiteral("name"), QStringLiteral("age"), QStringLiteral("address.city"),
                      QStringLiteral("mood") });
    QVERIFY(model.setData(model.index(0, 1), 37));
    QVERIFY(model.setData(model.index(0, 0), QStringLiteral("London"), Model::FieldRole + 2));
    QVERIFY(model.setData(model.index(0, 3), QStringLiteral("Merry"))); // as toType() does
    Person expected = person(QStringLiteral("Ada"), 37);
    expected.address.city = QStringLiteral("London");
    expected.mood = Person::Merry;
    QCOMPARE(cache.map->value(1), expected);
    QCOMPARE(model.index(0, 2).data(), QVariant(QStringLiteral("London")));
    QVERIFY(watched.mirror.changes >= 3);
    const auto info = cache.map->entryInfo(1);
    QVERIFY(info && info->pinned);
    QCOMPARE(info->tags, QStringList(QStringLiteral("old")));

    // Maps may get what they had not.
    SyncCacheObject object;
    object.insert(QStringLiteral("k"), record(QStringLiteral("a"), 1));
    object.insert(QStringLiteral("l"), QJsonObject { { QStringLiteral("a"), 1 } });
    model.setCache(&object);
    model.setFields({ QStringLiteral("b") });
    for (const auto &key : { QStringLiteral("k"), QStringLiteral("l") }) {
        QVERIFY(model.setData(model.index(model.indexOf(key), 0), 2));
        const QVariantMap after = object.value(key).toMap();
        QCOMPARE(after.value(QStringLiteral("a")).toInt(), 1);
        QCOMPARE(after.value(QStringLiteral("b")).toInt(), 2);
    }
    Wrapped<SyncMap<QString, QHash<QString, int>>> hashes;
    hashes.map->insert(QStringLiteral("k"), { { QStringLiteral("a"), 1 } });
    model.setCache(hashes.object.get());
    QVERIFY(model.setData(model.index(0, 0), 2.0));
    QCOMPARE(hashes.map->value(QStringLiteral("k")).value(QStringLiteral("a")), 1);
    QCOMPARE(hashes.map->value(QStringLiteral("k")).value(QStringLiteral("b")), 2);
}

// Another member, by a worker, at the same time.
void tst_ModelFields::writingAMemberLosesNothing()
{
    constexpr int rounds = 2000;
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 0));
    Watched watched(cache.object.get());
    Model &model = watched.model;
    model.setFields({ QStringLiteral("name") });
    std::thread worker([&cache] {
        for (int i = 0; i < rounds; ++i) {
            cache.map->compute(1, [](const Person *present) {
                Person next = present ? *present : Person();
                ++next.age;
                return std::optional(next);
            });
        }
    });
    for (int i = 0; i < rounds; ++i)
        model.setData(model.index(0, 0), text(i));
    worker.join();
    QCOMPARE(cache.map->value(1).age, rounds);
    QCOMPARE(cache.map->value(1).name, text(rounds - 1));
}

void tst_ModelFields::writesThatCannotBeAreRefused_data()
{
    QTest::addColumn<QString>("field");
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QByteArray>("warning");
    QTest::newRow("no such property") << QStringLiteral("size") << QVariant(1)
                                      << QByteArray("\"size\" of \"1\" is not written: no Person "
                                                    "can be given a \"size\"");
    QTest::newRow("read only") << QStringLiteral("initial") << QVariant(QStringLiteral("B"))
                               << QByteArray("no Person can be given a \"initial\"");
    QTest::newRow("another type") << QStringLiteral("age") << QVariant(QStringLiteral("old"))
                                  << QByteArray("a QString is no int");
    QTest::newRow("of no record") << QStringLiteral("age.years") << QVariant(1)
                                  << QByteArray("a int has no \"years\"");
}

void tst_ModelFields::writesThatCannotBeAreRefused()
{
    QFETCH(const QString, field);
    QFETCH(const QVariant, value);
    QFETCH(const QByteArray, warning);
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 36));
    cache.map->invalidate(1);
    Watched watched(cache.object.get());
    watched.model.setFields({ QStringLiteral("key"), QStringLiteral("status"), field });
    const Model &model = watched.model;
    cache.object->flush();
    watched.mirror.forget();
    const double revision = cache.object->revision();
    expectWarning(warning.constData());
    QVERIFY(!watched.model.setData(model.index(0, 2), value));
    QCOMPARE(cache.map->value(1), person(QStringLiteral("Ada"), 36));
    QVERIFY(cache.map->isStale(1));
    cache.object->flush();
    QCOMPARE(cache.object->revision(), revision);
    QCOMPARE(watched.mirror.changes, 0);
    for (int column = 0; column < 2; ++column)
        QVERIFY(!watched.model.setData(model.index(0, column), value));
    watched.model.setKeys({ text(2) });
    expectWarning("there is nothing that it could be a member of");
    QVERIFY(!watched.model.setData(model.index(0, 2), value));
    QVERIFY(!cache.map->contains(2));
    QObject object;
    expectWarning("a QObject can be a whole value alone");
    QVERIFY(!watched.model.setData(model.index(0, 2), QVariant::fromValue(&object)));
}

// Which the cache has given up.
void tst_ModelFields::whatIsShownAloneIsWritten()
{
    Wrapped<People> cache;
    cache.map->insert(1, person(QStringLiteral("Ada"), 36));
    Watched watched(cache.object.get());
    watched.model.setFields({ QStringLiteral("name"), QStringLiteral("age") });
    SyncCacheEntry *const entry = cache.object->entry(text(1));
    QObject receiver;
    connect(entry, &SyncCacheEntry::valueChanged, &receiver, [] {});
    cache.map->setMaxCost(0);
    cache.object->flush();
    cache.map->setMaxCost(10);
    QVERIFY(!cache.map->contains(1));
    QCOMPARE(watched.model.index(0, 0).data(), QVariant(QStringLiteral("Ada")));
    QVERIFY(watched.model.setData(watched.model.index(0, 1), 37));
    QCOMPARE(cache.map->value(1), person(QStringLiteral("Ada"), 37));
    QCOMPARE(entry->value().value<Person>().age, 37);
}

void tst_ModelFields::fieldsMayBeSetInASlot()
{
    Wrapped<People> cache;
    Watched watched(cache.object.get());
    Model &model = watched.model;
    connect(&model, &Model::rowsInserted, this, [&model] {
        model.setFields({ QStringLiteral("name"), QStringLiteral("age") });
    });
    cache.map->insert(1, person(QStringLiteral("Ada"), 36));
    cache.object->flush();
    QCOMPARE(model.columnCount(), 2);
    QCOMPARE(watched.mirror.resets, 1);
    QVERIFY(watched.mirror.isRight());
    QCOMPARE(model.index(0, 1).data(), QVariant(36));
}

QTEST_GUILESS_MAIN(tst_ModelFields)
#include "tst_modelfields.moc"
