// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "libcuckoocontestant.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<LibcuckooContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<LibcuckooContestant, QString>(RunLength);

} // namespace Benchmark
