// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/weight/bytecount.h>
#include <SyncMap/private/weight/kinds.h>
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qvariant.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// How far a measurement goes. A sample is bounded, whatever the value: of the elements of a
// container 16 are looked at, evenly spaced where they have an index and else the first ones, and
// the others are taken to be like these, on the average. What three levels of containers enclose is
// looked at; the elements of a fourth count with what sizeof tells. So do the objects behind the
// fourth pointer in a row, and the entries of a hash table that is nearly empty. An exact
// measurement looks at everything, but for a fourth std::shared_ptr or QSharedPointer in a row:
// these may lead round in a circle.
struct Extent
{
    static constexpr quint64 Sample = 16;

    int levels = 3;
    int pointers = 3;
    bool isExact = false;
    // Whoever asks sees to it that nobody changes what shared pointers lead to, and is told of
    // exceptions.
    bool isForCaller = false;

    constexpr bool mayLookAtElements() const noexcept { return isExact || levels > 0; }
    constexpr Extent ofElements() const noexcept
    {
        Extent result = *this;
        result.levels -= !isExact;
        return result;
    }
    constexpr Extent behindPointer() const noexcept
    {
        Extent result = *this;
        --result.pointers;
        return result;
    }
};

// Of a tree, roughly.
inline constexpr quint64 NodeBytes = 32;
// What an allocation takes beside what is asked for, and the header of a row of Qt's. Of short
// texts it is half.
inline constexpr quint64 AllocationBytes = 24;
// What an object behind a shared pointer counts for that may own memory and may not be looked at:
// who shares an object often does so because it is large. Eight of them make a batch to reclaim.
inline constexpr quint64 SharedUnknowns = 4;

template <bool MustKnow, typename T>
ByteCount heapOf(const T &value, const Extent &extent);

SYNCMAP_EXPORT ByteCount variantHeap(const QVariant &value, const Extent &extent);
using MeasureVariant = ByteCount (*)(const void *value, const Extent &extent);
SYNCMAP_EXPORT void registerVariantBytes(QMetaType type, MeasureVariant measure);

// Calls code that is not the library's.
template <typename Function>
ByteCount askUser(const Extent &extent, Function &&function)
{
    if (extent.isForCaller)
        return function();
    QT_TRY
    {
        return function();
    }
    QT_CATCH(...)
    {
        return { 0, 1 };
    }
}

template <typename Number>
constexpr quint64 notNegative(Number number) noexcept
{
    if constexpr (std::is_unsigned_v<Number>)
        return quint64(number);
    else
        return number > Number(0) ? quint64(number) : 0;
}

// What was not looked at may be large: of the outermost container, that counts as one thing that is
// not known.
inline ByteCount ofSample(const ByteCount &sum, quint64 some, quint64 count, const Extent &extent)
{
    ByteCount all = sum.scaled(some, count);
    all.unknown += some < count && extent.levels == Extent().levels;
    return all;
}

// Of \a count elements, of which heapAt(i, extent) tells.
template <typename HeapAt>
ByteCount heapOfElements(quint64 count, const Extent &extent, HeapAt &&heapAt)
{
    if (count == 0 || !extent.mayLookAtElements())
        return { 0, count != 0 };
    const Extent within = extent.ofElements();
    ByteCount sum;
    if (extent.isExact || count <= Extent::Sample) {
        for (quint64 i = 0; i < count; ++i)
            sum += heapAt(i, within);
        return sum;
    }
    constexpr quint64 some = Extent::Sample;
    const quint64 step = count / some;
    const quint64 rest = count % some;
    for (quint64 i = 0; i < some; ++i) // the middle of each sixteenth
        sum += heapAt(i * step + (2 * i + 1) * rest / (2 * some) + step / 2, within);
    return ofSample(sum, some, count, extent);
}

// Whether a walk from one entry to the next passes too many empty buckets.
template <typename Hash>
bool isSparse(const Hash &hash)
{
    return quint64(hash.capacity()) > 64 * quint64(hash.size()) + 4096;
}

