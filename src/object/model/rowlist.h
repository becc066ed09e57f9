// SPDX-License-Identifier: MIT
#pragma once

#include "keytable.h"

#include <QtCore/qstringlist.h>

#include <memory>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The keys of a model in the order of its rows, each once: finds the row of a key and the key of a
// row in logarithmic time, also while rows come and go at any place.
//
//   key -> Row -> Chunk: its number -> the rows before it (a Fenwick tree over the sizes of chunks)
//                        the place of the Row in it (a short search)
//
// A chunk holds up to ChunkSize rows, so that an insertion or removal moves few pointers; the rows
// themselves never move.
class RowList
{
    struct Chunk;
    struct Place
    {
        Chunk *chunk = nullptr; // null once the row was removed
        quint32 mark = 0;
    };
    using Table = KeyTable<Place>;

public:
    using Row = Table::Element;

    RowList() = default;
    Q_DISABLE_COPY_MOVE(RowList)
    ~RowList() = default;

    qsizetype size() const noexcept { return qsizetype(m_table->size()); }
    const QString &at(qsizetype row) const;
    // -1 if it is none.
    qsizetype rowOf(const QString &key) const;
    bool contains(const QString &key) const { return m_table->find(key); }
    QStringList keys() const;

    Row *rowAt(qsizetype row) const;
    qsizetype rowOf(const Row *row) const;
    // Rows that are removed from now on are kept until they are let go, so that whoever noted some of
    // them can see that they have gone.
    void keepRemoved() noexcept { m_isKeeping = true; }
    void letGo();
    bool areAllThere() const noexcept { return m_kept.empty(); } // of those that were noted
    static bool isThere(const Row *row) noexcept { return row->value.chunk; }

    // None of the keys is there yet, and each comes once.
    void insert(qsizetype row, const QString *keys, qsizetype count);
    void remove(qsizetype first, qsizetype count);
    // To where \a to is after they were taken away.
    void move(qsizetype first, qsizetype count, qsizetype to);
    // The same keys in another order.
    void rearrange(const QStringList &keys);
    void rearrange(const std::vector<Row *> &rows);
    // At once: what is left of the rows is freed in steps.
    void clear();
    bool hasRemains() const noexcept { return !m_remains.empty(); }
    void freeSomeRemains();

    // If the rows are sorted: the first one that is not less.
    qsizetype lowerBound(const QString &key) const;

    // To find what is missing from an enumeration: of the rows there are, those that were not
    // marked since marks were begun.
    void beginMarks() noexcept { ++m_mark; }
    // Null if the key is no row, or was marked before.
    Row *mark(const QString &key);
    bool isMarked(qsizetype row) const { return rowAt(row)->value.mark == m_mark; }

private:
    struct Chunk
    {
        std::size_t number = 0;
        std::vector<Row *> rows; // not empty
    };
    struct Position
    {
        std::size_t chunk;
        qsizetype offset;
    };

    // Of rows; the search in it stays cheaper than the look-up of the key.
    static constexpr qsizetype ChunkSize = 256;

    Position locate(qsizetype row) const;
    qsizetype rowsBefore(std::size_t chunk) const noexcept;
    void grow(std::size_t chunk, qsizetype difference) noexcept;
    void put(qsizetype row, const std::vector<Row *> &rows);
    std::vector<Row *> take(qsizetype first, qsizetype count);
    // As many chunks as it takes, evenly filled.
    void addChunks(std::size_t at, const std::vector<Row *> &rows, qsizetype size);
    void mergeAround(std::size_t chunk);
    void renumber(std::size_t first);

    struct Remains
    {
        std::unique_ptr<Table> table;
        std::vector<std::unique_ptr<Chunk>> chunks;
    };

    std::unique_ptr<Table> m_table = std::make_unique<Table>();
    std::vector<std::unique_ptr<Chunk>> m_chunks;
    // m_sums[i] is the number of rows in the chunks (i & (i + 1)) to i (Fenwick, 1994).
    std::vector<qsizetype> m_sums;
    quint32 m_mark = 0;
    bool m_isKeeping = false;
    std::vector<std::unique_ptr<Row>> m_kept;
    std::vector<Remains> m_remains;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
