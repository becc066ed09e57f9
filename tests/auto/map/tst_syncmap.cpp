// SPDX-License-Identifier: MIT

// Each member of SyncMap by its meaning, for the kinds of keys and values that it treats
// differently.

#include <SyncMap/SyncMap>

#include <QtCore/qmutex.h>
#include <QtCore/qset.h>
#include <QtCore/qsharedpointer.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

namespace {

// Values that are overwritten in place.
struct ThreeBytes
{
    char bytes[3];
    friend bool operator==(const ThreeBytes &a, const ThreeBytes &b)
    {
        return std::equal(std::begin(a.bytes), std::end(a.bytes), std::begin(b.bytes));
    }
};

struct Padded
{
    char letter;
    int number;
    friend bool operator==(const Padded &a, const Padded &b)
    {
        return a.letter == b.letter && a.number == b.number;
    }
};

struct WithoutDefault
{
    explicit WithoutDefault(int n) : number(n) { }
    int number;
    friend bool operator==(WithoutDefault a, WithoutDefault b) { return a.number == b.number; }
    friend size_t qHash(WithoutDefault key, size_t seed) { return ::qHash(key.number, seed); }
};

// One that is not.
class TextWithoutDefault
{
public:
    explicit TextWithoutDefault(int n) : m_text(QString::number(n)) { }
    friend bool operator==(const TextWithoutDefault &a, const TextWithoutDefault &b)
    {
        return a.m_text == b.m_text;
    }
    friend size_t qHash(const TextWithoutDefault &key, size_t seed)
    {
        return ::qHash(key.m_text, seed);
    }

private:
    QString m_text;
};

class MoveOnlyKey
{
public:
    explicit MoveOnlyKey(int n) : m_number(std::make_unique<int>(n)) { }
    friend bool operator==(const MoveOnlyKey &a, const MoveOnlyKey &b)
    {
        return *a.m_number == *b.m_number;
    }
    friend size_t qHash(const MoveOnlyKey &key, size_t seed)
    {
        return ::qHash(*key.m_number, seed);
    }

private:
    std::unique_ptr<int> m_number;
};

template <std::size_t Alignment>
struct alignas(Alignment) Aligned
{
    explicit Aligned(int n) : number(n) { }
    int number;
    friend bool operator==(const Aligned &a, const Aligned &b) { return a.number == b.number; }
    friend size_t qHash(const Aligned &key, size_t seed) { return ::qHash(key.number, seed); }
};

template <typename T>
bool isAligned(const T &object)
{
    return reinterpret_cast<quintptr>(std::addressof(object)) % alignof(T) == 0;
}

// What compiles.

template <typename, template <typename...> class, typename...>
struct IsDetected : std::false_type
{
};
template <template <typename...> class Expression, typename... Arguments>
struct IsDetected<std::void_t<Expression<Arguments...>>, Expression, Arguments...> : std::true_type
{
};
template <template <typename...> class Expression, typename... Arguments>
inline constexpr bool compiles = IsDetected<void, Expression, Arguments...>::value;

template <typename Map, typename Guard>
using GetUnder = decltype(std::declval<const Map &>().get(
        std::declval<const typename Map::key_type &>(), std::declval<Guard>()));
template <typename Map, typename Other, typename Guard>
using GetLikeUnder = decltype(std::declval<const Map &>().get(std::declval<const Other &>(),
                                                              std::declval<Guard>()));
template <typename Map, typename Guard>
using TryInsertUnder =
        decltype(std::declval<Map &>().tryInsert(std::declval<typename Map::key_type>(),
                                                 std::declval<typename Map::mapped_type>(),
                                                 std::declval<Guard>()));
template <typename... Parameters>
using SyncMapOf = SyncMap<Parameters...>;
template <template <typename...> class Template, typename... Parameters>
struct Apply
{
    template <typename... Actual>
    using Result = Template<Actual...>;
    static constexpr bool isPossible = compiles<Result, Parameters...>;
};

using Numbers = SyncMap<int, int>;
using Texts = SyncMap<QString, QString>;
using Owners = SyncMap<int, std::unique_ptr<int>>;

static_assert(!std::is_copy_constructible_v<Numbers> && !std::is_copy_assignable_v<Numbers>);
static_assert(!std::is_move_constructible_v<Numbers> && !std::is_move_assignable_v<Numbers>);

static_assert(!std::is_copy_constructible_v<Texts::Guard>);
static_assert(!std::is_copy_assignable_v<Texts::Guard>);
static_assert(std::is_nothrow_move_constructible_v<Texts::Guard>);
static_assert(std::is_nothrow_move_assignable_v<Texts::Guard>);
static_assert(!std::is_default_constructible_v<Texts::Guard>);

static_assert(compiles<GetUnder, Numbers, Numbers::Guard &>);
static_assert(compiles<GetUnder, Numbers, const Numbers::Guard &>);
static_assert(!compiles<GetUnder, Numbers, Numbers::Guard>, "the value would dangle");
static_assert(!compiles<GetUnder, Owners, Owners::Guard>, "the value would dangle");
static_assert(compiles<GetLikeUnder, Texts, QStringView, Texts::Guard &>);
static_assert(!compiles<GetLikeUnder, Texts, QStringView, Texts::Guard>, "the value would dangle");
static_assert(compiles<TryInsertUnder, Owners, Owners::Guard &>);
static_assert(!compiles<TryInsertUnder, Owners, Owners::Guard>, "the value would dangle");
static_assert(!compiles<GetUnder, Numbers, Texts::Guard &>, "another type of map");

static_assert(Apply<SyncMap, int, int>::isPossible);
static_assert(!Apply<SyncMap, int>::isPossible);
static_assert(!Apply<SyncMap, int, int, int>::isPossible, "exactly two parameters");

static_assert(!std::is_convertible_v<qsizetype, Numbers>, "a capacity is no map");
static_assert(std::is_same_v<Texts::ConstPointer, const QString *>);
static_assert(std::is_same_v<Owners::ConstPointer, const std::unique_ptr<int> *>);
static_assert(!std::is_pointer_v<Numbers::ConstPointer>, "a value that is overwritten in place");
static_assert(!std::is_convertible_v<Numbers::ConstPointer, bool>, "explicit");
static_assert(std::is_constructible_v<bool, Numbers::ConstPointer>);
static_assert(std::is_same_v<decltype(std::declval<Texts &>().tryInsert(QString(), QString())),
                             Texts::TryInsertResult>);
static_assert(std::is_same_v<decltype(std::declval<const Texts &>().size()), qsizetype>);
static_assert(std::is_same_v<decltype(std::declval<Texts &>().removeIf(
                                     std::declval<bool (*)(const QString &, const QString &)>())),
                             qsizetype>);

} // namespace

