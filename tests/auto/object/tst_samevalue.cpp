// SPDX-License-Identifier: MIT
#include "instants.h"

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qdatetime.h>
#include <QtCore/qline.h>
#include <QtCore/qrect.h>
#include <QtCore/qset.h>
#include <QtCore/qtimezone.h>
#include <QtTest/qtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

using namespace Qt::StringLiterals;
using SyncMapInternal::isSameValue;

struct Incomparable
{
    Q_GADGET
    Q_PROPERTY(int n MEMBER n)

public:
    int n = 0;
};

namespace {

constexpr double NaN = std::numeric_limits<double>::quiet_NaN();

// As a value, and as a part of one.
using Wrap = std::function<QVariant(const QVariant &)>;

} // namespace

// When a value is the same, so that nobody is told of a change.
class tst_SameValue : public QObject
{
    Q_OBJECT

private slots:
    void differsByTypeAndValue_data();
    void differsByTypeAndValue();
    void isTheSame_data();
    void isTheSame();
    void lengthsAndNamesCount();
    void nestingHasABound();
};

void tst_SameValue::differsByTypeAndValue_data()
{
    QTest::addColumn<QVariant>("a");
    QTest::addColumn<QVariant>("b");
    const auto row = [](const char *name, const QVariant &a, const QVariant &b) {
        QTest::newRow(name) << a << b;
    };
    row("text and number", u"007"_s, 7);
    row("text and its number", u"7"_s, 7);
    row("truth and number", true, 1);
    row("null and zero", QVariant::fromValue(nullptr), 0);
    row("null and undefined", QVariant::fromValue(nullptr), QVariant());
    row("bytes and text", QByteArray("x"), u"x"_s);
    row("case", u"a"_s, u"A"_s);
    row("large integers", (Q_INT64_C(1) << 53) + 1, Q_INT64_C(1) << 53);
    row("integer and its double", (Q_INT64_C(1) << 53) + 1, double(Q_INT64_C(1) << 53));
    row("signs", qint64(-1), quint64(-1));
    row("NaN and number", NaN, 0);
    row("parts of a number", 1, 1.5);
    row("points that are near", QPointF(1e-13, 0), QPointF(0, 0));
    row("rectangles that are near", QRectF(0, 0, 1, 1e-14), QRectF(0, 0, 1, 0));
    row("sizes that are near", QSizeF(1, 1 + 1e-14), QSizeF(1, 1));
    row("zones of an instant", utc(QDate(2024, 1, 1), QTime(12, 0)),
        utc(QDate(2024, 1, 1), QTime(12, 0)).toOffsetFromUtc(3600));
    row("what cannot be compared", QVariant::fromValue(Incomparable()),
        QVariant::fromValue(Incomparable()));
    row("sets", QVariant::fromValue(QSet<int> { 1, 2 }), QVariant::fromValue(QSet<int> { 1, 3 }));
    row("lists of points", QVariant::fromValue(QList<QPointF> { { 1e-13, 0 } }),
        QVariant::fromValue(QList<QPointF> { { 0, 0 } }));
}

