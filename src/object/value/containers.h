// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qvariant.h>
#if QT_VERSION >= QT_VERSION_CHECK(6, 11, 0)
#  include <QtCore/qmetaassociation.h>
#  include <QtCore/qmetasequence.h>
#else
#  include <QtCore/qassociativeiterable.h>
#  include <QtCore/qsequentialiterable.h>
#endif

#include <optional>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Containers of any type, by their metatype alone. What is returned looks at the value, which has to
// stay as it is.

#if QT_VERSION >= QT_VERSION_CHECK(6, 11, 0)
using SequenceView = QMetaSequence::Iterable;
using AssociationView = QMetaAssociation::Iterable;
#else
using SequenceView = QSequentialIterable;
using AssociationView = QAssociativeIterable;
#endif

// Nullopt if it is none, or a text or bytes, which Qt takes for sequences of characters.
std::optional<SequenceView> sequenceIn(const QVariant &value);
std::optional<AssociationView> associationIn(const QVariant &value);
// A std::pair, as its members.
std::optional<std::pair<QVariant, QVariant>> pairIn(const QVariant &value);

// An empty value of the type; invalid if the type has no default constructor.
QVariant madeOf(QMetaType type);
// What a pointer to a value of the type leads to. A QVariant of type QVariant is the value itself.
inline const void *dataOf(const QVariant &value, QMetaType type)
{
    return type == QMetaType::fromType<QVariant>() ? &value : value.constData();
}
inline void *dataOf(QVariant *value, QMetaType type)
{
    return type == QMetaType::fromType<QVariant>() ? static_cast<void *>(value) : value->data();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
