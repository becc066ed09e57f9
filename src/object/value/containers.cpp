// SPDX-License-Identifier: MIT
#include "containers.h"

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

bool isMadeByDefault(QMetaType type)
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    return type.isDefaultConstructible();
#else
    return type.isValid() && type.iface()->defaultCtr;
#endif
}

template <typename Iterable>
std::optional<Iterable> iterableOf(const QVariant &value)
{
    const QMetaType type = value.metaType();
    type.id(); // registers it, and with it the view
    Iterable view;
    if (!QMetaType::canConvert(type, QMetaType::fromType<Iterable>())
        || !QMetaType::convert(type, value.constData(), QMetaType::fromType<Iterable>(), &view))
        return std::nullopt;
    return view;
}

} // namespace

QVariant madeOf(QMetaType type)
{
    return isMadeByDefault(type) ? QVariant(type) : QVariant();
}

std::optional<SequenceView> sequenceIn(const QVariant &value)
{
    const int id = value.metaType().id();
    if (id == QMetaType::QString || id == QMetaType::QByteArray)
        return std::nullopt;
    auto view = iterableOf<SequenceView>(value);
    if (view && !isMadeByDefault(view->metaContainer().valueMetaType()))
        return std::nullopt;
    return view;
}

std::optional<AssociationView> associationIn(const QVariant &value)
{
    auto view = iterableOf<AssociationView>(value);
    if (view
        && (!isMadeByDefault(view->metaContainer().keyMetaType())
            || !isMadeByDefault(view->metaContainer().mappedMetaType())))
        return std::nullopt;
    return view;
}

std::optional<std::pair<QVariant, QVariant>> pairIn(const QVariant &value)
{
    const auto pair = iterableOf<QtMetaTypePrivate::QPairVariantInterfaceImpl>(value);
    if (!pair)
        return std::nullopt;
    QVariant first = madeOf(pair->_metaType_first);
    QVariant second = madeOf(pair->_metaType_second);
    pair->first(dataOf(&first, pair->_metaType_first));
    pair->second(dataOf(&second, pair->_metaType_second));
    return std::pair(first, second);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
