// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/weight/bytesize.h>

/*!
    \class SyncByteWeigher
    \inmodule SyncMap
    \brief Weighs entries of a SyncCache in bytes.

    \code
    SyncCache<QString, QImage> images(64 * 1024 * 1024); // 64 MiB
    images.setWeigher(SyncByteWeigher<QImage>());
    \endcode

    A cost is the size of key and value with what they keep on the heap, and 128 bytes for the entry
    around them. What is shared implicitly counts in full: the cache may be the last to hold it.

    Known are arithmetic types and others without a heap; QString, QByteArray, and what else is a row
    of elements; containers of what is known; pairs, tuples, optionals, variants, smart pointers to
    it, and plain structs of up to twelve members of it; QVariant, by what it holds; whatever has a
    \c sizeInBytes(), such as QImage; and QUrl, QDateTime, QTimeZone, QLocale and QRegularExpression,
    at a guess. For other types, specialise SyncByteSize, and for types within a QVariant, call
    syncRegisterVariantSize().

    Of a container, 16 elements stand for all, three levels deep, so that weighing takes no longer for
    a larger one. If a few elements hold most of the bytes, the sample may miss them, or take all for
    such ones: with \c SyncByteSizing::Exact each element is asked.
*/
template <typename T>
struct SyncByteWeigher
{
    static constexpr qsizetype EntryBytes = 128;

    constexpr SyncByteWeigher() noexcept = default;
    constexpr explicit SyncByteWeigher(SyncByteSizing sizing) noexcept : m_sizing(sizing) { }

    template <typename Key>
    qsizetype operator()(const Key &key, const T &value) const
    {
        using SyncMapInternal::addBytes;
        using SyncMapInternal::weigh;
        return addBytes(EntryBytes, addBytes(weigh(key, m_sizing), weigh(value, m_sizing)));
    }

private:
    SyncByteSizing m_sizing = SyncByteSizing::Sampled;
};
