// SPDX-License-Identifier: MIT

#include "../runner.h"
#include "qhashcontestants.h"

namespace Benchmark {

template std::unique_ptr<Contender<quint64>> makeRunner<QHashContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<QHashContestant, QString>(RunLength);
template std::unique_ptr<Contender<quint64>> makeRunner<QMutexContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>> makeRunner<QMutexContestant, QString>(RunLength);
template std::unique_ptr<Contender<quint64>>
        makeRunner<QReadWriteLockContestant, quint64>(RunLength);
template std::unique_ptr<Contender<QString>>
        makeRunner<QReadWriteLockContestant, QString>(RunLength);

} // namespace Benchmark
