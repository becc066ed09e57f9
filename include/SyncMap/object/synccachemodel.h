// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheentry.h>

#include <QtCore/qabstractitemmodel.h>

/*!
    \class SyncCacheModel
    \inmodule SyncMap
    \brief The keys of a SyncCacheObject as the rows of a model, for views of widgets and of Qt Quick.
    Its name in QML is CacheModel.

    \code
    ListView {
        model: CacheModel { cache: users; keyPrefix: "user/" }
        delegate: Text { required property string key; required property var value; text: `${key}: ${value.name}` }
    }
    \endcode
    \code
    SyncCacheModel model;
    model.setCache(object);
    tableView.setModel(&model); // three columns: key, value, status; values can be edited
    \endcode

    \section1 Fields

    Members of the values as columns and roles of their own: then views show, sort and filter by them,
    and a delegate has them by name. What is in \c fields are the columns, in that order; \c key, \c value
    and \c status among them stand for what the roles of those names show.

    \code
    model.setFields({ "key", "name", "price", "address.city", "status" });
    QSortFilterProxyModel sorted;
    sorted.setSourceModel(&model);
    sorted.setSortRole(Qt::EditRole); // which loads nothing, see below
    sorted.setFilterRole(Qt::EditRole);
    sorted.setFilterKeyColumn(1);
    tableView.setModel(&sorted);
    tableView.setSortingEnabled(true);
    \endcode

    A value may be a map, an object of JSON, a gadget (then its properties are its members), or a
    QObject, the changes of whose properties are not followed. What is no record, or has no such member,
    shows nothing; where there is no value, the members of the placeholder value show. The role of
    \c{fields[i]} is \c{FieldRole + i}. To set one changes that member of the value, atomically: the others,
    and the options of the entry, stay. A warning says why that cannot be: nothing is there, a gadget
    has no such property, or it is one of a QObject. A name that a role has already (\c display,
    \c entry) makes a column alone, and a name that is empty or comes twice is left out, with a warning.

    Each look at a field is one into the cache: a proxy that sorts n rows takes n log n of them.

    \section1 Which rows

    Without \c keys, a row for each key of the cache, or for each that begins with \c keyPrefix; in
    the order in which the model saw them come, which is no particular one for those that were there
    before it; or, if \c sorted, by key. With \c keys, a row for each of those, in their order,
    whether the cache has them or not.

    What a cache gives up for room or age leaves the model, unless somebody is connected to the
    entry of its row: what is visible stays, as its entry does, until the view lets go of it.

    \section1 When it changes

    With the flush of the cache object, a batch of up to 512 keys in each turn of the event loop: rows
    that lie side by side are inserted, removed, moved and changed together, and persistent indexes and
    scroll positions stay where they belong. Of changed values there are up to 100 ranges in a batch:
    rather than more of them, they have a few rows in between that did not change. A view that takes
    longer than 4 ms ends the batch, and the other rows come in the next turn. The model is reset only
    when \c cache or \c fields change, or the cache that the object shows.

    What is set is done at once where a cache and a model have some thousand keys; else as far as 4 ms
    allow, and then in the turns that follow, by itself, in batches like those of news, which come in
    between. Until then \c count, indexOf() and get() say what is there. SyncCacheObject::flush() does
    the rest at once.

    A value is read from the cache when somebody asks the model for it, and is that of its row until views
    are told of another one: who sorts or filters by it, as a proxy does, never sees one that it was not
    told of. So the model holds its keys, and what was read of them; values are shared with a cache of
    variants, and copied from others.

    \section1 Loading

    Reading the role \c value, a field's, or Qt::EditRole loads nothing. A delegate that uses the role
    \c entry has its key loaded, newest first; when the delegate goes, and nobody else is connected to that
    entry, the load is cancelled.

    \code
    delegate: Text { required property CacheEntry entry; text: entry.value ?? "…" }
    \endcode

    A view without such delegates, as QTableView and QListView are, asks for Qt::DisplayRole and
    Qt::DecorationRole to paint a value or a field. If it is not there, and the cache has a loader, it is
    loaded from the next turn of the event loop on, what was asked for last first, up to 64 keys at once.
    Its status is Loading; after a failure it is Error, and Qt::ToolTipRole says why. Each second, as long
    as something is waited for, those rows are told as changed, so that views which still show them ask
    again; the load of a row that no view has asked for since then is cancelled. Of the rows that were
    asked for, the last 512 are kept.

    What failed, or does not exist, is loaded again when a view paints it after the cache's error time to
    live, and no less than one second, two, four and so on, up to a minute, after the last time. What came
    and is not there any more, since others were shown, too, and did not fit, is loaded again after such a
    rest.

    A proxy that sorts or filters by Qt::DisplayRole, which is the default of QSortFilterProxyModel, asks
    for all rows, not only for those that are painted: give it another role. So does a QListView without
    uniform item sizes, to measure. With \c loadsOnDisplay false, nothing is loaded so.

    \section1 Costs

    A key that comes, goes or changes costs time logarithmic in the number of rows. No turn of the
    event loop takes more than about 4 ms, and what a view adds: not when the first million keys
    come, nor when they go, with the cache or without it, nor when the prefix or \c keys are others.
    (But clear() is as long as it is for whoever calls it; and the allocator of glibc joins what was freed
    in small blocks when somebody next wants a large one, whichever thread that is: 50 ms after 300,000
    entries were cleared at once.)

    Without an order, 100,000 keys are taken in, the others when a view calls fetchMore(), as those
    of widgets and of Qt Quick do when they are scrolled to the end. A model that is sorted has to
    know all keys before it shows the first; of a million, that takes a second or two of turns, and
    then rows come from the top in their order.

    Rows that are there and get another order change their places in one step, since views know no
    other: a tenth of a second for a million rows, after turns in which it is found out.

    In the thread of its cache object.
*/
class SYNCMAP_EXPORT SyncCacheModel : public QAbstractItemModel
{
    Q_OBJECT
    Q_PROPERTY(SyncCacheObject *cache READ cache WRITE setCache NOTIFY cacheChanged FINAL)
    Q_PROPERTY(QStringList keys READ keys WRITE setKeys RESET resetKeys NOTIFY keysChanged FINAL)
    Q_PROPERTY(QString keyPrefix READ keyPrefix WRITE setKeyPrefix NOTIFY keyPrefixChanged FINAL)
    Q_PROPERTY(bool sorted READ isSorted WRITE setSorted NOTIFY sortedChanged FINAL)
    Q_PROPERTY(QVariant placeholderValue READ placeholderValue WRITE setPlaceholderValue NOTIFY
                       placeholderValueChanged FINAL)
    Q_PROPERTY(QStringList fields READ fields WRITE setFields NOTIFY fieldsChanged FINAL)
    Q_PROPERTY(bool loadsOnDisplay READ loadsOnDisplay WRITE setLoadsOnDisplay NOTIFY
                       loadsOnDisplayChanged FINAL)
    Q_PROPERTY(int count READ count NOTIFY countChanged FINAL)
    Q_PROPERTY(Status status READ status NOTIFY statusChanged FINAL)

public:
    /*! Of the rows together. */
    enum Status : int {
        Null, //!< there is no cache
        Ready, //!< all is there that can be
        Loading, //!< some row is being loaded
        Error, //!< no row is being loaded, and some row has failed
    };
    Q_ENUM(Status)

