// SPDX-License-Identifier: MIT

// What a map asks of its keys: other types that stand for them, hashes that are worth little, and
// comparisons that make no sense.

#include "allocations.h"
#include "enginecounts.h"
#include "hashedkey.h"

#include <SyncMap/SyncMap>

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qdatastream.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qhash.h>
#include <QtCore/qset.h>
#include <QtCore/qurl.h>
#include <QtCore/quuid.h>
#include <QtCore/qversionnumber.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

// Compares and hashes as a QString does.
struct TextReference
{
    const QString *text;
    friend bool operator==(const QString &key, TextReference other) { return key == *other.text; }
    friend size_t qHash(TextReference other, size_t seed) { return ::qHash(*other.text, seed); }
};

// Compares as the QString of its digit does, and cannot be hashed itself.
struct Digits
{
    int number;
    friend bool operator==(const QString &key, Digits other)
    {
        return key.size() == 1 && key.front() == QChar(u'0' + other.number);
    }
};

// A key, and what a QHash of such keys is searched by.
struct Label
{
    QByteArray name;
    friend bool operator==(const Label &a, const Label &b) { return a.name == b.name; }
    friend size_t qHash(const Label &label, size_t seed) { return ::qHash(label.name, seed); }
};
struct LabelView
{
    QByteArrayView name;
    explicit operator Label() const { return { name.toByteArray() }; }
    friend bool operator==(const Label &label, LabelView view) { return label.name == view.name; }
    friend size_t qHash(LabelView view, size_t seed) { return ::qHash(view.name, seed); }
};

// A key that tells what its hash was asked with.
struct SeedTeller
{
    int number = 0;
    static inline thread_local size_t seen = 0;
    friend bool operator==(SeedTeller a, SeedTeller b) { return a.number == b.number; }
    friend size_t qHash(SeedTeller key, size_t seed)
    {
        seen = seed;
        return ::qHash(key.number, seed);
    }
};

// Equal to nothing if its number is negative, as a NaN is.
struct Unequal
{
    int number = 0;
    friend bool operator==(Unequal a, Unequal b) { return a.number >= 0 && a.number == b.number; }
    friend size_t qHash(Unequal key, size_t seed) { return ::qHash(key.number, seed); }
};

// Hash with the seed as the last step, or without any; by std::hash alone, with a seed or without.
enum class KindOfHash : quint8 { SeedLast, Seedless, Standard, StandardWithSeed };
template <KindOfHash>
struct OwnKey
{
    quint64 id = 0;
    friend bool operator==(OwnKey a, OwnKey b) { return a.id == b.id; }
};
size_t qHash(OwnKey<KindOfHash::SeedLast> key, size_t seed)
{
    return size_t(key.id) ^ seed;
}
size_t qHash(OwnKey<KindOfHash::Seedless> key)
{
    return size_t(key.id);
}

enum Plain : int { FirstPlain };
enum class Scoped : qint64 { First = -500 };
enum class Hashed { First };
[[maybe_unused]] size_t qHash(Hashed, size_t)
{
    return 0; // is not asked
}

// Names a number, and hashes in a way of its own, which does not matter.
struct Handle
{
    quint64 number;

    explicit operator quint64() const { return number; }
    friend bool operator==(quint64 key, Handle handle) { return key == handle.number; }
};

} // namespace

template <>
struct std::hash<OwnKey<KindOfHash::Standard>>
{
    size_t operator()(OwnKey<KindOfHash::Standard> key) const { return size_t(key.id); }
};
template <>
struct std::hash<OwnKey<KindOfHash::StandardWithSeed>>
{
    size_t operator()(OwnKey<KindOfHash::StandardWithSeed> key, size_t seed) const
    {
        return size_t(key.id) ^ seed;
    }
};

template <>
struct SyncMapKeyLike<quint64, Handle> : std::true_type
{
};

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
QT_BEGIN_NAMESPACE
template <>
struct QHashHeterogeneousSearch<Label, LabelView> : std::true_type
{
};
QT_END_NAMESPACE
#else
template <>
struct SyncMapKeyLike<Label, LabelView> : std::true_type
{
};
#endif

template <>
struct SyncMapKeyLike<QString, TextReference> : std::true_type
{
};

template <>
struct SyncMapKeyLike<QString, Digits> : std::true_type
{
    static size_t hash(Digits other, size_t seed)
    {
        const char16_t digit = char16_t(u'0' + other.number);
        return qHash(QStringView(&digit, 1), seed);
    }
};

namespace {

// A handle that may be null, without saying that it is one.
struct Reference
{
    int *target;

    Reference(int *itsTarget = nullptr) : target(itsTarget) { }
    friend bool operator==(Reference a, Reference b) { return a.target == b.target; }
    friend size_t qHash(Reference key, size_t seed) { return ::qHash(key.target, seed); }
};

enum class Careless : int { One = 1, Two = 2 };
bool operator==(Careless, Careless)
{
    return true;
}

} // namespace

class tst_Keys : public QObject
{
    Q_OBJECT

    template <Hashing hashing, bool inTables>
    void tellApart(int count);
    template <bool inTables>
    void shareOneLargeTable(int count);

private Q_SLOTS:
    void numbersAreFoundByWhatConvertsToThem();
    void whatStandsForAStringFindsTheSame_data();
    void whatStandsForAStringFindsTheSame();
    void whatStandsForAByteArrayFindsTheSame();
    void everyReadAndRemovalTakesWhatStandsForAKey();
    void everyWriteTakesWhatStandsForAKey();
    void writesMakeAKeyOnlyToStoreIt();
    void viewsOfTheStandardLibraryStandForKeys();
    void braceAndLiteralsMeanWhatTheyDid();
    void nullIsNoTextButMayBeANumberOrAPointer();
    void enumeratorsAreTheirNumbers();
    void whatStandsForKeysMayBeInARow();
    void lookUpsAllocateNothing();
    void longLatin1KeysAreFound();
    void literalsAreFoundWithoutTheirNul();
    void aTypeOfTheUserStandsForAKey();
    void whatAQHashIsSearchedByStandsForAKey();

