// SPDX-License-Identifier: MIT
#include "synccachemodel_p.h"

using namespace SyncMapInternal;

namespace {

QString nameOf(SyncCacheModel::Status status)
{
    switch (status) {
    case SyncCacheModel::Null:
        return SyncCacheModel::tr("Null");
    case SyncCacheModel::Ready:
        return SyncCacheModel::tr("Ready");
    case SyncCacheModel::Loading:
        return SyncCacheModel::tr("Loading");
    case SyncCacheModel::Error:
        return SyncCacheModel::tr("Error");
    }
    Q_UNREACHABLE();
}

SyncCacheModel::Status shownStatus(VisibleRows::Status status)
{
    switch (status) {
    case VisibleRows::Status::Null:
        return SyncCacheModel::Null;
    case VisibleRows::Status::Loading:
        return SyncCacheModel::Loading;
    case VisibleRows::Status::Error:
        return SyncCacheModel::Error;
    }
    Q_UNREACHABLE();
}

} // namespace

// What a row shows.

// Invalid if there is nothing to show.
QVariant SyncCacheModelPrivate::keptValueOf(const QString &key, Reader reader)
{
    if (!object)
        return {};
    QVariant value = m_told.valueOf(key, [&] {
        const LiveEntry entry = entryOfRow(key);
        return entry ? entry.value() : source().peek(key).value;
    });
    if (!value.isValid() && reader == Reader::View && !entryOfRow(key))
        askFor(key);
    return value;
}

QVariant SyncCacheModelPrivate::valueOf(const QString &key, Reader reader)
{
    const QVariant value = keptValueOf(key, reader);
    return value.isValid() ? toShown(value) : placeholder;
}

SyncCacheModel::Status SyncCacheModelPrivate::statusOf(const QString &key) const
{
    if (!object)
        return SyncCacheModel::Null;
    if (const LiveEntry entry = entryOfRow(key))
        return Status(entry.status());
    if (source().contains(key))
        return SyncCacheModel::Ready;
    return m_visible ? shownStatus(m_visible->statusOf(key)) : SyncCacheModel::Null;
}

SyncCacheModel::Status SyncCacheModelPrivate::toldStatusOf(const QString &key)
{
    return m_told.statusOf(key, [&] { return statusOf(key); });
}

// What is shown as a text, or edited.
QVariant SyncCacheModelPrivate::textOf(const QString &key, int column, Reader reader)
{
    switch (fields.kindOf(column)) {
    case ModelFields::Kind::Key:
        return key;
    case ModelFields::Kind::Value:
        return valueOf(key, reader);
    case ModelFields::Kind::Status:
        return nameOf(toldStatusOf(key));
    case ModelFields::Kind::Member:
        return memberOf(key, column, reader);
    }
    Q_UNREACHABLE();
}

// What views draw beside a text.
QVariant SyncCacheModelPrivate::decorationOf(const QString &key, int column)
{
    if (!isOfValue(column))
        return {};
    QVariant value = textOf(key, column, Reader::View);
    switch (value.typeId()) {
    case QMetaType::QImage:
    case QMetaType::QPixmap:
    case QMetaType::QIcon:
    case QMetaType::QColor:
        return value;
    }
    return {};
}

// Why its load has failed, if somebody looks at its entry, or at the row.
QVariant SyncCacheModelPrivate::errorOf(const QString &key) const
{
    if (!object)
        return {};
    QString text;
    if (const LiveEntry entry = entryOfRow(key))
        text = entry.errorString();
    else if (m_visible && statusOf(key) == SyncCacheModel::Error)
        text = m_visible->errorOf(key);
    return text.isEmpty() ? QVariant() : text;
}

SyncCacheEntry *SyncCacheModelPrivate::entryOf(const QString &key)
{
    if (!object)
        return nullptr;
    if (const LiveEntry entry = entryOfRow(key))
        return entry.get();
    const Status before = statusOf(key);
    m_keyInTheMaking = &key;
    SyncCacheEntry *const entry = object->entry(key.isNull() ? QStringLiteral("") : key);
    m_keyInTheMaking = nullptr;
    if (Status(entry->status()) != before)
        touch(key, Aspect::Status);
    return entry;
}

bool SyncCacheModelPrivate::write(const QPersistentModelIndex &index, const QVariant &value)
{
    const QString key = keyOf(index);
    const Alive alive(q);
    if (!object || !object->insert(key, value) || !alive)
        return false;
    return written(index, key);
}

