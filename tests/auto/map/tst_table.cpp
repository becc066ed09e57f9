// SPDX-License-Identifier: MIT

// The table behind a shard's snapshot: its words of tags against a loop over their bytes, and its
// probing where it is nearly full.

#include "seed.h"

#include <SyncMap/private/map/table.h>

#include <QtTest/qtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <vector>

using namespace SyncMapInternal;

namespace {

quint64 seed = 0;

std::array<quint8, 8> bytesOf(quint64 word)
{
    std::array<quint8, 8> bytes {};
    for (quint8 &byte : bytes) {
        byte = quint8(word);
        word >>= 8;
    }
    return bytes;
}

// The high bit of each byte that satisfies the condition.
template <typename Condition>
quint64 bitsWhere(quint64 word, Condition condition)
{
    quint64 bits = 0;
    const auto bytes = bytesOf(word);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bits |= quint64(condition(bytes[i]) ? 0x80 : 0) << (i * 8);
    return bits;
}

// A node that is nothing but its hash.
struct Entry : Retired
{
    explicit Entry(quint64 itsHash) : hash(itsHash) { }
    quint64 hash;
};

using TestTable = Table<Entry, DefaultTraits>;

struct Destroy
{
    void operator()(TestTable *table) const { TestTable::destroy(table); }
};
using TablePointer = std::unique_ptr<TestTable, Destroy>;

TestTable::Found findNode(const TestTable &table, const Entry &entry)
{
    return table.find(entry.hash, [&entry](const Entry *other) { return other == &entry; });
}

bool hasHash(const TestTable &table, quint64 hash)
{
    return bool(table.find(hash, [](const Entry *) { return true; }));
}

// A hash that begins its search in that group, and bears that tag.
quint64 hashFor(quint64 group, quint8 tag, quint64 rest = 0)
{
    return group | (quint64(tag & 0x7f) << TagShift) | (rest << (TagShift + 7));
}

} // namespace

class tst_Table : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tagsOfAnyHashAreLive();
    void wordsAgreeWithTheirBytes();
    void everyTagIsFoundAtEveryByte();
    void firstOfIsTheLowestByte();
    void withChangesOneByte();

    void aNewTableIsEmpty_data();
    void aNewTableIsEmpty();
    void aTableTooLargeForMemoryIsNull();
    void whatIsAddedIsFound_data();
    void whatIsAddedIsFound();
    void aSearchGoesThroughEveryGroup();
    void oneEmptySlotEndsEverySearch();
    void equalHashesAreToldApart();
    void equalTagsOfOtherHashesAreNotAsked();
    void deletedSlotsAreNotUsedAgain();
    void aDeletionDoesNotEndASearch();
    void replacingKeepsTheSlot();
    void forEachVisitsLiveSlotsInOrderAndStops();
    void thePlaceholderIsEmptyForEveryHash();
    void randomTablesAgreeWithASet();
    void capacityAndBytesAreThoseOfTheAllocation();
};

void tst_Table::tagsOfAnyHashAreLive()
{
    std::mt19937_64 random(seed);
    std::set<quint8> tags;
    for (int i = 0; i < 10'000; ++i) {
        const quint8 tag = tagOf(random());
        QVERIFY(tag & 0x80);
        tags.insert(tag);
    }
    QCOMPARE(tags.size(), size_t(128));
}