void tst_SameValue::isTheSame_data()
{
    QTest::addColumn<QVariant>("a");
    QTest::addColumn<QVariant>("b");
    const auto row = [](const char *name, const QVariant &a, const QVariant &b) {
        QTest::newRow(name) << a << b;
    };
    row("undefined", QVariant(), QVariant());
    row("null", QVariant::fromValue(nullptr), QVariant::fromValue(nullptr));
    row("whole numbers", 1, 1.0);
    row("numbers of other widths", qint8(-1), qint64(-1));
    row("NaN", NaN, NaN);
    row("NaN of other widths", NaN, std::numeric_limits<float>::quiet_NaN());
    row("NaN in a point", QPointF(NaN, 1), QPointF(NaN, 1));
    row("infinity", HUGE_VAL, HUGE_VAL);
    row("null and empty text", QString(), u""_s);
    row("sets of other orders", QVariant::fromValue(QSet<int> { 1, 2, 3 }),
        QVariant::fromValue(QSet<int> { 3, 2, 1 }));
    row("NaN in a list of doubles", QVariant::fromValue(QList<double> { NaN, 1 }),
        QVariant::fromValue(QList<double> { NaN, 1 }));
    row("NaN in a vector", QVariant::fromValue(std::vector<double> { NaN }),
        QVariant::fromValue(std::vector<double> { NaN }));
    row("NaN in a hash", QVariant::fromValue(QHash<QString, double> { { u"x"_s, NaN } }),
        QVariant::fromValue(QHash<QString, double> { { u"x"_s, NaN } }));
    row("a line", QLineF(0, 1, 2, 3), QLineF(0, 1, 2, 3));
    const QTimeZone zone("Europe/Berlin");
    row("a time of a zone", QDateTime(QDate(2024, 1, 1), QTime(12, 0), zone),
        QDateTime(QDate(2024, 1, 1), QTime(12, 0), zone));
}

static const Wrap wraps[] = {
    [](const QVariant &value) { return value; },
    [](const QVariant &value) {
        return QVariantList { 1, value };
    },
    [](const QVariant &value) {
        return QVariantMap { { u"v"_s, value } };
    },
    [](const QVariant &value) {
        return QVariantHash { { u"v"_s, value } };
    },
    [](const QVariant &value) {
        return QVariant::fromValue(QHash<int, QVariant> { { 1, QVariantList { value } } });
    },
    [](const QVariant &value) { return QVariantList { QVariant::fromValue(value) }; },
    [](const QVariant &value) { return QVariant::fromValue(std::vector<QVariant> { value }); },
    [](const QVariant &value) { return QVariant::fromValue(std::pair(1, value)); },
};

void tst_SameValue::differsByTypeAndValue()
{
    QFETCH(QVariant, a);
    QFETCH(QVariant, b);
    for (const Wrap &wrap : wraps) {
        QVERIFY(!isSameValue(wrap(a), wrap(b)));
        QVERIFY(!isSameValue(wrap(b), wrap(a)));
    }
}

void tst_SameValue::isTheSame()
{
    QFETCH(QVariant, a);
    QFETCH(QVariant, b);
    for (const Wrap &wrap : wraps) {
        QVERIFY(isSameValue(wrap(a), wrap(b)));
        QVERIFY(isSameValue(wrap(b), wrap(a)));
    }
}

void tst_SameValue::lengthsAndNamesCount()
{
    QVERIFY(!isSameValue(QVariantList { 1 }, QVariantList { 1, 2 }));
    QVERIFY(!isSameValue(QVariantMap { { u"a"_s, 1 } }, QVariantMap { { u"b"_s, 1 } }));
    QVERIFY(!isSameValue(QVariantMap { { u"a"_s, 1 }, { u"b"_s, 1 } },
                         QVariantMap { { u"a"_s, 1 } }));
    QVERIFY(!isSameValue(QVariantHash { { u"a"_s, 1 } }, QVariantHash { { u"b"_s, 1 } }));
    QVERIFY(!isSameValue(QVariant::fromValue(QList<double> { 1 }),
                         QVariant::fromValue(QList<double> { 1, 2 })));
}

void tst_SameValue::nestingHasABound()
{
    const auto nested = [](int levels) {
        QVariant value = 1;
        for (int i = 0; i < levels; ++i)
            value = QVariantList { value };
        return value;
    };
    const auto end = [](QVariant value) { // level by level
        while (value.metaType() == QMetaType::fromType<QVariantList>())
            value = QVariant(value.toList().first());
    };
    QVERIFY(isSameValue(nested(100), nested(100)));
    QVariant a = nested(50'000);
    QVariant b = nested(50'000);
    QVERIFY(!isSameValue(a, b));
    end(std::move(a));
    end(std::move(b));
}

QTEST_APPLESS_MAIN(tst_SameValue)
#include "tst_samevalue.moc"