    /*! Without \c fields. */
    enum Column : int {
        KeyColumn, //!< the key
        ValueColumn, //!< the value, which can be edited
        StatusColumn, //!< the status
    };
    Q_ENUM(Column)

    /*! In QML \c key, \c value, \c entry and \c status; the same in every column of a row. */
    enum Role : int {
        KeyRole = Qt::UserRole + 1, //!< the key
        ValueRole, //!< the value; reading it loads nothing
        EntryRole, //!< a SyncCacheEntry, which loads what is missing
        StatusRole, //!< a SyncCacheEntry::Status
        FieldRole = Qt::UserRole + 0x100 /*!< Of the first of \c fields; the others follow it. */
    };
    Q_ENUM(Role)

    /*! A model without a cache, owned by \a parent. */
    explicit SyncCacheModel(QObject *parent = nullptr);
    ~SyncCacheModel() override;

    /*! Whose keys the rows are. */
    SyncCacheObject *cache() const;
    void setCache(SyncCacheObject *cache);
    /*!
        The rows, also those that the cache does not have: such a row shows the placeholder value.
        An empty list means no rows; resetting it, in QML to \c undefined, the keys of the cache. Of
        a key that comes twice, the first counts. A new list moves the rows that stay.
    */
    QStringList keys() const;
    void setKeys(const QStringList &keys);
    void resetKeys();
    /*! Without \c keys: only keys that begin with it. */
    QString keyPrefix() const;
    void setKeyPrefix(const QString &prefix);
    /*! Without \c keys: by key, as QString compares. When set to false, rows stay where they are. */
    bool isSorted() const;
    void setSorted(bool sorted);
    /*! The value of rows that have none. */
    QVariant placeholderValue() const;
    void setPlaceholderValue(const QVariant &value);
    /*!
        What the columns show, see above; empty by default. To set others resets the model; but views of
        Qt Quick learn the names of roles only when they are given a model, so give it to them anew.
    */
    QStringList fields() const;
    void setFields(const QStringList &fields);
    /*! True by default: what a view paints is loaded, see above. */
    bool loadsOnDisplay() const;
    void setLoadsOnDisplay(bool loads);
    /*! The number of rows that are there: they may be fewer than keys, see Costs. */
    int count() const;
    /*!
        Null without a cache; Loading while some row is, as its entry or a view loads it; Error if there
        are none, and some row is one; else Ready.
    */
    Status status() const;

    /*! The row of \a key, or -1. Logarithmic in the number of rows. */
    Q_INVOKABLE int indexOf(const QString &key) const;
    /*! \c key, \c value and \c status of \a row, as a record; undefined if there is no such row. */
    Q_INVOKABLE QVariant get(int row) const;

    QHash<int, QByteArray> roleNames() const override;
    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    using QObject::parent;
    QModelIndex sibling(int row, int column, const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    bool hasChildren(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;
    /*!
        Makes \a value the header of \a section, in \a orientation and for \a role: for example a
        title of a column, in place of the name of its field. Until other fields are set. Returns
        false if there is no such field.
    */
    bool setHeaderData(int section, Qt::Orientation orientation, const QVariant &value,
                       int role = Qt::EditRole) override;
    /*! Of \a index: values can be edited, and those members of values that can be written. */
    Qt::ItemFlags flags(const QModelIndex &index) const override;
    /*!
        Inserts \a value into the cache, if \a index is in the column of values, or \a role is that
        of values; or changes a member, in the column of a field, or by its role. Returns false if
        that cannot be.
    */
    bool setData(const QModelIndex &index, const QVariant &value, int role = Qt::EditRole) override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

Q_SIGNALS:
    void cacheChanged();
    void keysChanged();
    void keyPrefixChanged();
    void sortedChanged();
    void placeholderValueChanged();
    void fieldsChanged();
    void loadsOnDisplayChanged();
    void countChanged();
    void statusChanged();

private:
    friend class SyncCacheModelPrivate;
    std::unique_ptr<class SyncCacheModelPrivate> d;
};
