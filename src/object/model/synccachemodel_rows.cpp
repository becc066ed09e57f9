// SPDX-License-Identifier: MIT
#include "../entry/internedentries.h"
#include "synccachemodel_p.h"

#include <QtCore/qset.h>
#include <QtCore/qthread.h>

#include <algorithm>

using namespace SyncMapInternal;

namespace {

// Views take in more ranges of rows than this faster as one change of the layout.
constexpr qsizetype MostRanges = 2000;
constexpr std::size_t MostChanges = 100;

} // namespace

// Following the object.

void SyncCacheModelPrivate::attach()
{
    m_cursor = {};
    if (!object)
        return;
    Q_ASSERT_X(object->thread() == q->thread(), "SyncCacheModel",
               "a model lives in the thread of its cache object");
    view().add(this);
    view().internedEntries().forEachLive(
            [this](SyncCacheEntry *entry) { entryShown(entry, false); });
}

void SyncCacheModelPrivate::detach()
{
    if (SyncCacheObject *old = std::exchange(object, nullptr))
        CacheView::of(old)->remove(this);
    m_touched.clear();
    m_unready.clear();
    clearVisible();
}

void SyncCacheModelPrivate::setObject(SyncCacheObject *next)
{
    const QPointer<SyncCacheObject> still(next); // who is told may end it
    reset([this, still] {
        detach();
        object = still;
        attach();
    });
}

void SyncCacheModelPrivate::sourceReplaced()
{
    reset([this] {
        m_cursor = {};
        clearVisible();
    });
}

std::function<void()> SyncCacheModelPrivate::leaveObject()
{
    object = nullptr;
    m_touched.clear();
    m_unready.clear();
    m_told.forgetAll();
    clearVisible();
    return [this, alive = Alive(q)] {
        if (!alive || object) // it has another one by now
            return;
        wantedRowsChanged();
        if (alive)
            Q_EMIT q->cacheChanged();
    };
}

void SyncCacheModelPrivate::follow(CacheBatch &batch)
{
    const bool isToEnd = m_fill && !m_isUpdating && !batch.budget.isLimited();
    // What was touched has its turn: or else a slot that is told of it, and flushes, is told for ever.
    if (batch.keys.isEmpty() && (m_touched.isEmpty() || m_isUpdating) && !isToEnd)
        return;
    const Alive alive(q);
    update([&] {
        if (isToEnd)
            fill(batch.budget);
        if (alive && !m_isDue)
            apply(batch);
    });
}

// In steps, as long as there is time. News of keys waits for it, so that what was looked at stays
// right.
bool SyncCacheModelPrivate::lookAtAll(Source::Events events, const Budget &budget)
{
    const Alive alive(q);
    if (m_isUpdating || !budget.isLimited()) {
        update([&] {
            m_areAllOther = true;
            synchronize(budget);
        });
        return true;
    }
    if (hasKeys) {
        allValuesChanged();
        return true;
    }
    if (!m_look)
        m_look = Look { rows.size(), {}, {}, {} };
    update([&] {
        if (!lookAtRows(budget))
            return;
        if (m_fill && m_fill->step == Fill::Take)
            synchronize(budget); // what it has found may have gone
        else if (!m_fill && events.isAnyChanged && !lookForKeys(budget))
            return;
        if (!alive || m_isDue)
            return;
        m_look.reset();
        if (rows.size() > 0)
            tellAllChanged();
    });
    return !alive || !m_look;
}

// From the bottom up. These return true once they have come to the end.
bool SyncCacheModelPrivate::lookAtRows(const Budget &budget)
{
    const Alive alive(q);
    while (m_look->row > 0) {
        const qsizetype end = std::min(m_look->row, rows.size());
        const qsizetype first = end - std::min(end, m_look->batch.keys(budget));
        std::vector<qsizetype> gone;
        const qint64 before = budget.elapsed();
        for (qsizetype row = first; row < end; ++row) {
            const QString &key = rows.at(row);
            if (!source().contains(key) && !isHeld(key))
                gone.push_back(row);
        }
        m_look->batch.lookedUp(end - first, budget.elapsed() - before);
        removeAll(gone, budget);
        if (!alive || m_isDue)
            return false;
        m_look->row = gone.empty() ? first : gone.back() + 1;
        if (budget.isSpent())
            return false;
    }
    return true;
}

