// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qhash.h>

//! [model]
class PriceModel : public QAbstractListModel
{
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

    // Called for each write of a worker, by a queued connection.
    void setPrice(const QString &name, double price);

private:
    QStringList m_names;
    QHash<QString, double> m_prices;
};
//! [model]
