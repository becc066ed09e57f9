// SPDX-License-Identifier: MIT
//
// How the rows become what they should be, whatever they are, in turns of the event loop.
#include "synccachemodel_p.h"

#include <algorithm>
#include <iterator>

using namespace SyncMapInternal;

namespace {

// So few keys and rows take no longer than a turn may: they are done at once, whatever the clock says.
constexpr qsizetype FewKeys = 4096;
// Are sorted in a millisecond.
constexpr qsizetype MostOfARun = 2048;
// Views take in more of them faster as one change of the layout.
constexpr qsizetype MostMoves = 100;

} // namespace

SyncCacheModelPrivate::Fill::Fill() = default;

// Turns.

FlushBudget SyncCacheModelPrivate::budgetOfCall() const
{
    const qsizetype wanted = hasKeys ? keys.size() : object ? qsizetype(source().size()) : 0;
    return wanted <= FewKeys && rows.size() <= FewKeys ? Budget::unlimited() : Budget::ofATurn();
}

bool SyncCacheModelPrivate::isWorkLeft() const
{
    return (m_fill && !m_look) || rows.hasRemains() || !m_leftovers.empty();
}

void SyncCacheModelPrivate::awaitTurn()
{
    if (!std::exchange(m_isTurnAwaited, true))
        QMetaObject::invokeMethod(
                q, [this] { takeTurn(); }, Qt::QueuedConnection);
}

void SyncCacheModelPrivate::takeTurn()
{
    m_isTurnAwaited = false;
    if (m_isUpdating) // in an event loop of a slot; after it, a turn is awaited again
        return;
    const Alive alive(q);
    const Budget budget = Budget::ofATurn();
    if (object && m_fill && !m_look)
        update([&] { fill(budget); });
    if (!alive)
        return;
    while ((rows.hasRemains() || !m_leftovers.empty()) && !budget.isHalfSpent()) {
        if (rows.hasRemains())
            rows.freeSomeRemains();
        else
            m_leftovers.pop_back();
        // glibc lists small blocks that are freed, and joins them all when a large one is asked for:
        // better some now than a million later, which holds up the thread for .3 s.
        const QByteArray large(4096, Qt::Uninitialized);
    }
    if (isWorkLeft())
        awaitTurn();
}

// From the beginning, whatever is under way.
void SyncCacheModelPrivate::synchronize(const Budget &budget)
{
    if (!useFields())
        return;
    dropFill();
    m_look.reset();
    if (!object || (hasKeys && keys.isEmpty())) {
        if (rows.size() > 0)
            removeRows(0, rows.size());
        return;
    }
    beginFill();
    fill(budget);
}

void SyncCacheModelPrivate::dropFill()
{
    if (!m_fill)
        return;
    rows.letGo();
    for (auto &run : m_fill->sorted.takeRuns())
        m_leftovers.push_back(std::move(run));
    m_leftovers.push_back(std::move(m_fill->found));
    m_fill.reset();
}

void SyncCacheModelPrivate::beginFill()
{
    m_fill.emplace();
    if (hasKeys)
        m_fill->wanted = keys;
    m_fill->row = rows.size();
    m_cursor = {};
    rows.beginMarks();
}

void SyncCacheModelPrivate::fill(const Budget &budget)
{
    const auto take = [&](Fill::Step step) {
        switch (step) {
        case Fill::Mark:
            return !hasKeys || rows.size() == 0 || markKeys(budget);
        case Fill::Sweep:
            return sweep(budget);
        case Fill::Collect:
            return collectRows(budget);
        case Fill::Arrange:
            return arrangeRows(budget);
        case Fill::Tell:
            return rows.size() == 0 || !std::exchange(m_areAllOther, false) || tellAllChanged();
        case Fill::Take:
            return hasKeys ? takeKeys(budget) : takeFromCache(budget);
        }
        Q_UNREACHABLE();
    };
    while (take(m_fill->step)) {
        if (m_fill->step == Fill::Take)
            return dropFill();
        m_fill->step = Fill::Step(m_fill->step + 1);
        if (m_fill->step > Fill::Sweep) // which goes from the bottom up
            m_fill->key = m_fill->row = 0;
        if (m_fill->step == Fill::Collect)
            rows.keepRemoved();
        if (m_fill->step == Fill::Tell) {
            m_fill->target = {};
            rows.letGo();
        }
    }
}