// As far as the model has come.
bool SyncCacheModelPrivate::lookForKeys(const Budget &budget)
{
    const Alive alive(q);
    QStringList fresh = std::exchange(m_look->fresh, {});
    Source::Cursor &cursor = m_look->cursor;
    for (;;) {
        while (!fresh.isEmpty()) {
            const qsizetype first =
                    fresh.size() - std::min(fresh.size(), m_look->batch.keys(budget));
            QStringList some = fresh.mid(first);
            fresh.resize(first);
            const qsizetype taken = some.size();
            const qint64 before = budget.elapsed();
            some.removeIf([this](const QString &key) { return rows.contains(key); });
            m_look->batch.lookedUp(taken, budget.elapsed() - before);
            insertAll(some, budget);
            if (!alive || m_isDue)
                return false;
            fresh += some;
            if (budget.isSpent()) {
                m_look->fresh = fresh;
                return false;
            }
        }
        if (cursor.isAtEnd || (!m_cursor.isAtEnd && cursor.next >= m_cursor.next))
            return true;
        qsizetype walked = 0;
        source().walkKeys(&cursor, [&](const QString &key) {
            if (isWanted(key) && !rows.contains(key))
                fresh.append(key);
            return ++walked < Budget::MostKeys;
        });
        makeDistinct(fresh);
        if (fresh.isEmpty() && budget.isSpent())
            return false;
    }
}

void SyncCacheModelPrivate::entryShown(SyncCacheEntry *entry, bool isValueOther)
{
    const QString key = entry->key();
    const auto status = entry->status();
    if (status == SyncCacheEntry::Loading || status == SyncCacheEntry::Error)
        m_unready.insert(key, Status(status));
    else
        m_unready.remove(key);
    if (!m_keyInTheMaking || *m_keyInTheMaking != key)
        touch(key, isValueOther ? Aspect::Value : Aspect::Status);
}

void SyncCacheModelPrivate::entryGone(const QString &key)
{
    m_unready.remove(key);
    touch(key, Aspect::Value);
}

// Told with the next flush, if that is what made the entry show something else, or soon.
void SyncCacheModelPrivate::touch(const QString &key, Aspect aspect)
{
    if (!rows.contains(key))
        return;
    m_touched.add(key, aspect);
    tellTouchedSoon();
}

void SyncCacheModelPrivate::tellTouchedSoon()
{
    if (std::exchange(m_isScheduled, true))
        return;
    QMetaObject::invokeMethod(
            q,
            [this] {
                m_isScheduled = false;
                CacheBatch none { {}, Budget::ofATurn() };
                if (!m_touched.isEmpty() && !m_isUpdating) // else after what is under way
                    update([&] { apply(none); });
            },
            Qt::QueuedConnection);
}

// Changing the rows.

void SyncCacheModelPrivate::update(const std::function<void()> &change)
{
    Q_ASSERT_X(QThread::currentThread() == q->thread(), "SyncCacheModel",
               "a model is used in its own thread, which is that of its cache object");
    if (m_isUpdating) {
        m_isDue = m_areAllOther = true;
        return;
    }
    const Alive alive(q);
    m_isUpdating = true;
    change();
    while (alive && std::exchange(m_isDue, false))
        synchronize(budgetOfCall());
    if (!alive)
        return;
    m_isUpdating = false;
    if (!m_touched.isEmpty())
        tellTouchedSoon();
    if (isWorkLeft())
        awaitTurn();
    tellNumbers();
}

