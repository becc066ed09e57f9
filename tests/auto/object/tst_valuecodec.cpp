// SPDX-License-Identifier: MIT
#include "instants.h"

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qdatetime.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qset.h>
#include <QtCore/qurl.h>
#include <QtCore/quuid.h>
#include <QtTest/qtest.h>

#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <string>
#include <vector>

using namespace Qt::StringLiterals;
using SyncMapInternal::isReadableByQml;
using SyncMapInternal::ValueCodec;

class Person
{
    Q_GADGET
    Q_PROPERTY(QString name MEMBER name)
    Q_PROPERTY(int age MEMBER age)
    Q_PROPERTY(QList<int> scores MEMBER scores)
    Q_PROPERTY(int doubleAge READ doubleAge)

public:
    enum class Mood : quint8 { Calm, Merry = 200 };
    Q_ENUM(Mood)

    int doubleAge() const { return 2 * age; }
    friend bool operator==(const Person &a, const Person &b)
    {
        return a.name == b.name && a.age == b.age && a.scores == b.scores;
    }
    friend bool operator!=(const Person &a, const Person &b) { return !(a == b); } // for moc

    QString name;
    int age = 0;
    QList<int> scores;
};

class Team
{
    Q_GADGET
    Q_PROPERTY(Person leader MEMBER leader)
    Q_PROPERTY(QList<Person> members MEMBER members)

public:
    friend bool operator==(const Team &a, const Team &b)
    {
        return a.leader == b.leader && a.members == b.members;
    }
    friend bool operator!=(const Team &a, const Team &b) { return !(a == b); }

    Person leader;
    QList<Person> members;
};

enum class Plain : qint8 { No, Yes };

// It converts by a function of its own, and has no default constructor.
struct Metres
{
    explicit Metres(double count) : number(count) { }
    friend bool operator==(Metres a, Metres b) { return a.number == b.number; }

    double number;
};
struct Opaque
{
};

// What QML says in lists, records, texts and numbers, as values of C++.
class tst_ValueCodec : public QObject
{
    Q_OBJECT

private slots:
    void numbersAreTakenWhole();
    void whatWouldBeLostIsRefused_data();
    void whatWouldBeLostIsRefused();
    void textsAreTaken();
    void sequencesAreFilled();
    void associationsAreFilled();
    void gadgetsAreFilled();
    void enumerationsAreTakenByNameOrNumber();
    void daysAreTakenFromMidnight();
    void refusalsNameThePlace();
    void hostileNestingIsRefused();
    void conversionsOfTheUserAreUsed();
    void whatQmlCannotReadIsKnown();
};

namespace {

template <typename T>
std::optional<T> taken(const QVariant &value)
{
    QString why;
    const std::optional<T> result = ValueCodec<T>::fromVariant(value, &why);
    if (bool(result) != why.isEmpty())
        qWarning() << "a refusal without a reason, or a reason without one:" << why;
    return result;
}

template <typename T>
QString whyNot(const QVariant &value)
{
    QString why;
    return ValueCodec<T>::fromVariant(value, &why) ? u"taken"_s : why;
}

template <typename T>
bool isTaken(const QVariant &value, const T &expected)
{
    const std::optional<T> result = taken<T>(value);
    return result && *result == expected;
}

} // namespace

void tst_ValueCodec::numbersAreTakenWhole()
{
    QVERIFY(isTaken<int>(7.0, 7));
    QVERIFY(isTaken<int>(true, 1));
    QVERIFY(isTaken<double>(7, 7.0));
    QVERIFY(isTaken<float>(0.1, 0.1f));
    QVERIFY(std::isnan(*taken<double>(std::nan(""))));
    QVERIFY(isTaken<float>(HUGE_VAL, std::numeric_limits<float>::infinity()));
    QVERIFY(isTaken<qint8>(-128, qint8(-128)));
    QVERIFY(isTaken<quint8>(255, quint8(255)));
    QVERIFY(isTaken<quint16>(65535.0, quint16(65535)));
    QVERIFY(isTaken<long>(-5, -5L));
    QVERIFY(isTaken<qint64>(-9223372036854775808.0, std::numeric_limits<qint64>::min()));
    QVERIFY(isTaken<quint64>(9223372036854775808.0, quint64(1) << 63));
    QVERIFY(isTaken<quint64>(quint64(-1), quint64(-1)));
    QVERIFY(isTaken<bool>(1, true));
    QVERIFY(isTaken<bool>(0.0, false));
}

