// SPDX-License-Identifier: MIT

#pragma once

#include "contender.h"

#include <QtCore/qstringlist.h>

namespace Benchmark {

template <typename Key>
using ContenderList = std::vector<std::unique_ptr<Contender<Key>>>;

// All that were built, in the order of contenderNames().
template <typename Key>
ContenderList<Key> makeContenders(RunLength length);

QStringList contenderNames();
QStringList qtIdioms(); // of them: what an application without SyncMap would take
QStringList peers(); // of them: the others that several threads can use

// Where the contestants come from, and which are missing, and why.
QStringList contenderVersions();
QStringList missingContenders();

} // namespace Benchmark
