// SPDX-License-Identifier: MIT
#include "synccachemodel_p.h"

using namespace SyncMapInternal;

namespace {

QString textOf(SyncCacheModel::Status status)
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

} // namespace

// What a row shows.

SyncCacheEntry *SyncCacheModelPrivate::internedOf(const QString &key) const
{
    return SyncCacheObjectPrivate::of(object)->interned.liveOf(key);
}

// An entry that somebody uses may show more than the cache has: what was evicted, for example.
QVariant SyncCacheModelPrivate::valueOf(const QString &key) const
{
    if (!object)
        return placeholder;
    if (SyncCacheEntry *entry = internedOf(key)) {
        const QVariant &value = SyncCacheEntryPrivate::of(entry)->state.value;
        return value.isValid() ? toShown(value) : placeholder;
    }
    const Source::Look look = source().peek(key);
    return look.exists ? toShown(look.value) : placeholder;
}

SyncCacheModel::Status SyncCacheModelPrivate::statusOf(const QString &key) const
{
    if (!object)
        return SyncCacheModel::Null;
    if (SyncCacheEntry *entry = internedOf(key))
        return Status(entry->status());
    return source().contains(key) ? SyncCacheModel::Ready : SyncCacheModel::Null;
}

// What views draw beside a text.
QVariant SyncCacheModelPrivate::decorationOf(const QString &key) const
{
    QVariant value = valueOf(key);
    switch (value.typeId()) {
    case QMetaType::QImage:
    case QMetaType::QPixmap:
    case QMetaType::QIcon:
    case QMetaType::QColor:
        return value;
    }
    return {};
}

// Why its load has failed, if somebody looks at its entry.
QVariant SyncCacheModelPrivate::errorOf(const QString &key) const
{
    const SyncCacheEntry *entry = object ? internedOf(key) : nullptr;
    const QString text = entry ? entry->errorString() : QString();
    return text.isEmpty() ? QVariant() : text;
}

SyncCacheEntry *SyncCacheModelPrivate::entryOf(const QString &key)
{
    if (!object)
        return nullptr;
    if (SyncCacheEntry *entry = internedOf(key))
        return entry;
    const Status before = statusOf(key);
    m_keyInTheMaking = &key;
    SyncCacheEntry *const entry = object->entry(key);
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
    SyncCacheEntry *entry = object ? internedOf(key) : nullptr;
    if (entry) // it shows at once, as if it had been written to
        SyncCacheEntryPrivate::of(entry)->follow(source().peek(key), MapChange::Written);
    if (alive && index.isValid())
        tellChange(index.row(), index.row(), Aspect::Value);
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
            break;
    }
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
    QHash<int, QByteArray> names = QAbstractItemModel::roleNames();
    names.insert(KeyRole, QByteArrayLiteral("key"));
    names.insert(ValueRole, QByteArrayLiteral("value"));
    names.insert(EntryRole, QByteArrayLiteral("entry"));
    names.insert(StatusRole, QByteArrayLiteral("status"));
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
    return parent.isValid() ? 0 : StatusColumn + 1;
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
                         { QStringLiteral("status"), int(d->statusOf(key)) } };
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
        return int(d->statusOf(key));
    case Qt::DisplayRole:
    case Qt::EditRole:
        switch (index.column()) {
        case KeyColumn:
            return key;
        case ValueColumn:
            return d->valueOf(key);
        case StatusColumn:
            return textOf(d->statusOf(key));
        }
        break;
    case Qt::DecorationRole:
        if (index.column() == ValueColumn)
            return d->decorationOf(key);
        break;
    case Qt::ToolTipRole:
        return d->errorOf(key);
    }
    return {};
}

QVariant SyncCacheModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal && role == Qt::DisplayRole) {
        switch (section) {
        case KeyColumn:
            return tr("Key");
        case ValueColumn:
            return tr("Value");
        case StatusColumn:
            return tr("Status");
        }
    }
    return QAbstractItemModel::headerData(section, orientation, role);
}

Qt::ItemFlags SyncCacheModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractItemModel::flags(index);
    if (index.isValid()) {
        flags |= Qt::ItemNeverHasChildren;
        flags.setFlag(Qt::ItemIsEditable, index.column() == ValueColumn);
    }
    return flags;
}

bool SyncCacheModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (!index.isValid() || index.row() >= d->rows.size())
        return false;
    const bool isValue =
            role == ValueRole || (role == Qt::EditRole && index.column() == ValueColumn);
    return isValue && d->write(index, value);
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
