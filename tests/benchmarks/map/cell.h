// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

namespace Benchmark {

enum class Operation {
    ReadInPlace,
    ReadCopied,
    ReadByValue,
    Miss,
    Write1, // of a hundred operations, the others read in place
    Write10,
    Write50,
    Insert,
    InsertRemove,
    ReadBesideWriter,
    WriteBesideReader,
    IterateBesideWriter,
    WriteBesideIteration,
    FindAll,
    Scaling // reads in place again, with one thread and with two in the same rounds
};

enum class Choice { Uniform, Hot }; // of keys; Hot: of eight only
enum class KeyType { Integer, Text };

struct Cell
{
    KeyType keyType = KeyType::Integer;
    quint64 entries = 0;
    Choice choice = Choice::Uniform;
    Operation operation = Operation::ReadInPlace;
    int threads = 1; // the most of any contestant

    bool isRead() const;
    QString name() const;
    QString operationName() const;
};

// In an order in which a map is as large at the end of each cell as it was before.
QList<Cell> allCells(const QList<quint64> &sizes);

// The number of keys that one call of findAll() asks for.
inline constexpr int FindAllKeys = 1000;

} // namespace Benchmark
