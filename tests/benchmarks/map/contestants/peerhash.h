// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qhashfunctions.h>

namespace Benchmark {

// qHash with a seed, for those that do not come from Qt: the same function as SyncMap and QHash
// call, in which every bit of a quint64 or a text reaches every bit of the result.
template <typename Key>
struct PeerHash
{
    using is_avalanching = void; // as Boost asks; without it, Boost would mix once more

    size_t operator()(const Key &key) const noexcept { return qHash(key, m_seed); }

private:
    size_t m_seed = QHashSeed::globalSeed();
};

} // namespace Benchmark