// The same, one after the other: heapHere(iterator, extent).
template <typename Range, typename HeapHere>
ByteCount heapOfSequence(const Range &range, const Extent &extent, HeapHere &&heapHere)
{
    const quint64 count = quint64(range.size());
    if (count == 0 || !extent.mayLookAtElements())
        return { 0, count != 0 };
    const Extent within = extent.ofElements();
    const quint64 some = extent.isExact || count < Extent::Sample ? count : Extent::Sample;
    if constexpr (HasCapacity<Range>::value) { // a hash table of Qt's
        if (!extent.isExact && isSparse(range))
            return { 0, 1 };
    }
    typename Range::const_iterator it = range.begin();
    ByteCount sum = heapHere(it, within);
    for (quint64 i = 1; i < some; ++i)
        sum += heapHere(++it, within);
    return ofSample(sum, some, count, extent);
}

template <typename T>
bool liesWithin(const void *pointer, const T &value) noexcept
{
    const auto begin = quintptr(reinterpret_cast<const volatile char *>(std::addressof(value)));
    return quintptr(pointer) >= begin && quintptr(pointer) < begin + sizeof(T);
}

// What a container allocates for itself and for its elements, without what these allocate.

template <typename Row>
quint64 bytesOfRow(const Row &row)
{
    if (liesWithin(row.data(), row))
        return 0;
    quint64 room = 0; // stays 0 if nothing is allocated
    if constexpr (HasCapacity<Row>::value)
        room = quint64(row.capacity());
    else
        room = quint64(row.size());
    const quint64 bytes = multiplySaturated(room, sizeof(typename Row::value_type));
    return bytes == 0 ? 0 : addSaturated(bytes, AllocationBytes);
}

// Of std::deque: blocks of elements, and pointers to the blocks.
template <typename Deque>
quint64 bytesOfDeque(const Deque &deque)
{
    constexpr quint64 each = sizeof(typename Deque::value_type);
#if defined(_MSVC_STL_VERSION)
    constexpr quint64 block = each <= 8 ? 16 / each : 1;
    constexpr quint64 least = 0;
#elif defined(_LIBCPP_VERSION)
    constexpr quint64 block = each < 256 ? 4096 / each : 16;
    constexpr quint64 least = 0;
#else
    constexpr quint64 block = each < 512 ? 512 / each : 1;
    constexpr quint64 least = 1; // behind the last element, there is always room
#endif
    const quint64 size = quint64(deque.size());
    const quint64 blocks = qMax(size / block + (size != 0), least);
    if (blocks == 0)
        return 0;
    constexpr quint64 bytesOfBlock = block * each + AllocationBytes;
    constexpr quint64 places = 8; // pointers, at least
    return addSaturated(multiplySaturated(blocks, bytesOfBlock),
                        qMax(blocks, places) * sizeof(void *) + AllocationBytes);
}

// Of QHash and QSet: spans of 128 buckets, of which half are taken at most. Each has an offset per
// bucket, and room for 48 entries as soon as there is one, for 80 when that is full.
template <typename Hash>
quint64 bytesOfHash(const Hash &hash, quint64 bytesOfNode)
{
    constexpr quint64 header = 40 + AllocationBytes;
    constexpr quint64 span = 128 + 16;
    const quint64 spans = (quint64(hash.capacity()) + 63) / 64;
    if (spans == 0)
        return 0;
    const quint64 nodes = quint64(qMin(hash.size(), hash.capacity())); // a key may have many values
    const quint64 filled = qMin(spans, nodes);
    const quint64 room = nodes <= 48 * filled ? 48 : 80;
    return addSaturated(header + span * spans, multiplySaturated(filled * room, bytesOfNode));
}

template <typename Map>
inline constexpr quint64
        bytesOfPair = sizeof(std::pair<typename Map::key_type, typename Map::mapped_type>);

template <typename Range>
quint64 bytesOfNodes(const Range &range, quint64 bytesOfEach)
{
    return multiplySaturated(quint64(range.size()), NodeBytes + bytesOfEach);
}

