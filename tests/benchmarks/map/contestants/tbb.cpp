// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "tbbcontestant.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<TbbContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<TbbContestant, QString>(RunLength);

} // namespace Benchmark
