// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The first base of everything that readers may still be looking at after it was unlinked. The link
// is written by the one thread that retires the object, never while the object is reachable; its
// low bits carry the kind, so that retiring allocates nothing and an object spends one word on it.
struct alignas(8) Retired
{
    quintptr link = 0;

    static constexpr quintptr KindMask = 7; // what the alignment leaves free

    Retired *next() const noexcept
    {
        // NOLINTNEXTLINE(performance-no-int-to-ptr): a pointer that shares its word with the kind
        return reinterpret_cast<Retired *>(link & ~KindMask);
    }
    unsigned kind() const noexcept { return unsigned(link & KindMask); }

    void setNext(Retired *next) noexcept
    {
        link = reinterpret_cast<quintptr>(next) | (link & KindMask);
    }
    void setKind(unsigned kind) noexcept { link = kind; }
};

// A chain of retired objects with its size. A plain value: whoever holds it owns the objects.
struct RetiredList
{
    Retired *head = nullptr;
    Retired *tail = nullptr;
    quint64 objects = 0;
    quint64 bytes = 0;
    quint64 weight = 0; // the bytes, with a guess at what is not known

    RetiredList() = default;
    RetiredList(Retired *first, quint64 totalBytes, quint64 totalWeight) noexcept
        : head(first), bytes(totalBytes), weight(totalWeight)
    {
        for (Retired *object = first; object; object = object->next()) {
            tail = object;
            ++objects;
        }
    }

    bool isEmpty() const noexcept { return !head; }

    // Takes over \a other.
    void prepend(RetiredList &other) noexcept
    {
        if (other.head) {
            other.tail->setNext(head);
            head = other.head;
            if (!tail)
                tail = other.tail;
        }
        objects += other.objects;
        bytes += other.bytes;
        weight += other.weight;
        other = RetiredList();
    }
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