void tst_ValueCodec::whatWouldBeLostIsRefused_data()
{
    using Why = QString (*)(const QVariant &);
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<Why>("why");
    const auto row = [](const char *name, const QVariant &value, Why why) {
        QTest::newRow(name) << value << why;
    };
    row("part of a number", 3.7, whyNot<int>);
    row("NaN", std::nan(""), whyNot<int>);
    row("infinity", HUGE_VAL, whyNot<qint64>);
    row("too large for 8 bits", 300, whyNot<qint8>);
    row("too small for 8 bits", -129, whyNot<qint8>);
    row("too large for 32 bits", 2147483648.0, whyNot<int>);
    row("too large for 64 bits", 9223372036854775808.0, whyNot<qint64>);
    row("far too large", 1e300, whyNot<quint64>);
    row("sign, 8 bits", -1, whyNot<quint8>);
    row("sign, 32 bits", -1, whyNot<quint32>);
    row("sign, 64 bits", -1, whyNot<quint64>);
    row("sign of a double", -1.0, whyNot<quint64>);
    row("unsigned without room", quint64(1) << 63, whyNot<qint64>);
    row("digits", (Q_INT64_C(1) << 53) + 1, whyNot<double>);
    row("digits of a float", 16777217, whyNot<float>);
    row("beyond a float", 1e300, whyNot<float>);
    row("number for a truth", 2, whyNot<bool>);
    row("text for a truth", u"yes"_s, whyNot<bool>);
    row("text for a number", u"abc"_s, whyNot<int>);
    row("empty text for a number", QString(), whyNot<int>);
    row("large text for a number", u"300"_s, whyNot<qint8>);
    row("null for a number", QVariant::fromValue(nullptr), whyNot<int>);
    row("null for a text", QVariant::fromValue(nullptr), whyNot<QString>);
    row("undefined", QVariant(), whyNot<int>);
    row("list for a number", QVariantList { 1 }, whyNot<int>);
    row("list for a text", QStringList { u"a"_s }, whyNot<QString>);
    row("record for a text", QVariantMap(), whyNot<QString>);
    row("number for a list", 1, whyNot<QList<int>>);
    row("text for a list", u"ab"_s, whyNot<QList<QChar>>);
    row("record for a list", QVariantMap(), whyNot<QList<int>>);
    row("list for a record", QVariantList(), whyNot<QHash<QString, int>>);
    row("bytes that are no text", QByteArray("\xff"), whyNot<QString>);
    row("text that has no bytes", QString(QChar(0xd83d)), whyNot<QByteArray>);
    row("two characters for one", u"ab"_s, whyNot<QChar>);
    row("no identifier", u"zz"_s, whyNot<QUuid>);
    row("parts of a point", QPointF(0.5, 0), whyNot<QPoint>);
    row("no date", u"tomorrow"_s, whyNot<QDate>);
    row("time of a day", utc(QDate(2024, 5, 1), QTime(12, 30)), whyNot<QDate>);
    row("list for a gadget", QVariantList(), whyNot<Person>);
}

void tst_ValueCodec::whatWouldBeLostIsRefused()
{
    using Why = QString (*)(const QVariant &);
    QFETCH(QVariant, value);
    QFETCH(Why, why);
    QVERIFY2(why(value).contains(u" is no "), qPrintable(why(value)));
}

void tst_ValueCodec::textsAreTaken()
{
    QVERIFY(isTaken<int>(u"42"_s, 42));
    QVERIFY(isTaken<double>(u"2.5"_s, 2.5));
    QVERIFY(isTaken<quint64>(u"18446744073709551615"_s, quint64(-1)));
    QVERIFY(isTaken<bool>(u"true"_s, true));
    QVERIFY(isTaken<QString>(7, u"7"_s));
    QVERIFY(isTaken<QByteArray>(u"\u00e9"_s, QByteArray("\xc3\xa9")));
    QVERIFY(isTaken<std::string>(u"\u00e9"_s, std::string("\xc3\xa9")));
    QVERIFY(isTaken<QUrl>(u"http://example.org/a b"_s, QUrl(u"http://example.org/a b"_s)));
    QVERIFY(isTaken<QDate>(u"2024-05-01"_s, QDate(2024, 5, 1)));
    QVERIFY(isTaken<QChar>(u"a"_s, QChar(u'a')));
    QVERIFY(isTaken<QUuid>(QUuid().toString(), QUuid()));
    QVERIFY(isTaken<QJsonValue>(QVariant::fromValue(nullptr), QJsonValue()));
    QVERIFY(isTaken<QPoint>(QPointF(3, 4), QPoint(3, 4)));
}

