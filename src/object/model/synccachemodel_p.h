// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccachemodel.h>

#include "../cacheview.h"
#include "../entry/liveentry.h"
#include "../flush/batchsize.h"
#include "../flush/cachefollower.h"
#include "modelfields.h"
#include "rowlist.h"
#include "rowranges.h"
#include "sortedruns.h"
#include "toldvalues.h"
#include "touchedkeys.h"
#include "visiblerows.h"

#include <QtCore/qpointer.h>
#include <QtCore/qset.h>

#include <functional>
#include <optional>
#include <vector>

// Keeps the rows as they should be, and tells views how they change.
//
// Only one change of the rows is under way at a time. Whoever is told of it may do anything but
// delete the model within the signals that announce a change (Qt itself uses it after those): set
// properties of the model, flush, run an event loop, end the model or its cache. What such a call
// wants of the rows is put off (m_isDue), cuts the change short, and is done after it, from what is
// then wanted.
//
// What is set may mean more rows than fit into a turn of the event loop: then it goes on in later ones
// (m_fill), beside news.
class SyncCacheModelPrivate : public SyncMapInternal::CacheFollower,
                              public SyncMapInternal::VisibleRows::Owner
{
public:
    using Source = SyncMapInternal::CacheSource;
    using Status = SyncCacheModel::Status;
    using Budget = SyncMapInternal::FlushBudget;
    using BatchSize = SyncMapInternal::BatchSize;

    explicit SyncCacheModelPrivate(SyncCacheModel *model);
    ~SyncCacheModelPrivate() override { detach(); }

    void follow(SyncMapInternal::CacheBatch &batch) override;
    bool lookAtAll(Source::Events events, const Budget &budget) override;
    void sourceReplaced() override;
    std::function<void()> leaveObject() override;
    void entryShown(SyncCacheEntry *entry, bool isValueOther) override;
    void entryGone(const QString &key) override;
    void loaderChanged() override;

    std::shared_ptr<Source> sourceOfVisible() const override;
    void visibleOther(const QString &key, SyncMapInternal::RowAspect aspect) override;
    void visibleLoadBeganOrEnded() override;
    void visibleFailed(const QString &key, const SyncCacheError &error) override;

    void setObject(SyncCacheObject *next);
    void wantedRowsChanged(); // by what is set, see below
    void allValuesChanged();
    void fetch();

    const QString &keyOf(const QModelIndex &index) const { return rows.at(index.row()); }
    // By a view to be painted: then it is loaded.
    enum class Reader : quint8 { Anybody, View };
    QVariant valueOf(const QString &key, Reader reader = Reader::Anybody);
    Status statusOf(const QString &key) const;
    Status toldStatusOf(const QString &key);
    QVariant textOf(const QString &key, int column, Reader reader = Reader::Anybody);
    QVariant decorationOf(const QString &key, int column);
    QVariant errorOf(const QString &key) const;
    SyncCacheEntry *entryOf(const QString &key);
    bool write(const QPersistentModelIndex &index, const QVariant &value);
    bool writeField(const QPersistentModelIndex &index, int field, const QVariant &value);
    void setFields(const QStringList &names);
    void setLoadsOnDisplay(bool loads);
    QHash<int, QByteArray> fixedRoleNames() const;
    QHash<int, QByteArray> roleNamesOfFields() const;
    QVariant headerOf(int column, int role) const;
    bool isEditable(const QModelIndex &index);
    bool isOfValue(int column) const
    {
        const auto kind = fields.kindOf(column);
        return kind == SyncMapInternal::ModelFields::Kind::Value
                || kind == SyncMapInternal::ModelFields::Kind::Member;
    }
    // The field of that role, or -1.
    int fieldOfRole(int role) const
    {
        const int field = role - SyncCacheModel::FieldRole;
        return field >= 0 && field < fields.size() && !fields.areByDefault() ? field : -1;
    }
    bool canFetch() const
    {
        const bool isOn = !m_fill || (m_fill->step == Fill::Take && !isSorted);
        return object && !hasKeys && isOn && !m_cursor.isAtEnd && !m_isUpdating;
    }
    Status status() const;

    SyncCacheModel *const q;
    SyncCacheObject *object = nullptr;
    SyncMapInternal::RowList rows;

    // What is wanted.
    QStringList keys;
    bool hasKeys = false;
    bool areKeysNew = false; // nobody was warned yet of those that come twice
    QString prefix;
    bool isSorted = false;
    QVariant placeholder;
    QStringList fieldNames;
    bool loadsOnDisplay = true;

    SyncMapInternal::ModelFields fields; // by fieldNames; as views know them
    QHash<std::pair<int, int>, QVariant> headers; // that were set, by column and role

private:
    // So many keys are taken in by themselves; those beyond wait for fetchMore(), which takes in some.
    static constexpr qsizetype EagerRows = 100'000;
    static constexpr qsizetype FetchedRows = 2'000;

    using Aspect = SyncMapInternal::RowAspect;
    using Row = SyncMapInternal::RowList::Row;
    using Alive = QPointer<SyncCacheModel>;

    SyncMapInternal::CacheView &view() const { return *SyncMapInternal::CacheView::of(object); }
    Source &source() const { return *view().toRead(); }
    void attach();
    void detach();
    SyncMapInternal::LiveEntry entryOfRow(const QString &key) const
    {
        return SyncMapInternal::LiveEntry::of(object, key);
    }
    bool isHeld(const QString &key) const;
    QVariant keptValueOf(const QString &key, Reader reader);
    QVariant memberOf(const QString &key, int field, Reader reader);
    bool written(const QPersistentModelIndex &index, const QString &key);
    bool useFields();
    void makeRoles();
    void askFor(const QString &key);
    void clearVisible();
    bool isWanted(const QString &key) const { return key.startsWith(prefix); }
    void touch(const QString &key, Aspect aspect);
    void tellTouchedSoon();
    qsizetype countPlaces(const QStringList &fresh) const;

    void update(const std::function<void()> &change);
    void reset(const std::function<void()> &change);
    void apply(SyncMapInternal::CacheBatch &batch);
    bool lookAtRows(const Budget &budget);
    bool lookForKeys(const Budget &budget);
    void synchronize(const Budget &budget);
    Budget budgetOfCall() const;
    void beginFill();
    void dropFill();
    void fill(const Budget &budget);
    bool markKeys(const Budget &budget);
    bool sweep(const Budget &budget);
    bool collectRows(const Budget &budget);
    bool arrangeRows(const Budget &budget);
    bool takeKeys(const Budget &budget);
    bool takeFromCache(const Budget &budget);
    void takeFound(QStringList *fresh, const Budget &budget);
    void walkOn();
    void awaitTurn();
    void takeTurn();
    bool isWorkLeft() const;
    void makeDistinct(QStringList &itsKeys) const;
    void tellNumbers();

    // All these tell views. False if somebody wanted something else meanwhile, or ended the model, or
    // if the time was over: then what is left in the list has not been told.
    bool tellChanges(std::vector<SyncMapInternal::RowChange> &changes, const Budget &budget);
    bool removeAll(std::vector<qsizetype> &gone, const Budget &budget = Budget::unlimited());
    bool insertAll(QStringList &fresh, const Budget &budget = Budget::unlimited());
    bool tellAllChanged();
    bool tellChange(qsizetype first, qsizetype last, Aspect aspect) const;
    bool insertRows(qsizetype row, const QString *itsKeys, qsizetype count);
    bool removeRows(qsizetype first, qsizetype count);
    bool moveRows(qsizetype first, qsizetype count, qsizetype to); // up
    bool rearrange(const QStringList &target);
    bool rearrange(const std::vector<Row *> &target);

    // Keys before it are rows, or about to be.
    Source::Cursor m_cursor;

    // On the way to the rows that are wanted, in this order. Only the last step adds rows.
    struct Fill
    {
        Fill();

        struct IsLess
        {
            bool operator()(const Row *left, const Row *right) const
            {
                return left->key < right->key;
            }
        };
        enum Step : quint8 { Mark, Sweep, Collect, Arrange, Tell, Take };

        Step step = Mark;
        QStringList wanted; // if there are keys
        qsizetype key = 0; // of those, or of the target: those before it are done
        qsizetype row = 0; // likewise; sweeping goes up, and has done those from it on
        qsizetype changes = 0; // of neighbours, by the target
        bool areChangesKnown = false;
        qsizetype before = -1; // the row of the last one that was counted
        SyncMapInternal::SortedRuns<Row *, IsLess> collected;
        std::vector<Row *> target;
        // Found in the cache, and no rows yet.
        std::vector<QString> found;
        SyncMapInternal::SortedRuns<QString> sorted;
        QSet<QString> gone; // of those
        qsizetype walked = 0;
        BatchSize batch;
    };
    std::optional<Fill> m_fill;
    std::vector<std::vector<QString>> m_leftovers; // to be freed in steps
    bool m_isTurnAwaited = false;
    bool m_isQuiet = false; // within a reset
    // Looking at all, in turns: at the rows before the first of these, then for keys that are none.
    struct Look
    {
        qsizetype row;
        Source::Cursor cursor;
        QStringList fresh; // found, and not inserted yet
        BatchSize batch;
    };
    std::optional<Look> m_look;
    SyncMapInternal::ToldValues m_told;
    // What interned entries show other than the rows were told of.
    SyncMapInternal::TouchedKeys m_touched;
    BatchSize m_touchedBatch;
    QHash<QString, Status> m_unready; // of interned entries: Loading and Error
    bool m_isScheduled = false;
    const QString *m_keyInTheMaking = nullptr; // of an entry that data() asks for
    bool m_isUpdating = false;
    bool m_isDue = false;
    bool m_areAllOther = false; // all values may be
    bool m_areFieldsOther = false;
    QList<int> m_rolesOfValue; // that a changed value may change
    qsizetype m_toldCount = 0;
    Status m_toldStatus = SyncCacheModel::Null;
    std::unique_ptr<SyncMapInternal::VisibleRows> m_visible; // once a view has asked
};