// Every member at once, also those that no test calls.
template class SyncMap<int, int>;
template class SyncMap<QString, QString>;

class tst_SyncMap : public QObject
{
    Q_OBJECT

    static inline int s_spots[2] = {};

    template <typename Key, typename T>
    void everyMember(const std::vector<T> &values);
    template <typename T>
    void aligned();

private Q_SLOTS:
    void everyMemberOnIntegers() { everyMember<int, int>({ 10, 20, 30 }); }
    void everyMemberOnDoubles() { everyMember<int, double>({ 0.5, -1e300, 3.25 }); }
    void everyMemberOnBools();
    void everyMemberOnPointers()
    {
        everyMember<int, const int *>({ &s_spots[0], &s_spots[1], nullptr });
    }
    void everyMemberOnThreeBytes()
    {
        everyMember<int, ThreeBytes>({ { { 1, 2, 3 } }, { { 1, 2, 4 } }, { { 0, 0, 0 } } });
    }
    void everyMemberOnPaddedStructs()
    {
        everyMember<int, Padded>({ { 'a', 1 }, { 'a', 2 }, { 'b', 1 } });
    }
    void everyMemberOnValuesWithoutDefault()
    {
        everyMember<WithoutDefault, WithoutDefault>(
                { WithoutDefault(1), WithoutDefault(2), WithoutDefault(3) });
        everyMember<TextWithoutDefault, TextWithoutDefault>(
                { TextWithoutDefault(1), TextWithoutDefault(2), TextWithoutDefault(3) });
    }
    void everyMemberOnStrings()
    {
        everyMember<int, QString>({ QString("one"), QString(), QString(1000, u'x') });
    }
    void moveOnlyValuesAreNeverCopied();
    void moveOnlyKeysAreNeverCopied();

    void aDefaultValueIsDefaultConstructed();
    void aGuardedValueOutlivesItsReplacementAndRemoval();
    void aGuardedValueThatIsOverwrittenInPlaceStaysTheSame();
    void tryInsertUnderAGuardMovesOnlyWhatItInserts();
    void guardsNestAndMove();
    void findOfANegativeNumberInAnUnsignedMapFindsTheWrappedKey();
    void findAllAnswersInTheOrderOfTheQuestion();
    void forEachStopsAtExactlyFalse();
    void compareExchangeOnAMissingKeyFails();
    void aNotANumberEndsEveryReadModifyWrite();
    void equalValuesWithDifferentBitsAreEqual();
    void theInitializerListKeepsTheLastOfEqualKeys();
    void computeMayRecurse();
    void getOrInsertMakesOnlyOnAMiss();
    void overAlignedKeysAndValuesAreAligned();
    void aMapLivesWhereSharedPointersPutIt();
    void valuesThatDoNotMoveStayWhereTheyAreBuilt();
    void tryEmplaceBuildsOnlyWhatIsAbsent();
    void theStoredKeyIsTheFirst();
    void aMoveOnlyValueIsTakenWhenNobodyLooksAtIt();
    void aMapThatEndsHandsOutWhatWasTaken();
};