// Steps. True once they are done; false also if somebody wants something else, or the model has gone.

// Each once, in their order.
bool SyncCacheModelPrivate::markKeys(const Budget &budget)
{
    const QStringList &wanted = m_fill->wanted;
    for (qsizetype &i = m_fill->key; i < wanted.size(); ++i) {
        if (i % Budget::KeysPerLook == 0 && budget.isSpent())
            return false;
        if (Row *const row = rows.mark(wanted.at(i)))
            m_fill->target.push_back(row);
    }
    return true;
}

// Rows that have been fetched from beyond what is taken in by itself stay.
bool SyncCacheModelPrivate::sweep(const Budget &budget)
{
    const Alive alive(q);
    while (m_fill->row > 0) {
        if (budget.isSpent())
            return false;
        const qsizetype end = m_fill->row;
        const qsizetype first = end - std::min(end, m_fill->batch.keys(budget));
        std::vector<qsizetype> gone;
        const qint64 before = budget.elapsed();
        for (qsizetype row = first; row < end; ++row) {
            const QString &key = rows.at(row);
            const bool stays = hasKeys ? rows.isMarked(row)
                                       : isWanted(key) && (source().contains(key) || isHeld(key));
            if (!stays)
                gone.push_back(row);
        }
        m_fill->batch.lookedUp(end - first, budget.elapsed() - before);
        removeAll(gone, budget);
        if (!alive || m_isDue)
            return false;
        m_fill->row = gone.empty() ? first : gone.back() + 1;
    }
    return true;
}

bool SyncCacheModelPrivate::collectRows(const Budget &budget)
{
    if (hasKeys)
        return true;
    if (!isSorted) { // any more
        m_fill->collected.takeRuns();
        m_fill->target.clear();
        return true;
    }
    while (m_fill->row < rows.size()) {
        if (budget.isSpent())
            return false;
        std::vector<Row *> run;
        for (; m_fill->row < rows.size() && qsizetype(run.size()) < MostOfARun; ++m_fill->row)
            run.push_back(rows.rowAt(m_fill->row));
        m_fill->collected.add(std::move(run));
    }
    while (!m_fill->collected.isEmpty()) {
        if (m_fill->target.size() % Budget::KeysPerLook == 0 && budget.isSpent())
            return false;
        m_fill->target.push_back(m_fill->collected.take());
    }
    return true;
}

// Moves blocks of rows that are neighbours before and after. Each block that is moved is right at
// its upper end, and stays so: no more moves than there are places where neighbours change.
bool SyncCacheModelPrivate::arrangeRows(const Budget &budget)
{
    const std::vector<Row *> &target = m_fill->target;
    const qsizetype size = qsizetype(target.size());
    const auto at = [&](qsizetype i) { return target[std::size_t(i)]; };
    for (; !m_fill->areChangesKnown && m_fill->key < size; ++m_fill->key) {
        if (m_fill->changes > MostMoves)
            break;
        if (m_fill->key % Budget::KeysPerLook == 0 && budget.isSpent())
            return false;
        if (!RowList::isThere(at(m_fill->key)))
            continue;
        const qsizetype row = rows.rowOf(at(m_fill->key));
        m_fill->changes += row != m_fill->before + 1;
        m_fill->before = row;
    }
    if (m_fill->changes > MostMoves) {
        if (rows.areAllThere())
            return rearrange(target);
        std::vector<Row *> present;
        present.reserve(target.size());
        std::copy_if(target.begin(), target.end(), std::back_inserter(present), RowList::isThere);
        return rearrange(present);
    }
    if (!std::exchange(m_fill->areChangesKnown, true))
        m_fill->key = 0;
    while (m_fill->changes > 0 && m_fill->key < size) {
        if (budget.isSpent())
            return false;
        if (!RowList::isThere(at(m_fill->key))) {
            ++m_fill->key;
            continue;
        }
        const qsizetype to = m_fill->row;
        const qsizetype row = rows.rowOf(at(m_fill->key));
        qsizetype count = 1;
        while (row != to && m_fill->key + count < size && row + count < rows.size()
               && rows.rowAt(row + count) == at(m_fill->key + count))
            ++count;
        m_fill->key += count;
        m_fill->row += count;
        if (row != to && !moveRows(row, count, to))
            return false;
    }
    return true;
}