void SyncCacheModelPrivate::reset(const std::function<void()> &change)
{
    if (m_isUpdating)
        change();
    update([&] {
        const Alive alive(q);
        q->beginResetModel();
        if (!alive)
            return;
        rows.clear();
        m_told.forgetAll();
        change();
        m_areAllOther = false;
        m_isQuiet = true;
        synchronize(budgetOfCall());
        m_isQuiet = false;
        m_touched.clear(); // views ask for all of it now
        q->endResetModel();
    });
}

void SyncCacheModelPrivate::wantedRowsChanged()
{
    update([this] { synchronize(budgetOfCall()); });
}

void SyncCacheModelPrivate::allValuesChanged()
{
    update([this] {
        if (rows.size() > 0)
            tellAllChanged();
    });
}

void SyncCacheModelPrivate::fetch()
{
    update([this] {
        QStringList fresh;
        source().walkKeys(&m_cursor, [&](const QString &key) {
            if (isWanted(key) && !rows.contains(key))
                fresh.append(key);
            return fresh.size() < FetchedRows;
        });
        insertAll(fresh);
    });
}

void SyncCacheModelPrivate::tellNumbers()
{
    const Alive alive(q);
    const qsizetype count = rows.size();
    if (std::exchange(m_toldCount, count) != count)
        Q_EMIT q->countChanged();
    if (!alive)
        return;
    const Status now = status();
    if (std::exchange(m_toldStatus, now) != now)
        Q_EMIT q->statusChanged();
}

// What was evicted stays a row as long as the entry of that row shows it to somebody.
bool SyncCacheModelPrivate::isHeld(const QString &key) const
{
    const LiveEntry entry = entryOfRow(key);
    return entry && entry.status() != SyncCacheEntry::Null && entry.isInUse();
}

// Changed values first, while rows are where they were; then what goes, and what comes.
void SyncCacheModelPrivate::apply(CacheBatch &batch)
{
    std::vector<RowChange> changes;
    std::vector<qsizetype> gone;
    QStringList fresh;
    const auto note = [&](const QString &key, qsizetype row, bool exists, Aspect aspect) {
        if (hasKeys || exists || isHeld(key)) {
            changes.push_back({ row, aspect });
            return;
        }
        gone.push_back(row);
        if (m_fill && m_cursor.hasPassed(source().placeOf(key))) // else it may be found again
            m_fill->gone.insert(key);
    };
    const qint64 began = batch.budget.elapsed();
    for (const FreshKey &one : std::as_const(batch.keys)) {
        if (one.isPutOff)
            continue;
        const qsizetype row = rows.rowOf(one.key);
        if (row >= 0) {
            note(one.key, row, one.exists, Aspect::Value);
        } else if (!hasKeys && isWanted(one.key) && (one.exists || m_fill)
                   && (m_cursor.isAtEnd || m_cursor.hasPassed(source().placeOf(one.key)))) {
            if (one.exists)
                fresh.append(one.key);
            else
                m_fill->gone.insert(one.key);
        }
    }
    const qint64 between = batch.budget.elapsed();
    batch.lookUpTime += between - began;
    const auto touched = m_touched.take(m_touchedBatch.keys(batch.budget));
    for (const auto &[key, aspect] : touched) {
        const qsizetype row = rows.rowOf(key);
        if (row >= 0)
            note(key, row, hasKeys || source().contains(key), aspect);
    }
    m_touchedBatch.lookedUp(qsizetype(touched.size()), batch.budget.elapsed() - between);
    const Alive alive(q);
    if ((tellChanges(changes, batch.budget) && removeAll(gone, batch.budget)
         && insertAll(fresh, batch.budget))
        || !alive || m_isDue)
        return;
    // The time was over.
    QSet<QString> untold(fresh.cbegin(), fresh.cend());
    for (const RowChange &change : changes)
        untold.insert(rows.at(change.row));
    for (const qsizetype row : gone)
        untold.insert(rows.at(row));
    for (FreshKey &one : batch.keys)
        one.isPutOff |= untold.contains(one.key);
    for (const auto &[key, aspect] : touched) {
        if (untold.contains(key))
            touch(key, aspect);
    }
}