template <bool MustKnow, typename Range>
ByteCount heapOfKeyed(const Range &range, const Extent &extent)
{
    if constexpr (ownsNothing<typename Range::key_type> && ownsNothing<typename Range::mapped_type>)
        return {};
    else
        return heapOfSequence(range, extent, [](const auto &it, const Extent &within) {
            ByteCount sum = heapOf<MustKnow>(it.key(), within);
            sum += heapOf<MustKnow>(it.value(), within);
            return sum;
        });
}

template <bool MustKnow, typename Range>
ByteCount heapOfNodes(const Range &range, const Extent &extent)
{
    if constexpr (ownsNothing<typename Range::value_type>)
        return {};
    else
        return heapOfSequence(range, extent, [](const auto &it, const Extent &within) {
            return heapOf<MustKnow>(*it, within);
        });
}

// Nobody else changes the object meanwhile.
template <bool MustKnow, typename T>
ByteCount heapBehind(const T *pointer, const Extent &extent)
{
    ByteCount sum { sizeof(T) + AllocationBytes, 0 };
    if (extent.pointers > 0)
        sum += heapOf<MustKnow>(*pointer, extent.behindPointer());
    return sum;
}

// Whoever else has such a pointer, or a weak one, which does not show, may change the object at any
// time: it is only looked at if it is const, or if the caller answers for that.
template <bool MustKnow, typename Element>
ByteCount heapBehindShared(const Element *pointer, const Extent &extent)
{
    static_assert(!MustKnow || isLookable<Element>(),
                  "SyncByteWeigher does not know this type: specialise SyncByteSize");
    if constexpr (!isLookable<Element>()) {
        return { 0, SharedUnknowns };
    } else if constexpr (ownsNothing<Element>) {
        return { sizeof(Element) + AllocationBytes, 0 };
    } else {
        if (std::is_const_v<Element> || extent.isForCaller)
            return heapBehind<MustKnow>(pointer, extent);
        return { sizeof(Element) + AllocationBytes, SharedUnknowns };
    }
}

template <bool MustKnow>
struct MemberSum
{
    const Extent &extent;
    ByteCount sum = {};

    template <typename Declared>
    void member(const std::remove_reference_t<Declared> &value)
    {
        if constexpr (!std::is_reference_v<Declared>)
            sum += heapOf<MustKnow>(value, extent);
    }
};

