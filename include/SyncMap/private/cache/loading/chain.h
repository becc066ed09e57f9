// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a Chain keeps in each of its items.
template <typename Item>
struct ChainLinks
{
    Item *previous = nullptr;
    Item *next = nullptr;
    bool isThere = false;
};

// A list whose items have its links: to enter and to leave takes constant time and no memory. Who is
// on it is kept by others.
template <typename Item, ChainLinks<Item> Item::*Links>
class Chain
{
public:
    Chain() = default;
    Q_DISABLE_COPY(Chain)
    Chain(Chain &&other) noexcept { swap(other); }
    Chain &operator=(Chain &&) = delete;
    ~Chain() = default;

    bool isEmpty() const noexcept { return !m_first; }
    Item *first() const noexcept { return m_first; }
    static Item *next(const Item &item) noexcept { return (item.*Links).next; }
    static bool isThere(const Item &item) noexcept { return (item.*Links).isThere; }

    void append(Item &item) noexcept
    {
        item.*Links = { m_last, nullptr, true };
        (m_last ? (m_last->*Links).next : m_first) = &item;
        m_last = &item;
    }
    void prepend(Item &item) noexcept
    {
        item.*Links = { nullptr, m_first, true };
        (m_first ? (m_first->*Links).previous : m_last) = &item;
        m_first = &item;
    }
    void remove(Item &item) noexcept
    {
        const ChainLinks<Item> &links = item.*Links;
        (links.previous ? (links.previous->*Links).next : m_first) = links.next;
        (links.next ? (links.next->*Links).previous : m_last) = links.previous;
        item.*Links = {};
    }
    void swap(Chain &other) noexcept
    {
        qSwap(m_first, other.m_first);
        qSwap(m_last, other.m_last);
    }

private:
    Item *m_first = nullptr;
    Item *m_last = nullptr;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
