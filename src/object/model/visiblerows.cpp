// SPDX-License-Identifier: MIT
#include "visiblerows.h"

#include <QtCore/qcoreevent.h>
#include <QtCore/qpointer.h>
#include <QtCore/qstringlist.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

constexpr int BetweenLooks = 1000; // milliseconds
constexpr std::chrono::milliseconds LateLook { 1500 }; // views may not have come to paint
constexpr std::chrono::milliseconds FirstOfRests { 1000 };
constexpr std::chrono::milliseconds LongestOfRests { 60'000 }; // but for the error time to live
constexpr std::chrono::hours LongestAfterErrors { 24 };

} // namespace

void VisibleRows::ask(const QString &key)
{
    if (const auto place = m_places.constFind(key); place != m_places.cend()) {
        m_rows.splice(m_rows.begin(), m_rows, *place);
        Row &row = m_rows.front();
        row.isAskedFor = true;
        if (row.isOutstanding() || (row.state != State::Came && row.isResting()))
            return;
        if (!row.isWithin(2 * row.rest))
            row.rest = {};
        row.state = State::Waiting;
        row.errorString.clear();
        return wait();
    }
    const auto source = m_owner->sourceOfVisible();
    if (!source || !source->canLoad())
        return;
    if (m_places.size() >= MostRows)
        drop(QString(m_rows.back().key));
    m_rows.emplace_front();
    m_rows.front().key = key;
    m_places.insert(key, m_rows.begin());
    m_areOthers = true;
    wait();
}

void VisibleRows::clear()
{
    m_places.clear();
    m_loads = 0;
    m_areOthers = false;
    m_timer.stop();
    Rows going;
    going.swap(m_rows); // whoever hears that a load is cancelled finds nothing of it
}

void VisibleRows::drop(const QString &key)
{
    const auto place = m_places.constFind(key);
    if (place == m_places.cend())
        return;
    Rows going;
    going.splice(going.begin(), m_rows, *place);
    m_places.erase(place);
    if (going.front().load) {
        --m_loads;
        m_owner->visibleLoadBeganOrEnded();
        awaitTurn();
    }
    if (statusOf(going.front()) != Status::Null)
        m_owner->visibleOther(key, RowAspect::Status);
}

VisibleRows::Status VisibleRows::statusOf(const Row &row)
{
    switch (row.state) {
    case State::Waiting:
        return row.isResting() ? Status::Null : Status::Loading;
    case State::Loading:
        return Status::Loading;
    case State::Failed:
        return Status::Error;
    case State::Came:
    case State::Absent:
        break;
    }
    return Status::Null;
}

VisibleRows::Status VisibleRows::statusOf(const QString &key) const
{
    const auto place = m_places.constFind(key);
    return place != m_places.cend() ? statusOf(**place) : Status::Null;
}

QString VisibleRows::errorOf(const QString &key) const
{
    const auto place = m_places.constFind(key);
    return place != m_places.cend() ? (*place)->errorString : QString();
}

void VisibleRows::wait()
{
    awaitTurn();
    if (m_timer.isActive())
        return;
    m_timer.start(BetweenLooks, this);
    m_sinceLook.start();
}

void VisibleRows::awaitTurn()
{
    if (std::exchange(m_isTurnAwaited, true))
        return;
    QMetaObject::invokeMethod(
            this,
            [this] {
                m_isTurnAwaited = false;
                loadSome();
            },
            Qt::QueuedConnection);
}

void VisibleRows::loadSome()
{
    QStringList next;
    for (const Row &row : m_rows) {
        if (m_loads + next.size() >= MostLoads)
            break;
        if (row.state == State::Waiting && !row.isResting())
            next.append(row.key);
    }
    const QPointer<VisibleRows> alive(this); // a loader may be anything
    for (const QString &key : std::as_const(next)) {
        if (alive)
            begin(key);
    }
}

void VisibleRows::begin(const QString &key)
{
    const auto source = m_owner->sourceOfVisible();
    if (!source || !m_places.contains(key))
        return;
    const QPointer<VisibleRows> alive(this);
    auto load = source->load(this, key, CacheSource::LoadKind::IfAbsent, 0);
    if (!alive)
        return;
    const auto place = m_places.constFind(key);
    if (!load || place == m_places.cend() || (*place)->state != State::Waiting)
        return load ? void() : drop(key);
    Row &row = **place;
    row.state = State::Loading;
    row.load = std::move(load);
    row.load->onDone = [this, key](const SourceLoadResult &result) { ended(key, result); };
    ++m_loads;
    m_owner->visibleLoadBeganOrEnded();
    m_owner->visibleOther(key, RowAspect::Status);
}

void VisibleRows::ended(const QString &key, const SourceLoadResult &result)
{
    Row &row = *m_places.value(key);
    const auto load = std::move(row.load);
    --m_loads;
    row.sinceLoad.start();
    row.rest = qBound(FirstOfRests, 2 * row.rest, LongestOfRests);
    const bool hasFailed = !result.isLoaded && !result.isAbsent && !result.isCanceled;
    if (hasFailed) {
        row.state = State::Failed;
        row.errorString = result.error.message();
        if (const auto source = m_owner->sourceOfVisible()) {
            const Milliseconds itsTime = source->numbers().errorTimeToLive;
            row.rest = qMax(row.rest, qMin(itsTime, Milliseconds(LongestAfterErrors)));
        }
    } else if (result.isCanceled) {
        row.state = State::Waiting; // by whoever took the loader away: another one may come
    } else {
        row.state = result.isLoaded ? State::Came : State::Absent;
    }
    awaitTurn();
    m_owner->visibleLoadBeganOrEnded();
    m_owner->visibleOther(key, RowAspect::Status);
    if (hasFailed)
        m_owner->visibleFailed(key, result.error);
}

void VisibleRows::timerEvent(QTimerEvent *event)
{
    if (event->timerId() == m_timer.timerId())
        look();
}

// Lets go of what no view has asked for since the last look, and has them ask for the rest.
void VisibleRows::look()
{
    const bool isLate = m_sinceLook.elapsed() > LateLook.count();
    m_sinceLook.start();
    QStringList left;
    for (const Row &row : m_rows) {
        const bool isOver =
                row.state == State::Came ? !row.isWithin(2 * row.rest) : !row.isAskedFor && !isLate;
        if (isOver)
            left.append(row.key);
    }
    for (const QString &key : std::as_const(left))
        drop(key);
    const bool isAnyOutstanding = std::any_of(m_rows.cbegin(), m_rows.cend(),
                                              [](const Row &row) { return row.isOutstanding(); });
    if (!std::exchange(m_areOthers, false) && !isAnyOutstanding) {
        m_timer.stop();
        return;
    }
    for (Row &row : m_rows) {
        if (row.state == State::Came)
            continue;
        row.isAskedFor = false;
        m_owner->visibleOther(row.key, RowAspect::Shown);
    }
    loadSome();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
