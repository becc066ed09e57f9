// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "boostcontestant.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<BoostContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<BoostContestant, QString>(RunLength);

} // namespace Benchmark