void SyncCacheModelPrivate::makeDistinct(QStringList &itsKeys) const
{
    if (!source().areTextsDistinct())
        itsKeys.removeDuplicates();
}

// Telling views.

bool SyncCacheModelPrivate::tellChanges(std::vector<RowChange> &changes, const Budget &budget)
{
    if (changes.empty())
        return true;
    const std::vector<RowRange> ranges = rangesOf(changes, MostChanges);
    auto next = changes.cbegin();
    for (const RowRange &range : ranges) {
        for (; next != changes.cend() && next->row <= range.last; ++next) {
            if (next->aspect == Aspect::Value)
                m_told.forget(rows.at(next->row));
            else if (next->aspect == Aspect::Status)
                m_told.forgetStatus(rows.at(next->row));
        }
        if (!tellChange(range.first, range.last, range.aspect))
            return false;
        if (budget.isSpent()) {
            const auto isTold = [&](const RowChange &change) { return change.row <= range.last; };
            changes.erase(changes.begin(),
                          std::find_if_not(changes.begin(), changes.end(), isTold));
            return false;
        }
    }
    changes.clear();
    return true;
}

bool SyncCacheModelPrivate::tellAllChanged()
{
    m_told.forgetAll();
    return tellChange(0, rows.size() - 1, Aspect::Value);
}

bool SyncCacheModelPrivate::tellChange(qsizetype first, qsizetype last, Aspect aspect) const
{
    using Model = SyncCacheModel;
    static const QList<int> ofView { Qt::DisplayRole, Qt::DecorationRole };
    static const QList<int> ofStatus { Qt::DisplayRole, Qt::EditRole, Qt::ToolTipRole,
                                       Model::StatusRole };
    const QList<int> roles = aspect == Aspect::Value ? m_rolesOfValue
            : aspect == Aspect::Status               ? ofStatus
                                                     : ofView;
    const Alive alive(q);
    // All columns: the roles are the same in each.
    Q_EMIT q->dataChanged(q->index(int(first), 0), q->index(int(last), fields.size() - 1), roles);
    return alive && !m_isDue;
}

bool SyncCacheModelPrivate::insertRows(qsizetype row, const QString *itsKeys, qsizetype count)
{
    if (m_isQuiet) {
        rows.insert(row, itsKeys, count);
        return true;
    }
    const Alive alive(q);
    q->beginInsertRows({}, int(row), int(row + count - 1));
    rows.insert(row, itsKeys, count);
    q->endInsertRows();
    return alive && !m_isDue;
}

bool SyncCacheModelPrivate::removeRows(qsizetype first, qsizetype count)
{
    const Alive alive(q);
    q->beginRemoveRows({}, int(first), int(first + count - 1));
    QStringList gone;
    if (count == rows.size())
        m_told.forgetAll();
    for (qsizetype row = first; row < first + count && !m_told.isEmpty(); ++row)
        gone.append(rows.at(row));
    rows.remove(first, count);
    for (const QString &key : std::as_const(gone))
        m_told.forget(key);
    if (m_fill && first < m_fill->row)
        m_fill->row -= std::min(count, m_fill->row - first);
    q->endRemoveRows();
    return alive && !m_isDue;
}

bool SyncCacheModelPrivate::moveRows(qsizetype first, qsizetype count, qsizetype to)
{
    const Alive alive(q);
    Q_ASSERT(to < first); // else Qt would have the rows that move counted in
    q->beginMoveRows({}, int(first), int(first + count - 1), {}, int(to));
    rows.move(first, count, to);
    q->endMoveRows();
    return alive && !m_isDue;
}

