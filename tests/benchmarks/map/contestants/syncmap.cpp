// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "syncmapcontestant.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<SyncMapContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<SyncMapContestant, QString>(RunLength);

} // namespace Benchmark
