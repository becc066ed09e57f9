// SPDX-License-Identifier: MIT

#include "cell.h"

#include <QtCore/qlocale.h>

namespace Benchmark {

bool Cell::isRead() const
{
    switch (operation) {
    case Operation::ReadInPlace:
    case Operation::ReadCopied:
    case Operation::ReadByValue:
    case Operation::Miss:
        return true;
    default:
        return false;
    }
}

QString Cell::operationName() const
{
    switch (operation) {
    case Operation::ReadInPlace:
        return QStringLiteral("reads in place");
    case Operation::ReadCopied:
        return QStringLiteral("reads copied");
    case Operation::ReadByValue:
        return QStringLiteral("reads by value");
    case Operation::Miss:
        return QStringLiteral("misses");
    case Operation::Write1:
        return QStringLiteral("99/1");
    case Operation::Write10:
        return QStringLiteral("90/10");
    case Operation::Write50:
        return QStringLiteral("50/50");
    case Operation::Insert:
        return QStringLiteral("insertion");
    case Operation::InsertRemove:
        return QStringLiteral("insert, remove");
    case Operation::ReadBesideWriter:
        return QStringLiteral("reads beside a writer");
    case Operation::WriteBesideReader:
        return QStringLiteral("writes beside a reader");
    case Operation::IterateBesideWriter:
        return QStringLiteral("iteration beside a writer");
    case Operation::WriteBesideIteration:
        return QStringLiteral("writes beside an iteration");
    case Operation::FindAll:
        return QStringLiteral("findAll");
    case Operation::Scaling:
        return QStringLiteral("one thread and two");
    }
    return {};
}

QString Cell::name() const
{
    return QStringLiteral("%1, %2, %3, %4, %5 thread%6")
            .arg(keyType == KeyType::Integer ? QStringLiteral("quint64")
                                             : QStringLiteral("QString"),
                 QLocale(QLocale::English).toString(qulonglong(entries)),
                 choice == Choice::Hot ? QStringLiteral("hot") : QStringLiteral("uniform"),
                 operationName(), QString::number(threads),
                 threads == 1 ? QString() : QStringLiteral("s"));
}

QList<Cell> allCells(const QList<quint64> &sizes)
{
    QList<Cell> cells;
    for (const KeyType keyType : { KeyType::Integer, KeyType::Text }) {
        for (const quint64 entries : sizes) {
            const auto add = [&](Operation operation, int threads,
                                 Choice choice = Choice::Uniform) {
                cells.append({ keyType, entries, choice, operation, threads });
            };
            for (const Choice choice : { Choice::Uniform, Choice::Hot }) {
                for (const Operation operation :
                     { Operation::ReadInPlace, Operation::ReadCopied, Operation::ReadByValue,
                       Operation::Write1, Operation::Write10, Operation::Write50 }) {
                    add(operation, 1, choice);
                    add(operation, 2, choice);
                }
                add(Operation::Scaling, 2, choice);
                add(Operation::ReadBesideWriter, 2, choice);
                add(Operation::WriteBesideReader, 2, choice);
            }
            add(Operation::Miss, 1);
            add(Operation::Miss, 2);
            add(Operation::FindAll, 1);
            add(Operation::IterateBesideWriter, 2);
            add(Operation::WriteBesideIteration, 2);
            for (const Operation operation : { Operation::InsertRemove, Operation::Insert }) {
                add(operation, 1);
                add(operation, 2);
            }
        }
    }
    return cells;
}

} // namespace Benchmark