    void eachMapHasASeedOfItsOwn();
    void theSeedDoesNotDependOnTheGlobalOne();

    void everyKeyOfQHashIsAKey();
    void noTwoMapsHaveOneLayout();
    void chosenKeysDoNotPileUp();
    void aCopyHasTheShardsOfRandomFilling();

    void collidingKeysAreToldApart_data();
    void collidingKeysAreToldApart();
    void collidingKeysThatCannotBeSplitShareOneLargeTable();
    void aHashWithoutSeedWorks() { tellApart<Hashing::Seedless, false>(5000); }

    void numbersOfAnyPatternSpread_data();
    void numbersOfAnyPatternSpread();
    void keysUnequalToThemselvesDoNotLoop();
    void keysUnequalToThemselvesAreVisitedAndRemoved();
    void floatingPointNaNs();
};

void tst_Keys::whatStandsForAStringFindsTheSame_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("null") << QString();
    QTest::newRow("empty") << QString("");
    QTest::newRow("one") << QString("a");
    QTest::newRow("ascii") << QString("The quick brown fox");
    QTest::newRow("latin-1") << QString::fromLatin1("\xe4\xf6\xfc\xdf \xff\x80");
    QTest::newRow("256") << QString(256, u'x');
    QTest::newRow("257") << QString(257, u'\u00e9');
}

void tst_Keys::whatStandsForAStringFindsTheSame()
{
    QFETCH(const QString, text);
    const QByteArray latin1 = text.toLatin1();
    const SyncMap<QString, int> map { { text, 1 }, { text + u'x', 2 }, { text + u'\u4e2d', 3 } };
    QCOMPARE(map.find(text), std::optional<int>(1));
    QCOMPARE(map.find(QStringView(text)), std::optional<int>(1));
    QCOMPARE(map.find(QLatin1String(latin1)), std::optional<int>(1));
    const QString longer = text + u'\u4e2d';
    QCOMPARE(map.find(QStringView(longer)), std::optional<int>(3));
    QCOMPARE(map.find(QLatin1String(text.toLatin1() + 'x')), std::optional<int>(2));
    QVERIFY(!map.contains(QStringView(longer).mid(text.size())) || text.isEmpty());
    QVERIFY(!map.contains(QLatin1String(text.toLatin1() + '\xff')));
}

void tst_Keys::whatStandsForAByteArrayFindsTheSame()
{
    const SyncMap<QByteArray, int> map { { "one", 1 }, { QByteArray("t\0o", 3), 2 }, { "", 3 } };
    QCOMPARE(map.find(QByteArrayView("one")), std::optional<int>(1));
    QCOMPARE(map.find(QByteArrayView("t\0o", 3)), std::optional<int>(2));
    QCOMPARE(map.find(QByteArrayView()), std::optional<int>(3));
    QVERIFY(!map.contains(QByteArrayView("t")));
}

void tst_Keys::everyReadAndRemovalTakesWhatStandsForAKey()
{
    SyncMap<QString, QString> map { { "one", "1" }, { "two", "2" }, { "three", "3" } };
    const auto guard = map.guard();
    const auto textOf = [](const QString *found) { return found ? *found : QString("none"); };
    QCOMPARE(textOf(map.get(QStringView(u"one"), guard)), QString("1"));
    QCOMPARE(textOf(map.get(u"one", guard)), QString("1"));
    QCOMPARE(textOf(map.get(QLatin1String("one"), guard)), QString("1"));
    QCOMPARE(map.find(u"two"), std::optional<QString>("2"));
    QCOMPARE(map.value(u"two"), QString("2"));
    QCOMPARE(map.value(QLatin1String("four")), QString());
    QCOMPARE(map.value(u"four", "none"), QString("none"));
    QCOMPARE(map.value(QStringView(u"two"), "none"), QString("2"));
    QVERIFY(map.contains(u"three"));
    QVERIFY(!map.remove(u"four"));
    QVERIFY(map.remove(u"one"));
    QVERIFY(map.remove(QLatin1String("two")));
    QCOMPARE(map.take(QStringView(u"three")), std::optional<QString>("3"));
    QCOMPARE(map.take(u"three"), std::optional<QString>());
    QVERIFY(map.isEmpty());
}

