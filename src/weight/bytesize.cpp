// SPDX-License-Identifier: MIT
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qbitarray.h>
#include <QtCore/qbytearraylist.h>
#include <QtCore/qdatetime.h>
#include <QtCore/qhash.h>
#include <QtCore/qlocale.h>
#include <QtCore/qmap.h>
#include <QtCore/qmutex.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qstringlist.h>
#include <QtCore/qtimezone.h>
#include <QtCore/qurl.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// What was registered: a table never changes once it is published, and the next one keeps it, since
// somebody may still read it. Nothing is freed at exit, when there may still be values to measure.
struct MeasureTable
{
    struct Row
    {
        int type;
        MeasureVariant measure;
    };
    std::vector<Row> rows; // by type
    std::unique_ptr<const MeasureTable> previous;
};

std::atomic<const MeasureTable *> published { nullptr };

QMutex &writers()
{
    static QMutex mutex;
    return mutex;
}

std::vector<MeasureTable::Row>::const_iterator place(const std::vector<MeasureTable::Row> &rows,
                                                     int type)
{
    return std::lower_bound(
            rows.begin(), rows.end(), type,
            [](const MeasureTable::Row &row, int wanted) { return row.type < wanted; });
}

// How the user wants it to be measured, also if the library knows the type.
MeasureVariant registered(const QVariant &value)
{
    // [variant-sizes] acquire: pairs with registerVariantBytes().
    const MeasureTable *table = published.load(std::memory_order_acquire);
    if (!table || !value.isValid())
        return nullptr;
    const int type = value.typeId();
    const auto found = place(table->rows, type);
    return found != table->rows.end() && found->type == type ? found->measure : nullptr;
}

template <typename T>
ByteCount heapAs(const QVariant &value, const Extent &extent)
{
    return heapOf<false>(*static_cast<const T *>(value.constData()), extent);
}

// What is neither registered nor a container of variants.
ByteCount heapOfLeaf(const QVariant &value, const Extent &extent)
{
    switch (value.typeId()) {
    case QMetaType::QString:
        return heapAs<QString>(value, extent);
    case QMetaType::QByteArray:
        return heapAs<QByteArray>(value, extent);
    case QMetaType::QStringList:
        return heapAs<QStringList>(value, extent);
    case QMetaType::QByteArrayList:
        return heapAs<QByteArrayList>(value, extent);
    case QMetaType::QBitArray:
        return heapAs<QBitArray>(value, extent);
    case QMetaType::QUrl:
        return heapAs<QUrl>(value, extent);
    case QMetaType::QDateTime:
        return heapAs<QDateTime>(value, extent);
    case QMetaType::QLocale:
        return heapAs<QLocale>(value, extent);
    case QMetaType::QRegularExpression:
        return heapAs<QRegularExpression>(value, extent);
    default:
        break;
    }
    const QMetaType type = value.metaType();
    if (!type.isValid())
        return {};
    if (type == QMetaType::fromType<QTimeZone>())
        return heapAs<QTimeZone>(value, extent);
    return { 0, quint64((type.flags() & QMetaType::NeedsDestruction) ? 1 : 0) };
}

// A value that does not fit into the variant.
quint64 bytesOutside(const QVariant &value)
{
    constexpr quint64 header = 16;
    const void *data = value.constData();
    return !data || liesWithin(data, value) ? 0 : quint64(value.metaType().sizeOf()) + header;
}

// With a stack of its own: a value that came from somewhere else may be nested to any depth.
ByteCount exactHeap(const QVariant &value, const Extent &extent)
{
    ByteCount sum;
    std::vector<const QVariant *> rest = { &value };
    const auto addKeyed = [&](const auto &container) {
        for (auto it = container.cbegin(); it != container.cend(); ++it) {
            sum += heapOf<false>(it.key(), extent);
            rest.push_back(&it.value());
        }
    };
    while (!rest.empty()) {
        const QVariant &next = *rest.back();
        rest.pop_back();
        sum.bytes = addSaturated(sum.bytes, bytesOutside(next));
        const void *data = next.constData();
        if (const MeasureVariant measure = registered(next)) {
            sum += askUser(extent, [&] { return measure(data, extent); });
            continue;
        }
        switch (next.typeId()) {
        case QMetaType::QVariantList: {
            const auto &list = *static_cast<const QVariantList *>(data);
            sum.bytes = addSaturated(sum.bytes, bytesOfRow(list));
            for (const QVariant &element : list)
                rest.push_back(&element);
            break;
        }
        case QMetaType::QVariantMap: {
            const auto &map = *static_cast<const QVariantMap *>(data);
            sum.bytes = addSaturated(sum.bytes, bytesOfNodes(map, bytesOfPair<QVariantMap>));
            addKeyed(map);
            break;
        }
        case QMetaType::QVariantHash: {
            const auto &hash = *static_cast<const QVariantHash *>(data);
            sum.bytes = addSaturated(sum.bytes, bytesOfHash(hash, bytesOfPair<QVariantHash>));
            addKeyed(hash);
            break;
        }
        default:
            sum += heapOfLeaf(next, extent);
        }
    }
    return sum;
}

} // namespace

ByteCount variantHeap(const QVariant &value, const Extent &extent)
{
    if (extent.isExact)
        return exactHeap(value, extent);
    ByteCount sum { bytesOutside(value), 0 };
    if (const MeasureVariant measure = registered(value)) {
        sum += askUser(extent, [&] { return measure(value.constData(), extent); });
        return sum;
    }
    switch (value.typeId()) {
    case QMetaType::QVariantList:
        sum += heapAs<QVariantList>(value, extent);
        break;
    case QMetaType::QVariantMap:
        sum += heapAs<QVariantMap>(value, extent);
        break;
    case QMetaType::QVariantHash:
        sum += heapAs<QVariantHash>(value, extent);
        break;
    default:
        sum += heapOfLeaf(value, extent);
    }
    return sum;
}

void registerVariantBytes(QMetaType type, MeasureVariant measure)
{
    const std::lock_guard lock(writers());
    // relaxed: under the lock that it was stored under.
    const MeasureTable *old = published.load(std::memory_order_relaxed);
    auto next = std::make_unique<MeasureTable>();
    if (old)
        next->rows = old->rows;
    const auto at = place(next->rows, type.id());
    if (at != next->rows.end() && at->type == type.id())
        next->rows[std::size_t(at - next->rows.begin())].measure = measure;
    else
        next->rows.insert(at, { type.id(), measure });
    next->previous.reset(old);
    // [variant-sizes] release: whoever finds the table finds its rows.
    published.store(next.release(), std::memory_order_release);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