// \a values are three that differ.
template <typename Key, typename T>
void tst_SyncMap::everyMember(const std::vector<T> &values)
{
    using Map = SyncMap<Key, T>;
    const Key one(1);
    const Key two(2);
    const T &a = values[0];
    const T &b = values[1];
    const T &c = values[2];

    Map map;
    const Map &constant = map;
    QVERIFY(constant.isEmpty());
    QCOMPARE(constant.size(), 0);
    QVERIFY(!constant.contains(one));
    QVERIFY(!constant.find(one));
    QVERIFY(constant.value(one, b) == b);
    {
        const auto guard = constant.guard();
        QVERIFY(!constant.get(one, guard));
        QVERIFY(constant.get(one, guard) == nullptr);
    }
    constant.forEach([](const Key &, const T &) { QFAIL("there is nothing"); });
    QVERIFY(constant.keys().isEmpty() && constant.values().isEmpty()
            && constant.toHash().isEmpty());

    map.insert(one, a);
    QCOMPARE(constant.size(), 1);
    QCOMPARE(constant.count(), 1);
    QVERIFY(!constant.isEmpty());
    QVERIFY(constant.contains(one) && !constant.contains(two));
    QVERIFY(constant.find(one) == a);
    QVERIFY(constant.value(one, c) == a);
    {
        const auto guard = constant.guard();
        const auto found = constant.get(one, guard);
        QVERIFY(bool(found) && *found == a);
    }
    map.insert(one, b);
    QCOMPARE(constant.size(), 1);
    QVERIFY(constant.find(one) == b);

    // tryInsert
    const auto refused = map.tryInsert(one, c);
    QVERIFY(!refused.inserted && refused.value == b);
    QVERIFY(constant.find(one) == b);
    const auto accepted = map.tryInsert(two, c);
    QVERIFY(accepted.inserted && accepted.value == c);
    QVERIFY(constant.find(two) == c);
    QCOMPARE(constant.size(), 2);
    {
        const auto guard = map.guard();
        const auto present = map.tryInsert(two, T(a), guard);
        QVERIFY(!present.inserted && *present.value == c);
        const auto fresh = map.tryInsert(Key(3), T(a), guard);
        QVERIFY(fresh.inserted && *fresh.value == a);
        QVERIFY(map.remove(Key(3)));
        QVERIFY(*fresh.value == a);
    }

    // getOrInsert
    QVERIFY(map.getOrInsert(one, [&c] { return c; }) == b);
    QVERIFY(map.getOrInsert(Key(3), [&c] { return c; }) == c);
    QVERIFY(constant.find(Key(3)) == c);
    QCOMPARE(constant.size(), 3);

    // exchange
    QVERIFY(map.exchange(one, a) == b);
    QVERIFY(constant.find(one) == a);
    QVERIFY(!map.exchange(Key(4), b));
    QVERIFY(constant.find(Key(4)) == b);
    QCOMPARE(constant.size(), 4);

    // compareExchange
    QVERIFY(!map.compareExchange(one, b, c));
    QVERIFY(constant.find(one) == a);
    QVERIFY(map.compareExchange(one, a, c));
    QVERIFY(constant.find(one) == c);
    QVERIFY(!map.compareExchange(Key(5), a, c));
    QVERIFY(!constant.contains(Key(5)));

    // insertOrAssign, replace, tryEmplace
    QVERIFY(!map.replace(Key(5), a));
    QVERIFY(!constant.contains(Key(5)));
    QVERIFY(map.insertOrAssign(Key(5), a));
    QVERIFY(constant.find(Key(5)) == a);
    QVERIFY(!map.insertOrAssign(Key(5), b));
    QVERIFY(constant.find(Key(5)) == b);
    QVERIFY(map.replace(Key(5), c));
    QVERIFY(constant.find(Key(5)) == c);
    QVERIFY(!map.tryEmplace(Key(5), a));
    QVERIFY(constant.find(Key(5)) == c);
    QVERIFY(map.storedKey(Key(5)) == Key(5));
    QVERIFY(map.remove(Key(5)));
    QVERIFY(!map.storedKey(Key(5)));
    QVERIFY(map.tryEmplace(Key(5), a));
    QVERIFY(constant.find(Key(5)) == a);
    bool isTaken = false;
    QVERIFY(map.takeLater(Key(5), [&](T &&value) { isTaken = value == a; }));
    QVERIFY(isTaken && !map.takeLater(Key(5), [](T &&) {}));

    // remove, take
    QVERIFY(!map.remove(one, a));
    QVERIFY(constant.find(one) == c);
    QVERIFY(map.remove(one, c));
    QVERIFY(!constant.contains(one));
    QVERIFY(!map.remove(one, c));
    QVERIFY(!map.remove(one));
    QVERIFY(map.remove(two));
    QVERIFY(!map.remove(two));
    QVERIFY(map.take(Key(4)) == b);
    QVERIFY(!map.take(Key(4)));
    QCOMPARE(constant.size(), 1);

    // compute
    const auto made =
            map.compute(one, [&](const T *current) -> std::optional<T> { return current ? c : a; });
    QVERIFY(made == a);
    const auto remade = map.compute(one, [&](const T *current) -> std::optional<T> {
        return current && *current == a ? b : c;
    });
    QVERIFY(remade == b && constant.find(one) == b);
    QVERIFY(!map.compute(one, [](const T *) -> std::optional<T> { return std::nullopt; }));
    QVERIFY(!constant.contains(one));
    QVERIFY(!map.compute(one, [](const T *) -> std::optional<T> { return std::nullopt; }));
    QCOMPARE(constant.size(), 1);

    // many
    map.clear();
    QCOMPARE(constant.size(), 0);
    QVERIFY(!constant.contains(Key(3)));
    QHash<Key, T> reference;
    for (int i = 0; i < 100; ++i)
        reference.insert(Key(i), values[size_t(i) % 3]);
    map.insert(reference);
    QVERIFY(map.toHash() == reference);
    QCOMPARE(constant.size(), 100);
    QCOMPARE(constant.keys().size(), 100);
    QCOMPARE(constant.values().size(), 100);
    for (const Key &key : constant.keys())
        QVERIFY(reference.contains(key));
    const QList<T> all = constant.values();
    QCOMPARE(std::count_if(all.begin(), all.end(), [&a](const T &value) { return value == a; }),
             34);
    qsizetype visited = 0;
    constant.forEach([&](const Key &key, const T &value) {
        ++visited;
        QVERIFY(constant.find(key) == value);
    });
    QCOMPARE(visited, 100);
    QCOMPARE(map.removeIf([&a](const Key &, const T &value) { return value == a; }), 34);
    QCOMPARE(constant.size(), 66);
    QCOMPARE(map.removeIf([&a](const Key &, const T &value) { return value == a; }), 0);
    map.squeeze();
    QCOMPARE(constant.toHash().size(), 66);
    QVERIFY(map.collect());
    QCOMPARE(constant.statistics().retiredObjects, 0U);

    const Map reserved(1000);
    QVERIFY(reserved.isEmpty());
    QVERIFY(reserved.statistics().tableBytes > 0);
    const Map listed { { Key(1), a }, { Key(2), b } };
    QCOMPARE(listed.size(), 2);
    QVERIFY(listed.find(Key(1)) == a && listed.find(Key(2)) == b);
}

