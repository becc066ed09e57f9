// SPDX-License-Identifier: MIT

// Random operations on a SyncMap and on a QHash, which must always agree.

#include "enginecounts.h"
#include "hashedkey.h"
#include "seed.h"

#include <SyncMap/SyncMap>

#include <QtCore/qset.h>
#include <QtTest/qtest.h>

#include <random>

namespace {

quint64 seed = 0;

template <typename Key>
struct Make
{
    static Key from(int number) { return Key { number }; }
};
template <>
struct Make<QString>
{
    static QString from(int number) { return QString::number(number); }
};

// A SyncMap and its reference.
template <typename Key, typename T>
class Pair
{
public:
    Pair(int keys, quint64 itsSeed) : m_random(itsSeed), m_keys(keys) { }

    const SyncMap<Key, T> &map() const { return m_map; }

    // One random operation on both. Where the map is to grow or to shrink, most are insertions or
    // removals.
    enum class Towards : quint8 { More, Fewer };
    void step(Towards towards)
    {
        const int number = below(m_keys);
        const Key key = Make<Key>::from(number);
        const T value = Make<T>::from(below(4));
        const T other = Make<T>::from(below(4));
        const bool isPresent = m_reference.contains(key);
        const std::optional<T> current =
                isPresent ? std::optional<T>(m_reference.value(key)) : std::nullopt;
        if (below(100) < 70) {
            if (towards == Towards::More) {
                m_map.insert(key, value);
                m_reference.insert(key, value);
            } else {
                QCOMPARE(m_map.remove(key), isPresent);
                m_reference.remove(key);
            }
            return;
        }
        switch (below(16)) {
        case 0:
            QCOMPARE(m_map.find(key), current);
            QCOMPARE(m_map.contains(key), isPresent);
            QCOMPARE(m_map.value(key, other), current.value_or(other));
            break;
        case 1: {
            const auto guard = m_map.guard();
            const auto found = m_map.get(key, guard);
            QCOMPARE(bool(found), isPresent);
            if (found)
                QCOMPARE(*found, *current);
            break;
        }
        case 2: {
            const auto result = m_map.tryInsert(key, value);
            QCOMPARE(result.inserted, !isPresent);
            QCOMPARE(result.value, current.value_or(value));
            m_reference.insert(key, result.value);
            break;
        }
        case 3: {
            const auto guard = m_map.guard();
            const auto result = m_map.tryInsert(key, T(value), guard);
            QCOMPARE(result.inserted, !isPresent);
            QCOMPARE(*result.value, current.value_or(value));
            m_reference.insert(key, *result.value);
            break;
        }
        case 4:
            QCOMPARE(m_map.getOrInsert(key, [&value] { return value; }), current.value_or(value));
            m_reference.insert(key, current.value_or(value));
            break;
        case 5:
            QCOMPARE(m_map.exchange(key, value), current);
            m_reference.insert(key, value);
            break;
        case 6:
        case 7: {
            const bool isEqual = isPresent && *current == other;
            QCOMPARE(m_map.compareExchange(key, other, value), isEqual);
            if (isEqual)
                m_reference.insert(key, value);
            break;
        }
        case 8:
        case 9: {
            const bool isEqual = isPresent && *current == other;
            QCOMPARE(m_map.remove(key, other), isEqual);
            if (isEqual)
                m_reference.remove(key);
            break;
        }
        case 10:
            QCOMPARE(m_map.take(key), current);
            m_reference.remove(key);
            break;
        case 11:
        case 12: {
            const bool removes = below(2) == 0;
            const auto made = m_map.compute(key, [&](const T *seen) -> std::optional<T> {
                if (bool(seen) != isPresent || (seen && *seen != *current))
                    QTest::qFail("compute() saw another value", __FILE__, __LINE__);
                return removes ? std::nullopt : std::optional<T>(value);
            });
            QCOMPARE(made, removes ? std::nullopt : std::optional<T>(value));
            if (removes)
                m_reference.remove(key);
            else
                m_reference.insert(key, value);
            break;
        }
        case 13:
            m_map.insert(key, value);
            m_reference.insert(key, value);
            break;
        case 14: {
            QList<Key> keys;
            QList<std::optional<T>> expected;
            for (int i = below(40); i > 0; --i) {
                keys << Make<Key>::from(below(m_keys));
                const auto it = m_reference.constFind(keys.back());
                expected << (it == m_reference.cend() ? std::nullopt : std::optional<T>(*it));
            }
            QCOMPARE(m_map.findAll(keys), expected);
            break;
        }
        case 15:
            stepOnAll(value);
            break;
        }
    }

    void clear()
    {
        m_map.clear();
        m_reference.clear();
    }

    // Every key comes, and goes again.
    void refillAndDrain()
    {
        for (int i = 0; i < m_keys; ++i) {
            m_map.insert(Make<Key>::from(i), Make<T>::from(i));
            m_reference.insert(Make<Key>::from(i), Make<T>::from(i));
        }
        compare();
        for (int i = 0; i < m_keys; ++i) {
            QVERIFY(m_map.remove(Make<Key>::from(i)));
            m_reference.remove(Make<Key>::from(i));
            if (i == m_keys / 2)
                compare();
        }
    }

