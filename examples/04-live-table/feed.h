// SPDX-License-Identifier: MIT

#pragma once

#include "onesignalperwrite.h"

#include <SyncMap/SyncMap>

#include <QtCore/qthreadpool.h>
#include <QtQml/qqml.h>
#include <QtQml/qqmlpropertymap.h>

#include <atomic>
#include <memory>

class LatestPrices : public QQmlPropertyMap
{
    Q_OBJECT

public:
    LatestPrices() : QQmlPropertyMap(this, nullptr) { }
};

// Workers that write the prices of some symbols as fast as they can, each worker those of its own:
// into a SyncMap, or in the usual way, for comparison.
class Feed : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("It is made in main.cpp")
    Q_PROPERTY(QStringList symbols READ symbols CONSTANT FINAL)
    Q_PROPERTY(int workers READ workers CONSTANT FINAL)
    Q_PROPERTY(bool usual READ isUsual WRITE setUsual NOTIFY usualChanged FINAL)
    Q_PROPERTY(QObject *latest READ latest CONSTANT FINAL) // prices, in the usual way

public:
    explicit Feed(std::shared_ptr<SyncMap<QString, double>> prices);
    ~Feed() override;

    QStringList symbols() const { return m_symbols; }
    int workers() const { return m_pool.maxThreadCount(); }
    bool isUsual() const { return m_isUsual; }
    void setUsual(bool usual);
    QObject *latest() { return &m_latest; }

    Q_INVOKABLE double takeWrites(); // since the last call
    Q_INVOKABLE double takeSignals(); // delivered since the last call
    Q_INVOKABLE void frameDrawn() { m_usual.frameDrawn(); }

Q_SIGNALS:
    void usualChanged();

private:
    void write(int worker);

    const QStringList m_symbols;
    const std::shared_ptr<SyncMap<QString, double>> m_prices;
    OneSignalPerWrite m_usual;
    LatestPrices m_latest;
    double m_signals = 0;
    std::atomic<bool> m_isUsual = false;
    std::atomic<bool> m_ends = false;
    std::atomic<quint64> m_writes = 0;
    QThreadPool m_pool;
};
