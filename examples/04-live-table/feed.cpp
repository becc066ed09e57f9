// SPDX-License-Identifier: MIT

#include "feed.h"

#include <QtCore/qelapsedtimer.h>
#include <QtCore/qthread.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace {

constexpr int writesPerLook = 256; // at the clock
constexpr double volatility = 0.012; // of a price, in a second

QStringList someSymbols()
{
    return QStringLiteral("AERO ALPN AMBR ARCT ATLS AURA BASL BIRC BOLT BRIO CEDR CIRR COBL CORL "
                          "CRUX DELT DUNE ECHO ELMS EMBR FERN FJRD FLNT FLUX GALE GLAC HALO HAZL "
                          "INDG IRIS JADE KELP KITE LARK LUMN MAPL MIST NOVA OAKS ONYX OPAL PINE "
                          "QRTZ REEF SAGE SILT TERN TIDE VALE WREN")
            .split(u' ');
}

} // namespace

Feed::Feed(std::shared_ptr<SyncMap<QString, double>> prices)
    : m_symbols(someSymbols()), m_prices(std::move(prices))
{
    for (const QString &symbol : m_symbols)
        m_latest.insert(symbol, 0.0);
    // Queued, because the workers are other threads.
    connect(&m_usual, &OneSignalPerWrite::valueChanged, this,
            [this](const QString &key, double value) {
                m_latest.insert(key, value);
                m_usual.handled();
                ++m_signals;
            });

    // One processor is left to the interface.
    m_pool.setMaxThreadCount(std::clamp(QThread::idealThreadCount() - 1, 1, 4));
    for (int worker = 0; worker < workers(); ++worker)
        m_pool.start([this, worker] { write(worker); });
}

Feed::~Feed()
{
    m_ends = true;
    m_pool.waitForDone();
}

void Feed::setUsual(bool usual)
{
    if (m_isUsual == usual)
        return;
    for (const QString &symbol : m_symbols) { // each way begins where the other ends
        if (usual)
            m_latest.insert(symbol, m_prices->value(symbol));
        else
            m_prices->insert(symbol, m_usual.value(symbol));
    }
    m_isUsual = usual;
    Q_EMIT usualChanged();
}

double Feed::takeWrites()
{
    return double(m_writes.exchange(0, std::memory_order_relaxed));
}

double Feed::takeSignals()
{
    return std::exchange(m_signals, 0);
}

// In a worker.
void Feed::write(int worker)
{
    struct Walk
    {
        QString symbol;
        double price;
    };
    std::mt19937 random(unsigned(worker) + 7);
    std::normal_distribution<> normal;
    std::vector<Walk> walks;
    for (qsizetype i = worker; i < m_symbols.size(); i += workers())
        walks.push_back({ m_symbols[i], std::exp(4 + normal(random)) });

    QElapsedTimer clock;
    clock.start();
    size_t next = 0;
    while (!m_ends.load(std::memory_order_relaxed)) {
        const double seconds = std::min(0.1, double(clock.nsecsElapsed()) / 1e9);
        clock.restart();
        for (Walk &walk : walks)
            walk.price *= 1 + volatility * std::sqrt(seconds) * normal(random);

        const bool usual = m_isUsual.load(std::memory_order_relaxed);
        for (int i = 0; i < writesPerLook; ++i) {
            next = next + 1 < walks.size() ? next + 1 : 0;
            const Walk &walk = walks[next];
            const double price = walk.price + (i % 2) * 0.01; // so that each write is a change
            if (usual)
                m_usual.insert(walk.symbol, price);
            else
                m_prices->insert(walk.symbol, price);
        }
        m_writes.fetch_add(writesPerLook, std::memory_order_relaxed);
    }
}
