// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "libcdscontestant.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<LibcdsContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<LibcdsContestant, QString>(RunLength);

} // namespace Benchmark
