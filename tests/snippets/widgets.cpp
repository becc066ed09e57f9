// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>
#include <SyncMap/SyncCacheEntry>
#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>
#include <QtWidgets/qlabel.h>
#include <QtWidgets/qtableview.h>

using namespace std::chrono_literals;

void startInWidgets()
{
    //! [worker]
    // What workers fill; it lives as long as somebody holds it.
    const auto temperatures = std::make_shared<SyncMap<QString, double>>();
    QThreadPool::globalInstance()->start([temperatures] {
        for (int i = 0; i <= 500; ++i)
            temperatures->insert(QStringLiteral("boiler"), i / 10.0);
    });
    //! [worker]

    //! [label]
    auto *window = new QWidget;
    SyncCacheObject *shown = SyncCacheObject::wrap(temperatures, window);

    auto *label = new QLabel(window);
    auto *boiler = new SyncCacheEntry(shown, QStringLiteral("boiler"), label);
    const auto show = [label, boiler] {
        label->setText(QStringLiteral("%1 °C").arg(boiler->value().toDouble(), 0, 'f', 1));
    };
    QObject::connect(boiler, &SyncCacheEntry::valueChanged, label, show);
    show(); // what is there already
    //! [label]

    //! [table]
    auto *model = new SyncCacheModel(window);
    model->setCache(shown);
    auto *table = new QTableView(window);
    table->setModel(model); // a row for each key: key, value, status
    //! [table]
    const std::unique_ptr<QWidget> owner(window);
    QThreadPool::globalInstance()->waitForDone();
    QTRY_COMPARE(label->text(), QStringLiteral("50.0 °C"));
    QTRY_COMPARE(model->count(), 1);

    //! [fields]
    const auto people = std::make_shared<SyncCache<QString, QVariant>>();
    people->insert(QStringLiteral("1"),
                   QVariantMap { { QStringLiteral("name"), QStringLiteral("Ada") },
                                 { QStringLiteral("age"), 36 } });
    SyncCacheModel columns;
    columns.setCache(SyncCacheObject::wrap(people, &columns));
    columns.setFields({ QStringLiteral("key"), QStringLiteral("name"), QStringLiteral("age") });
    //! [fields]
    QTRY_COMPARE(columns.count(), 1);
    QCOMPARE(columns.columnCount(), 3);
    QCOMPARE(columns.index(0, 1).data().toString(), QStringLiteral("Ada"));
}

void showToInterface()
{
    const auto users = std::make_shared<SyncCache<QString, QString>>();
    users->setLoader([](const QString &key) -> QString {
        if (key == u"nobody")
            return {};
        return QStringLiteral("the name of ") + key;
    });
    QObject window;
    SyncCacheObject *cache = SyncCacheObject::wrap(users, &window);
    QStringList said;

    //! [entry]
    SyncCacheEntry entry(cache, QStringLiteral("42")); // has it loaded, and keeps showing it
    QObject::connect(&entry, &SyncCacheEntry::statusChanged, &entry, [&entry, &said] {
        switch (entry.status()) {
        case SyncCacheEntry::Loading:
            said.append(QStringLiteral("…"));
            break;
        case SyncCacheEntry::Ready:
            said.append(entry.value().toString());
            break;
        case SyncCacheEntry::Error:
            said.append(entry.errorString());
            break;
        default: // Null: there is no such thing
            said.append(QString());
        }
    });
    //! [entry]
    QTRY_COMPARE(entry.value().toString(), QStringLiteral("the name of 42"));
    QTRY_COMPARE(said.value(said.size() - 1), QStringLiteral("the name of 42"));

    //! [prefetch]
    cache->prefetch({ QStringLiteral("43"), QStringLiteral("44") }); // before they are scrolled to
    //! [prefetch]
    QTRY_COMPARE(users->size(), 3);
}