void tst_SyncMap::everyMemberOnBools()
{
    SyncMap<QString, bool> map;
    map.insert("yes", true);
    map.insert("no", false);
    QCOMPARE(map.find("yes"), std::optional<bool>(true));
    QCOMPARE(map.find("no"), std::optional<bool>(false));
    QCOMPARE(map.find("maybe"), std::optional<bool>());
    const auto guard = map.guard();
    const auto no = map.get("no", guard);
    QVERIFY(bool(no)); // present
    QVERIFY(!*no); // and false
    QVERIFY(map.compareExchange("no", false, true));
    QVERIFY(!map.compareExchange("no", false, true));
    QVERIFY(!*no);
    QCOMPARE(map.exchange("no", false), std::optional<bool>(true));
    QVERIFY(!map.remove("no", true));
    QVERIFY(map.remove("no", false));
    QCOMPARE(map.take("yes"), std::optional<bool>(true));
    QVERIFY(map.isEmpty());
}

namespace {

// What linters take for a use of an object that was moved from, is the question here.
template <typename T>
bool isWhole(const T &notMovedFrom)
{
    return bool(notMovedFrom);
}

} // namespace

void tst_SyncMap::moveOnlyValuesAreNeverCopied()
{
    Owners map;
    map.insert(1, std::make_unique<int>(10));
    map.insert(2, std::make_unique<int>(20));
    QVERIFY(map.contains(1) && !map.contains(3));
    {
        const auto guard = map.guard();
        QCOMPARE(**map.get(1, guard), 10);
        QVERIFY(!map.get(3, guard));

        auto offered = std::make_unique<int>(30);
        const auto refused = map.tryInsert(1, std::move(offered), guard);
        QVERIFY(!refused.inserted);
        QCOMPARE(**refused.value, 10);
        QVERIFY(isWhole(offered)); // it was not inserted
        const auto accepted = map.tryInsert(3, std::make_unique<int>(30), guard);
        QVERIFY(accepted.inserted);
        QCOMPARE(**accepted.value, 30);
        map.insert(1, std::make_unique<int>(11));
        QCOMPARE(**refused.value, 10);
        QCOMPARE(**map.get(1, guard), 11);
    }
    QCOMPARE(map.size(), 3);
    QVERIFY(map.remove(1));
    QVERIFY(!map.remove(1));
    int sum = 0;
    map.forEach([&sum](int key, const std::unique_ptr<int> &value) { sum += key * *value; });
    QCOMPARE(sum, 2 * 20 + 3 * 30);
    QCOMPARE(map.removeIf([](int, const std::unique_ptr<int> &value) { return *value == 20; }), 1);
    for (int i = 0; i < 1000; ++i)
        map.insert(i, std::make_unique<int>(i));
    QCOMPARE(map.size(), 1000);
    map.squeeze();
    map.clear();
    QVERIFY(map.isEmpty());
}