void tst_ValueCodec::sequencesAreFilled()
{
    const QVariantList numbers { 3, 4.0, u"5"_s };
    QVERIFY(isTaken(numbers, QList<int> { 3, 4, 5 }));
    QVERIFY(isTaken(numbers, QList<double> { 3, 4, 5 }));
    QVERIFY(isTaken(numbers, QStringList { u"3"_s, u"4"_s, u"5"_s }));
    QVERIFY(isTaken(numbers, std::vector<qint16> { 3, 4, 5 }));
    QVERIFY(isTaken(numbers, std::list<int> { 3, 4, 5 }));
    QVERIFY(isTaken(numbers, QSet<int> { 3, 4, 5 }));
    QVERIFY(isTaken(QVariant::fromValue(QList<int> { 1 }), QVariantList { 1 }));
    QVERIFY(isTaken(QVariantList(), QList<int>()));
    QVERIFY(isTaken(QByteArray("\xff"), QList<quint8> { 255 }));
    QVERIFY(isTaken(QByteArray("\xff"), QList<qint8> { -1 }));
    QVERIFY(!taken<QList<int>>(QByteArray("\1")));
    QVERIFY(isTaken(QVariantList { QVariantList { 1, 2 }, QVariantList() },
                    QList<std::vector<int>> { { 1, 2 }, {} }));
    QVERIFY(isTaken(numbers, QVariantList(numbers)));
}

void tst_ValueCodec::associationsAreFilled()
{
    const QVariantMap record { { u"1"_s, 10 }, { u"-2"_s, 20.0 } };
    QVERIFY(isTaken(record, QHash<QString, int> { { u"1"_s, 10 }, { u"-2"_s, 20 } }));
    QVERIFY(isTaken(record, QMap<int, double> { { 1, 10 }, { -2, 20 } }));
    QVERIFY(isTaken(record, std::map<QString, int> { { u"1"_s, 10 }, { u"-2"_s, 20 } }));
    QVERIFY(isTaken(record, QVariantHash { { u"1"_s, 10 }, { u"-2"_s, 20.0 } }));
    QVERIFY(isTaken(QVariantMap { { u"a"_s, QVariantList { 1 } } },
                    QHash<QString, QList<int>> { { u"a"_s, { 1 } } }));
    QVERIFY(isTaken(record, QJsonObject { { u"1"_s, 10 }, { u"-2"_s, 20 } }));
    // Two names must not become one key.
    QCOMPARE(whyNot<QStringList>(QVariantMap()), u"a QVariantMap is no QStringList"_s);
    QCOMPARE((whyNot<QHash<int, int>>(QVariantMap { { u"01"_s, 1 } })),
             u"it has the name \"01\", which is no int"_s);
    QVERIFY(!(taken<QHash<int, int>>(QVariantMap { { u"one"_s, 1 } })));
}

void tst_ValueCodec::gadgetsAreFilled()
{
    const QVariantMap person { { u"name"_s, u"Ada"_s },
                               { u"age"_s, 36.0 },
                               { u"scores"_s, QVariantList { 1, 2 } } };
    const Person ada { u"Ada"_s, 36, { 1, 2 } };
    QVERIFY(isTaken(person, ada));
    QVERIFY(isTaken(QVariantMap { { u"age"_s, 3 } }, Person { {}, 3, {} }));
    QVERIFY(isTaken(QVariant::fromValue(ada), ada));
    QVERIFY(isTaken(QVariantMap { { u"leader"_s, person },
                                  { u"members"_s, QVariantList { person, person } } },
                    Team { ada, { ada, ada } }));
    QVERIFY(isTaken(QVariantMap { { u"a"_s, person } },
                    QHash<QString, Person> { { u"a"_s, ada } }));
    QCOMPARE(whyNot<Person>(QVariantMap { { u"surname"_s, 1 } }),
             u"it has a \"surname\", which no Person can be given"_s);
    QCOMPARE(whyNot<Person>(QVariantMap { { u"doubleAge"_s, 1 } }),
             u"it has a \"doubleAge\", which no Person can be given"_s);
}