// What a value keeps on the heap. If it must be known, a type of which nothing is known is an error.
template <bool MustKnow, typename T>
ByteCount heapOf(const T &value, const Extent &extent)
{
    using Value = std::remove_const_t<T>;
    constexpr Kind kind = kindOf<Value>();
    [[maybe_unused]] ByteCount sum;
    if constexpr (kind == Kind::Unknown) {
        static_assert(!MustKnow || sizeof(T) == 0,
                      "SyncByteWeigher does not know this type: specialise SyncByteSize");
        return { 0, 1 };
    } else if constexpr (kind == Kind::OwnsNothing) {
        return {};
    } else if constexpr (kind == Kind::Specialised) {
        return askUser(extent, [&value] {
            const quint64 all = notNegative(SyncByteSize<Value>::of(value));
            return ByteCount { all > sizeof(T) ? all - sizeof(T) : 0, 0 };
        });
    } else if constexpr (kind == Kind::Internal) {
        return HeapParts<Value>::of(value, extent);
    } else if constexpr (kind == Kind::TellsBytes) {
        return askUser(extent, [&value] {
            return ByteCount { notNegative(value.sizeInBytes()), 0 };
        });
    } else if constexpr (kind == Kind::Nominal) {
        return { nominalBytes<Value>, isNominalBounded<Value> ? 0U : 1U };
    } else if constexpr (kind == Kind::Variant) {
        return variantHeap(value, extent);
    } else if constexpr (kind == Kind::Bits) {
        if constexpr (HasCapacity<T>::value)
            return { quint64(value.capacity()) / 8, 0 };
        else
            return { quint64(value.size()) / 8 + 1, 0 };
    } else if constexpr (kind == Kind::Array) {
        return heapOfElements(std::extent_v<T>, extent, [&value](quint64 i, const Extent &within) {
            return heapOf<MustKnow>(value[i], within);
        });
    } else if constexpr (kind == Kind::Row) {
        sum.bytes = bytesOfRow(value);
        if constexpr (!ownsNothing<typename T::value_type>) {
            const typename T::value_type *data = value.data();
            sum += heapOfElements(quint64(value.size()), extent,
                                  [data](quint64 i, const Extent &within) {
                                      return heapOf<MustKnow>(data[i], within);
                                  });
        }
        return sum;
    } else if constexpr (kind == Kind::Spread) {
        sum.bytes = bytesOfDeque(value);
        if constexpr (!ownsNothing<typename T::value_type>) {
            const typename T::const_iterator begin = value.begin();
            using Difference =
                    typename std::iterator_traits<typename T::const_iterator>::difference_type;
            sum += heapOfElements(quint64(value.size()), extent,
                                  [&begin](quint64 i, const Extent &within) {
                                      return heapOf<MustKnow>(begin[Difference(i)], within);
                                  });
        }
        return sum;
    } else if constexpr (kind == Kind::KeyedTree) {
        sum.bytes = bytesOfNodes(value, bytesOfPair<T>);
        sum += heapOfKeyed<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::KeyedHash) {
        sum.bytes = bytesOfHash(value, bytesOfPair<T>);
        sum += heapOfKeyed<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::KeyedChains) {
        using Chain = std::pair<typename T::mapped_type, void *>;
        sum.bytes = bytesOfHash(value, sizeof(std::pair<typename T::key_type, void *>));
        sum.bytes = addSaturated(
                sum.bytes,
                multiplySaturated(quint64(value.size()), sizeof(Chain) + AllocationBytes));
        sum += heapOfKeyed<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::SetHash) {
        sum.bytes = bytesOfHash(value, sizeof(typename T::value_type));
        sum += heapOfNodes<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::Buckets) {
        constexpr quint64 each = sizeof(typename T::value_type) + 2 * sizeof(void *);
        sum.bytes = addSaturated(multiplySaturated(quint64(value.bucket_count()), sizeof(void *)),
                                 multiplySaturated(quint64(value.size()), each));
        sum += heapOfNodes<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::Nodes) {
        sum.bytes = bytesOfNodes(value, sizeof(typename T::value_type));
        sum += heapOfNodes<MustKnow>(value, extent);
        return sum;
    } else if constexpr (kind == Kind::Unique) {
        if (!value)
            return {};
        Extent onward = extent;
        if (extent.isExact) // the only way to it, so there is no circle
            ++onward.pointers;
        return heapBehind<MustKnow>(value.get(), onward);
    } else if constexpr (kind == Kind::Shared) {
        using Element = typename T::element_type;
        return value ? heapBehindShared<MustKnow, Element>(value.get(), extent) : ByteCount();
    } else if constexpr (kind == Kind::Optional) {
        return value ? heapOf<MustKnow>(*value, extent) : ByteCount();
    } else if constexpr (kind == Kind::Tuple) {
        sum = std::apply(
                [&extent](const auto &...elements) {
                    ByteCount all;
                    ((all += heapOf<MustKnow>(elements, extent)), ...);
                    return all;
                },
                value);
        return sum;
    } else if constexpr (kind == Kind::Alternatives) {
        if (value.valueless_by_exception())
            return {};
        return std::visit([&extent](const auto &held) { return heapOf<MustKnow>(held, extent); },
                          value);
    } else {
        static_assert(kind == Kind::Aggregate);
        MemberSum<MustKnow> members { extent };
        forEachMember(value, members);
        return members.sum;
    }
}

// What a value keeps on the heap, without its own size. Bounded; asked, too, when an object is
// already unlinked.
template <typename T>
ByteCount measure(const T &value) noexcept
{
    // Texts and byte arrays are what most maps hold: in a few instructions, and nobody's code.
    if constexpr (std::is_same_v<T, QString> || std::is_same_v<T, QByteArray>) {
        const auto room = quint64(value.capacity());
        return { room == 0 ? 0 : room * sizeof(typename T::value_type) + AllocationBytes, 0 };
    }
    QT_TRY
    {
        return heapOf<false>(value, Extent());
    }
    QT_CATCH(...)
    {
        return { 0, 1 };
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