bool SyncCacheModelPrivate::takeKeys(const Budget &budget)
{
    const QStringList wanted = m_fill->wanted;
    while (m_fill->key < wanted.size()) {
        if (budget.isSpent())
            return false;
        QStringList fresh;
        const qsizetype end = m_fill->key + std::min(budget.keys(), wanted.size() - m_fill->key);
        for (; m_fill->key < end; ++m_fill->key) {
            const QString &key = wanted.at(m_fill->key);
            const qsizetype row = rows.rowOf(key);
            if (row < 0)
                fresh.append(key);
            else if (row >= m_fill->row && !fresh.isEmpty())
                break; // it comes behind those
            else if (row >= m_fill->row)
                ++m_fill->row;
        }
        fresh.removeDuplicates();
        const qsizetype row = m_fill->row;
        m_fill->row += fresh.size();
        if (!fresh.isEmpty() && !insertRows(row, fresh.constData(), fresh.size()))
            return false;
    }
    if (std::exchange(areKeysNew, false) && rows.size() != wanted.size())
        warnAt(q, QStringLiteral("there are keys that come more than once: the first counts"));
    return true;
}

bool SyncCacheModelPrivate::takeFromCache(const Budget &budget)
{
    const Alive alive(q);
    auto &found = m_fill->found;
    for (;;) {
        const bool isNoneFound = found.empty() && m_fill->sorted.isEmpty();
        const bool areAllFound = m_cursor.isAtEnd || (!isSorted && m_fill->walked >= EagerRows);
        if (isNoneFound && areAllFound)
            return true;
        if (budget.isSpent())
            return false;
        if (isSorted && !found.empty() && (areAllFound || qsizetype(found.size()) >= MostOfARun)) {
            if (budget.isHalfSpent())
                return false;
            const auto first = found.end() - std::min(MostOfARun, qsizetype(found.size()));
            m_fill->sorted.add(
                    { std::make_move_iterator(first), std::make_move_iterator(found.end()) });
            found.erase(first, found.end());
            continue;
        }
        if (!areAllFound && (isSorted || isNoneFound)) {
            if (budget.isHalfSpent())
                return false;
            walkOn();
            continue;
        }
        QStringList fresh;
        takeFound(&fresh, budget);
        insertAll(fresh, budget);
        if (!alive || m_isDue)
            return false;
        m_fill->found.insert(m_fill->found.end(), fresh.cbegin(), fresh.cend());
    }
}

// Until the walk can rest: that is some thousand keys. A sorted model has to know all of them.
void SyncCacheModelPrivate::walkOn()
{
    source().walkKeys(&m_cursor, [this](const QString &key) {
        if (isWanted(key)) {
            ++m_fill->walked;
            m_fill->found.push_back(key);
        }
        return false;
    });
}

// What is a row by now, or has gone, is left out.
void SyncCacheModelPrivate::takeFound(QStringList *fresh, const Budget &budget)
{
    auto &found = m_fill->found;
    const qsizetype most = m_fill->batch.keys(budget);
    const qint64 before = budget.elapsed();
    qsizetype lookUps = 0;
    while (fresh->size() < most) {
        QString key;
        if (!found.empty()) {
            key = std::move(found.back());
            found.pop_back();
        } else if (!m_fill->sorted.isEmpty()) {
            key = m_fill->sorted.take();
        } else {
            break;
        }
        if (!rows.contains(key) && !m_fill->gone.contains(key))
            fresh->append(std::move(key));
        if (++lookUps % Budget::KeysPerLook == 0 && budget.isSpent())
            break;
    }
    m_fill->batch.lookedUp(lookUps, budget.elapsed() - before);
}
