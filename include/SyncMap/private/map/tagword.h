// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qalgorithms.h>

// Eight tags of one byte in a word, compared all at once. A tag is 0 for an empty slot, 1 for a
// deleted one, and 0x80 with seven bits of the hash for a live one. (The idea is Abseil's and
// Boost's; a word instead of a vector register, since a 16-byte load beside atomic stores of a byte
// is a data race.)
namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {
namespace TagWord {

inline constexpr quint64 Lows = Q_UINT64_C(0x0101010101010101);
inline constexpr quint64 Highs = Q_UINT64_C(0x8080808080808080);
inline constexpr quint8 Empty = 0;
inline constexpr quint8 Deleted = 1;

// The high bit of each byte that equals \a tag.
inline quint64 matches(quint64 word, quint8 tag) noexcept
{
    const quint64 differing = word ^ (Lows * tag);
    return ~(((differing & ~Highs) + ~Highs) | differing | ~Highs);
}
inline quint64 lives(quint64 word) noexcept
{
    return word & Highs;
}
// A bit for each byte that is live, and back: the highest bits of the bytes.
inline quint8 packedLives(quint64 word) noexcept
{
    // Bit 8i of the factor's other operand comes to bit 56 + i, and to no place twice.
    return quint8((((word & Highs) >> 7) * Q_UINT64_C(0x0102040810204080)) >> 56);
}
inline quint64 unpackedLives(quint8 lives) noexcept
{
    // Byte i keeps bit i, and whatever it has moves to its highest.
    const quint64 apart = (Lows * lives) & Q_UINT64_C(0x8040201008040201);
    return (apart + ~Highs) & Highs;
}
inline quint64 empties(quint64 word) noexcept
{
    return ~word & ~(word << 7) & Highs;
}
// The byte of the lowest bit that is set.
inline int firstOf(quint64 bits) noexcept
{
    return int(qCountTrailingZeroBits(bits)) / 8;
}
inline quint64 with(quint64 word, int byte, quint8 tag) noexcept
{
    const int shift = byte * 8;
    return (word & ~(quint64(0xff) << shift)) | (quint64(tag) << shift);
}

} // namespace TagWord
} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