void tst_Table::wordsAgreeWithTheirBytes()
{
    std::mt19937_64 random(seed);
    for (int i = 0; i < 200'000; ++i) {
        // Bytes that occur in tables, each about as often as the others.
        quint64 word = 0;
        for (int byte = 0; byte < 8; ++byte) {
            const quint64 bits = random();
            const quint8 tag = quint8(0x80 | (bits >> 8) % 5);
            const std::array<quint8, 4> choices = { TagWord::Empty, TagWord::Deleted, tag,
                                                    quint8(0x80 | (bits >> 16 & 0x7f)) };
            word = TagWord::with(word, byte, choices[bits % 4]);
        }
        for (const quint8 tag :
             { quint8(0x80), quint8(0x81), quint8(0xff), quint8(0x80 | (word >> 8 & 0x7f)) }) {
            QCOMPARE(TagWord::matches(word, tag),
                     bitsWhere(word, [tag](quint8 byte) { return byte == tag; }));
        }
        QCOMPARE(TagWord::lives(word), bitsWhere(word, [](quint8 byte) { return byte >= 0x80; }));
        QCOMPARE(TagWord::empties(word),
                 bitsWhere(word, [](quint8 byte) { return byte == TagWord::Empty; }));
    }
    // matches() is right for any bytes at all.
    for (int i = 0; i < 200'000; ++i) {
        const quint64 word = random();
        const quint8 tag = i % 2 ? quint8(random()) : bytesOf(word)[size_t(i) % 8];
        QCOMPARE(TagWord::matches(word, tag),
                 bitsWhere(word, [tag](quint8 byte) { return byte == tag; }));
    }
}

void tst_Table::everyTagIsFoundAtEveryByte()
{
    for (int tag = 0; tag < 256; ++tag) {
        for (int byte = 0; byte < 8; ++byte) {
            for (const quint64 others : { quint64(0), TagWord::Lows, TagWord::Highs, ~quint64(0),
                                          TagWord::Lows * quint8(tag ^ 1) }) {
                const quint64 word = TagWord::with(others, byte, quint8(tag));
                QVERIFY(TagWord::matches(word, quint8(tag)) & (quint64(0x80) << (byte * 8)));
            }
        }
    }
}

void tst_Table::firstOfIsTheLowestByte()
{
    for (int first = 0; first < 8; ++first) {
        QCOMPARE(TagWord::firstOf(quint64(0x80) << (first * 8)), first);
        QCOMPARE(TagWord::firstOf(TagWord::Highs << (first * 8)), first);
    }
}

void tst_Table::withChangesOneByte()
{
    std::mt19937_64 random(seed);
    for (int i = 0; i < 10'000; ++i) {
        const quint64 word = random();
        const quint8 tag = quint8(random());
        const int byte = i % 8;
        auto expected = bytesOf(word);
        expected[size_t(byte)] = tag;
        QCOMPARE(bytesOf(TagWord::with(word, byte, tag)), expected);
    }
}

void tst_Table::aNewTableIsEmpty_data()
{
    QTest::addColumn<int>("capacity");
    for (const int capacity : { 8, 16, 32, 1024 })
        QTest::addRow("%d slots", capacity) << capacity;
}

void tst_Table::aNewTableIsEmpty()
{
    QFETCH(const int, capacity);
    const TablePointer table(TestTable::create(capacity));
    QCOMPARE(table->capacity(), capacity);
    QVERIFY(!table->isPlaceholder());
    std::mt19937_64 random(seed);
    for (int i = 0; i < 1000; ++i)
        QVERIFY(!hasHash(*table, random()));
    QVERIFY(table->forEach([](Entry *, qsizetype) { return false; }));
}

void tst_Table::aTableTooLargeForMemoryIsNull()
{
    QVERIFY(!TestTable::create(std::numeric_limits<qsizetype>::max() / 2 + 1));
}

void tst_Table::whatIsAddedIsFound_data()
{
    aNewTableIsEmpty_data();
}

void tst_Table::whatIsAddedIsFound()
{
    QFETCH(const int, capacity);
    const TablePointer table(TestTable::create(capacity));
    std::mt19937_64 random(seed);
    std::vector<Entry> entries;
    entries.reserve(size_t(capacity));
    for (int i = 0; i < capacity - 1; ++i)
        entries.emplace_back(random());
    for (Entry &entry : entries)
        table->addLocked(&entry);
    std::set<qsizetype> indexes;
    for (const Entry &entry : entries) {
        const auto found = findNode(*table, entry);
        QCOMPARE(found.node, &entry);
        QVERIFY(table->holds(found.index, &entry));
        indexes.insert(found.index);
        table->prefetch(entry.hash);
        table->prefetchNode(entry.hash);
    }
    QCOMPARE(indexes.size(), entries.size());
    for (int i = 0; i < 1000; ++i)
        QVERIFY(!hasHash(*table, random()));
}