    void compare() const
    {
        QCOMPARE(m_map.size(), m_reference.size());
        QCOMPARE(m_map.isEmpty(), m_reference.isEmpty());
        qsizetype visited = 0;
        qsizetype different = 0;
        m_map.forEach([&](const Key &key, const T &value) {
            ++visited;
            const auto it = m_reference.constFind(key);
            if (it == m_reference.cend() || *it != value)
                ++different;
        });
        QCOMPARE(different, 0);
        QCOMPARE(visited, m_reference.size());
        QVERIFY(m_map.toHash() == m_reference);
        QCOMPARE(m_map.keys().size(), m_reference.size());
        QCOMPARE(m_map.values().size(), m_reference.size());
        for (auto it = m_reference.cbegin(); it != m_reference.cend(); ++it) {
            if (m_map.find(it.key()) != it.value())
                ++different;
        }
        QCOMPARE(different, 0);
    }

private:
    int below(int bound) { return int(m_random() % unsigned(bound)); }

    // What costs as much as the map is large is done less often.
    void stepOnAll(const T &value)
    {
        switch (below(1000)) {
        case 0: {
            qsizetype expected = 0;
            for (auto it = m_reference.begin(); it != m_reference.end();) {
                if (*it == value) {
                    it = m_reference.erase(it);
                    ++expected;
                } else {
                    ++it;
                }
            }
            QCOMPARE(m_map.removeIf([&value](const Key &, const T &each) { return each == value; }),
                     expected);
            break;
        }
        case 1:
            m_map.squeeze();
            break;
        case 2:
            QVERIFY(m_map.collect());
            QCOMPARE(m_map.statistics().retiredObjects, 0U);
            break;
        case 3:
            m_map.reserve(below(m_keys * 2));
            break;
        case 4: {
            QHash<Key, T> more;
            for (int i = 0; i < 20; ++i)
                more.insert(Make<Key>::from(below(m_keys)), value);
            m_map.insert(more);
            m_reference.insert(more);
            break;
        }
        default:
            break;
        }
    }

    SyncMap<Key, T> m_map;
    QHash<Key, T> m_reference;
    std::mt19937_64 m_random;
    const int m_keys;
};

} // namespace

class tst_Reference : public QObject
{
    Q_OBJECT

    template <typename Key, typename T>
    void agree(int keys, int steps, bool splits);

private Q_SLOTS:
    void integers() { agree<int, int>(30'000, 240'000, true); }
    void integersOnStrings() { agree<int, QString>(9000, 80'000, true); }
    void strings() { agree<QString, QString>(9000, 80'000, true); }
    void stringsOnIntegers() { agree<QString, int>(9000, 80'000, true); }
    void wrappedIntegers() { agree<HashedKey<Hashing::Normal>, int>(9000, 80'000, true); }
    void fewKeys() { agree<int, int>(20, 80'000, false); }
    void constantHashes() { agree<HashedKey<Hashing::Constant>, int>(60, 30'000, false); }
    void constantHashesInTables()
    {
        agree<HashedKey<Hashing::Constant, true>, int>(60, 30'000, false);
    }
    void constantHashesOnStrings()
    {
        agree<HashedKey<Hashing::Constant>, QString>(60, 30'000, false);
    }
    void truncatedHashes() { agree<HashedKey<Hashing::TwoBits>, int>(200, 30'000, false); }
    void truncatedHashesInTables()
    {
        agree<HashedKey<Hashing::TwoBits, true>, int>(200, 30'000, false);
    }
    void truncatedHashesOnStrings()
    {
        agree<HashedKey<Hashing::TwoBits>, QString>(200, 30'000, false);
    }
    void hashesWithoutSeed() { agree<HashedKey<Hashing::Seedless>, int>(9000, 80'000, true); }
};

template <typename Key, typename T>
void tst_Reference::agree(int keys, int steps, bool splits)
{
    using Tested = Pair<Key, T>;
    if (SYNCMAP_SANITIZED)
        steps /= 2;
    Tested tested(keys, seed);
    for (int i = 0; i < steps; ++i) {
        // Grow, shrink; from an empty map again grow, shrink.
        const int phase = qint64(i) * 4 / steps;
        tested.step(phase % 2 == 0 ? Tested::Towards::More : Tested::Towards::Fewer);
        if (i == steps / 2)
            tested.clear();
        if (i % (steps / 24) == 0 || (i < 200 && i % 8 == 0))
            tested.compare();
        if (QTest::currentTestFailed())
            return;
    }
    tested.refillAndDrain();
    tested.compare();
    const EngineCounts statistics = countsOf(tested.map());
    QVERIFY(statistics.promotions > 3);
    QVERIFY(statistics.purges > 0);
    QCOMPARE(statistics.clears, 1U);
    QCOMPARE(statistics.splits > 0, splits);
}

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_Reference test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_reference.moc"