void tst_ValueCodec::enumerationsAreTakenByNameOrNumber()
{
    QVERIFY(isTaken(u"Merry"_s, Person::Mood::Merry));
    QVERIFY(isTaken(200, Person::Mood::Merry));
    QVERIFY(isTaken(200.0, Person::Mood::Merry));
    QVERIFY(isTaken(u"AlignLeft|AlignTop"_s, Qt::Alignment(Qt::AlignLeft | Qt::AlignTop)));
    QVERIFY(isTaken(1, Plain::Yes));
    QVERIFY(isTaken(QVariantList { u"Calm"_s, 200 },
                    QList<Person::Mood> { Person::Mood::Calm, Person::Mood::Merry }));
    QVERIFY(!taken<Person::Mood>(u"Sad"_s));
    QVERIFY(!taken<Person::Mood>(256));
    QVERIFY(!taken<Person::Mood>(-1));
    QVERIFY(!taken<Person::Mood>(0.5));
    QVERIFY(!taken<Plain>(u"Yes"_s)); // it has no names
    QVERIFY(!taken<Plain>(128));
}

void tst_ValueCodec::daysAreTakenFromMidnight()
{
    const QDate day(2024, 5, 1);
    QVERIFY(isTaken(utc(day, QTime(0, 0)), day));
    QVERIFY(isTaken(QDateTime(day, QTime(0, 0)).toUTC(), day));
    QVERIFY(isTaken(QDateTime(day, QTime(12, 30)).toUTC(), QTime(12, 30)));
}

void tst_ValueCodec::refusalsNameThePlace()
{
    QCOMPARE(whyNot<QList<int>>(QVariantList { 1, u"x"_s }),
             u"[1] is a QString, which is no int"_s);
    const QVariantMap team {
        { u"members"_s, QVariantList { QVariantMap { { u"scores"_s, QVariantList { 1, 2.5 } } } } }
    };
    QCOMPARE(whyNot<Team>(team), u"members[0].scores[1] is a double, which is no int"_s);
}

void tst_ValueCodec::hostileNestingIsRefused()
{
    QVariant nested = 1;
    for (int i = 0; i < 100'000; ++i)
        nested = QVariantList { nested };
    QVERIFY(!taken<QList<int>>(nested));
    QVERIFY(!taken<QString>(nested));
    // Ends level by level, where the destructors of so many lists would overflow the stack.
    while (nested.metaType() == QMetaType::fromType<QVariantList>())
        nested = QVariant(nested.toList().first());
}

void tst_ValueCodec::conversionsOfTheUserAreUsed()
{
    QVERIFY(isTaken(QVariant::fromValue(Metres(2)), Metres(2)));
    QVERIFY(!taken<Metres>(2.0));
    QVERIFY(!taken<Opaque>(QVariantMap()));
    QMetaType::registerConverter<QVariantList, Person>([](const QVariantList &list) {
        return Person { list.value(0).toString(), list.value(1).toInt(), {} };
    });
    QVERIFY(isTaken(QVariantList { u"Ada"_s, 36 }, Person { u"Ada"_s, 36, {} }));
    QMetaType::unregisterConverterFunction(QMetaType::fromType<QVariantList>(),
                                           QMetaType::fromType<Person>());
}

void tst_ValueCodec::whatQmlCannotReadIsKnown()
{
    const auto isReadable = [](auto value) {
        return isReadableByQml(QMetaType::fromType<decltype(value)>());
    };
    QVERIFY(isReadable(1));
    QVERIFY(isReadable(Person()));
    QVERIFY(isReadable(Plain()));
    QVERIFY(isReadable(QHash<QString, int>()));
    QVERIFY(isReadable(QMap<int, std::vector<Person>>()));
    QVERIFY(isReadable(std::pair<int, QString>()));
    QVERIFY(!isReadable(Opaque()));
    QVERIFY(!isReadable(QList<Opaque>()));
    QVERIFY(!isReadable(QHash<QString, Opaque>()));
    QVERIFY(!isReadable(std::pair<int, Opaque>()));
}

QTEST_APPLESS_MAIN(tst_ValueCodec)
#include "tst_valuecodec.moc"
