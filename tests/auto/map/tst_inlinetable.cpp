// SPDX-License-Identifier: MIT

// The table whose slots are the entries. Its tags and its probing are those of tst_table.

#include "seed.h"

#include <SyncMap/private/map/inlinenode.h>
#include <SyncMap/private/map/inlinetable.h>

#include <QtTest/qtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

using namespace SyncMapInternal;

namespace {

quint64 seed = 0;

using Node = InlineNode<quint32, quint16, DefaultTraits>;
using TestTable = InlineTable<Node, DefaultTraits>;

struct Destroy
{
    void operator()(TestTable *table) const { TestTable::destroy(table); }
};
using TablePointer = std::unique_ptr<TestTable, Destroy>;

// All keys in one of two groups, with one of three tags.
quint64 hashOf(quint32 key)
{
    return (key % 2) | (quint64(key % 3) << TagShift);
}

Node nodeOf(quint32 key, quint16 value)
{
    return Node(key, Node::Value(value));
}

TestTable::Found findKey(const TestTable &table, quint32 key)
{
    return table.find(hashOf(key), [key](const Node *node) { return node->key == key; });
}

} // namespace

class tst_InlineTable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbersAndPointersLieInTables();
    void aSlotIsAsLargeAsItsEntry();
    void whatIsAddedIsFoundWithItsValue();
    void valuesAreOverwrittenWhereTheyAre();
    void aRemovedKeyIsNotFound();
    void aReaderOfARemovedSlotFindsItsLastValue();
    void aKeyThatComesBackTakesAnotherSlot();
    void forEachVisitsLiveSlotsInOrderAndStops();
    void forEachOnceSeesNoKeyInTwoSlots();
    void forEachOnceOfALargeTableVisitsAll();
    void thePlaceholderIsEmpty();
    void randomTablesAgreeWithAMap();
};

// NOLINTBEGIN(misc-redundant-expression): of types
static_assert(isInline<int, int> && isInline<quint64, double> && isInline<bool, char>);
static_assert(isInline<const QObject *, quint64> && isInline<char16_t, QObject *>);
static_assert(!isInline<QString, int>, "its characters are elsewhere");
static_assert(!isInline<int, QString>, "is not overwritten in place");
static_assert(!isInline<double, int>, "a NaN is not found by ==");
static_assert(isInline<Qt::Key, int>, "enumerators are numbers");
// NOLINTEND(misc-redundant-expression)

void tst_InlineTable::numbersAndPointersLieInTables()
{
    // Said above; here only what they are without padding.
    QCOMPARE(sizeof(InlineNode<quint64, quint64, DefaultTraits>), 16U);
    QCOMPARE(sizeof(InlineNode<quint8, quint8, DefaultTraits>), 2U);
}

void tst_InlineTable::aSlotIsAsLargeAsItsEntry()
{
    for (const qsizetype capacity : { 8, 64, 4096 }) {
        const TablePointer table(TestTable::create(capacity));
        QVERIFY(reinterpret_cast<quintptr>(table.get()) % 64 == 0);
        const qsizetype content = capacity + capacity * qsizetype(sizeof(Node));
        QVERIFY(table->bytes() >= content);
        QVERIFY(table->bytes() <= content + 128);
    }
}

void tst_InlineTable::whatIsAddedIsFoundWithItsValue()
{
    const TablePointer table(TestTable::create(64));
    for (quint32 key = 0; key < 63; ++key) {
        QVERIFY(!findKey(*table, key));
        table->addLocked(hashOf(key), nodeOf(key, quint16(key * 3)));
        const auto found = findKey(*table, key);
        QVERIFY(found);
        QVERIFY(table->holds(found.index, found.node));
        QCOMPARE(*found.node->value.pointer(), quint16(key * 3));
        table->prefetch(hashOf(key));
        table->prefetchNode(hashOf(key));
    }
    for (quint32 key = 0; key < 200; ++key)
        QCOMPARE(bool(findKey(*table, key)), key < 63);
}

void tst_InlineTable::valuesAreOverwrittenWhereTheyAre()
{
    const TablePointer table(TestTable::create(8));
    table->addLocked(hashOf(5), nodeOf(5, 1));
    const auto found = findKey(*table, 5);
    found.node->value.store(2);
    QCOMPARE(findKey(*table, 5).node, found.node);
    QCOMPARE(*findKey(*table, 5).node->value.pointer(), quint16(2));
}

void tst_InlineTable::aRemovedKeyIsNotFound()
{
    const TablePointer table(TestTable::create(8));
    for (const quint32 key : { 0, 6, 12 }) // one group, one tag
        table->addLocked(hashOf(key), nodeOf(key, quint16(key)));
    const auto found = findKey(*table, 6);
    table->removeLocked(found.index);
    QVERIFY(!table->holds(found.index, found.node));
    QVERIFY(!findKey(*table, 6));
    QVERIFY(findKey(*table, 0) && findKey(*table, 12));
}

// One that saw the tag alive may be on its way.
void tst_InlineTable::aReaderOfARemovedSlotFindsItsLastValue()
{
    const TablePointer table(TestTable::create(8));
    table->addLocked(hashOf(1), nodeOf(1, 10));
    const Node *late = findKey(*table, 1).node;
    findKey(*table, 1).node->value.store(11);
    table->removeLocked(findKey(*table, 1).index);
    table->addLocked(hashOf(1), nodeOf(1, 12));
    QCOMPARE(late->key, 1U);
    QCOMPARE(*late->value.pointer(), quint16(11));
}

