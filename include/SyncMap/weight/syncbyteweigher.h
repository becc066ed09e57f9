// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/weight/syncbytesize.h>

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

    Known are

    \list
    \li arithmetic types, enumerations, plain pointers and others with a trivial destructor, which
        count as what sizeof tells;
    \li QString, QByteArray, QBitArray, QList, QStack, QQueue, QVarLengthArray, QPolygon, QPolygonF,
        QMap, QMultiMap, QHash, QMultiHash and QSet;
    \li the strings and containers of the standard library, but for \c std::forward_list,
        \c std::valarray and adaptors such as \c std::queue;
    \li \c std::pair, \c std::tuple, \c std::optional and \c std::variant;
    \li \c std::unique_ptr without a deleter of its own, \c std::shared_ptr and QSharedPointer, to
        one object that is not polymorphic, or has a \c sizeInBytes();
    \li plain structs, without bases, of up to twelve members: aggregates, by the language standard
        of the file that asks (a struct with a defaulted constructor is one in C++17 only);
    \li QVariant, by what it holds;
    \li whatever has a \c sizeInBytes(), such as QImage;
    \li QUrl, QDateTime, QTimeZone, QLocale and QRegularExpression, at a guess.
    \endlist

    What these hold must be known, too. Not known are classes of your own, or of another library,
    that derive from a container or look like one, since they may hold more than it shows. For these
    and all others, specialise SyncByteSize, or the weigher does not compile; for types within a
    QVariant, call syncRegisterVariantSize().

    Of a container, 16 elements stand for all, three levels deep, so that weighing takes no longer
    for a larger one. If a few elements hold most of the bytes, the sample may miss them, or take
    all for such ones; and of a QHash, QMultiHash or QSet with room for far more entries than there
    are, no entry is looked at. With \c SyncByteSizing::Exact each element is asked.

    The thread that weighs reads also what a shared pointer leads to: nobody may be changing that
    meanwhile, nor what a \c std::unique_ptr owns.
*/
template <typename T>
struct SyncByteWeigher
{
    /*! What the entry around key and value is counted as. */
    static constexpr qsizetype EntryBytes = 128;

    /*! One that takes some elements of a container for all. */
    constexpr SyncByteWeigher() noexcept = default;
    /*! One that measures as \a sizing says. */
    constexpr explicit SyncByteWeigher(SyncByteSizing sizing) noexcept : m_sizing(sizing) { }

    /*! The bytes of an entry with \a key and \a value. */
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