void tst_SyncMap::moveOnlyKeysAreNeverCopied()
{
    SyncMap<MoveOnlyKey, QString> texts;
    SyncMap<MoveOnlyKey, int> numbers;
    for (int i = 0; i < 100; ++i) {
        texts.insert(MoveOnlyKey(i), QString::number(i));
        numbers.insert(MoveOnlyKey(i), i);
    }
    numbers.insert(MoveOnlyKey(7), 70);
    QCOMPARE(numbers.find(MoveOnlyKey(7)), std::optional<int>(70));
    QCOMPARE(texts.size(), 100);
    const auto guard = texts.guard();
    QCOMPARE(*texts.get(MoveOnlyKey(7), guard), QString("7"));
    QVERIFY(!texts.get(MoveOnlyKey(100), guard));
    QVERIFY(!texts.tryInsert(MoveOnlyKey(7), QString("x"), guard).inserted);
    QVERIFY(texts.tryInsert(MoveOnlyKey(100), QString("x")).inserted);
    QCOMPARE(texts.exchange(MoveOnlyKey(100), "y"), std::optional<QString>("x"));
    QVERIFY(texts.remove(MoveOnlyKey(7)));
    QVERIFY(!texts.contains(MoveOnlyKey(7)));
    QCOMPARE(texts.take(MoveOnlyKey(8)), std::optional<QString>("8"));
    QCOMPARE(texts.removeIf([](const MoveOnlyKey &, const QString &) { return true; }), 99);
    QVERIFY(texts.isEmpty());
}

void tst_SyncMap::aDefaultValueIsDefaultConstructed()
{
    QCOMPARE((SyncMap<int, int>().value(1)), 0);
    QCOMPARE((SyncMap<int, double>().value(1)), 0.0);
    QCOMPARE((SyncMap<int, int *>().value(1)), nullptr);
    QVERIFY((SyncMap<int, QString>().value(1)).isNull());
}

void tst_SyncMap::aGuardedValueOutlivesItsReplacementAndRemoval()
{
    Texts map;
    map.insert("key", "first");
    const auto guard = map.guard();
    const QString *const first = map.get("key", guard);
    map.insert("key", "second");
    const QString *const second = map.get("key", guard);
    QVERIFY(map.remove("key"));
    for (int i = 0; i < 1000; ++i) {
        map.insert("key", QString::number(i));
        map.insert(QString::number(i), "other");
    }
    map.clear();
    QVERIFY(!map.collect());
    QCOMPARE(*first, QString("first"));
    QCOMPARE(*second, QString("second"));
}

void tst_SyncMap::aGuardedValueThatIsOverwrittenInPlaceStaysTheSame()
{
    Numbers map { { 1, 1 } };
    const auto guard = map.guard();
    const auto seen = map.get(1, guard);
    map.insert(1, 2);
    QCOMPARE(*seen, 1);
    QCOMPARE(*map.get(1, guard), 2);
    QVERIFY(map.compareExchange(1, 2, 3));
    map.remove(1);
    QCOMPARE(*seen, 1);
    SyncMap<int, Padded> structs { { 1, { 'x', 5 } } };
    const auto structsGuard = structs.guard();
    const auto found = structs.get(1, structsGuard);
    structs.insert(1, { 'y', 6 });
    QCOMPARE(found->letter, 'x');
    QCOMPARE(found->number, 5);
    QCOMPARE(structs.get(1, structsGuard)->number, 6);
    QVERIFY(structs.get(2, structsGuard) == nullptr);
    QVERIFY(nullptr == structs.get(2, structsGuard));
    QVERIFY(seen != nullptr);
    QVERIFY(nullptr != seen);
}

void tst_SyncMap::tryInsertUnderAGuardMovesOnlyWhatItInserts()
{
    SyncMap<int, std::vector<int>> map;
    const auto guard = map.guard();
    std::vector<int> value(100, 7);
    const int *const data = value.data();
    const auto accepted = map.tryInsert(1, std::move(value), guard);
    QVERIFY(accepted.inserted);
    QCOMPARE(accepted.value->data(), data);
    std::vector<int> other(50, 8);
    const auto refused = map.tryInsert(1, std::move(other), guard);
    QVERIFY(!refused.inserted);
    QCOMPARE(refused.value, accepted.value);
    // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is the question
    QCOMPARE(other.size(), size_t(50));
}

