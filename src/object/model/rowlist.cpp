// SPDX-License-Identifier: MIT
#include "rowlist.h"

#include <algorithm>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Look-ups.

qsizetype RowList::rowsBefore(std::size_t chunk) const noexcept
{
    qsizetype rows = 0;
    for (; chunk != 0; chunk &= chunk - 1)
        rows += m_sums[chunk - 1];
    return rows;
}

RowList::Position RowList::locate(qsizetype row) const
{
    Q_ASSERT(row >= 0 && row < size());
    std::size_t chunk = 0;
    std::size_t step = 1;
    while (step * 2 <= m_sums.size())
        step *= 2;
    for (; step != 0; step /= 2) {
        if (chunk + step <= m_sums.size() && m_sums[chunk + step - 1] <= row) {
            chunk += step;
            row -= m_sums[chunk - 1];
        }
    }
    return { chunk, row };
}

RowList::Row *RowList::rowAt(qsizetype row) const
{
    const Position position = locate(row);
    return m_chunks[position.chunk]->rows[std::size_t(position.offset)];
}

const QString &RowList::at(qsizetype row) const
{
    return rowAt(row)->key;
}

qsizetype RowList::rowOf(const QString &key) const
{
    const Row *const row = m_table->find(key);
    return row ? rowOf(row) : -1;
}

qsizetype RowList::rowOf(const Row *row) const
{
    const Chunk &chunk = *row->value.chunk;
    const auto place = std::find(chunk.rows.begin(), chunk.rows.end(), row);
    return rowsBefore(chunk.number) + (place - chunk.rows.begin());
}

QStringList RowList::keys() const
{
    QStringList keys;
    keys.reserve(size());
    for (const auto &chunk : m_chunks) {
        for (const Row *row : chunk->rows)
            keys.append(row->key);
    }
    return keys;
}

qsizetype RowList::lowerBound(const QString &key) const
{
    const auto firstOf = [](const std::unique_ptr<Chunk> &chunk) -> const QString & {
        return chunk->rows.front()->key;
    };
    // The first chunk that begins with something greater: what is sought is in the one before.
    const auto after = std::upper_bound(
            m_chunks.begin(), m_chunks.end(), key,
            [&](const QString &left, const auto &chunk) { return left < firstOf(chunk); });
    if (after == m_chunks.begin())
        return 0;
    const Chunk &chunk = **std::prev(after);
    const auto place =
            std::lower_bound(chunk.rows.begin(), chunk.rows.end(), key,
                             [](const Row *row, const QString &right) { return row->key < right; });
    return rowsBefore(chunk.number) + (place - chunk.rows.begin());
}

// Changes.

void RowList::insert(qsizetype row, const QString *keys, qsizetype count)
{
    std::vector<Row *> fresh;
    fresh.reserve(std::size_t(count));
    for (qsizetype i = 0; i < count; ++i) {
        Q_ASSERT_X(!contains(keys[i]), "RowList", "a key is a row already");
        fresh.push_back(m_table->insert(keys[i]));
    }
    put(row, fresh);
}

void RowList::remove(qsizetype first, qsizetype count)
{
    if (count == size() && !m_isKeeping)
        return clear();
    for (Row *row : take(first, count)) {
        std::unique_ptr<Row> removed = m_table->take(row);
        removed->value.chunk = nullptr;
        if (m_isKeeping)
            m_kept.push_back(std::move(removed));
    }
}

void RowList::letGo()
{
    m_isKeeping = false;
    m_kept.clear();
}

void RowList::move(qsizetype first, qsizetype count, qsizetype to)
{
    put(to, take(first, count));
}

void RowList::rearrange(const QStringList &keys)
{
    std::vector<Row *> rows;
    rows.reserve(std::size_t(keys.size()));
    for (const QString &key : keys)
        rows.push_back(m_table->find(key));
    rearrange(rows);
}

void RowList::rearrange(const std::vector<Row *> &rows)
{
    Q_ASSERT(qsizetype(rows.size()) == size());
    m_chunks.clear();
    addChunks(0, rows, ChunkSize);
}

void RowList::clear()
{
    letGo();
    m_sums.clear();
    if (size() <= ChunkSize) {
        m_table->clear();
        m_chunks.clear();
        return;
    }
    m_remains.push_back({ std::exchange(m_table, std::make_unique<Table>()), {} });
    m_remains.back().chunks.swap(m_chunks);
}

void RowList::freeSomeRemains()
{
    Remains &remains = m_remains.back();
    if (remains.table->dismantle())
        return;
    // As many rows as take about as long.
    for (int some = 0; some < 32 && !remains.chunks.empty(); ++some)
        remains.chunks.pop_back();
    if (remains.chunks.empty())
        m_remains.pop_back();
}

void RowList::grow(std::size_t chunk, qsizetype difference) noexcept
{
    for (; chunk < m_sums.size(); chunk |= chunk + 1)
        m_sums[chunk] += difference;
}