void tst_Keys::everyWriteTakesWhatStandsForAKey()
{
    SyncMap<QString, QString> map;
    map.insert(u"1", "a");
    map.insert(QStringView(u"1").mid(0), "b");
    map.insert(QLatin1String("2"), "a");
    map.insert(std::u16string_view(u"3"), "a");
    QCOMPARE(map.toHash(), (QHash<QString, QString> { { "1", "b" }, { "2", "a" }, { "3", "a" } }));
    QVERIFY(!map.tryInsert(u"1", "c").inserted);
    QVERIFY(map.tryInsert(u"4", "c").inserted);
    {
        const auto guard = map.guard();
        QVERIFY(!map.tryInsert(u"4", "d", guard).inserted);
        QVERIFY(map.tryInsert(QLatin1String("5"), "d", guard).inserted);
    }
    QVERIFY(map.insertOrAssign(u"6", "e") && !map.insertOrAssign(u"6", "f"));
    QVERIFY(map.replace(u"6", "g") && !map.replace(u"7", "g"));
    QVERIFY(map.tryEmplace(u"7", 3, u'x') && !map.tryEmplace(u"7", "h"));
    QCOMPARE(map.value(u"7"), QString("xxx"));
    QCOMPARE(map.exchange(u"7", "i"), std::optional<QString>("xxx"));
    QVERIFY(map.compareExchange(u"7", "i", "j"));
    QCOMPARE(map.getOrInsert(u"7", [] { return QString("k"); }), QString("j"));
    QCOMPARE(map.getOrInsert(u"8", [] { return QString("k"); }), QString("k"));
    const auto twice = [](const QString *current) {
        return std::optional<QString>(current ? *current + *current : QString("new"));
    };
    QCOMPARE(map.compute(u"8", twice), std::optional<QString>("kk"));
    QCOMPARE(map.compute(QStringView(u"9"), twice), std::optional<QString>("new"));
    QVERIFY(!map.remove(u"9", "old") && map.remove(u"9", "new"));
    QVERIFY(map.takeLater(u"8", [](const QString &value) { QCOMPARE(value, QString("kk")); }));
    QCOMPARE(map.size(), 7);

    // compute() of another key by another type, within.
    const auto outer = map.compute(u"1", [&](const QString *) {
        return map.compute(QStringView(u"2"), [&](const QString *) {
            return map.compute("3", [](const QString *) { return std::optional<QString>("in"); });
        });
    });
    QCOMPARE(outer, std::optional<QString>("in"));

    // Numbers, in tables and in nodes.
    SyncMap<quint64, int> inTables;
    SyncMap<quint64, QString> inNodes;
    inTables.insert(Handle { 1 }, 1);
    QVERIFY(inTables.contains(1) && !inTables.insertOrAssign(Handle { 1 }, 2));
    QVERIFY(inTables.tryEmplace(Handle { 2 }, 2) && inTables.replace(Handle { 2 }, 3));
    inNodes.insert(Handle { 1 }, "1");
    QVERIFY(inNodes.contains(1) && !inNodes.insertOrAssign(Handle { 1 }, "2"));
    QVERIFY(inNodes.tryEmplace(Handle { 2 }, "2") && inNodes.replace(Handle { 2 }, "3"));
}

void tst_Keys::writesMakeAKeyOnlyToStoreIt()
{
    SyncMap<QString, int> map { { "a key that is there", 1 } };
    const Allocations::Watch watch;
    map.insert(u"a key that is there", 2);
    bool isRight = !map.insertOrAssign(u"a key that is there", 3);
    isRight &= map.replace(u"a key that is there", 4) && !map.replace(u"another key", 4);
    isRight &= !map.tryInsert(QLatin1String("a key that is there"), 5).inserted;
    isRight &= !map.tryEmplace(u"a key that is there", 5);
    isRight &= map.exchange(u"a key that is there", 6) == 4;
    isRight &= map.compareExchange(u"a key that is there", 6, 7);
    isRight &= map.getOrInsert(u"a key that is there", [] { return 8; }) == 7;
    isRight &= map.compute(u"a key that is there", [](const int *value) {
        return std::optional<int>(*value + 1);
    }) == 8;
    isRight &= !map.remove(u"a key that is there", 1);
    QCOMPARE(watch.calls(), 0U);
    QVERIFY(isRight);
}

void tst_Keys::viewsOfTheStandardLibraryStandForKeys()
{
    using namespace std::string_view_literals;
    SyncMap<QString, int> texts;
    texts.insert(u"one"sv, 1);
    QCOMPARE(texts.find(u"one"sv), std::optional<int>(1));
    QVERIFY(texts.contains("one") && !texts.contains(u"on"sv));
    SyncMap<QByteArray, int> bytes;
    bytes.insert("t\0o"sv, 2);
    QCOMPARE(bytes.find("t\0o"sv), std::optional<int>(2));
    QVERIFY(bytes.contains(QByteArray("t\0o", 3)) && !bytes.contains("t"sv));
    SyncMap<std::string, QString> standard;
    standard.insert("three"sv, "3");
    QCOMPARE(standard.find("three"sv), std::optional<QString>("3"));
    QVERIFY(standard.contains("three") && standard.remove("three"sv));
}

void tst_Keys::braceAndLiteralsMeanWhatTheyDid()
{
    SyncMap<QString, int> map;
    map.insert({}, 1);
    QCOMPARE(map.find({}), std::optional<int>(1));
    QCOMPARE(map.find(""), std::optional<int>(1));
    map.insert("a", 2);
    QCOMPARE(map.value("a"), 2);
    map.insert("a", {});
    QCOMPARE(map.value("a"), 0);
    map.insert({ { "b", 3 }, { "c", 4 } });
    QCOMPARE(map.size(), 4);
    QVERIFY(map.remove({}));
}

namespace {

template <typename Map, typename Null, typename = void>
inline constexpr bool isFoundByNull = false;
template <typename Map, typename Null>
inline constexpr bool isFoundByNull<
        Map, Null, std::void_t<decltype(std::declval<Map &>().find(std::declval<Null>()))>> = true;

static_assert(!isFoundByNull<SyncMap<QString, int>, std::nullptr_t>);
static_assert(!isFoundByNull<SyncMap<QString, int>, int>);
static_assert(!isFoundByNull<SyncMap<QByteArray, int>, std::nullptr_t>);
static_assert(!isFoundByNull<SyncMap<std::string, int>, std::nullptr_t>);
static_assert(isFoundByNull<SyncMap<int *, int>, std::nullptr_t>);
static_assert(isFoundByNull<SyncMap<quint64, int>, int>);

} // namespace

