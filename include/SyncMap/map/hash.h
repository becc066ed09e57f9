// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qhashfunctions.h>

#include <SyncMap/reclamation/syncmapglobal.h>

#include <type_traits>

#if defined(_MSC_VER) && defined(_M_X64)
#  include <intrin.h>
#endif

namespace SyncMapInternal {

// A random number for each map, also where QT_HASH_SEED makes Qt's own seed constant.
SYNCMAP_EXPORT quint64 randomSeed() noexcept;

// The number of shards up to which contention alone makes a map split: four per processor.
SYNCMAP_EXPORT quint32 contentionShards() noexcept;

// qHash() overloads of applications are often weak (the identity, a sum), and on 32-bit systems
// they have 32 bits. The engine takes the top bits of a hash for the shard, the middle ones for the
// tag and the low ones for the group, so every bit has to depend on every bit of the key: the
// folded 128-bit product with an odd constant does that for one multiplication (the "mum" of Wang
// Yi's wyhash). The seed comes in once more, for the overloads that ignore it.
inline quint64 finalizedHash(quint64 hash, quint64 seed) noexcept
{
    constexpr quint64 multiplier = Q_UINT64_C(0x9e3779b97f4a7c15); // 2^64 / golden ratio
    hash ^= seed;
#if defined(__SIZEOF_INT128__)
    __extension__ using Product = unsigned __int128;
    const auto product = Product(hash) * multiplier;
    return quint64(product) ^ quint64(product >> 64);
#elif defined(_MSC_VER) && defined(_M_X64)
    quint64 high;
    const quint64 low = _umul128(hash, multiplier, &high);
    return low ^ high;
#else
    // The finaliser of MurmurHash3 (Austin Appleby).
    hash = (hash ^ (hash >> 33)) * Q_UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * Q_UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
#endif
}

// The same for a number as it is, which qHash() has not mixed. The product alone would leave keys
// that are multiples of 2^16 or 2^32 an eighth of the groups, or of the shards: fold it once more,
// and multiply (by a factor of MurmurHash3).
inline quint64 hashOfNumber(quint64 number, quint64 seed) noexcept
{
    const quint64 hash = finalizedHash(number, seed);
    return (hash ^ (hash >> 29)) * Q_UINT64_C(0xff51afd7ed558ccd);
}

// Keys whose bits are all that counts for ==.
template <typename Key>
inline constexpr bool isNumberOrPointer =
        std::disjunction_v<std::is_integral<Key>, std::is_pointer<Key>>;

template <typename Key>
quint64 bitsOf(Key key) noexcept
{
    if constexpr (std::is_pointer_v<Key>)
        return quint64(reinterpret_cast<quintptr>(key));
    else
        return quint64(key);
}

// The bits of a finalised hash, by use.
inline constexpr int TagShift = 32; // 7 bits from here; below them, the group within a table
inline constexpr int MaxShardDepth = 24; // top bits, for the directory

inline quint8 tagOf(quint64 hash) noexcept
{
    return quint8(0x80 | ((hash >> TagShift) & 0x7f));
}

} // namespace SyncMapInternal
