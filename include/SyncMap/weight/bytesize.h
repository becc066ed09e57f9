// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/weight/payloadbytes.h>
#include <SyncMap/reclamation/syncmapglobal.h>

#include <QtCore/qmetatype.h>
#include <QtCore/qvariant.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace SyncMapInternal {

// Both not negative; ends at the end of the range.
constexpr qsizetype addBytes(qsizetype a, qsizetype b) noexcept
{
    constexpr auto most = std::numeric_limits<qsizetype>::max();
    return a > most - b ? most : a + b;
}

SYNCMAP_EXPORT qsizetype variantBytes(const QVariant &value);
SYNCMAP_EXPORT void registerVariantBytes(QMetaType type,
                                         std::function<qsizetype(const void *)> bytes);

template <typename T, typename = void>
struct IsRange : std::false_type
{
};
template <typename T>
struct IsRange<T,
               std::void_t<typename T::value_type, typename T::const_iterator,
                           decltype(std::declval<const T &>().size())>> : std::true_type
{
};

template <typename T, typename = void>
struct IsKeyed : std::false_type
{
};
template <typename T>
struct IsKeyed<T,
               std::void_t<typename T::key_type, typename T::mapped_type,
                           decltype(std::declval<typename T::const_iterator>().key())>>
    : std::true_type
{
};

} // namespace SyncMapInternal

/*!
    \class SyncByteSize
    \inmodule SyncMap
    \brief How many bytes a value takes, with its heap. Specialise it for types of your own:

    \code
    template <> struct SyncByteSize<Tile>
    {
        static qsizetype of(const Tile &tile) { return sizeof(Tile) + tile.pixels.sizeInBytes(); }
    };
    \endcode
*/
template <typename T, typename = void>
struct SyncByteSize
{
    static qsizetype of(const T &value)
    {
        using namespace SyncMapInternal;
        qsizetype bytes = sizeof(T);
        if constexpr (std::is_trivially_copyable_v<T>) {
            return bytes;
        } else if constexpr (HasSizeInBytes<T>::value) {
            return addBytes(bytes, qsizetype(value.sizeInBytes()));
        } else if constexpr (IsKeyed<T>::value) {
            for (auto it = value.cbegin(); it != value.cend(); ++it) {
                bytes = addBytes(bytes, NodeBytes);
                bytes = addBytes(bytes, SyncByteSize<typename T::key_type>::of(it.key()));
                bytes = addBytes(bytes, SyncByteSize<typename T::mapped_type>::of(it.value()));
            }
            return bytes;
        } else if constexpr (IsContiguous<T>::value
                             && std::is_trivially_copyable_v<typename T::value_type>) {
            // By what is allocated, where the container tells.
            return addBytes(bytes, rowBytes(value, 0));
        } else if constexpr (IsRange<T>::value) {
            for (const auto &element : value) {
                using Element = std::decay_t<decltype(element)>;
                bytes = addBytes(bytes, SyncByteSize<Element>::of(element));
                if constexpr (!IsContiguous<T>::value)
                    bytes = addBytes(bytes, NodeBytes);
            }
            return bytes;
        } else {
            static_assert(sizeof(T) == 0,
                          "SyncByteWeigher does not know this type: specialise SyncByteSize");
            return 0;
        }
    }

private:
    static constexpr qsizetype NodeBytes = 32; // of a tree or hash table, roughly

    template <typename Row>
    static auto rowBytes(const Row &row, int) -> decltype(qsizetype(row.capacity()))
    {
        constexpr qsizetype each = sizeof(typename Row::value_type);
        return qMax(qsizetype(row.capacity()), qsizetype(row.size())) * each;
    }
    template <typename Row>
    static qsizetype rowBytes(const Row &row, long)
    {
        return qsizetype(row.size()) * qsizetype(sizeof(typename Row::value_type));
    }
};

template <>
struct SyncByteSize<QVariant>
{
    static qsizetype of(const QVariant &value) { return SyncMapInternal::variantBytes(value); }
};

template <typename A, typename B>
struct SyncByteSize<std::pair<A, B>,
                    std::enable_if_t<!std::is_trivially_copyable_v<std::pair<A, B>>>>
{
    static qsizetype of(const std::pair<A, B> &value)
    {
        return SyncMapInternal::addBytes(SyncByteSize<std::remove_const_t<A>>::of(value.first),
                                         SyncByteSize<B>::of(value.second));
    }
};

template <typename T>
struct SyncByteSize<std::optional<T>, std::enable_if_t<!std::is_trivially_copyable_v<T>>>
{
    static qsizetype of(const std::optional<T> &value)
    {
        return value ? SyncByteSize<T>::of(*value) : qsizetype(sizeof(value));
    }
};

template <typename T>
struct SyncByteSize<std::shared_ptr<T>>
{
    static qsizetype of(const std::shared_ptr<T> &value)
    {
        return SyncMapInternal::addBytes(
                sizeof(value), value ? SyncByteSize<std::remove_const_t<T>>::of(*value) : 0);
    }
};

template <typename T>
struct SyncByteSize<std::unique_ptr<T>>
{
    static qsizetype of(const std::unique_ptr<T> &value)
    {
        return SyncMapInternal::addBytes(
                sizeof(value), value ? SyncByteSize<std::remove_const_t<T>>::of(*value) : 0);
    }
};

/*!
    \relates SyncByteSize
    From now on, values of type \c T are weighed by SyncByteSize also within a QVariant. Any thread.

    \code
    syncRegisterVariantSize<QImage>(); // links Qt Gui in the application, not in this library
    \endcode
*/
template <typename T>
void syncRegisterVariantSize()
{
    SyncMapInternal::registerVariantBytes(QMetaType::fromType<T>(), [](const void *value) {
        return SyncByteSize<T>::of(*static_cast<const T *>(value));
    });
}
