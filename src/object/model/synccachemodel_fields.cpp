// SPDX-License-Identifier: MIT
#include "synccachemodel_p.h"

#include <QtCore/qbytearraylist.h>

using namespace SyncMapInternal;

// Members of values as columns and roles.

SyncCacheModelPrivate::SyncCacheModelPrivate(SyncCacheModel *model) : q(model)
{
    makeRoles();
}

// In data() a list of them would be made for each range of rows.
void SyncCacheModelPrivate::makeRoles()
{
    m_rolesOfValue = { Qt::DisplayRole,           Qt::EditRole,
                       Qt::DecorationRole,        Qt::ToolTipRole,
                       SyncCacheModel::ValueRole, SyncCacheModel::StatusRole };
    for (int field = 0; field < fields.size(); ++field) {
        if (fields.kindOf(field) == ModelFields::Kind::Member)
            m_rolesOfValue.append(SyncCacheModel::FieldRole + field);
    }
}

void SyncCacheModelPrivate::setFields(const QStringList &names)
{
    fieldNames = names;
    m_areFieldsOther = true;
    update([this] { useFields(); });
}

// Only a reset tells views of other names of roles. False if the change under way is cut short.
bool SyncCacheModelPrivate::useFields()
{
    if (!std::exchange(m_areFieldsOther, false))
        return true;
    QStringList whyNot;
    ModelFields next(fieldNames, &whyNot);
    if (next.size() == 0)
        next = ModelFields();
    const Alive alive(q);
    for (const QString &why : std::as_const(whyNot))
        warnAt(q, QStringLiteral("a field is left out: %1").arg(why));
    q->beginResetModel();
    if (!alive)
        return false;
    fields = std::move(next);
    headers.clear();
    makeRoles();
    const auto names = roleNamesOfFields();
    for (int field = 0; field < fields.size(); ++field) {
        if (fields.kindOf(field) == ModelFields::Kind::Member
            && !names.contains(SyncCacheModel::FieldRole + field)) {
            warnAt(q,
                   QStringLiteral("the field \"%1\" is a column alone: there is another role of "
                                  "that name")
                           .arg(fields.nameOf(field)));
        }
    }
    q->endResetModel();
    return alive && !m_isDue;
}

QHash<int, QByteArray> SyncCacheModelPrivate::fixedRoleNames() const
{
    QHash<int, QByteArray> names = q->QAbstractItemModel::roleNames();
    names.insert(SyncCacheModel::KeyRole, QByteArrayLiteral("key"));
    names.insert(SyncCacheModel::ValueRole, QByteArrayLiteral("value"));
    names.insert(SyncCacheModel::EntryRole, QByteArrayLiteral("entry"));
    names.insert(SyncCacheModel::StatusRole, QByteArrayLiteral("status"));
    return names;
}

// Of members whose names are not taken; key, value and status have theirs.
QHash<int, QByteArray> SyncCacheModelPrivate::roleNamesOfFields() const
{
    const QByteArrayList taken = fixedRoleNames().values();
    QHash<int, QByteArray> names;
    for (int field = 0; field < fields.size(); ++field) {
        const QByteArray name = fields.nameOf(field).toUtf8();
        if (fields.kindOf(field) == ModelFields::Kind::Member && !taken.contains(name))
            names.insert(SyncCacheModel::FieldRole + field, name);
    }
    return names;
}

QVariant SyncCacheModelPrivate::headerOf(int column, int role) const
{
    if (role == Qt::EditRole)
        role = Qt::DisplayRole;
    QVariant set = headers.value({ column, role });
    if (set.isValid() || role != Qt::DisplayRole || column < 0 || column >= fields.size())
        return set;
    if (!fields.areByDefault())
        return fields.nameOf(column);
    switch (column) {
    case SyncCacheModel::KeyColumn:
        return SyncCacheModel::tr("Key");
    case SyncCacheModel::ValueColumn:
        return SyncCacheModel::tr("Value");
    default:
        return SyncCacheModel::tr("Status");
    }
}

QVariant SyncCacheModelPrivate::memberOf(const QString &key, int field, Reader reader)
{
    const QVariant value = keptValueOf(key, reader);
    return toShown(fields.memberOf(field, value.isValid() ? value : placeholder));
}

bool SyncCacheModelPrivate::isEditable(const QModelIndex &index)
{
    const int field = index.column();
    if (fields.kindOf(field) != ModelFields::Kind::Member)
        return fields.kindOf(field) == ModelFields::Kind::Value;
    return index.row() < rows.size()
            && fields.isWritable(field, keptValueOf(keyOf(index), Reader::Anybody));
}

bool SyncCacheModelPrivate::writeField(const QPersistentModelIndex &index, int field,
                                       const QVariant &value)
{
    switch (fields.kindOf(field)) {
    case ModelFields::Kind::Value:
        return write(index, value);
    case ModelFields::Kind::Member:
        break;
    default:
        return false;
    }
    if (!object)
        return false;
    const QString key = keyOf(index);
    const QString name = fields.nameOf(field);
    QString why;
    auto outcome = Source::Computed::Refused;
    std::optional<QVariant> plain = toPlain(value, &why);
    if (plain && plain->metaType() == QMetaType::fromType<KeptObject>()) {
        plain.reset();
        why = QStringLiteral("a QObject can be a whole value alone");
    }
    const Alive alive(q);
    if (plain) {
        // An entry may show what the cache has given up.
        const QVariant shownOne = keptValueOf(key, Reader::Anybody);
        const ModelFields itsFields = fields; // others may be set by whoever is told
        QString refusal;
        const auto make = [&](const QVariant *present) {
            refusal.clear(); // it may be called again
            return itsFields.withMember(field, present ? *present : shownOne, *plain, &refusal);
        };
        const auto itsSource = view().toWrite();
        outcome = itsSource->compute(key, make, &why);
        if (!refusal.isEmpty()) {
            why = refusal;
            outcome = Source::Computed::Refused;
        }
    }
    if (!alive)
        return false;
    if (outcome != Source::Computed::Kept) {
        warnAt(q, QStringLiteral("\"%1\" of \"%2\" is not written: %3").arg(name, key, why));
        return false;
    }
    return written(index, key);
}

// Loads of what views paint.

void SyncCacheModelPrivate::askFor(const QString &key)
{
    if (!loadsOnDisplay)
        return;
    if (!m_visible)
        m_visible = std::make_unique<VisibleRows>(this, q);
    m_visible->ask(key);
}

void SyncCacheModelPrivate::clearVisible()
{
    if (m_visible)
        m_visible->clear();
}

void SyncCacheModelPrivate::setLoadsOnDisplay(bool loads)
{
    loadsOnDisplay = loads;
    clearVisible();
    update([this] {
        if (rows.size() > 0)
            tellAllChanged();
    });
}

// What was painted while there was none is asked for again.
void SyncCacheModelPrivate::loaderChanged()
{
    if (!hasKeys || !loadsOnDisplay)
        return;
    update([this] {
        if (rows.size() > 0)
            tellChange(0, rows.size() - 1, Aspect::Shown);
    });
}

std::shared_ptr<CacheSource> SyncCacheModelPrivate::sourceOfVisible() const
{
    return object ? view().toRead() : nullptr;
}

void SyncCacheModelPrivate::visibleOther(const QString &key, Aspect aspect)
{
    touch(key, aspect);
}

void SyncCacheModelPrivate::visibleLoadBeganOrEnded()
{
    if (object)
        view().numbersMayDiffer();
}

void SyncCacheModelPrivate::visibleFailed(const QString &key, const SyncCacheError &error)
{
    if (object)
        view().failed(key, error);
}