void tst_InlineTable::aKeyThatComesBackTakesAnotherSlot()
{
    const TablePointer table(TestTable::create(64));
    std::vector<qsizetype> indexes;
    for (int i = 0; i < 40; ++i) {
        table->addLocked(hashOf(1), nodeOf(1, quint16(i)));
        const auto found = findKey(*table, 1);
        QCOMPARE(*found.node->value.pointer(), quint16(i));
        QVERIFY(std::find(indexes.begin(), indexes.end(), found.index) == indexes.end());
        indexes.push_back(found.index);
        table->removeLocked(found.index);
    }
}

void tst_InlineTable::forEachVisitsLiveSlotsInOrderAndStops()
{
    const TablePointer table(TestTable::create(64));
    for (quint32 key = 0; key < 40; ++key)
        table->addLocked(hashOf(key), nodeOf(key, 0));
    for (quint32 key = 0; key < 40; key += 3)
        table->removeLocked(findKey(*table, key).index);
    const auto verify = [&table](auto forEach) {
        qsizetype last = -1;
        int visited = 0;
        QVERIFY(forEach([&](Node *node, qsizetype index) {
            ++visited;
            return std::exchange(last, index) < index && node->key % 3 != 0
                    && table->holds(index, node);
        }));
        QCOMPARE(visited, 26);
        int count = 0;
        QVERIFY(!forEach([&count](Node *, qsizetype) { return ++count < 5; }));
        QCOMPARE(count, 5);
    };
    verify([&table](auto &&visit) { return table->forEach(visit); });
    verify([&table](auto &&visit) { return table->forEachOnce(visit); });
}

void tst_InlineTable::forEachOnceSeesNoKeyInTwoSlots()
{
    const TablePointer table(TestTable::create(512));
    for (quint32 key = 0; key < 100; ++key)
        table->addLocked(hashOf(key), nodeOf(key, 0));
    std::map<quint32, int> visits;
    std::set<quint32> removed;
    quint32 fresh = 1000;
    QVERIFY(table->forEachOnce([&](Node *node, qsizetype index) {
        const quint32 key = node->key;
        ++visits[key];
        if (removed.count(key) != 0)
            return false;
        // The one that is shown moves on, one before or behind it goes, and another one comes.
        table->removeLocked(index);
        table->addLocked(hashOf(key), nodeOf(key, 1));
        if (const auto other = findKey(*table, (key + 50) % 100)) {
            table->removeLocked(other.index);
            removed.insert((key + 50) % 100);
            table->addLocked(hashOf(fresh), nodeOf(fresh, 1));
            ++fresh;
        }
        return true;
    }));
    QVERIFY(!removed.empty());
    for (const auto &[key, count] : visits)
        QVERIFY(key < 100 && count == 1);
}

// Larger than the copy of the tags that lies on the stack.
void tst_InlineTable::forEachOnceOfALargeTableVisitsAll()
{
    const TablePointer table(TestTable::create(2 * TestTable::LargestCapacity));
    std::mt19937_64 random(seed);
    for (quint32 key = 0; key < 10'000; ++key)
        table->addLocked(random(), nodeOf(key, 0));
    std::vector<int> visits(10'000);
    table->forEachOnce([&](const Node *node, qsizetype) {
        ++visits[node->key];
        return true;
    });
    QCOMPARE(visits, std::vector<int>(10'000, 1));
}

void tst_InlineTable::thePlaceholderIsEmpty()
{
    PlaceholderTable<TestTable, DefaultTraits> placeholder;
    const TestTable &table = *placeholder.table();
    QVERIFY(table.isPlaceholder());
    QCOMPARE(table.capacity(), 0);
    QCOMPARE(table.bytes(), 0);
    for (quint32 key = 0; key < 100; ++key)
        QVERIFY(!findKey(table, key));
    QVERIFY(table.forEach([](Node *, qsizetype) { return false; }));
    QVERIFY(table.forEachOnce([](Node *, qsizetype) { return false; }));
}

void tst_InlineTable::randomTablesAgreeWithAMap()
{
    std::mt19937_64 random(seed);
    for (int round = 0; round < 200; ++round) {
        const int capacity = 8 << (round % 5);
        const TablePointer table(TestTable::create(capacity));
        std::map<quint32, quint16> content;
        for (int used = 0; used < capacity - 1;) {
            const quint32 key = quint32(random() % 32);
            const quint16 value = quint16(random());
            const auto found = findKey(*table, key);
            QCOMPARE(bool(found), content.count(key) == 1);
            if (!found) {
                table->addLocked(hashOf(key), nodeOf(key, value));
                content[key] = value;
                ++used;
            } else if (random() % 2) {
                table->removeLocked(found.index);
                content.erase(key);
            } else {
                found.node->value.store(value);
                content[key] = value;
            }
        }
        std::map<quint32, quint16> seen;
        table->forEachOnce([&seen](const Node *node, qsizetype) {
            return seen.emplace(node->key, *node->value.pointer()).second;
        });
        QVERIFY(seen == content);
    }
}

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_InlineTable test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_inlinetable.moc"