void RowList::put(qsizetype row, const std::vector<Row *> &fresh)
{
    if (fresh.empty())
        return;
    const bool isAtEnd = m_chunks.empty()
            || row == rowsBefore(m_chunks.size() - 1) + qsizetype(m_chunks.back()->rows.size());
    if (m_chunks.empty())
        return addChunks(0, fresh, ChunkSize);
    const Position position = isAtEnd
            ? Position { m_chunks.size() - 1, qsizetype(m_chunks.back()->rows.size()) }
            : locate(row);
    Chunk &chunk = *m_chunks[position.chunk];
    const auto place = chunk.rows.begin() + position.offset;
    if (qsizetype(chunk.rows.size()) + qsizetype(fresh.size()) <= ChunkSize) {
        chunk.rows.insert(place, fresh.begin(), fresh.end());
        for (Row *one : fresh)
            one->value.chunk = &chunk;
        return grow(position.chunk, qsizetype(fresh.size()));
    }
    // Who appends once, appends again: full chunks. In between there will be more insertions: room.
    if (isAtEnd)
        return addChunks(m_chunks.size(), fresh, ChunkSize);
    std::vector<Row *> rows(chunk.rows.begin(), place);
    rows.insert(rows.end(), fresh.begin(), fresh.end());
    rows.insert(rows.end(), place, chunk.rows.end());
    m_chunks.erase(m_chunks.begin() + qptrdiff(position.chunk));
    addChunks(position.chunk, rows, ChunkSize * 3 / 4);
}

std::vector<RowList::Row *> RowList::take(qsizetype first, qsizetype count)
{
    std::vector<Row *> taken;
    taken.reserve(std::size_t(count));
    if (count == 0)
        return taken;
    const Position begin = locate(first);
    std::size_t number = begin.chunk;
    qsizetype offset = begin.offset;
    std::size_t firstEmpty = m_chunks.size();
    for (; qsizetype(taken.size()) < count; ++number, offset = 0) {
        auto &rows = m_chunks[number]->rows;
        const qsizetype some =
                std::min(count - qsizetype(taken.size()), qsizetype(rows.size()) - offset);
        const auto from = rows.begin() + offset;
        taken.insert(taken.end(), from, from + some);
        rows.erase(from, from + some);
        grow(number, -some);
        if (rows.empty())
            firstEmpty = std::min(firstEmpty, number);
    }
    if (firstEmpty != m_chunks.size()) {
        const auto isEmpty = [](const auto &chunk) { return chunk->rows.empty(); };
        // Those that were emptied lie side by side.
        const auto from = m_chunks.begin() + qptrdiff(firstEmpty);
        m_chunks.erase(from, std::find_if_not(from, m_chunks.end(), isEmpty));
        renumber(firstEmpty);
    }
    if (begin.chunk < m_chunks.size())
        mergeAround(begin.chunk);
    return taken;
}

void RowList::addChunks(std::size_t at, const std::vector<Row *> &rows, qsizetype size)
{
    const qsizetype all = qsizetype(rows.size());
    const qsizetype count = (all + size - 1) / size;
    std::vector<std::unique_ptr<Chunk>> fresh;
    fresh.reserve(std::size_t(count));
    for (qsizetype i = 0; i < count; ++i) {
        auto chunk = std::make_unique<Chunk>();
        chunk->rows.reserve(ChunkSize);
        chunk->rows.assign(rows.begin() + all * i / count, rows.begin() + all * (i + 1) / count);
        for (Row *row : chunk->rows)
            row->value.chunk = chunk.get();
        fresh.push_back(std::move(chunk));
    }
    m_chunks.insert(m_chunks.begin() + qptrdiff(at), std::make_move_iterator(fresh.begin()),
                    std::make_move_iterator(fresh.end()));
    renumber(at);
}

// Few rows are not left alone in a chunk, so that there are never many more chunks than it takes.
void RowList::mergeAround(std::size_t number)
{
    const auto sizeOf = [this](std::size_t one) { return qsizetype(m_chunks[one]->rows.size()); };
    if (sizeOf(number) > ChunkSize / 4)
        return;
    const auto isRoomFor = [&](std::size_t left) {
        return left + 1 < m_chunks.size() && sizeOf(left) + sizeOf(left + 1) <= ChunkSize / 2;
    };
    const std::size_t left = number > 0 && isRoomFor(number - 1) ? number - 1 : number;
    if (!isRoomFor(left))
        return;
    Chunk &chunk = *m_chunks[left];
    for (Row *row : m_chunks[left + 1]->rows) {
        row->value.chunk = &chunk;
        chunk.rows.push_back(row);
    }
    m_chunks.erase(m_chunks.begin() + qptrdiff(left + 1));
    renumber(left);
}

void RowList::renumber(std::size_t first)
{
    for (std::size_t i = first; i < m_chunks.size(); ++i)
        m_chunks[i]->number = i;
    m_sums.assign(m_chunks.size(), 0);
    for (std::size_t i = 0; i < m_sums.size(); ++i) {
        m_sums[i] += qsizetype(m_chunks[i]->rows.size());
        if (const std::size_t next = i | (i + 1); next < m_sums.size())
            m_sums[next] += m_sums[i];
    }
}

// Marks.

RowList::Row *RowList::mark(const QString &key)
{
    Row *const row = m_table->find(key);
    if (!row || std::exchange(row->value.mark, m_mark) == m_mark)
        return nullptr;
    return row;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