// It shows at once, and so does the entry, as if that had been written to.
bool SyncCacheModelPrivate::written(const QPersistentModelIndex &index, const QString &key)
{
    const Alive alive(q);
    if (object) {
        if (const LiveEntry entry = entryOfRow(key))
            entry.written(source().peek(key));
    }
    if (alive && index.isValid()) {
        m_told.forget(keyOf(index));
        tellChange(index.row(), index.row(), Aspect::Value);
    }
    return true;
}

SyncCacheModel::Status SyncCacheModelPrivate::status() const
{
    if (!object)
        return SyncCacheModel::Null;
    Status status = SyncCacheModel::Ready;
    for (auto it = m_unready.cbegin(); it != m_unready.cend(); ++it) {
        if (!rows.contains(it.key()))
            continue;
        status = *it;
        if (status == SyncCacheModel::Loading)
            return status;
    }
    if (!m_visible)
        return status;
    // Others may have brought it meanwhile, or may load it themselves.
    m_visible->forEachUnready([this, &status](const QString &key) {
        const Status now = rows.contains(key) ? statusOf(key) : SyncCacheModel::Ready;
        if (now == SyncCacheModel::Loading || now == SyncCacheModel::Error)
            status = now;
        return status != SyncCacheModel::Loading;
    });
    return status;
}

// The model.

SyncCacheModel::SyncCacheModel(QObject *parent)
    : QAbstractItemModel(parent), d(std::make_unique<SyncCacheModelPrivate>(this))
{
}

SyncCacheModel::~SyncCacheModel() = default;

SyncCacheObject *SyncCacheModel::cache() const
{
    return d->object;
}

void SyncCacheModel::setCache(SyncCacheObject *cache)
{
    if (d->object == cache)
        return;
    const QPointer<SyncCacheModel> alive(this);
    d->setObject(cache);
    if (alive)
        Q_EMIT cacheChanged();
}

QStringList SyncCacheModel::keys() const
{
    return d->keys;
}

void SyncCacheModel::setKeys(const QStringList &keys)
{
    if (d->hasKeys && d->keys == keys)
        return;
    d->keys = keys;
    d->hasKeys = d->areKeysNew = true;
    const QPointer<SyncCacheModel> alive(this);
    d->wantedRowsChanged();
    if (alive)
        Q_EMIT keysChanged();
}

void SyncCacheModel::resetKeys()
{
    if (!d->hasKeys)
        return;
    d->keys.clear();
    d->hasKeys = false;
    const QPointer<SyncCacheModel> alive(this);
    d->wantedRowsChanged();
    if (alive)
        Q_EMIT keysChanged();
}

QString SyncCacheModel::keyPrefix() const
{
    return d->prefix;
}

void SyncCacheModel::setKeyPrefix(const QString &prefix)
{
    if (d->prefix == prefix)
        return;
    d->prefix = prefix;
    const QPointer<SyncCacheModel> alive(this);
    if (!d->hasKeys)
        d->wantedRowsChanged();
    if (alive)
        Q_EMIT keyPrefixChanged();
}

bool SyncCacheModel::isSorted() const
{
    return d->isSorted;
}

void SyncCacheModel::setSorted(bool sorted)
{
    if (d->isSorted == sorted)
        return;
    d->isSorted = sorted;
    const QPointer<SyncCacheModel> alive(this);
    if (!d->hasKeys && sorted)
        d->wantedRowsChanged();
    if (alive)
        Q_EMIT sortedChanged();
}

QVariant SyncCacheModel::placeholderValue() const
{
    return d->placeholder;
}

void SyncCacheModel::setPlaceholderValue(const QVariant &value)
{
    if (isSameValue(d->placeholder, value))
        return;
    d->placeholder = value;
    const QPointer<SyncCacheModel> alive(this);
    d->allValuesChanged();
    if (alive)
        Q_EMIT placeholderValueChanged();
}

QStringList SyncCacheModel::fields() const
{
    return d->fieldNames;
}

void SyncCacheModel::setFields(const QStringList &fields)
{
    if (d->fieldNames == fields)
        return;
    const QPointer<SyncCacheModel> alive(this);
    d->setFields(fields);
    if (alive)
        Q_EMIT fieldsChanged();
}

