// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/inlinenode.h>

#include <QtCore/qhashfunctions.h>

// How badly the keys of an application may hash.
enum class Hashing : quint8 {
    Normal,
    Constant, // all alike
    TwoBits, // four hashes for all keys
    Seedless, // an overload of qHash() with one argument
};

// A number that hashes so. Its entries lie in nodes, or else in the tables, as those of a plain
// number would.
template <Hashing hashing, bool inTables = false>
struct HashedKey
{
    int number = 0;

    friend bool operator==(HashedKey a, HashedKey b) noexcept { return a.number == b.number; }
    friend size_t qHash(HashedKey key, size_t seed) noexcept
    {
        if constexpr (hashing == Hashing::Constant)
            return 7;
        else if constexpr (hashing == Hashing::TwoBits)
            return size_t(key.number & 3);
        else
            return ::qHash(key.number, seed);
    }
};

template <bool inTables>
struct HashedKey<Hashing::Seedless, inTables>
{
    int number = 0;

    friend bool operator==(HashedKey a, HashedKey b) noexcept { return a.number == b.number; }
    friend size_t qHash(HashedKey key) noexcept { return size_t(key.number); }
};

template <Hashing hashing, typename T>
inline constexpr bool SyncMapInternal::isInline<HashedKey<hashing, true>, T> =
        SyncMapInternal::isOverwrittenInPlace<T>;
