// SPDX-License-Identifier: MIT
#include "javascriptvalue.h"

#include <SyncMap/private/object/value/value.h>

#include <QtQml/qjsengine.h>
#include <QtQml/qjsmanagedvalue.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qjsvalueiterator.h>
#include <QtQml/qqmllist.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

constexpr QLatin1String OfItsEngine("belongs to its JavaScript engine");

class Converter
{
public:
    explicit Converter(ValueWalk &walk) : m_walk(walk) { }

    std::optional<QVariant> convert(const QJSValue &value)
    {
        if (value.isUndefined())
            return refuse(QStringLiteral("undefined"), QStringLiteral("is no value"));
        if (value.isNull() || value.isBool() || value.isNumber() || value.isString()
            || value.isRegExp() || value.isUrl())
            return value.toVariant();
        if (value.isDate() || value.isQObject())
            return toPlain(value.toVariant(), m_walk);
        if (value.isCallable())
            return refuse(QStringLiteral("a function"), OfItsEngine);
        if (value.isError())
            return refuse(QStringLiteral("an Error"), QStringLiteral("is no value"));
        if (!value.isObject())
            return refuse(QStringLiteral("a Symbol"), OfItsEngine);
        return convertObject(value);
    }

private:
    // Qt does not walk into objects of JavaScript then: it would not survive a symbol, nor depth.
    static QVariant ofQt(const QJSValue &value)
    {
        return value.toVariant(QJSValue::RetainJSObjects);
    }

    std::nullopt_t refuse(const QString &what, const QString &rule)
    {
        return m_walk.refuse(what, rule);
    }

    template <typename Place>
    std::optional<QVariant> convertPart(Place place, const QJSValue &part)
    {
        const ValueWalk::Step step(m_walk, std::move(place));
        return convert(part);
    }

    std::optional<QVariant> convertObject(const QJSValue &value)
    {
        for (const QJSValue &ancestor : std::as_const(m_ancestors)) {
            if (ancestor.strictlyEquals(value))
                return m_walk.refusePlace(QStringLiteral("contains itself"));
        }
        if (m_walk.isTooDeep())
            return m_walk.refusePlace(QStringLiteral("is nested too deeply"));
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
                    : convertPart(qsizetype(i), element);
            if (!plain)
                return std::nullopt;
            list.append(*plain);
        }
        return list;
    }

    std::optional<QVariant> convertNamed(const QJSValue &value)
    {
        const QVariant whole = ofQt(value);
        if (whole.isValid() && whole.metaType() != QMetaType::fromType<QJSValue>()) {
            // A buffer; a value type, as a colour or a point; a list of objects; a value of C++ that
            // QML does not know.
            return toPlain(whole, m_walk);
        }
        const QString kind = value.property(QStringLiteral("constructor"))
                                     .property(QStringLiteral("name"))
                                     .toString();
        if (kind == u"Uint8Array" || kind == u"Uint8ClampedArray" || kind == u"Int8Array") {
            const QVariant buffer = ofQt(value.property(QStringLiteral("buffer")));
            if (buffer.metaType() == QMetaType::fromType<QByteArray>()) {
                return buffer.toByteArray().mid(
                        value.property(QStringLiteral("byteOffset")).toInt(),
                        value.property(QStringLiteral("byteLength")).toInt());
            }
        }
        if (kind == u"Number" || kind == u"Boolean" || kind == u"String") {
            const QJSValue boxed =
                    value.property(QStringLiteral("valueOf")).callWithInstance(value);
            if (boxed.isNumber() || boxed.isBool() || boxed.isString())
                return boxed.toVariant();
        }
        for (const auto foreign : { u"Map", u"Set", u"WeakMap", u"WeakSet", u"Promise", u"Proxy",
                                    u"DataView", u"Generator", u"Symbol", u"SharedArrayBuffer" }) {
            if (kind == foreign)
                return refuse(QStringLiteral("a %1").arg(kind), OfItsEngine);
        }
        if (kind.endsWith(u"Array") && value.hasProperty(QStringLiteral("length")))
            return convertArray(value); // of other numbers
        QVariantMap map;
        QJSValueIterator property(value);
        while (property.hasNext()) {
            property.next();
            const QJSValue member = property.value();
            if (member.isUndefined())
                continue; // as JSON does
            const std::optional<QVariant> plain = convertPart(property.name(), member);
            if (!plain)
                return std::nullopt;
            map.insert(property.name(), *plain);
        }
        return map;
    }

    ValueWalk &m_walk;
    QList<QJSValue> m_ancestors;
};

} // namespace

bool isOfQml(QMetaType type)
{
    return type == QMetaType::fromType<QJSValue>()
            || type == QMetaType::fromType<QQmlListReference>();
}

QJSValue boundMethod(const QJSValue &object, const QString &name)
{
    const QJSValue method = object.property(name);
    return method.property(QStringLiteral("bind")).callWithInstance(method, { object });
}

bool whenSettled(const QJSValue &value, QJSEngine *engine, const QJSValue &handle,
                 const QString &fulfilled, const QString &rejected)
{
    if (!value.isObject())
        return false;
    const QJSValue then = QJSManagedValue(value, engine).property(QStringLiteral("then"));
    if (!engine->hasError()) {
        if (!then.isCallable())
            return false;
        QJSManagedValue(then, engine)
                .callWithInstance(
                        value, { boundMethod(handle, fulfilled), boundMethod(handle, rejected) });
    }
    if (engine->hasError()) {
        const QJSValue thrown = engine->catchError(); // nothing can be called before
        boundMethod(handle, rejected).call({ thrown });
    }
    return true;
}

QString textOfReason(const QVariant &reason)
{
    if (reason.metaType() != QMetaType::fromType<QJSValue>()) {
        const QVariant message = reason.toMap().value(QStringLiteral("message"));
        return message.isValid() ? message.toString() : reason.toString();
    }
    const QJSValue thrown = reason.value<QJSValue>();
    const QJSValue message = thrown.property(QStringLiteral("message"));
    if (thrown.isObject() && !message.isUndefined())
        return message.toString();
    return thrown.isUndefined() ? QString() : thrown.toString();
}

std::optional<QVariant> toPlainOfQml(const QVariant &value, ValueWalk &walk)
{
    if (value.metaType() == QMetaType::fromType<QQmlListReference>()) {
        return walk.refuse(QStringLiteral("a list of QML's objects"),
                           QStringLiteral("is live, and ends with its owner"));
    }
    return Converter(walk).convert(*static_cast<const QJSValue *>(value.constData()));
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
