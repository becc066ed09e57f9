// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/object/value/value.h>

#include <QtCore/qobject.h>

#include <utility>

// Whom a promise tells how it has ended. The engine's, and held by the promise: if it is collected,
// nobody will say.
class PromiseWatch : public QObject
{
    Q_OBJECT

public:
    explicit PromiseWatch(SyncMapInternal::OnSettled settled) : m_settled(std::move(settled)) { }
    ~PromiseWatch() override;

    // False if \a promise is none.
    static bool watch(const QVariant &promise, const QObject *where,
                      const SyncMapInternal::OnSettled &settled);

    Q_INVOKABLE void fulfill(const QVariant &value = {});
    Q_INVOKABLE void reject(const QVariant &reason = {});

private:
    void settle(const SyncMapInternal::Settlement &how);

    SyncMapInternal::OnSettled m_settled; // empty once it is called
};