void tst_Keys::nullIsNoTextButMayBeANumberOrAPointer()
{
    SyncMap<int, int> numbers;
    numbers.insert(0, 1);
    QCOMPARE(numbers.find(0), std::optional<int>(1));
    SyncMap<const char *, int> pointers;
    pointers.insert(nullptr, 1);
    QCOMPARE(pointers.find(nullptr), std::optional<int>(1));
    QCOMPARE(pointers.find(0), std::optional<int>(1)); // NOLINT(modernize-use-nullptr)
    SyncMap<std::shared_ptr<int>, int> shared;
    shared.insert(nullptr, 1);
    QVERIFY(shared.contains(nullptr) && !shared.contains(std::make_shared<int>(1)));
    int there = 0;
    SyncMap<Reference, int> references;
    references.insert(nullptr, 1);
    references.insert(&there, 2);
    QCOMPARE(references.find(nullptr), std::optional<int>(1));
    QCOMPARE(references.find(&there), std::optional<int>(2));
}

// Also if a type has a == of its own that takes two of them for one.
void tst_Keys::enumeratorsAreTheirNumbers()
{
    QVERIFY(Careless::One == Careless::Two);
    for (int i = 0; i < 1000; ++i) {
        SyncMap<Careless, int> map { { Careless::One, 1 }, { Careless::Two, 2 } };
        QCOMPARE(map.size(), 2);
        QCOMPARE(map.value(Careless::One), 1);
        QCOMPARE(map.value(Careless::Two), 2);
        SyncMap<Careless, QString> nodes { { Careless::One, "1" }, { Careless::Two, "2" } };
        QCOMPARE(nodes.size(), 2);
        QCOMPARE(nodes.value(Careless::Two), QString("2"));
    }
}

void tst_Keys::whatStandsForKeysMayBeInARow()
{
    SyncMap<QString, int> map { { "a", 1 }, { "b", 2 } };
    const QList<QStringView> views { u"b", u"c", u"a" };
    const QList<std::optional<int>> found { 2, {}, 1 };
    QCOMPARE(map.findAll(views), found);
    const std::array<QLatin1String, 3> texts { QLatin1String("b"), QLatin1String("c"),
                                               QLatin1String("a") };
    QCOMPARE(map.findAll(texts), found);
    QCOMPARE(map.findAll(QStringList { "b", "c", "a" }), found);
    QCOMPARE(map.removeAll(views), 2);
}

void tst_Keys::lookUpsAllocateNothing()
{
    SyncMap<QString, QString> map;
    SyncMap<QByteArray, int> bytes;
    for (int i = 0; i < 1000; ++i) {
        map.insert(QString::number(i), QString("value %1").arg(i));
        bytes.insert(QByteArray::number(i), i);
    }
    const QString present("500");
    const QString absent("5000");
    const QByteArray presentBytes("500");
    const auto guard = map.guard();
    int hits = 0;
    const Allocations::Watch watch;
    for (const QString &key : { present, absent }) {
        hits += bool(map.get(key, guard));
        hits += map.find(key).has_value();
        hits += map.contains(key);
        hits += map.contains(QStringView(key));
        hits += map.contains(TextReference { &key });
        hits += !map.value(key).isEmpty();
    }
    hits += map.contains(QLatin1String("500"));
    hits += map.contains(u"500");
    hits += map.contains(Digits { 5 });
    hits += bytes.contains(presentBytes);
    hits += bytes.find(QByteArrayView(presentBytes)).has_value();
    hits += int(map.size() > 0);
    QCOMPARE(watch.calls(), 0U);
    QCOMPARE(hits, 12);
}

