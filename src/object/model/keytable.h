// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qhashfunctions.h>
#include <QtCore/qstring.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Texts, and what is known of each. Elements do not move.
//
// Grows and shrinks by one bucket at a time (linear hashing; Litwin, 1980): no insertion takes much
// longer than another, where a table that is made anew for a million keys holds up its thread.
template <typename Value>
class KeyTable
{
public:
    struct Element
    {
        const QString key;
        Value value;

    private:
        friend class KeyTable;
        Element(QString itsKey, std::size_t hash)
            : key(std::move(itsKey)), value(), m_hash(hash) { }

        const std::size_t m_hash;
        Element *m_next = nullptr;
    };

    KeyTable() = default;
    Q_DISABLE_COPY_MOVE(KeyTable)
    ~KeyTable() { clear(); }

    std::size_t size() const noexcept { return m_size; }

    // Null if there is none.
    Element *find(const QString &key) const
    {
        if (m_size == 0)
            return nullptr;
        const std::size_t hash = hashOf(key);
        Element *element = bucket(bucketOf(hash));
        while (element && (element->m_hash != hash || element->key != key))
            element = element->m_next;
        return element;
    }
    // The key is not there yet.
    Element *insert(const QString &key)
    {
        if (m_size >= m_bucketCount)
            addBucket();
        std::unique_ptr<Element> element(new Element(key, hashOf(key)));
        push(bucketOf(element->m_hash), element.get());
        ++m_size;
        return element.release();
    }
    void remove(Element *element) { take(element); }
    // It leaves the table, and stays as long as the answer.
    std::unique_ptr<Element> take(Element *element)
    {
        Element **link = &bucket(bucketOf(element->m_hash));
        while (*link != element)
            link = &(*link)->m_next;
        *link = element->m_next;
        --m_size;
        while (m_size < m_bucketCount / 4)
            removeBucket();
        return std::unique_ptr<Element>(element);
    }
    void clear()
    {
        while (dismantle()) {
        }
        m_size = 0;
        m_mask = 0;
    }
    // A table that is of no more use ends in steps of about as many elements, which are no longer
    // found, nor counted. False if that was the last one.
    bool dismantle(std::size_t most = SegmentSize)
    {
        for (; most != 0 && m_bucketCount != 0; --most) {
            for (Element *element = bucket(--m_bucketCount); element;)
                delete std::exchange(element, element->m_next);
            if (m_bucketCount % SegmentSize == 0)
                m_segments.pop_back();
        }
        return m_bucketCount != 0;
    }

private:
    static constexpr std::size_t SegmentSize = 256;
    using Segment = std::array<Element *, SegmentSize>;

    static std::size_t hashOf(const QString &key) { return qHash(key, QHashSeed::globalSeed()); }

    Element *&bucket(std::size_t number) const
    {
        return (*m_segments[number / SegmentSize])[number % SegmentSize];
    }
    // Those that are not there yet have their elements where half of the mask leads.
    std::size_t bucketOf(std::size_t hash) const noexcept
    {
        const std::size_t number = hash & m_mask;
        return number < m_bucketCount ? number : number & (m_mask >> 1);
    }
    void push(std::size_t number, Element *element) noexcept
    {
        element->m_next = std::exchange(bucket(number), element);
    }

    // It has some of the elements of another one: those move.
    void addBucket()
    {
        if (m_bucketCount % SegmentSize == 0)
            m_segments.push_back(std::make_unique<Segment>());
        const std::size_t added = m_bucketCount++;
        bucket(added) = nullptr;
        if (added > m_mask)
            m_mask = m_mask * 2 + 1;
        if (added != 0)
            moveAll(added & (m_mask >> 1));
    }
    void removeBucket()
    {
        const std::size_t removed = --m_bucketCount;
        if (removed <= m_mask >> 1)
            m_mask >>= 1;
        moveAll(removed);
        if (m_bucketCount % SegmentSize == 0)
            m_segments.pop_back();
    }
    // To where they belong now.
    void moveAll(std::size_t from)
    {
        for (Element *element = std::exchange(bucket(from), nullptr); element;) {
            Element *const next = element->m_next;
            push(bucketOf(element->m_hash), element);
            element = next;
        }
    }

    std::vector<std::unique_ptr<Segment>> m_segments;
    std::size_t m_bucketCount = 0;
    std::size_t m_mask = 0; // one less than the power of two that has them all
    std::size_t m_size = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
