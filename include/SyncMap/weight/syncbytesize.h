// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/weight/measure.h>

#include <limits>
#include <type_traits>

/*!
    \enum SyncByteSizing
    \inmodule SyncMap
    \brief How a value is measured.

    \value Sampled 16 elements of a container stand for all, three levels deep: bounded, whatever the value
    \value Exact   all elements, all levels
*/
enum class SyncByteSizing : int { Sampled, Exact };

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Both not negative; ends at the end of the range.
constexpr qsizetype addBytes(qsizetype a, qsizetype b) noexcept
{
    constexpr auto most = (std::numeric_limits<qsizetype>::max)();
    return a > most - b ? most : a + b;
}

// With its own size; for those who may touch what it shares with others.
template <typename T>
qsizetype weigh(const T &value, SyncByteSizing sizing)
{
    if constexpr (kindOf<T>() == Kind::Specialised) {
        return SyncByteSize<T>::of(value);
    } else {
        Extent extent;
        extent.isExact = sizing == SyncByteSizing::Exact;
        extent.isForCaller = true;
        const quint64 bytes = addSaturated(sizeof(T), heapOf<true>(value, extent).bytes);
        constexpr quint64 most = (std::numeric_limits<qsizetype>::max)();
        return qsizetype(bytes < most ? bytes : most);
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

/*!
    \class SyncByteSize
    \inmodule SyncMap
    \brief How many bytes a value takes, with its heap.

    Specialise it for types of your own:

    \code
    template <> struct SyncByteSize<Tile>
    {
        static qsizetype of(const Tile &tile) { return sizeof(Tile) + tile.pixels.sizeInBytes(); }
    };
    \endcode

    SyncMap and SyncCache ask it, too, how much memory waits for readers: any thread, also of an
    entry that has left.

    Other types they measure by the rules of SyncByteWeigher. A thread that writes a value reads
    then what a \c std::unique_ptr in it owns, and what a \c std::shared_ptr or QSharedPointer to
    const leads to: nobody may be changing these meanwhile. What a shared pointer to non-const
    leads to is not read, but of() reads that, too.
*/
template <typename T, typename>
struct SyncByteSize
{
    /*! \internal A specialisation has none. */
    using Guessed = void; // a specialisation has none

    /*!
        The bytes that \a value takes, its own size included; how they are counted is said by \a
        sizing.
    */
    static qsizetype of(const T &value, SyncByteSizing sizing = SyncByteSizing::Sampled)
    {
        return SyncMapInternal::weigh(value, sizing);
    }
};

/*!
    \relates SyncByteSize
    From now on, values of type \c T are weighed by SyncByteSize also within a QVariant, and so are
    those of a type that was known before. Any thread.

    \code
    syncRegisterVariantSize<QImage>(); // links Qt Gui in the application, not in this library
    \endcode
*/
template <typename T>
void syncRegisterVariantSize()
{
    using namespace SyncMapInternal;
    // Without a SyncByteSize of the user's own, these gain nothing, and would be measured by
    // recursion.
    constexpr bool isList = std::is_same_v<T, QVariantList>;
    constexpr bool isKeyed = std::is_same_v<T, QVariantMap> || std::is_same_v<T, QVariantHash>;
    if constexpr (!(isList || isKeyed) || kindOf<T>() == Kind::Specialised) {
        registerVariantBytes(QMetaType::fromType<T>(), [](const void *value, const Extent &extent) {
            return heapOf<true>(*static_cast<const T *>(value), extent);
        });
    }
}
