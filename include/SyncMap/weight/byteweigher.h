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
    of elements; pairs, optionals and containers of what is known; QVariant, by what it holds; and
    whatever has a \c sizeInBytes(), such as QImage. For other types, specialise SyncByteSize, and
    for types within a QVariant, call syncRegisterVariantSize().
*/
template <typename T>
struct SyncByteWeigher
{
    static constexpr qsizetype EntryBytes = 128;

    template <typename Key>
    qsizetype operator()(const Key &key, const T &value) const
    {
        using SyncMapInternal::addBytes;
        return addBytes(EntryBytes,
                        addBytes(SyncByteSize<Key>::of(key), SyncByteSize<T>::of(value)));
    }
};