void tst_SyncMap::guardsNestAndMove()
{
    Texts map { { "key", "value" } };
    auto outer = map.guard();
    const QString *seen = nullptr;
    {
        const auto inner = map.guard();
        const auto innermost = map.guard();
        seen = map.get("key", innermost);
    }
    map.remove("key");
    QVERIFY(!map.collect());
    QCOMPARE(*seen, QString("value"));
    {
        auto moved = std::move(outer);
        QVERIFY(!map.get("key", moved));
        QVERIFY(!map.collect());
        QCOMPARE(*seen, QString("value"));
        // What the target guarded before is let go.
        auto another = map.guard();
        another = std::move(moved);
        QVERIFY(!map.collect());
        QCOMPARE(*seen, QString("value"));
    }
    QVERIFY(map.collect());
}

void tst_SyncMap::findOfANegativeNumberInAnUnsignedMapFindsTheWrappedKey()
{
    SyncMap<quint64, int> map;
    map.insert(quint64(-1), 1);
    QCOMPARE(map.find(-1), std::optional<int>(1)); // as an int, it would hash differently
    QVERIFY(map.contains(-1));
    QVERIFY(!map.contains(1));
    QVERIFY(map.remove(-1));
}

void tst_SyncMap::findAllAnswersInTheOrderOfTheQuestion()
{
    SyncMap<int, int> numbers;
    Texts texts;
    for (int i = 0; i < 5000; i += 2) {
        numbers.insert(i, i * 10);
        texts.insert(QString::number(i), QString::number(i * 10));
    }
    // Around the sizes of the batches in which look-ups overlap.
    for (const int count : { 0, 1, 31, 32, 33, 63, 64, 65, 1000 }) {
        QList<int> keys;
        QList<QString> names;
        for (int i = 0; i < count; ++i) {
            keys << (i * 7919) % 5000;
            names << QString::number(keys.back());
        }
        const auto found = numbers.findAll(keys);
        const auto foundTexts = texts.findAll(names);
        QCOMPARE(found.size(), count);
        QCOMPARE(foundTexts.size(), count);
        for (int i = 0; i < count; ++i) {
            QCOMPARE(found[i].has_value(), keys[i] % 2 == 0);
            QCOMPARE(foundTexts[i].has_value(), keys[i] % 2 == 0);
            if (found[i])
                QCOMPARE(*found[i], keys[i] * 10);
            if (foundTexts[i])
                QCOMPARE(*foundTexts[i], QString::number(keys[i] * 10));
        }
    }
    QCOMPARE(Numbers().findAll({ 1, 2 }), (QList<std::optional<int>> { {}, {} }));
}

void tst_SyncMap::forEachStopsAtExactlyFalse()
{
    Numbers map;
    for (int i = 0; i < 50; ++i)
        map.insert(i, i);
    int visited = 0;
    map.forEach([&visited](int, int) -> bool { return ++visited < 7; });
    QCOMPARE(visited, 7);
    visited = 0;
    map.forEach([&visited](int, int) -> bool {
        ++visited;
        return true;
    });
    QCOMPARE(visited, 50);
    visited = 0;
    map.forEach([&visited](int, int) -> int {
        ++visited;
        return 0;
    });
    QCOMPARE(visited, 50);
    visited = 0;
    map.forEach([&visited](int, int) -> const void * {
        ++visited;
        return nullptr;
    });
    QCOMPARE(visited, 50);
    visited = 0;
    map.forEach([&visited](int, int) {
        ++visited;
        return std::false_type();
    });
    QCOMPARE(visited, 50);
}

// Go's sync.Map once stored the new value here (golang/go 51972).
void tst_SyncMap::compareExchangeOnAMissingKeyFails()
{
    Numbers numbers;
    QVERIFY(!numbers.compareExchange(1, 0, 42));
    QVERIFY(numbers.isEmpty());
    Texts texts;
    QVERIFY(!texts.compareExchange("key", QString(), "42"));
    QVERIFY(texts.isEmpty());
    texts.insert("key", "value");
    texts.remove("key");
    QVERIFY(!texts.compareExchange("key", "value", "42"));
    QVERIFY(!texts.compareExchange("key", QString(), "42"));
    QVERIFY(!texts.remove("key", QString()));
    QVERIFY(texts.isEmpty());
}

void tst_SyncMap::aNotANumberEndsEveryReadModifyWrite()
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    SyncMap<int, double> map { { 1, nan } };
    QVERIFY(!map.compareExchange(1, nan, 2.0));
    QVERIFY(!map.remove(1, nan));
    const auto seen =
            map.compute(1, [](const double *current) -> std::optional<double> { return *current; });
    QVERIFY(seen && std::isnan(*seen));
    QVERIFY(std::isnan(*map.exchange(1, 5.0)));
    QVERIFY(map.compareExchange(1, 5.0, nan));
    QCOMPARE(map.removeIf([](int, double value) { return std::isnan(value); }), 1);
    map.insert(1, nan);
    QVERIFY(std::isnan(*map.take(1)));
    map.insert(1, nan);
    map.insert(1, 1.0);
    QCOMPARE(map.find(1), std::optional<double>(1.0));
}

