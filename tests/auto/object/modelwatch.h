// SPDX-License-Identifier: MIT

// Models under observation: what the tests of SyncCacheModel share.

#ifndef TESTS_OBJECT_MODELWATCH_H
#define TESTS_OBJECT_MODELWATCH_H

#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qobject.h>
#include <QtCore/qstring.h>
#include <QtTest/qabstractitemmodeltester.h>

#include <algorithm>
#include <memory>

using Model = SyncCacheModel;
using StringMap = SyncMap<QString, int>;
using IntMap = SyncMap<int, double>;

constexpr int Slowness = SYNCMAP_SANITIZED ? 10 : 1;

inline QString text(int number)
{
    return QString::number(number);
}

inline QStringList texts(int first, int end)
{
    QStringList all;
    for (int i = first; i < end; ++i)
        all.append(text(i));
    return all;
}

inline QStringList keysOf(const Model &model)
{
    QStringList keys;
    for (int row = 0; row < model.rowCount(); ++row)
        keys.append(model.index(row, 0).data().toString());
    return keys;
}

inline QStringList sorted(QStringList keys)
{
    std::sort(keys.begin(), keys.end());
    return keys;
}

struct MirroredRow
{
    QString key;
    QVariant value;
    int status;

    bool operator==(const MirroredRow &other) const
    {
        return key == other.key && value == other.value && status == other.status;
    }
};
// Moving each of some thousand on, for one that is inserted, takes a sanitizer milliseconds.
Q_DECLARE_TYPEINFO(MirroredRow, Q_RELOCATABLE_TYPE);

// A view of the dullest kind: knows of the model what its signals said.
class Mirror : public QObject
{
public:
    using Row = MirroredRow;

    explicit Mirror(Model *model) : m_model(model)
    {
        readAll();
        connect(model, &Model::rowsInserted, this,
                [this](const QModelIndex &, int first, int last) {
                    ++inserts;
                    for (int row = first; row <= last; ++row)
                        rows.insert(row, read(row));
                });
        connect(model, &Model::rowsRemoved, this, [this](const QModelIndex &, int first, int last) {
            ++removals;
            rows.remove(first, last - first + 1);
        });
        connect(model, &Model::rowsMoved, this,
                [this](const QModelIndex &, int first, int last, const QModelIndex &, int to) {
                    ++moves;
                    const int count = last - first + 1;
                    const QList<Row> some = rows.mid(first, count);
                    rows.remove(first, count);
                    const int at = to > first ? to - count : to;
                    rows = rows.mid(0, at) + some + rows.mid(at);
                });
        connect(model, &Model::dataChanged, this,
                [this](const QModelIndex &first, const QModelIndex &last, const QList<int> &roles) {
                    ++changes;
                    for (int row = first.row(); row <= last.row(); ++row) {
                        const Row fresh = read(row);
                        if (roles.contains(Model::ValueRole))
                            rows[row].value = fresh.value;
                        if (roles.contains(Model::StatusRole))
                            rows[row].status = fresh.status;
                    }
                });
        connect(model, &Model::layoutAboutToBeChanged, this, [this] {
            m_before.clear();
            for (int row = 0; row < m_model->rowCount(); ++row)
                m_before.append(m_model->index(row, 1));
        });
        connect(model, &Model::layoutChanged, this, [this] {
            ++layouts;
            QList<Row> after(rows.size());
            for (qsizetype row = 0; row < rows.size(); ++row)
                after[m_before.at(row).row()] = rows.at(row);
            rows = after;
            m_before.clear(); // each costs the model something with every change
        });
        connect(model, &Model::modelReset, this, [this] {
            ++resets;
            readAll();
        });
    }

    void forget() { inserts = removals = moves = changes = layouts = resets = 0; }
    bool isRight() const
    {
        QList<Row> present;
        for (int row = 0; row < m_model->rowCount(); ++row)
            present.append(read(row));
        return rows == present && m_model->count() == rows.size();
    }

    QList<Row> rows;
    int inserts = 0;
    int removals = 0;
    int moves = 0;
    int changes = 0;
    int layouts = 0;
    int resets = 0;

private:
    Row read(int row) const
    {
        const QModelIndex index = m_model->index(row, 0);
        return { index.data(Model::KeyRole).toString(), index.data(Model::ValueRole),
                 index.data(Model::StatusRole).toInt() };
    }
    void readAll()
    {
        rows.clear();
        for (int row = 0; row < m_model->rowCount(); ++row)
            rows.append(read(row));
    }

    Model *const m_model;
    QList<QPersistentModelIndex> m_before;
};

// A model under the eyes of Qt's own tester.
struct Watched
{
    Model model;
    QAbstractItemModelTester tester { &model,
                                      QAbstractItemModelTester::FailureReportingMode::Fatal };
    Mirror mirror { &model };

    explicit Watched(SyncCacheObject *object = nullptr)
    {
        model.setCache(object);
        mirror.forget();
    }
};

// A typed map, and the object that shows it.
template <typename Map>
struct Wrapped
{
    std::shared_ptr<Map> map = std::make_shared<Map>();
    std::unique_ptr<SyncCacheObject> object { SyncCacheObject::wrap(map) };

    Wrapped() { object->setNotifyInterval(-1); }
};

#endif
