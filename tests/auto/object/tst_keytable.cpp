// SPDX-License-Identifier: MIT
#include "model/keytable.h"

#include <QtCore/qhash.h>
#include <QtCore/qrandom.h>
#include <QtTest/qtest.h>

#include <seed.h>

using Table = SyncMapInternal::KeyTable<int>;

namespace {

quint64 theSeed = 0;

QString text(int number)
{
    return QString::number(number);
}

} // namespace

class tst_KeyTable : public QObject
{
    Q_OBJECT

private slots:
    void sameAsAHashWhateverHappens();
    void elementsDoNotMove();
};

void tst_KeyTable::sameAsAHashWhateverHappens()
{
    QRandomGenerator random(quint32(theSeed ^ (theSeed >> 32)));
    Table table;
    QHash<QString, int> reference;
    QVERIFY(!table.find(text(0)));
    for (int wave = 0; wave < 4; ++wave) { // grows, and shrinks to nothing
        for (int step = 0; step < 30'000; ++step) {
            const QString key = text(random.bounded(5'000));
            const bool isGrowing = step < 15'000;
            Table::Element *const element = table.find(key);
            QCOMPARE(element != nullptr, reference.contains(key));
            if (element) {
                QCOMPARE(element->key, key);
                QCOMPARE(element->value, reference.value(key));
            }
            if (!element && (isGrowing || random.bounded(4) == 0)) {
                table.insert(key)->value = step;
                reference.insert(key, step);
            } else if (element && (!isGrowing || random.bounded(4) == 0)) {
                table.remove(element);
                reference.remove(key);
            }
            QCOMPARE(qsizetype(table.size()), reference.size());
        }
        if (wave == 1) {
            table.clear();
            reference.clear();
        }
        const QStringList rest = reference.keys();
        for (const QString &key : rest) {
            QVERIFY(table.find(key));
            QCOMPARE(table.find(key)->value, reference.value(key));
            table.remove(table.find(key));
        }
        reference.clear();
        QCOMPARE(table.size(), std::size_t(0));
    }
}

void tst_KeyTable::elementsDoNotMove()
{
    Table table;
    QList<Table::Element *> elements;
    for (int i = 0; i < 3'000; ++i)
        elements.append(table.insert(text(i)));
    for (int i = 0; i < 3'000; ++i)
        QCOMPARE(table.find(text(i)), elements.at(i));
    for (int i = 0; i < 2'900; ++i)
        table.remove(elements.at(i));
    for (int i = 2'900; i < 3'000; ++i)
        QCOMPARE(table.find(text(i)), elements.at(i));
}

int main(int argc, char **argv)
{
    theSeed = takeSeed(argc, argv);
    tst_KeyTable test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_keytable.moc"
