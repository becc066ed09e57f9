// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncMap>

#include <QtCore/qhash.h>
#include <QtCore/qreadwritelock.h>
#include <QtTest/qtest.h>

namespace {

//! [qhash]
class Sessions
{
public:
    void visit(const QString &user)
    {
        const QWriteLocker locker(&m_lock);
        ++m_visits[user];
    }
    int visits(const QString &user) const
    {
        const QReadLocker locker(&m_lock);
        return m_visits.value(user);
    }
    void forgetRare()
    {
        const QWriteLocker locker(&m_lock); // everybody waits
        const auto isRare = [](const auto &entry) { return entry.value() < 2; };
        m_visits.removeIf(isRare);
    }
    QStringList users() const
    {
        const QReadLocker locker(&m_lock);
        return m_visits.keys();
    }

private:
    mutable QReadWriteLock m_lock;
    QHash<QString, int> m_visits;
};
//! [qhash]

//! [syncmap]
class SyncSessions
{
public:
    void visit(const QString &user)
    {
        const auto next = [](const int *count) -> std::optional<int> {
            return (count ? *count : 0) + 1;
        };
        m_visits.compute(user, next);
    }
    int visits(const QString &user) const
    {
        return m_visits.value(user); // takes no lock
    }
    void forgetRare()
    {
        // Nobody waits; each that goes was rare at that moment.
        const auto isRare = [](const QString &, int count) { return count < 2; };
        m_visits.removeIf(isRare);
    }
    QStringList users() const { return m_visits.keys(); }

private:
    SyncMap<QString, int> m_visits;
};
//! [syncmap]

template <typename Any>
void visitAndForget(Any &sessions)
{
    sessions.visit(QStringLiteral("ada"));
    sessions.visit(QStringLiteral("ada"));
    sessions.visit(QStringLiteral("bob"));
    QCOMPARE(sessions.visits(QStringLiteral("ada")), 2);
    sessions.forgetRare();
    QCOMPARE(sessions.users(), QStringList { QStringLiteral("ada") });
}

} // namespace

void comeFromQHash()
{
    Sessions before;
    visitAndForget(before);
    SyncSessions after;
    visitAndForget(after);
}
