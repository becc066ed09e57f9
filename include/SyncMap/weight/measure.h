// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/reclamation/syncmapglobal.h>
#include <SyncMap/weight/bytecount.h>
#include <SyncMap/weight/kinds.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qvariant.h>

namespace SyncMapInternal {

// How far a measurement goes. A sample is bounded, whatever the value: of the elements of a
// container 16 are looked at, evenly spaced where they have an index and else the first ones, and
// the others are taken to be like these, on the average. What three levels of containers enclose is
// looked at; the elements of a fourth count with what sizeof tells. So do the objects behind the
// fourth pointer in a row. An exact measurement looks at everything, but for a fourth std::shared_ptr
// or QSharedPointer in a row: these may lead round in a circle.
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

// Of a tree or hash table, roughly.
inline constexpr quint64 NodeBytes = 32;
// What an allocation takes beside what is asked for, and the header of a row of Qt's. Of short
// texts it is half.
inline constexpr quint64 AllocationBytes = 24;

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

// The same, one after the other: heapHere(iterator, extent).
template <typename Range, typename HeapHere>
ByteCount heapOfSequence(const Range &range, const Extent &extent, HeapHere &&heapHere)
{
    const quint64 count = quint64(range.size());
    if (count == 0 || !extent.mayLookAtElements())
        return { 0, count != 0 };
    const Extent within = extent.ofElements();
    const quint64 some = extent.isExact || count < Extent::Sample ? count : Extent::Sample;
    ByteCount sum;
    typename Range::const_iterator it = range.begin();
    for (quint64 i = 0; i < some; ++i, ++it)
        sum += heapHere(it, within);
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

// Of QHash and QSet: twice as many buckets as capacity() says, of a byte and an eighth each.
template <typename Hash>
quint64 bytesOfHash(const Hash &hash, quint64 bytesOfEach)
{
    return addSaturated(multiplySaturated(quint64(hash.capacity()), 9) / 4,
                        multiplySaturated(quint64(hash.size()), bytesOfEach));
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

// \a isStill: nobody else changes the object meanwhile.
template <bool MustKnow, typename T>
ByteCount heapBehind(const T *pointer, const Extent &extent, bool isStill)
{
    ByteCount sum { sizeof(T) + AllocationBytes, 0 };
    if (!isStill)
        sum.unknown = 1;
    else if (extent.pointers > 0)
        sum += heapOf<MustKnow>(*pointer, extent.behindPointer());
    return sum;
}

// Whether it is the only one. What others did before they let go is seen from here on: that is what
// the count of the copy is for.
template <typename T>
bool isAlone(const std::shared_ptr<T> &pointer)
{
    if (pointer.use_count() != 1)
        return false;
    std::shared_ptr<T>(pointer).reset();
    return pointer.use_count() == 1;
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
        sum.bytes = multiplySaturated(quint64(value.size()), sizeof(typename T::value_type));
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
        sum.bytes = bytesOfHash(value, NodeBytes + bytesOfPair<T>);
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
        return heapBehind<MustKnow>(value.get(), onward, true);
    } else if constexpr (kind == Kind::Shared) {
        if (!value)
            return {};
        using Element = typename T::element_type;
        const bool isStill = std::is_const_v<Element> || extent.isForCaller || isAlone(value);
        return heapBehind<MustKnow>(value.get(), extent, isStill);
    } else if constexpr (kind == Kind::QtShared) {
        using Element = typename T::Type;
        static_assert(!MustKnow || isLookable<Element>(),
                      "SyncByteWeigher does not know this type: specialise SyncByteSize");
        if (!value.data())
            return {};
        if constexpr (isLookable<Element>()) {
            if (std::is_const_v<Element> || extent.isForCaller)
                return heapBehind<MustKnow>(value.data(), extent, true);
            return { sizeof(Element), 2 }; // it does not tell how many hold it
        } else {
            return { 0, 2 };
        }
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

} // namespace SyncMapInternal
