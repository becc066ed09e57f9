// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qhashfunctions.h>

// How badly the keys of an application may hash.
enum class Hashing : quint8 {
    Normal,
    Constant, // all alike
    TwoBits, // four hashes for all keys
    Seedless, // an overload of qHash() with one argument
};

// A number that hashes so.
template <Hashing hashing>
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

template <>
struct HashedKey<Hashing::Seedless>
{
    int number = 0;

    friend bool operator==(HashedKey a, HashedKey b) noexcept { return a.number == b.number; }
    friend size_t qHash(HashedKey key) noexcept { return size_t(key.number); }
};