// From each group on, and with as many entries as there are slots but one: triangular numbers reach
// every group of a power of two.
void tst_Table::aSearchGoesThroughEveryGroup()
{
    for (const int groups : { 1, 2, 4, 8, 16 }) {
        for (int first = 0; first < groups; ++first) {
            const int capacity = groups * 8;
            const TablePointer table(TestTable::create(capacity));
            std::vector<Entry> entries;
            entries.reserve(size_t(capacity - 1));
            for (int i = 0; i < capacity - 1; ++i)
                entries.emplace_back(hashFor(quint64(first), quint8(i % 3), quint64(i)));
            for (Entry &entry : entries)
                table->addLocked(&entry);
            for (const Entry &entry : entries)
                QCOMPARE(findNode(*table, entry).node, &entry);
            QVERIFY(!hasHash(*table, hashFor(quint64(first), 0, 1'000'000)));
            QVERIFY(!hasHash(*table, hashFor(quint64(first), 5)));
        }
    }
}

void tst_Table::oneEmptySlotEndsEverySearch()
{
    constexpr int capacity = 32;
    const TablePointer table(TestTable::create(capacity));
    std::vector<Entry> entries;
    entries.reserve(size_t(capacity - 1));
    for (int i = 0; i < capacity - 1; ++i)
        entries.emplace_back(hashFor(quint64(i) / 8, 1, quint64(i)));
    for (Entry &entry : entries)
        table->addLocked(&entry);
    for (qsizetype i = 0; i < capacity - 1; ++i)
        table->removeLocked(i);
    for (quint64 group = 0; group < 4; ++group) {
        QVERIFY(!hasHash(*table, hashFor(group, 1)));
        QVERIFY(!hasHash(*table, hashFor(group, 2)));
    }
}

void tst_Table::equalHashesAreToldApart()
{
    const TablePointer table(TestTable::create(32));
    std::vector<Entry> entries(20, Entry(hashFor(1, 77)));
    for (Entry &entry : entries)
        table->addLocked(&entry);
    for (const Entry &entry : entries)
        QCOMPARE(findNode(*table, entry).node, &entry);
    int asked = 0;
    QVERIFY(!table->find(entries[0].hash, [&asked](const Entry *) {
        ++asked;
        return false;
    }));
    QCOMPARE(asked, 20);
}

// User code runs for equal hashes only.
void tst_Table::equalTagsOfOtherHashesAreNotAsked()
{
    const TablePointer table(TestTable::create(32));
    std::vector<Entry> entries;
    entries.reserve(size_t(20));
    for (quint64 i = 0; i < 20; ++i)
        entries.emplace_back(hashFor(1, 77, i));
    for (Entry &entry : entries)
        table->addLocked(&entry);
    for (const Entry &entry : entries) {
        int asked = 0;
        QVERIFY(!table->find(entry.hash, [&](const Entry *other) {
            ++asked;
            return other != &entry;
        }));
        QCOMPARE(asked, 1);
    }
}

void tst_Table::deletedSlotsAreNotUsedAgain()
{
    const TablePointer table(TestTable::create(16));
    std::vector<Entry> entries(12, Entry(hashFor(0, 3)));
    std::set<qsizetype> indexes;
    for (Entry &entry : entries) {
        table->addLocked(&entry);
        const auto found = findNode(*table, entry);
        QVERIFY(found);
        QVERIFY(indexes.insert(found.index).second);
        table->removeLocked(found.index);
        QVERIFY(!table->holds(found.index, &entry));
        QVERIFY(!findNode(*table, entry));
    }
}

void tst_Table::aDeletionDoesNotEndASearch()
{
    const TablePointer table(TestTable::create(32));
    std::vector<Entry> entries(20, Entry(hashFor(2, 9)));
    for (Entry &entry : entries)
        table->addLocked(&entry);
    for (std::size_t i = 0; i < 19; ++i)
        table->removeLocked(findNode(*table, entries[i]).index);
    QCOMPARE(findNode(*table, entries[19]).node, &entries[19]);
}

