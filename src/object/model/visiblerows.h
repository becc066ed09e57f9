// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/source/source.h>

#include "rowranges.h"

#include <QtCore/qbasictimer.h>
#include <QtCore/qelapsedtimer.h>
#include <QtCore/qhash.h>
#include <QtCore/qobject.h>

#include <chrono>
#include <list>
#include <memory>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Loads what views want to show that have no delegates of ours: they ask for a text, or a picture, and
// hear that it has come by dataChanged.
//
//   asked for ──▶ Waiting ──▶ Loading ──▶ Came, Absent (there is no such thing) or Failed
//                    ▲                                  │
//                    └── asked for again, after a rest ─┘
//
// What came, and is not there any more, is loaded again as soon as its rest is over; where nothing came,
// a view has to ask after it. Rests grow, so that neither a cache that is too small for what is on the
// screen, nor a loader that fails, makes for a loop.
//
// Nobody says that he has stopped to show a row. So, as long as something is waited for, views are told
// each second that those rows are other, which makes them ask again if they show them; what nobody has
// asked for a second later is let go of, and its load is cancelled. A view that stands still keeps its
// slow loads; one that scrolls gives up what it has left within two seconds.
//
// At most so many as views show at once are kept, those asked for last, failures among them.
class VisibleRows : public QObject
{
public:
    enum class Status : quint8 { Null, Loading, Error };

    class Owner
    {
    public:
        virtual std::shared_ptr<CacheSource> sourceOfVisible() const = 0; // may be null
        // To be remembered, not told.
        virtual void visibleOther(const QString &key, RowAspect aspect) = 0;
        virtual void visibleLoadBeganOrEnded() = 0;
        virtual void visibleFailed(const QString &key, const SyncCacheError &error) = 0; // told

    protected:
        Owner() = default;
        ~Owner() = default;
        Q_DISABLE_COPY_MOVE(Owner)
    };

    static constexpr qsizetype MostRows = 512;
    static constexpr int MostLoads = 64; // at once

    VisibleRows(Owner *owner, QObject *parent) : QObject(parent), m_owner(owner) { }
    ~VisibleRows() override = default;

    // A view wants to show what is not there. Tells nobody anything, for views are painting.
    void ask(const QString &key);
    void clear();

    Status statusOf(const QString &key) const;
    QString errorOf(const QString &key) const;
    // Those that are Loading or an Error, until visit() returns false.
    template <typename Visit>
    void forEachUnready(Visit &&visit) const
    {
        for (const Row &row : m_rows) {
            if (statusOf(row) != Status::Null && !visit(row.key))
                return;
        }
    }

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    using Milliseconds = std::chrono::milliseconds;
    enum class State : quint8 { Waiting, Loading, Came, Absent, Failed };
    struct Row
    {
        QString key;
        State state = State::Waiting;
        bool isAskedFor = true; // since views were last told
        std::unique_ptr<SourceLoad> load;
        QString errorString;
        QElapsedTimer sinceLoad; // ended
        Milliseconds rest {}; // from then on, until it may load again

        bool isWithin(Milliseconds span) const
        {
            return sinceLoad.isValid() && sinceLoad.elapsed() < span.count();
        }
        bool isResting() const { return isWithin(rest); }
        bool isOutstanding() const { return state == State::Waiting || state == State::Loading; }
    };
    using Rows = std::list<Row>; // asked for last comes first
    static Status statusOf(const Row &row);

    void wait();
    void awaitTurn();
    void loadSome();
    void begin(const QString &key);
    void ended(const QString &key, const SourceLoadResult &result);
    void look();
    void drop(const QString &key);

    Owner *const m_owner;
    Rows m_rows;
    QHash<QString, Rows::iterator> m_places;
    int m_loads = 0; // under way
    bool m_isTurnAwaited = false;
    bool m_areOthers = false; // asked for since the last look
    QBasicTimer m_timer;
    QElapsedTimer m_sinceLook;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
