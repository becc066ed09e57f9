// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <memory>
#include <type_traits>

namespace SyncMapInternal {

template <typename T, typename = void>
struct HasSizeInBytes : std::false_type
{
};
template <typename T>
struct HasSizeInBytes<T, std::void_t<decltype(quint64(std::declval<const T &>().sizeInBytes()))>>
    : std::true_type
{
};

template <typename T, typename = void>
struct IsContiguous : std::false_type
{
};
template <typename T>
struct IsContiguous<
        T,
        std::void_t<typename T::value_type, decltype(quint64(std::declval<const T &>().size())),
                    decltype(std::declval<const T &>().data())>> : std::true_type
{
};

// What a value keeps on the heap, roughly: strings, byte arrays, lists and vectors by their length,
// images by sizeInBytes(), anything else 0. Reclamation uses it to notice that a few retired
// objects hold many megabytes. noexcept: it is asked when the object is already unlinked.
template <typename T>
quint64 payloadBytes(const T &value) noexcept
{
    if constexpr (std::is_trivially_copyable_v<T>)
        return 0; // also views, which own nothing
    else if constexpr (HasSizeInBytes<T>::value)
        return quint64(value.sizeInBytes());
    else if constexpr (IsContiguous<T>::value)
        return quint64(value.size()) * sizeof(typename T::value_type);
    else
        return 0;
}

template <typename T>
quint64 payloadBytes(const std::unique_ptr<T> &value) noexcept
{
    if constexpr (std::is_void_v<T> || std::is_array_v<T> || std::is_polymorphic_v<T>)
        return 0;
    else
        return value ? sizeof(T) + payloadBytes(*value) : 0;
}

template <typename T>
quint64 payloadBytes(const std::shared_ptr<T> &) noexcept
{
    return 0; // others may hold it
}

} // namespace SyncMapInternal
