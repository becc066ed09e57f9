// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheObject>
#include <SyncMap/SyncMap>

#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>

using namespace std::chrono_literals;

namespace {

struct User
{
    QString name;
    int visits = 0;
};

} // namespace

void mentalModel()
{
    const QString key = QStringLiteral("user/42");

    //! [three]
    SyncMap<QString, User> accounts; // keeps what it is given
    SyncCache<QString, User> seen(10000); // 10,000 of those that were looked up
    // Shared with workers, and in sight of the interface:
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("prices"), prices);
    //! [three]
    accounts.insert(key, { QStringLiteral("Ada"), 1 });

    //! [copy]
    const User user = accounts.value(key); // a copy, or a default-constructed one
    if (const std::optional<User> found = accounts.find(key)) // a copy, or none
        QCOMPARE(found->name, user.name);
    //! [copy]
    QCOMPARE(user.name, QStringLiteral("Ada"));

    //! [look]
    {
        const auto guard = accounts.guard();
        if (const auto found = accounts.get(key, guard))
            QCOMPARE(found->name.size(), 3); // no copy; stays as it is until the guard ends
    }
    //! [look]

    //! [ask]
    seen.setLoader([](const QString &asked) { return User { asked, 0 }; }); // in a pool
    QFuture<User> future = seen.getOrLoad(key); // however many ask, one loads
    //! [ask]
    QCOMPARE(future.result().name, key);

    //! [write]
    accounts.insert(key, { QStringLiteral("Ada"), 2 }); // whatever was there
    const auto [there, isNew] =
            accounts.tryInsert(key, { QStringLiteral("Bob"), 0 }); // if nothing was
    accounts.compute(key, [](const User *current) -> std::optional<User> { // of what was there
        return current ? User { current->name, current->visits + 1 } : User();
    });
    const std::optional<User> last = accounts.take(key); // and it is gone
    //! [write]
    QVERIFY(!isNew);
    QCOMPARE(there.name, QStringLiteral("Ada"));
    QVERIFY(last);
    QCOMPARE(last->name, QStringLiteral("Ada"));
    QCOMPARE(last->visits, 3);

    QObject context;
    QStringList gone;
    //! [context]
    // In the thread of the object, never after its end, and never under a lock:
    seen.onRemoved(&context, [&gone](const QString &removed, const User &, SyncCacheRemovalCause) {
        gone.append(removed);
    });
    //! [context]
    QVERIFY(seen.remove(key));
    QTRY_COMPARE(gone, QStringList { key });

    SyncCacheObject::unpublish(QStringLiteral("prices"));
}

void publishForQml()
{
    //! [publish]
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    SyncCacheObject::publish(QStringLiteral("prices"), prices); // QML: SyncCache { name: "prices" }

    // The worker has the map, and knows nothing of QObject or QML.
    QThreadPool::globalInstance()->start([prices] {
        for (int i = 0; i <= 1000; ++i)
            prices->insert(QStringLiteral("AERO"), i / 1000.0);
    });
    //! [publish]
    QThreadPool::globalInstance()->waitForDone();

    //! [follow]
    // In the thread of the interface:
    SyncCacheObject *view = SyncCacheObject::named(QStringLiteral("prices"));
    SyncCacheEntry entry(view, QStringLiteral("AERO"));
    QObject::connect(&entry, &SyncCacheEntry::valueChanged, &entry,
                     [&entry] { qInfo() << entry.key() << entry.value().toDouble(); });
    //! [follow]
    QTRY_COMPARE(entry.value().toDouble(), 1.0);
    delete view;
    SyncCacheObject::unpublish(QStringLiteral("prices"));
}