void tst_SyncMap::equalValuesWithDifferentBitsAreEqual()
{
    SyncMap<int, double> numbers { { 1, -0.0 } };
    QVERIFY(numbers.compareExchange(1, 0.0, 3.0));
    QCOMPARE(numbers.find(1), std::optional<double>(3.0));

    SyncMap<int, Padded> structs;
    Padded stored;
    Padded expected;
    std::memset(static_cast<void *>(&stored), 0x00, sizeof(Padded));
    std::memset(static_cast<void *>(&expected), 0xff, sizeof(Padded));
    stored.letter = expected.letter = 'x';
    stored.number = expected.number = 1;
    structs.insert(1, stored);
    QVERIFY(structs.compareExchange(1, expected, { 'y', 2 }));
    structs.insert(1, stored);
    QVERIFY(structs.remove(1, expected));
    structs.insert(1, stored);
    const auto made = structs.compute(
            1, [&expected](const Padded *) -> std::optional<Padded> { return expected; });
    QVERIFY(made == stored);
}

void tst_SyncMap::theInitializerListKeepsTheLastOfEqualKeys()
{
    const Texts map { { "a", "1" }, { "b", "2" }, { "a", "3" } };
    QCOMPARE(map.size(), 2);
    QCOMPARE(map.value("a"), QString("3"));
}

void tst_SyncMap::computeMayRecurse()
{
    Numbers map;
    int runs = 0;
    // A write to the same key from inside makes the outer call start again, once.
    const auto made = map.compute(1, [&](const int *current) -> std::optional<int> {
        ++runs;
        if (current)
            return *current + 1;
        map.insert(1, 10);
        map.insert(2, 20);
        return -1;
    });
    QCOMPARE(made, std::optional<int>(11));
    QCOMPARE(runs, 2);
    QCOMPARE(map.toHash(), (QHash<int, int> { { 1, 11 }, { 2, 20 } }));

    runs = 0;
    const auto remade = map.compute(1, [&](const int *current) -> std::optional<int> {
        const int before = *current;
        if (++runs < 5)
            map.insert(1, before * 2); // in place: the entry stays the same
        return before + 1;
    });
    QCOMPARE(remade, std::optional<int>(11 * 16 + 1));
    QCOMPARE(runs, 5);
    runs = 0;
    const auto removed = map.compute(1, [&](const int *) -> std::optional<int> {
        if (++runs < 3)
            map.insert(1, -runs);
        return std::nullopt;
    });
    QVERIFY(!removed && !map.contains(1));
    QCOMPARE(runs, 3);

    Texts texts { { "key", "0" } };
    runs = 0;
    const auto text = texts.compute("key", [&](const QString *current) -> std::optional<QString> {
        const QString before = current ? *current : QString("none");
        if (++runs < 5)
            texts.insert("key", before + "+");
        return before + "!";
    });
    QCOMPARE(text, std::optional<QString>("0++++!"));
    QCOMPARE(runs, 5);
}

void tst_SyncMap::getOrInsertMakesOnlyOnAMiss()
{
    Texts map;
    int made = 0;
    const auto make = [&made] { return QString::number(++made); };
    QCOMPARE(map.getOrInsert("key", make), QString("1"));
    QCOMPARE(map.getOrInsert("key", make), QString("1"));
    QCOMPARE(made, 1);
    // The value that is there first wins, also when it comes from inside.
    const auto outer = [&map] {
        map.insert("other", "inner");
        return QString("outer");
    };
    QCOMPARE(map.getOrInsert("other", outer), QString("inner"));
    QCOMPARE(map.value("other"), QString("inner"));
}

template <typename T>
void tst_SyncMap::aligned()
{
    SyncMap<T, T> map;
    for (int i = 0; i < 200; ++i)
        map.insert(T(i), T(i));
    for (int i = 0; i < 200; i += 2)
        map.insert(T(i), T(-i));
    const auto guard = map.guard();
    for (int i = 0; i < 200; ++i) {
        const T *const found = map.get(T(i), guard);
        QVERIFY(found);
        QVERIFY(isAligned(*found));
        QCOMPARE(found->number, i % 2 ? i : -i);
    }
    map.forEach([](const T &key, const T &value) { QVERIFY(isAligned(key) && isAligned(value)); });
    QCOMPARE(map.removeIf([](const T &, const T &) { return true; }), 200);
}

void tst_SyncMap::overAlignedKeysAndValuesAreAligned()
{
    aligned<Aligned<64>>();
    aligned<Aligned<128>>();
}

