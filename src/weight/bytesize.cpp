// SPDX-License-Identifier: MIT
#include <SyncMap/weight/bytesize.h>

#include <QtCore/qhash.h>
#include <QtCore/qmutex.h>
#include <QtCore/qstringlist.h>

#include <mutex>
#include <unordered_map>
#include <vector>

namespace SyncMapInternal {

namespace {

struct Registry
{
    QMutex mutex;
    std::unordered_map<int, std::function<qsizetype(const void *)>> sizes;
};

Registry &registry()
{
    static Registry instance;
    return instance;
}

// What is not a container of variants.
qsizetype leafBytes(const QVariant &value)
{
    switch (value.typeId()) {
    case QMetaType::QString:
        return SyncByteSize<QString>::of(value.toString());
    case QMetaType::QByteArray:
        return SyncByteSize<QByteArray>::of(value.toByteArray());
    case QMetaType::QStringList:
        return SyncByteSize<QStringList>::of(value.toStringList());
    default:
        break;
    }
    std::function<qsizetype(const void *)> registered;
    {
        const std::lock_guard lock(registry().mutex);
        const auto found = registry().sizes.find(value.typeId());
        if (found != registry().sizes.end())
            registered = found->second;
    }
    return registered ? registered(value.constData()) : value.metaType().sizeOf();
}

} // namespace

// With a stack of its own: a value that came from somewhere else may be nested to any depth.
qsizetype variantBytes(const QVariant &value)
{
    constexpr qsizetype nodeBytes = 32;
    qsizetype bytes = 0;
    std::vector<QVariant> rest = { value };
    while (!rest.empty()) {
        const QVariant next = std::move(rest.back());
        rest.pop_back();
        bytes = addBytes(bytes, sizeof(QVariant));
        const auto addKeyed = [&](const auto &container) {
            for (auto it = container.cbegin(); it != container.cend(); ++it) {
                bytes = addBytes(bytes, nodeBytes + SyncByteSize<QString>::of(it.key()));
                rest.push_back(it.value());
            }
        };
        switch (next.typeId()) {
        case QMetaType::QVariantList:
            for (const QVariant &element : *static_cast<const QVariantList *>(next.constData()))
                rest.push_back(element);
            break;
        case QMetaType::QVariantMap:
            addKeyed(*static_cast<const QVariantMap *>(next.constData()));
            break;
        case QMetaType::QVariantHash:
            addKeyed(*static_cast<const QVariantHash *>(next.constData()));
            break;
        default:
            bytes = addBytes(bytes, leafBytes(next));
        }
    }
    return bytes;
}

void registerVariantBytes(QMetaType type, std::function<qsizetype(const void *)> bytes)
{
    const std::lock_guard lock(registry().mutex);
    registry().sizes[type.id()] = std::move(bytes);
}

} // namespace SyncMapInternal