void tst_Keys::longLatin1KeysAreFound()
{
    SyncMap<QString, int> map;
    for (const int length : { 255, 256, 257, 1000, 100'000 }) {
        const QByteArray latin1 = QByteArray(length - 1, 'a') + '\xe9';
        map.insert(QString::fromLatin1(latin1), length);
        QCOMPARE(map.find(QLatin1String(latin1)), std::optional<int>(length));
        QVERIFY(!map.contains(QLatin1String(latin1.constData(), length - 1)));
    }
}

// Of lengths at which a NUL more makes another hash.
void tst_Keys::literalsAreFoundWithoutTheirNul()
{
    const SyncMap<QString, int> map {
        { "", 1 },
        { "8 digits", 2 },
        { "these letters are 32 in all, yes", 3 },
        { "and the number of these is 64, if I have counted them correctly.", 4 }
    };
    QCOMPARE(map.find(u""), std::optional<int>(1));
    QCOMPARE(map.find(u"8 digits"), std::optional<int>(2));
    QCOMPARE(map.find(u"these letters are 32 in all, yes"), std::optional<int>(3));
    QCOMPARE(map.find(u"and the number of these is 64, if I have counted them correctly."),
             std::optional<int>(4));
}

void tst_Keys::aTypeOfTheUserStandsForAKey()
{
    SyncMap<QString, int> map;
    for (int i = 0; i < 20; ++i)
        map.insert(QString::number(i), i);
    for (int i = 0; i < 10; ++i) {
        const QString text = QString::number(i);
        QCOMPARE(map.find(TextReference { &text }), std::optional<int>(i));
        QCOMPARE(map.find(Digits { i }), std::optional<int>(i));
    }
    QVERIFY(map.remove(Digits { 3 }));
    QVERIFY(!map.contains("3"));
    static_assert(!SyncMapKeyLike<QString, int>::value);
}

// By what Qt 6.8 calls a heterogeneous search; with an older Qt, the map has to be told.
void tst_Keys::whatAQHashIsSearchedByStandsForAKey()
{
    static_assert(SyncMapKeyLike<Label, LabelView>::value);
    static_assert(!SyncMapKeyLike<Label, QByteArrayView>::value);
    SyncMap<Label, int> map;
    for (int i = 0; i < 20; ++i)
        map.insert(Label { QByteArray::number(i) }, i);
    for (int i = 0; i < 20; ++i) {
        const QByteArray name = QByteArray::number(i);
        QCOMPARE(map.find(LabelView { name }), std::optional<int>(i));
    }
    QVERIFY(!map.contains(LabelView { "20" }));
    map.insert(LabelView { "20" }, 20);
    QCOMPARE(map.value(Label { "20" }), 20);
    QVERIFY(map.remove(LabelView { "3" }));
    QVERIFY(!map.contains(Label { "3" }));
}

void tst_Keys::numbersAreFoundByWhatConvertsToThem()
{
    SyncMap<quint64, int> inTables;
    SyncMap<quint64, QString> inNodes;
    for (int i = 0; i < 100; ++i) {
        inTables.insert(quint64(i), i);
        inNodes.insert(quint64(i), QString::number(i));
    }
    for (quint64 i = 0; i < 100; ++i) {
        QCOMPARE(inTables.find(Handle { i }), std::optional<int>(int(i)));
        QCOMPARE(inNodes.value(Handle { i }), QString::number(i));
    }
    QVERIFY(inTables.remove(Handle { 7 }));
    QVERIFY(!inTables.contains(7));
    QVERIFY(!inNodes.contains(Handle { 100 }));
}

namespace {

QList<size_t> seedsOfMaps(int count)
{
    QList<size_t> seeds;
    for (int i = 0; i < count; ++i) {
        const SyncMap<SeedTeller, int> map;
        QTest::qVerify(!map.contains(SeedTeller()), "", "", __FILE__, __LINE__);
        seeds << SeedTeller::seen;
    }
    std::sort(seeds.begin(), seeds.end());
    return seeds;
}

} // namespace

void tst_Keys::eachMapHasASeedOfItsOwn()
{
    const QList<size_t> seeds = seedsOfMaps(100);
    QCOMPARE(std::adjacent_find(seeds.begin(), seeds.end()), seeds.end());

    // And keeps it.
    SyncMap<SeedTeller, int> map;
    map.insert(SeedTeller { 1 }, 1);
    const size_t seed = SeedTeller::seen;
    for (int i = 0; i < 1000; ++i)
        map.insert(SeedTeller { i }, i);
    map.clear();
    QVERIFY(!map.contains(SeedTeller { 1 }));
    QCOMPARE(SeedTeller::seen, seed);
}

// What QT_HASH_SEED=0 in the environment does.
void tst_Keys::theSeedDoesNotDependOnTheGlobalOne()
{
    QHashSeed::setDeterministicGlobalSeed();
    QCOMPARE(size_t(QHashSeed::globalSeed()), size_t(0));
    const QList<size_t> seeds = seedsOfMaps(100);
    QCOMPARE(std::adjacent_find(seeds.begin(), seeds.end()), seeds.end());
    QVERIFY(!seeds.contains(0));
    QHashSeed::resetRandomGlobalSeed();
}

namespace {

template <typename Key>
Key keyOf(int i)
{
    if constexpr (std::is_same_v<Key, QString>)
        return QString::number(i);
    else if constexpr (std::is_same_v<Key, QByteArray>)
        return QByteArray::number(i);
    else if constexpr (std::is_same_v<Key, std::string>)
        return std::to_string(i);
    else if constexpr (std::is_same_v<Key, std::filesystem::path>)
        return std::filesystem::path(std::to_string(i));
    else if constexpr (std::is_same_v<Key, QUuid>)
        return QUuid(uint(i), 0, 0x4000, 0x80, 1, 2, 3, 4, 5, 6, 7);
    else if constexpr (std::is_same_v<Key, QUrl>)
        return QUrl(QStringLiteral("http://host/%1").arg(i));
    else if constexpr (std::is_same_v<Key, QPersistentModelIndex>)
        return {};
    else if constexpr (std::is_same_v<Key, QDate>)
        return QDate::fromJulianDay(2'400'000 + i);
    else if constexpr (std::is_same_v<Key, QChar>)
        return QChar(ushort(i));
    else if constexpr (std::is_same_v<Key, QVersionNumber>)
        return QVersionNumber(i / 100, i % 100);
    else if constexpr (std::is_same_v<Key, std::pair<int, QString>>)
        return { i, QString::number(i) };
    else if constexpr (std::is_same_v<Key, QList<int>>)
        return { i, i + 1 };
    else if constexpr (std::is_same_v<Key, std::chrono::milliseconds>)
        return std::chrono::milliseconds(i);
    else if constexpr (std::is_enum_v<Key> || std::is_arithmetic_v<Key>)
        return Key(i);
    else if constexpr (std::is_pointer_v<Key>)
        return Key(quintptr(i) * 64); // NOLINT(performance-no-int-to-ptr): never followed
    else if constexpr (std::is_same_v<Key, std::variant<int, std::string>>)
        return i % 2 ? Key(i) : Key(std::to_string(i));
    else if constexpr (std::is_same_v<Key, std::optional<int>>)
        return i;
    else if constexpr (std::is_same_v<Key, std::bitset<40>>)
        return std::bitset<40>(quint64(i));
    else
        return Key { decltype(Key::id)(i) };
}

// Cells of a table, as QModelIndex names them.
class Cells : public QAbstractTableModel
{
public:
    int rowCount(const QModelIndex & = {}) const override { return 2000; }
    int columnCount(const QModelIndex & = {}) const override { return 1; }
    QVariant data(const QModelIndex &, int) const override { return {}; }
};

template <typename Key>
std::vector<Key> keysOf(int count)
{
    std::vector<Key> keys;
    static Cells cells;
    for (int i = 0; i < count; ++i) {
        if constexpr (std::is_same_v<Key,
                                     QModelIndex> || std::is_same_v<Key, QPersistentModelIndex>)
            keys.push_back(cells.index(i, 0));
        else
            keys.push_back(keyOf<Key>(i));
    }
    return keys;
}

template <typename Key>
std::vector<Key> orderOf(const SyncMap<Key, QString> &map)
{
    std::vector<Key> order;
    map.forEach([&order](const Key &key, const QString &) { order.push_back(key); });
    return order;
}

template <typename Key>
bool isKey(int count = 300)
{
    SyncMap<Key, QString> map;
    SyncMap<Key, int> numbers;
    const std::vector<Key> keys = keysOf<Key>(count);
    for (const Key &key : keys) {
        map.insert(key, QString::number(map.size()));
        numbers.insert(key, int(numbers.size()));
    }
    bool right = map.size() == count && numbers.size() == count;
    for (int i = 0; i < count; ++i) {
        right = right && map.value(keys[std::size_t(i)]) == QString::number(i);
        right = right && numbers.value(keys[std::size_t(i)], -1) == i;
    }
    return right;
}

template <typename Key>
bool haveOwnLayouts()
{
    const std::vector<Key> keys = keysOf<Key>(300);
    SyncMap<Key, QString> one;
    SyncMap<Key, QString> other;
    for (const Key &key : keys) {
        one.insert(key, QString());
        other.insert(key, QString());
    }
    return orderOf(one) != orderOf(other);
}

} // namespace

#define KINDS_OF_KEYS(CALL) \
  QVERIFY(CALL<QString>()); \
  QVERIFY(CALL<QByteArray>()); \
  QVERIFY(CALL<int>()); \
  QVERIFY(CALL<quint64>()); \
  QVERIFY(CALL<double>()); \
  QVERIFY(CALL<const QObject *>()); \
  QVERIFY(CALL<QChar>()); \
  QVERIFY(CALL<QUuid>()); \
  QVERIFY(CALL<QUrl>()); \
  QVERIFY(CALL<QDate>()); \
  QVERIFY(CALL<QVersionNumber>()); \
  QVERIFY(CALL<QModelIndex>()); \
  QVERIFY(CALL<QPersistentModelIndex>()); \
  QVERIFY(CALL<QList<int>>()); \
  QVERIFY((CALL<std::pair<int, QString>>())); \
  QVERIFY(CALL<std::string>()); \
  QVERIFY(CALL<std::bitset<40>>()); \
  QVERIFY(CALL<std::optional<int>>()); \
  QVERIFY((CALL<std::variant<int, std::string>>())); \
  QVERIFY(CALL<Plain>()); \
  QVERIFY(CALL<Scoped>()); \
  QVERIFY(CALL<Hashed>()); \
  QVERIFY(CALL<Qt::Key>()); \
  QVERIFY(CALL<OwnKey<KindOfHash::SeedLast>>()); \
  QVERIFY(CALL<OwnKey<KindOfHash::Seedless>>()); \
  QVERIFY(CALL<OwnKey<KindOfHash::Standard>>()); \
  QVERIFY(CALL<OwnKey<KindOfHash::StandardWithSeed>>())

void tst_Keys::everyKeyOfQHashIsAKey()
{
    KINDS_OF_KEYS(isKey);
    const SyncMap<Qt::Alignment, int> flags { { Qt::AlignLeft | Qt::AlignTop, 1 } };
    QVERIFY(flags.contains(Qt::AlignTop | Qt::AlignLeft));
    SyncMap<std::filesystem::path, int> paths { { "a/b", 1 } };
    QCOMPARE(paths.value("a/b"), 1);
    static_assert(SyncMapInternal::isInline<Scoped, int>, "enumerators lie in the table");
    SyncMap<std::byte, int> bytes { { std::byte(7), 1 } };
    QVERIFY(bytes.contains(std::byte(7)));
}

// Whatever a hash does with the seed: that of QUuid, and what Qt makes of one without, end in an
// exclusive or with it.
void tst_Keys::noTwoMapsHaveOneLayout()
{
    KINDS_OF_KEYS(haveOwnLayouts);
}

namespace {

// The halves of the product of 128 bits, one folded over the other.
quint64 foldedProduct(quint64 a, quint64 b)
{
    const quint64 low = (a & 0xffffffff) * (b & 0xffffffff);
    const quint64 left = (a >> 32) * (b & 0xffffffff) + (low >> 32);
    const quint64 right = (a & 0xffffffff) * (b >> 32) + (left & 0xffffffff);
    return (a * b) ^ ((a >> 32) * (b >> 32) + (left >> 32) + (right >> 32));
}

} // namespace

// Ids that meet in one group and one shard of a map whose multiplier is the one that was once built
// in, and whose seed has cancelled out.
void tst_Keys::chosenKeysDoNotPileUp()
{
    using Key = OwnKey<KindOfHash::Seedless>;
    using Last = OwnKey<KindOfHash::SeedLast>;
    constexpr int Count = 10'000;
    SyncMap<Key, QString> map;
    SyncMap<Last, QString> last;
    SyncMap<Key, QString> strides[2];
    int chosen = 0;
    for (quint64 id = 1; chosen < Count; ++id) {
        const quint64 hash = foldedProduct(id, Q_UINT64_C(0x9e3779b97f4a7c15));
        if ((hash & 0x3ff) != 0 || hash >> 63)
            continue;
        map.insert(Key { id }, QString());
        last.insert(Last { id }, QString());
        strides[0].insert(Key { quint64(chosen) << 32 }, QString());
        strides[1].insert(Key { quint64(chosen) << 16 }, QString());
        ++chosen;
    }
    // As random keys: 3,584 in a table, and a split in between.
    QVERIFY(countsOf(map).splits >= 2);
    QVERIFY(countsOf(last).splits >= 2);
    QVERIFY(countsOf(strides[0]).splits >= 2);
    QVERIFY(countsOf(strides[1]).splits >= 2);
    QVERIFY(map.statistics().tableBytes < Count * 32);
    QVERIFY(last.statistics().tableBytes < Count * 32);
}

void tst_Keys::aCopyHasTheShardsOfRandomFilling()
{
    using Key = OwnKey<KindOfHash::SeedLast>;
    constexpr int Count = 60'000;
    SyncMap<Key, QString> filled;
    for (int i = 0; i < Count; ++i)
        filled.insert(keyOf<Key>(i), QString());
    const auto isLikeIt = [&filled](const SyncMap<Key, QString> &copy) {
        const EngineCounts a = countsOf(filled);
        const EngineCounts b = countsOf(copy);
        return copy.size() == Count && b.splits >= a.splits / 2 && b.splits <= a.splits * 2 + 1
                && b.tableBytes <= a.tableBytes * 2;
    };
    SyncMap<Key, QString> walked;
    filled.forEach([&walked](Key key, const QString &value) { walked.insert(key, value); });
    QVERIFY(isLikeIt(walked));
    SyncMap<Key, QString> fromHash;
    fromHash.insert(filled.toHash());
    QVERIFY(isLikeIt(fromHash));

    SyncMap<QUuid, int> uuids;
    for (int i = 0; i < Count; ++i)
        uuids.insert(keyOf<QUuid>(i), i);
    QByteArray bytes;
    QDataStream out(&bytes, QIODevice::WriteOnly);
    out << uuids;
    QDataStream in(bytes);
    SyncMap<QUuid, int> restored;
    in >> restored;
    QCOMPARE(restored.size(), Count);
    QVERIFY(countsOf(restored).splits >= countsOf(uuids).splits / 2);
    QVERIFY(restored.statistics().tableBytes <= uuids.statistics().tableBytes * 2);
}

template <Hashing hashing, bool inTables>
void tst_Keys::tellApart(int count)
{
    using Key = HashedKey<hashing, inTables>;
    SyncMap<Key, int> map;
    for (int i = 0; i < count; ++i)
        map.insert(Key { i }, i);
    QCOMPARE(map.size(), count);
    for (int i = 0; i < count; ++i)
        QCOMPARE(map.find(Key { i }), std::optional<int>(i));
    for (int i = count; i < count + 8; ++i)
        QVERIFY(!map.contains(Key { i }));
    for (int i = 0; i < count; i += 2)
        QCOMPARE(map.take(Key { i }), std::optional<int>(i));
    for (int i = 0; i < count; ++i)
        QCOMPARE(map.contains(Key { i }), i % 2 == 1);
    for (int i = 0; i < count; ++i)
        map.insert(Key { i }, -i);
    QCOMPARE(map.size(), count);
    int sum = 0;
    map.forEach([&sum](Key, int value) { sum += value; });
    QCOMPARE(sum, -count * (count - 1) / 2);
    QCOMPARE(map.removeIf([](Key key, int) { return key.number % 3 != 0; }),
             count - (count + 2) / 3);
    QCOMPARE(map.size(), (count + 2) / 3);
    for (int i = 0; i < count; ++i)
        QCOMPARE(map.contains(Key { i }), i % 3 == 0);
}

void tst_Keys::collidingKeysAreToldApart_data()
{
    QTest::addColumn<bool>("constant");
    QTest::newRow("constant hash") << true;
    QTest::newRow("two bits of hash") << false;
}

void tst_Keys::collidingKeysAreToldApart()
{
    QFETCH(const bool, constant);
    const int count = SYNCMAP_SANITIZED ? 300 : 1000;
    if (constant) {
        tellApart<Hashing::Constant, false>(count);
        tellApart<Hashing::Constant, true>(count);
    } else {
        tellApart<Hashing::TwoBits, false>(count);
        tellApart<Hashing::TwoBits, true>(count);
    }
}

// Where a table would be divided in two if its hashes differed.
template <bool inTables>
void tst_Keys::shareOneLargeTable(int count)
{
    using Key = HashedKey<Hashing::Constant, inTables>;
    SyncMap<Key, int> map;
    for (int i = 0; i < count; ++i)
        map.insert({ i }, i);
    QCOMPARE(map.size(), count);
    QCOMPARE(countsOf(map).splits, 0U);
    QSet<int> seen;
    map.forEach([&seen](Key key, int) { seen.insert(key.number); });
    QCOMPARE(seen.size(), count);
    QCOMPARE(map.find({ count - 1 }), std::optional<int>(count - 1));
    QCOMPARE(map.find({ count }), std::optional<int>());
    QCOMPARE(map.removeIf([](Key key, int) { return key.number >= 10; }), count - 10);
    QCOMPARE(map.size(), 10);
}

void tst_Keys::collidingKeysThatCannotBeSplitShareOneLargeTable()
{
    shareOneLargeTable<false>(3700);
    shareOneLargeTable<true>(3700);
}

// Numbers and pointers are not hashed by qHash(). Keys that differ in few of their bits, or in a
// regular way, still have to differ in every part of their hashes.
void tst_Keys::numbersOfAnyPatternSpread_data()
{
    QTest::addColumn<int>("shift");
    QTest::addColumn<quint64>("factor");
    for (int shift = 0; shift < 48; shift += 4)
        QTest::addRow("multiples of 2^%d", shift) << shift << quint64(1);
    QTest::newRow("multiples of 1,000") << 0 << quint64(1000);
    QTest::newRow("multiples of the finaliser's inverse") << 0 << Q_UINT64_C(0xf1de83e19937733d);
    QTest::newRow("multiples of the finaliser's factor") << 0 << Q_UINT64_C(0x9e3779b97f4a7c15);
}

void tst_Keys::numbersOfAnyPatternSpread()
{
    QFETCH(const int, shift);
    QFETCH(const quint64, factor);
    constexpr int Count = 1 << 16;
    const auto keyOf = [&](int i) { return (quint64(i) * factor) << shift; };
    // Random hashes would take 63 % of the values that 16 bits have, whichever bits those are.
    for (int i = 0; i < 20; ++i) {
        const SyncMapInternal::HashSeed seed { SyncMapInternal::randomSeed() };
        for (const int at : { 0, SyncMapInternal::TagShift - 8, 48 }) {
            std::bitset<Count> taken;
            for (int key = 0; key < Count; ++key)
                taken.set((SyncMapInternal::hashOfNumber(keyOf(key), seed) >> at) % Count);
            QVERIFY2(taken.count() > Count / 2,
                     qPrintable(QString("%1 of the bits from %2 on, with the seed %3")
                                        .arg(taken.count())
                                        .arg(at)
                                        .arg(seed.given)));
        }
    }

    SyncMap<quint64, quint64> map;
    for (int i = 0; i < Count; ++i)
        map.insert(keyOf(i), quint64(i));
    QCOMPARE(map.size(), Count);
    for (int i = 0; i < Count; ++i)
        QCOMPARE(map.value(keyOf(i), Count), quint64(i));
    // Of halves that are too unequal no shards are made, but larger tables.
    const EngineCounts statistics = countsOf(map);
    QVERIFY(statistics.splits >= 3 && statistics.splits < 24);
    QVERIFY(statistics.tableBytes < quint64(Count) * 50);
}

void tst_Keys::keysUnequalToThemselvesDoNotLoop()
{
    SyncMap<Unequal, QString> map;
    const Unequal key { -1 };
    for (int i = 0; i < 100; ++i)
        map.insert(key, QString::number(i));
    QCOMPARE(map.size(), 100); // each is a key of its own
    QVERIFY(!map.contains(key));
    QVERIFY(!map.find(key));
    QVERIFY(!map.remove(key));
    QVERIFY(!map.remove(key, "1"));
    QVERIFY(!map.take(key));
    QVERIFY(!map.compareExchange(key, "1", "2"));
    QVERIFY(map.tryInsert(key, "x").inserted);
    QVERIFY(!map.exchange(key, "y"));
    QCOMPARE(map.getOrInsert(key, [] { return QString("z"); }), QString("z"));
    QCOMPARE(map.compute(key, [](const QString *) { return std::optional<QString>("c"); }),
             std::optional<QString>("c"));
    QVERIFY(!map.compute(key, [](const QString *) { return std::optional<QString>(); }));
    QCOMPARE(map.size(), 104);
    QCOMPARE(map.keys().size(), 104);
    map.squeeze();
    map.reserve(1000);
    QCOMPARE(map.values().size(), 104);
    map.clear();
    QCOMPARE(map.size(), 0);
    QVERIFY(map.keys().isEmpty());
}

void tst_Keys::keysUnequalToThemselvesAreVisitedAndRemoved()
{
    SyncMap<Unequal, int> map;
    for (int i = 0; i < 1000; ++i)
        map.insert(Unequal { -1 - i % 10 }, i);
    for (int i = 0; i < 1000; ++i)
        map.insert(Unequal { i }, i);
    QCOMPARE(map.size(), 2000);
    int visited = 0;
    map.forEach([&](Unequal key, int) { visited += key.number < 0; });
    QCOMPARE(visited, 1000);
    QCOMPARE(map.removeIf([](Unequal key, int value) { return key.number < 0 && value % 2; }), 500);
    QCOMPARE(map.size(), 1500);
    QCOMPARE(map.removeIf([](Unequal, int) { return true; }), 1500);
    QVERIFY(map.isEmpty());
    QVERIFY(map.collect());
}

void tst_Keys::floatingPointNaNs()
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    SyncMap<double, int> map { { nan, 1 }, { 0.0, 2 }, { -0.0, 3 }, { nan, 4 } };
    QCOMPARE(map.size(), 3); // both zeros are one key
    QCOMPARE(map.find(0.0), std::optional<int>(3));
    QVERIFY(!map.contains(nan));
    QCOMPARE(map.removeIf([](double key, int) { return key != key; }), 2);
    QCOMPARE(map.size(), 1);
}

int main(int argc, char **argv)
{
    tst_Keys test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_keys.moc"