// Neither asks for more than the alignment of malloc(); UndefinedBehaviorSanitizer says if a map
// needs more.
void tst_SyncMap::aMapLivesWhereSharedPointersPutIt()
{
    QList<QSharedPointer<Texts>> pointers;
    std::vector<std::shared_ptr<Texts>> others;
    for (int i = 0; i < 16; ++i) {
        pointers << QSharedPointer<Texts>::create();
        pointers.back()->insert("key", QString::number(i));
        others.push_back(std::make_shared<Texts>(qsizetype(10)));
        others.back()->insert("key", QString::number(i));
    }
    for (int i = 0; i < 16; ++i) {
        QCOMPARE(pointers[i]->value("key"), QString::number(i));
        QCOMPARE(others[size_t(i)]->value("key"), QString::number(i));
    }
    static_assert(alignof(Texts) <= alignof(std::max_align_t));
}

void tst_SyncMap::valuesThatDoNotMoveStayWhereTheyAreBuilt()
{
    SyncMap<int, std::atomic<int>> counters;
    for (int i = 0; i < 1000; ++i)
        QVERIFY(counters.tryEmplace(i, i));
    QVERIFY(!counters.tryEmplace(7, 0));
    {
        const auto guard = counters.guard();
        const std::atomic<int> *const seven = counters.get(7, guard);
        QVERIFY(seven && *seven == 7);
        QVERIFY(counters.remove(7));
        QCOMPARE(seven->load(), 7);
    }
    QVERIFY(!counters.contains(7));
    int sum = 0;
    counters.forEach([&sum](int, const std::atomic<int> &value) { sum += value; });
    QCOMPARE(sum, 999 * 500 - 7);
    QCOMPARE(counters.removeIf([](int key, const std::atomic<int> &) { return key < 10; }), 9);
    counters.clear();
    QVERIFY(counters.isEmpty());

    SyncMap<QString, QMutex> locks;
    QVERIFY(locks.tryEmplace(u"one"));
    QVERIFY(!locks.tryEmplace("one"));
    QVERIFY(locks.contains(u"one") && locks.remove("one"));
}

namespace {

struct Built
{
    explicit Built(int first, int second) : sum(first + second) { ++made; }
    Q_DISABLE_COPY_MOVE(Built)
    ~Built() = default;
    int sum;
    static inline int made = 0;
};

} // namespace

void tst_SyncMap::tryEmplaceBuildsOnlyWhatIsAbsent()
{
    SyncMap<QString, Built> map;
    Built::made = 0;
    QVERIFY(map.tryEmplace("key", 1, 2));
    QVERIFY(!map.tryEmplace(u"key", 3, 4));
    QCOMPARE(Built::made, 1);
    const auto guard = map.guard();
    QCOMPARE(map.get(u"key", guard)->sum, 3);
}

void tst_SyncMap::theStoredKeyIsTheFirst()
{
    SyncMap<QString, int> map;
    const QString first = QString::number(12345);
    map.insert(first, 1);
    const QString other = QString::number(12345);
    QVERIFY(other.constData() != first.constData());
    const auto stored = map.storedKey(other);
    QVERIFY(stored && stored->constData() == first.constData());
    QVERIFY(map.storedKey(u"12345")->constData() == first.constData());
    QVERIFY(!map.storedKey(u"1"));
}

void tst_SyncMap::aMoveOnlyValueIsTakenWhenNobodyLooksAtIt()
{
    Owners map;
    map.insert(1, std::make_unique<int>(10));
    map.insert(2, std::make_unique<int>(20));
    std::unique_ptr<int> taken;
    {
        const auto guard = map.guard();
        const auto *const seen = map.get(1, guard);
        QVERIFY(map.takeLater(1, [&](std::unique_ptr<int> &&value) {
            taken = std::move(value);
            map.insert(3, std::make_unique<int>(30)); // no lock is held
        }));
        QVERIFY(!map.contains(1));
        QVERIFY(!map.takeLater(1, [](std::unique_ptr<int> &&) { QFAIL("was taken"); }));
        map.collect();
        QVERIFY(!taken);
        QCOMPARE(**seen, 10);
    }
    QVERIFY(map.collect());
    QVERIFY(taken && *taken == 10);
    QVERIFY(map.contains(3));
    // What is removed in another way is not handed out.
    QVERIFY(map.remove(2));
    QVERIFY(map.collect());
}

void tst_SyncMap::aMapThatEndsHandsOutWhatWasTaken()
{
    int sum = 0;
    {
        SyncMap<QString, std::unique_ptr<int>> map;
        for (int i = 1; i <= 3; ++i)
            map.insert(QString::number(i), std::make_unique<int>(i));
        QVERIFY(map.takeLater(u"2", [&sum](std::unique_ptr<int> &&value) { sum += *value; }));
        QVERIFY(map.takeLater(
                "3", [&sum, own = std::make_unique<int>(100)](std::unique_ptr<int> &&value) {
                    sum += *own + *value;
                }));
    }
    QCOMPARE(sum, 105);
}

int main(int argc, char **argv)
{
    tst_SyncMap test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_syncmap.moc"