// From the bottom up, so that the places of those above stay right.
bool SyncCacheModelPrivate::insertAll(QStringList &fresh, const Budget &budget)
{
    if (fresh.isEmpty())
        return true;
    makeDistinct(fresh);
    if (!isSorted || hasKeys) {
        const QStringList all = std::exchange(fresh, {});
        return insertRows(rows.size(), all.constData(), all.size());
    }
    std::sort(fresh.begin(), fresh.end());
    if (fresh.size() > MostRanges && countPlaces(fresh) > MostRanges) {
        QStringList all = rows.keys() + fresh;
        std::inplace_merge(all.begin(), all.end() - fresh.size(), all.end());
        if (!insertRows(rows.size(), fresh.constData(), fresh.size()) || !rearrange(all))
            return false;
        fresh.clear();
        return true;
    }
    while (!fresh.isEmpty()) {
        const qsizetype row = rows.lowerBound(fresh.constLast());
        const QString before = row > 0 ? rows.at(row - 1) : QString();
        qsizetype first = fresh.size() - 1;
        while (first > 0 && (row == 0 || before < fresh.at(first - 1)))
            --first;
        const bool isOn = insertRows(row, fresh.constData() + first, fresh.size() - first);
        fresh.resize(first);
        if (!isOn || budget.isSpent())
            return false;
    }
    return true;
}

// Between the rows, where these are to come. They are sorted.
qsizetype SyncCacheModelPrivate::countPlaces(const QStringList &fresh) const
{
    qsizetype count = 0;
    qsizetype last = -1;
    for (const QString &key : fresh) {
        const qsizetype place = rows.lowerBound(key);
        count += std::exchange(last, place) != place;
    }
    return count;
}

bool SyncCacheModelPrivate::removeAll(std::vector<qsizetype> &gone, const Budget &budget)
{
    if (gone.empty())
        return true;
    std::sort(gone.begin(), gone.end());
    gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
    const auto isGap = [&](std::size_t i) { return i == 0 || gone[i - 1] != gone[i] - 1; };
    qsizetype ranges = 0;
    for (std::size_t i = 0; i < gone.size(); ++i)
        ranges += isGap(i);
    if (ranges > MostRanges) {
        // To the end with them.
        QStringList staying;
        QStringList going;
        auto next = gone.cbegin();
        const QStringList all = rows.keys();
        for (qsizetype row = 0; row < all.size(); ++row) {
            const bool isGoing = next != gone.cend() && *next == row;
            next += isGoing;
            (isGoing ? going : staying).append(all.at(row));
        }
        if (!rearrange(staying + going) || !removeRows(staying.size(), going.size()))
            return false;
        gone.clear();
        return true;
    }
    for (std::size_t i = gone.size(); i-- > 0;) {
        if (!isGap(i))
            continue;
        const bool isOn = removeRows(gone[i], qsizetype(gone.size() - i));
        gone.resize(i);
        if (!isOn || budget.isSpent())
            return false;
    }
    return true;
}

bool SyncCacheModelPrivate::rearrange(const QStringList &target)
{
    std::vector<Row *> itsRows;
    itsRows.reserve(std::size_t(target.size()));
    for (const QString &key : target)
        itsRows.push_back(rows.rowAt(rows.rowOf(key)));
    return rearrange(itsRows);
}

bool SyncCacheModelPrivate::rearrange(const std::vector<Row *> &target)
{
    const Alive alive(q);
    Q_EMIT q->layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    if (!alive)
        return false;
    const QModelIndexList before = q->persistentIndexList();
    std::vector<Row *> itsRows;
    for (const QModelIndex &index : before)
        itsRows.push_back(rows.rowAt(index.row()));
    rows.rearrange(target);
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i)
        after.append(
                q->createIndex(int(rows.rowOf(itsRows[std::size_t(i)])), before.at(i).column()));
    q->changePersistentIndexList(before, after);
    Q_EMIT q->layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    return alive && !m_isDue;
}
