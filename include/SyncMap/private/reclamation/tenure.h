// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmutex.h>

#include <condition_variable>
#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The use of something that somebody else may destroy at any time: its destructor closes the tenure,
// which waits until nobody is within a use any more; from then on there is none.
//
// Whoever closes from within a use of his own is not waited for: a callback may destroy what called
// it. Then the use knows afterwards that the tenure is over.
class SYNCMAP_EXPORT TenureBase
{
public:
    // With a reason why there is nothing to wait for, nothing is counted.
    enum class Counting : quint8 { Uses, Nothing };
    explicit TenureBase(Counting counting = Counting::Uses);
    ~TenureBase();
    Q_DISABLE_COPY_MOVE(TenureBase)

    // By the destructor of what is used.
    void close();
    bool isClosed() const;
    // This thread is within a use.
    bool isUsedHere() const noexcept { return usesOfThisThread() != 0; }

    // On the stack.
    class SYNCMAP_EXPORT UseBase
    {
    public:
        explicit UseBase(TenureBase &tenure);
        Q_DISABLE_COPY_MOVE(UseBase)
        ~UseBase();

        bool hasBegun() const noexcept { return m_hasBegun; }

    private:
        friend class TenureBase;
        TenureBase &m_tenure;
        bool m_hasBegun = true;
        UseBase *m_outer = nullptr; // of the same thread
    };

private:
    int usesOfThisThread() const noexcept;

    const Counting m_counting;
    mutable QMutex m_mutex;
    std::condition_variable_any m_unused;
    int m_uses = 0;
    bool m_isClosed = false;
};

// Of an object that somebody else owns, or of one that lives as long as its tenure.
template <typename Object>
class Tenure : public TenureBase
{
public:
    explicit Tenure(Object *object) noexcept : m_object(object) { }
    explicit Tenure(std::shared_ptr<Object> owner) noexcept
        : TenureBase(Counting::Nothing), m_object(owner.get()), m_owner(std::move(owner))
    {
    }

    class Use : public UseBase
    {
    public:
        explicit Use(Tenure &tenure)
            : UseBase(tenure), m_object(hasBegun() ? tenure.m_object : nullptr)
        {
        }
        Q_DISABLE_COPY_MOVE(Use)
        ~Use() = default;

        explicit operator bool() const noexcept { return m_object; }
        Object *operator->() const noexcept { return m_object; }
        Object &operator*() const noexcept { return *m_object; }

    private:
        Object *const m_object;
    };

    const std::shared_ptr<Object> &owner() const noexcept { return m_owner; }
    const void *identity() const noexcept { return m_object; }

private:
    Object *const m_object;
    const std::shared_ptr<Object> m_owner;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
