// SPDX-License-Identifier: MIT
#include "javascriptvalue.h"

#include <QtQml/qjsvalue.h>
#include <QtQml/qjsvalueiterator.h>

namespace SyncMapInternal {

namespace {

class Converter
{
public:
    explicit Converter(QString *why) : m_why(why) { }

    std::optional<QVariant> convert(const QVariant &value)
    {
        if (value.metaType() == QMetaType::fromType<QJSValue>())
            return convert(*static_cast<const QJSValue *>(value.constData()));
        if (value.metaType() == QMetaType::fromType<QVariantMap>()) {
            QVariantMap map = *static_cast<const QVariantMap *>(value.constData());
            return convertAll(map) ? std::optional<QVariant>(map) : std::nullopt;
        }
        if (value.metaType() == QMetaType::fromType<QVariantList>()) {
            QVariantList list = *static_cast<const QVariantList *>(value.constData());
            return convertAll(list) ? std::optional<QVariant>(list) : std::nullopt;
        }
        if (!m_ancestors.isEmpty() && (value.metaType().flags() & QMetaType::PointerToQObject))
            return refuse(QStringLiteral("a QObject can be a value, but not a part of one"));
        return value;
    }

private:
    static constexpr int DeepestNesting = 200;

    std::nullopt_t refuse(const QString &why)
    {
        *m_why = why;
        return std::nullopt;
    }

    template <typename Container>
    bool convertAll(Container &values)
    {
        for (auto it = values.begin(); it != values.end(); ++it) {
            const std::optional<QVariant> plain = convert(*it);
            if (!plain)
                return false;
            *it = *plain;
        }
        return true;
    }

    std::optional<QVariant> convert(const QJSValue &value)
    {
        if (value.isUndefined())
            return refuse(QStringLiteral("undefined is no value"));
        if (value.isNull() || value.isBool() || value.isNumber() || value.isString()
            || value.isDate() || value.isVariant() || value.isRegExp() || value.isUrl())
            return value.toVariant();
        if (value.isCallable())
            return refuse(QStringLiteral("a function belongs to its JavaScript engine"));
        if (value.isError())
            return refuse(QStringLiteral("an Error is no value"));
        if (value.isQObject()) {
            return convert(QVariant::fromValue(value.toQObject()));
        }
        if (!value.isObject())
            return refuse(QStringLiteral("a Symbol belongs to its JavaScript engine"));
        return convertObject(value);
    }

    std::optional<QVariant> convertObject(const QJSValue &value)
    {
        for (const QJSValue &ancestor : std::as_const(m_ancestors)) {
            if (ancestor.strictlyEquals(value))
                return refuse(QStringLiteral("it contains itself"));
        }
        if (m_ancestors.size() >= DeepestNesting)
            return refuse(QStringLiteral("it is nested too deeply"));
        m_ancestors.append(value);
        std::optional<QVariant> result =
                value.isArray() ? convertArray(value) : convertNamed(value);
        m_ancestors.removeLast();
        return result;
    }

    std::optional<QVariant> convertArray(const QJSValue &value)
    {
        QVariantList list;
        const quint32 length = value.property(QStringLiteral("length")).toUInt();
        for (quint32 i = 0; i < length; ++i) {
            const QJSValue element = value.property(i);
            // A hole, or undefined: JSON says null, too.
            const std::optional<QVariant> plain = element.isUndefined()
                    ? std::optional<QVariant>(QVariant::fromValue(nullptr))
                    : convert(element);
            if (!plain)
                return std::nullopt;
            list.append(*plain);
        }
        return list;
    }

    std::optional<QVariant> convertNamed(const QJSValue &value)
    {
        const QString kind = value.property(QStringLiteral("constructor"))
                                     .property(QStringLiteral("name"))
                                     .toString();
        if (kind == u"ArrayBuffer" || kind == u"SharedArrayBuffer")
            return value.toVariant().toByteArray();
        if (kind == u"Uint8Array" || kind == u"Uint8ClampedArray" || kind == u"Int8Array") {
            const QByteArray buffer =
                    value.property(QStringLiteral("buffer")).toVariant().toByteArray();
            return buffer.mid(value.property(QStringLiteral("byteOffset")).toInt(),
                              value.property(QStringLiteral("byteLength")).toInt());
        }
        for (const auto foreign : { u"Map", u"Set", u"WeakMap", u"WeakSet", u"Promise", u"Proxy",
                                    u"DataView", u"Generator" }) {
            if (kind == foreign)
                return refuse(QStringLiteral("a %1 belongs to its JavaScript engine").arg(kind));
        }
        if (kind.endsWith(u"Array") && value.hasProperty(QStringLiteral("length")))
            return convertArray(value); // of other numbers
        const QVariant whole = value.toVariant();
        if (whole.isValid() && whole.metaType() != QMetaType::fromType<QVariantMap>()
            && whole.metaType() != QMetaType::fromType<QJSValue>())
            return whole; // a value type: a colour, a point, a font
        QVariantMap map;
        QJSValueIterator property(value);
        while (property.hasNext()) {
            property.next();
            const QJSValue member = property.value();
            if (member.isUndefined())
                continue; // as JSON does
            const std::optional<QVariant> plain = convert(member);
            if (!plain)
                return std::nullopt;
            map.insert(property.name(), *plain);
        }
        return map;
    }

    QString *const m_why;
    QList<QJSValue> m_ancestors;
};

} // namespace

std::optional<QVariant> toPlainJavaScriptValue(const QVariant &value, QString *why)
{
    return Converter(why).convert(value);
}

} // namespace SyncMapInternal
