// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstringlist.h>
#include <QtCore/qvariant.h>

#include <optional>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What the columns of a model show: key, value and status, or what was set, which may be members of
// the values. "address.city" is a member of a member.
class ModelFields
{
public:
    enum class Kind : quint8 { Key, Value, Status, Member };

    ModelFields(); // key, value and status
    // Those of \a names that can be: each once, and with a name. \a whyNot tells of the others.
    explicit ModelFields(const QStringList &names, QStringList *whyNot = nullptr);

    int size() const { return int(m_fields.size()); }
    Kind kindOf(int field) const { return m_fields[std::size_t(field)].kind; }
    const QString &nameOf(int field) const { return m_fields[std::size_t(field)].name; }
    bool areByDefault() const { return m_areByDefault; }

    // Invalid if the value is no record, or has no such member. Of a record as a cache keeps it: a map
    // of whatever type, an object of JSON, a gadget or a QObject.
    QVariant memberOf(int field, const QVariant &value) const;
    // Whether the value may have another such member.
    bool isWritable(int field, const QVariant &value) const;
    // The value with another member, all else as it is. Nullopt, with the reason, if that cannot be.
    std::optional<QVariant> withMember(int field, const QVariant &value, const QVariant &member,
                                       QString *why) const;

private:
    struct Step
    {
        explicit Step(const QString &itsName) : name(itsName), utf8(itsName.toUtf8()) { }

        int propertyOf(QMetaType gadget) const;
        QVariant in(const QVariant &record) const;

        QString name;
        QByteArray utf8;
        // Values of a cache are mostly of one type, whose properties need not be searched each time.
        mutable QMetaType type;
        mutable int property = -1;
    };
    using Path = std::vector<Step>;
    struct Field
    {
        QString name;
        Kind kind;
        Path path; // of a member
    };

    static std::optional<QVariant> replaced(const QVariant &record, Path::const_iterator step,
                                            Path::const_iterator end, const QVariant &member,
                                            QString *why);

    std::vector<Field> m_fields;
    bool m_areByDefault = false;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
