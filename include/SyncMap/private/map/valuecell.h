// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Values that fit into one lock-free atomic are overwritten where they are: allocating for each
// overwrite was measured at nine times the cost. All others are immutable once published; replacing
// one publishes a new node.
template <typename T>
inline constexpr bool isOverwrittenInPlace =
        std::is_trivially_copyable_v<T> &&
                std::is_copy_constructible_v<T> && sizeof(T) <= sizeof(quint64);

// The smallest unsigned integer that holds the bytes of a T.
template <std::size_t Size>
using RawFor = std::conditional_t<
        Size == 1, quint8,
        std::conditional_t<Size == 2, quint16, std::conditional_t<(Size <= 4), quint32, quint64>>>;

template <typename T>
using Raw = RawFor<sizeof(T)>;

template <typename T>
Raw<T> toRaw(const T &value) noexcept
{
    Raw<T> raw = 0;
    std::memcpy(&raw, static_cast<const void *>(std::addressof(value)), sizeof(T));
    return raw;
}

/*
    What SyncMap::get() returns for a value that the map overwrites in place: pointer-like, but
    holding the value that was loaded once. A pointer into the map could show a different value each
    time it is followed.

    To follow it gives a copy, so that a reference that is bound to it does not dangle when this
    object was a temporary one, and nobody takes the address of what is not in the map.
*/
template <typename T>
class LoadedValue
{
public:
    constexpr LoadedValue() noexcept = default;
    constexpr LoadedValue(std::nullptr_t) noexcept { }
    explicit LoadedValue(Raw<T> raw) noexcept : m_present(true)
    {
        std::memcpy(static_cast<void *>(m_bytes), &raw, sizeof(T));
    }

    explicit operator bool() const noexcept { return m_present; }
    T operator*() const noexcept
    {
        Q_ASSERT(m_present);
        return value();
    }
    // Valid as long as this object, or the expression that it is a temporary one of.
    const T *operator->() const noexcept
    {
        Q_ASSERT(m_present);
        return std::addressof(value());
    }

    friend bool operator==(const LoadedValue &value, std::nullptr_t) noexcept
    {
        return !value.m_present;
    }
    friend bool operator!=(const LoadedValue &value, std::nullptr_t) noexcept
    {
        return value.m_present;
    }
    friend bool operator==(std::nullptr_t, const LoadedValue &value) noexcept
    {
        return !value.m_present;
    }
    friend bool operator!=(std::nullptr_t, const LoadedValue &value) noexcept
    {
        return value.m_present;
    }

private:
    template <typename, typename, bool>
    friend class ValueCell;

    // Only of one that is not null.
    const T &value() const noexcept { return *std::launder(reinterpret_cast<const T *>(m_bytes)); }

    alignas(T) unsigned char m_bytes[sizeof(T)] = {};
    bool m_present = false;
};

// A value that never changes.
template <typename T, typename Traits, bool InPlace = isOverwrittenInPlace<T>>
class ValueCell
{
public:
    using ConstPointer = const T *;
    using Observed = const T *; // what a writer saw, to recognise it again

    explicit ValueCell(T &&value) : m_value(std::move(value)) { }
    explicit ValueCell(const T &value) : m_value(value) { }
    template <typename... Arguments>
    explicit ValueCell(std::in_place_t, Arguments &&...arguments)
        : m_value(std::forward<Arguments>(arguments)...)
    {
    }

    ConstPointer pointer() const noexcept { return std::addressof(m_value); }
    Observed observe() const noexcept { return std::addressof(m_value); }
    static const T &valueOf(const Observed &observed) noexcept { return *observed; }
    bool isStill(const Observed &) const noexcept { return true; }
    // Before the node is published, or when nobody looks at it any more.
    T &mutableValue() noexcept { return m_value; }

private:
    T m_value;
};

// A value in one lock-free atomic.
template <typename T, typename Traits>
class ValueCell<T, Traits, true>
{
public:
    using ConstPointer = LoadedValue<T>;

    class Observed
    {
    public:
        Observed() = default;
        explicit Observed(Raw<T> raw) noexcept : m_raw(raw), m_value(raw) { }
        Raw<T> raw() const noexcept { return m_raw; }
        const T &value() const noexcept { return m_value.value(); }

    private:
        Raw<T> m_raw = 0;
        LoadedValue<T> m_value;
    };

    explicit ValueCell(const T &value) noexcept : m_raw(toRaw(value)) { }
    template <typename... Arguments>
    explicit ValueCell(std::in_place_t, Arguments &&...arguments)
        : ValueCell(T(std::forward<Arguments>(arguments)...))
    {
    }
    ValueCell(const ValueCell &other) noexcept : m_raw(other.load()) { }
    ValueCell &operator=(const ValueCell &) = delete;
    ~ValueCell() = default;

    ConstPointer pointer() const noexcept { return LoadedValue<T>(load()); }
    Observed observe() const noexcept { return Observed(load()); }
    static const T &valueOf(const Observed &observed) noexcept { return observed.value(); }
    // Compares bits, not values: a NaN or differing padding must not make a writer believe for ever
    // that somebody else was faster.
    bool isStill(const Observed &observed) const noexcept { return load() == observed.raw(); }

    // Only for the holder of the shard's lock.
    void store(Raw<T> raw) noexcept
    {
        // [value] release: who reads the value sees what its writer did before.
        m_raw.store(raw, std::memory_order_release);
    }

private:
    Raw<T> load() const noexcept
    {
        // [value] acquire: pairs with store().
        return m_raw.load(std::memory_order_acquire);
    }

    typename Traits::template Atomic<Raw<T>> m_raw;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