bool SyncCacheModel::loadsOnDisplay() const
{
    return d->loadsOnDisplay;
}

void SyncCacheModel::setLoadsOnDisplay(bool loads)
{
    if (d->loadsOnDisplay == loads)
        return;
    const QPointer<SyncCacheModel> alive(this);
    d->setLoadsOnDisplay(loads);
    if (alive)
        Q_EMIT loadsOnDisplayChanged();
}

int SyncCacheModel::count() const
{
    return rowCount();
}

SyncCacheModel::Status SyncCacheModel::status() const
{
    return d->status();
}

QHash<int, QByteArray> SyncCacheModel::roleNames() const
{
    QHash<int, QByteArray> names = d->fixedRoleNames();
    names.insert(d->roleNamesOfFields());
    return names;
}

QModelIndex SyncCacheModel::index(int row, int column, const QModelIndex &parent) const
{
    // QListView asks for each row there is whenever some change.
    if (row < 0 || row >= d->rows.size() || column < 0 || parent.isValid())
        return {};
    return column < columnCount() ? createIndex(row, column) : QModelIndex();
}

QModelIndex SyncCacheModel::parent(const QModelIndex &) const
{
    return {};
}

QModelIndex SyncCacheModel::sibling(int row, int column, const QModelIndex &index) const
{
    return index.isValid() ? this->index(row, column) : QModelIndex();
}

int SyncCacheModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(d->rows.size());
}

int SyncCacheModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : d->fields.size();
}

bool SyncCacheModel::hasChildren(const QModelIndex &parent) const
{
    return !parent.isValid() && d->rows.size() > 0;
}

int SyncCacheModel::indexOf(const QString &key) const
{
    return int(d->rows.rowOf(key));
}

QVariant SyncCacheModel::get(int row) const
{
    if (row < 0 || row >= d->rows.size())
        return {};
    const QString &key = d->rows.at(row);
    return QVariantMap { { QStringLiteral("key"), key },
                         { QStringLiteral("value"), d->valueOf(key) },
                         { QStringLiteral("status"), int(d->toldStatusOf(key)) } };
}

QVariant SyncCacheModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= d->rows.size())
        return {};
    const QString &key = d->keyOf(index);
    switch (role) {
    case KeyRole:
        return key;
    case ValueRole:
        return d->valueOf(key);
    case EntryRole:
        return QVariant::fromValue(d->entryOf(key));
    case StatusRole:
        return int(d->toldStatusOf(key));
    case Qt::DisplayRole:
        return d->textOf(key, index.column(), SyncCacheModelPrivate::Reader::View);
    case Qt::EditRole:
        return d->textOf(key, index.column());
    case Qt::DecorationRole:
        return d->decorationOf(key, index.column());
    case Qt::ToolTipRole:
        return d->errorOf(key);
    }
    const int field = d->fieldOfRole(role);
    return field >= 0 ? d->textOf(key, field) : QVariant();
}

QVariant SyncCacheModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal) {
        QVariant header = d->headerOf(section, role);
        if (header.isValid())
            return header;
    }
    return QAbstractItemModel::headerData(section, orientation, role);
}

bool SyncCacheModel::setHeaderData(int section, Qt::Orientation orientation, const QVariant &value,
                                   int role)
{
    if (orientation != Qt::Horizontal || section < 0 || section >= d->fields.size())
        return false;
    d->headers.insert({ section, role == Qt::EditRole ? int(Qt::DisplayRole) : role }, value);
    Q_EMIT headerDataChanged(orientation, section, section);
    return true;
}

Qt::ItemFlags SyncCacheModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractItemModel::flags(index);
    if (index.isValid()) {
        flags |= Qt::ItemNeverHasChildren;
        flags.setFlag(Qt::ItemIsEditable, d->isEditable(index));
    }
    return flags;
}

bool SyncCacheModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (!index.isValid() || index.row() >= d->rows.size())
        return false;
    if (role == ValueRole)
        return d->write(index, value);
    const int field = role == Qt::EditRole ? index.column() : d->fieldOfRole(role);
    return field >= 0 && d->writeField(index, field, value);
}

bool SyncCacheModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && d->canFetch();
}

void SyncCacheModel::fetchMore(const QModelIndex &parent)
{
    if (canFetchMore(parent))
        d->fetch();
}