void tst_Table::replacingKeepsTheSlot()
{
    const TablePointer table(TestTable::create(8));
    Entry first(hashFor(0, 1));
    Entry second(first.hash);
    table->addLocked(&first);
    const qsizetype index = findNode(*table, first).index;
    table->replaceLocked(index, &second);
    QVERIFY(!findNode(*table, first));
    QCOMPARE(findNode(*table, second).index, index);
}

void tst_Table::forEachVisitsLiveSlotsInOrderAndStops()
{
    const TablePointer table(TestTable::create(64));
    std::vector<Entry> entries;
    entries.reserve(size_t(40));
    for (quint64 i = 0; i < 40; ++i)
        entries.emplace_back(hashFor(i, quint8(i)));
    for (Entry &entry : entries)
        table->addLocked(&entry);
    std::set<const Entry *> live;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i % 3 == 0)
            table->removeLocked(findNode(*table, entries[i]).index);
        else
            live.insert(&entries[i]);
    }
    qsizetype last = -1;
    std::set<const Entry *> visited;
    QVERIFY(table->forEach([&](Entry *entry, qsizetype index) {
        const bool isAscending = index > last;
        last = index;
        visited.insert(entry);
        return isAscending && table->holds(index, entry);
    }));
    QVERIFY(visited == live);
    int count = 0;
    QVERIFY(!table->forEach([&count](Entry *, qsizetype) { return ++count < 5; }));
    QCOMPARE(count, 5);
}

void tst_Table::thePlaceholderIsEmptyForEveryHash()
{
    PlaceholderTable<TestTable, DefaultTraits> placeholder;
    const TestTable &table = *placeholder.table();
    QVERIFY(table.isPlaceholder());
    QCOMPARE(table.capacity(), 0);
    QCOMPARE(table.bytes(), 0);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 1000; ++i) {
        const quint64 hash = random();
        QVERIFY(!hasHash(table, hash));
        table.prefetch(hash);
        table.prefetchNode(hash);
    }
    QVERIFY(table.forEach([](Entry *, qsizetype) { return false; }));
}

void tst_Table::randomTablesAgreeWithASet()
{
    std::mt19937_64 random(seed);
    for (int round = 0; round < 200; ++round) {
        const int capacity = 8 << (round % 5);
        const TablePointer table(TestTable::create(capacity));
        std::vector<Entry> entries;
        entries.reserve(size_t(capacity - 1));
        // Few hashes, so that they meet.
        for (int i = 0; i < capacity - 1; ++i)
            entries.emplace_back(hashFor(random() % 4, quint8(random() % 3), random() % 3));
        std::set<const Entry *> live;
        for (Entry &entry : entries) {
            table->addLocked(&entry);
            live.insert(&entry);
            if (random() % 2) {
                const Entry &victim = entries[random() % entries.size()];
                if (live.erase(&victim) != 0)
                    table->removeLocked(findNode(*table, victim).index);
            }
        }
        for (const Entry &entry : entries)
            QCOMPARE(bool(findNode(*table, entry)), live.count(&entry) == 1);
        std::size_t visited = 0;
        table->forEach([&](Entry *entry, qsizetype) {
            visited += live.count(entry);
            return true;
        });
        QCOMPARE(visited, live.size());
    }
}

void tst_Table::capacityAndBytesAreThoseOfTheAllocation()
{
    for (const qsizetype capacity : { 8, 64, 4096 }) {
        const TablePointer table(TestTable::create(capacity));
        QVERIFY(reinterpret_cast<quintptr>(table.get()) % 64 == 0);
        const qsizetype content = capacity + capacity * qsizetype(sizeof(void *));
        QVERIFY(table->bytes() >= content);
        QVERIFY(table->bytes() <= content + 128);
    }
}

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    tst_Table test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_table.moc"
