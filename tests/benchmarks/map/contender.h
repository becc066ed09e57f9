// SPDX-License-Identifier: MIT

#pragma once

#include "cell.h"
#include "stock.h"

#include "harness/rounds.h"

#include <memory>
#include <vector>

namespace Benchmark {

// A contestant whose type is hidden behind loops of its own: no call of a map goes through a
// virtual function.
template <typename Key>
class Contender
{
public:
    virtual ~Contender() = default;
    // A map with the keys of the stock, which has to outlive this.
    virtual void fill(const Stock<Key> &stock) = 0;
    // What takes part in a cell: nothing if the map does not offer the operation, and more than one
    // if it is measured beside itself. Valid until the next call.
    virtual std::vector<Contestant> contestantsOf(const Cell &cell) = 0;
};

struct RunLength
{
    double seconds = 0.03; // about that of one contestant in one round
};

// Instantiated in one source file for each contestant, see runner.h.
template <template <typename, typename> class Map, typename Key>
std::unique_ptr<Contender<Key>> makeRunner(RunLength length);

inline constexpr char SyncMapName[] = "SyncMap";
inline constexpr char NoLockName[] = "QHash";

} // namespace Benchmark
