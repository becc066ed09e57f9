// SPDX-License-Identifier: MIT
#include "frommodel.h"

#include "snippets.h"

#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>
#include <SyncMap/SyncMap>

#include <QtCore/qsortfilterproxymodel.h>
#include <QtCore/qthreadpool.h>
#include <QtTest/qtest.h>
#include <QtWidgets/qtableview.h>

//! [functions]
int PriceModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_names.size());
}

QVariant PriceModel::data(const QModelIndex &index, int role) const
{
    if (role != Qt::DisplayRole)
        return {};
    const QString &name = m_names.at(index.row());
    return QStringLiteral("%1: %2").arg(name).arg(m_prices.value(name));
}

void PriceModel::setPrice(const QString &name, double price)
{
    if (m_prices.contains(name)) {
        m_prices.insert(name, price);
        const QModelIndex changed = index(int(m_names.indexOf(name)));
        emit dataChanged(changed, changed); // and the view paints each
    } else {
        beginInsertRows({}, int(m_names.size()), int(m_names.size()));
        m_names.append(name);
        m_prices.insert(name, price);
        endInsertRows();
    }
}
//! [functions]

void comeFromModel()
{
    PriceModel before;
    before.setPrice(QStringLiteral("AERO"), 1);
    before.setPrice(QStringLiteral("AERO"), 2);
    QCOMPARE(before.index(0).data().toString(), QStringLiteral("AERO: 2"));

    //! [syncmap]
    const auto prices = std::make_shared<SyncMap<QString, double>>();
    QThreadPool::globalInstance()->start([prices] {
        // As fast as it can:
        for (int i = 0; i <= 100000; ++i)
            prices->insert(QStringLiteral("AERO"), i);
    });

    // Rows come, change and go with the map, a batch per frame.
    SyncCacheModel model;
    model.setCache(SyncCacheObject::wrap(prices, &model));
    //! [syncmap]
    QThreadPool::globalInstance()->waitForDone();
    QTRY_COMPARE(model.count(), 1);
    QTRY_COMPARE(model.index(0, SyncCacheModel::ValueColumn).data().toDouble(), 100000.0);

    //! [sorted]
    QSortFilterProxyModel sorted;
    sorted.setSourceModel(&model);
    // That loads nothing; Qt::DisplayRole would load every row.
    sorted.setSortRole(Qt::EditRole);
    sorted.sort(SyncCacheModel::ValueColumn, Qt::DescendingOrder);
    QTableView view;
    view.setModel(&sorted);
    //! [sorted]
    prices->insert(QStringLiteral("ZINC"), 200000);
    QTRY_COMPARE(sorted.rowCount(), 2);
    QTRY_COMPARE(sorted.index(0, SyncCacheModel::KeyColumn).data().toString(),
                 QStringLiteral("ZINC"));
}
