// SPDX-License-Identifier: MIT

#include "contenders.h"

#include "contestants/qhashcontestants.h"

namespace Benchmark {

// Declared here only, so that no peer's header is needed.
template <typename Key, typename Value>
class SyncMapContestant;
template <typename Key, typename Value>
class BoostContestant;
template <typename Key, typename Value>
class TbbContestant;
template <typename Key, typename Value>
class LibcuckooContestant;
template <typename Key, typename Value>
class LibcdsContestant;

template <typename Key>
ContenderList<Key> makeContenders(RunLength length)
{
    ContenderList<Key> list;
    list.push_back(makeRunner<SyncMapContestant, Key>(length));
    list.push_back(makeRunner<QHashContestant, Key>(length));
    list.push_back(makeRunner<QMutexContestant, Key>(length));
    list.push_back(makeRunner<QReadWriteLockContestant, Key>(length));
#ifdef SYNCMAP_BENCHMARK_BOOST_VERSION
    list.push_back(makeRunner<BoostContestant, Key>(length));
#endif
#ifdef SYNCMAP_BENCHMARK_TBB_VERSION
    list.push_back(makeRunner<TbbContestant, Key>(length));
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
    list.push_back(makeRunner<LibcuckooContestant, Key>(length));
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCDS_VERSION
    list.push_back(makeRunner<LibcdsContestant, Key>(length));
#endif
    return list;
}

template ContenderList<quint64> makeContenders<quint64>(RunLength);
template ContenderList<QString> makeContenders<QString>(RunLength);

QStringList contenderNames()
{
    return QStringList { QLatin1String(SyncMapName), QLatin1String(NoLockName) } + qtIdioms()
            + peers();
}

QStringList qtIdioms()
{
    return { QLatin1String(MutexLock::Name), QLatin1String(SharedLock::Name) };
}

QStringList peers()
{
    return {
#ifdef SYNCMAP_BENCHMARK_BOOST_VERSION
        QStringLiteral("boost"),
#endif
#ifdef SYNCMAP_BENCHMARK_TBB_VERSION
        QStringLiteral("TBB"),
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
        QStringLiteral("libcuckoo"),
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCDS_VERSION
        QStringLiteral("libcds"),
#endif
    };
}

QStringList contenderVersions()
{
    return {
#ifdef SYNCMAP_BENCHMARK_BOOST_VERSION
        QStringLiteral(
                "boost: boost::concurrent_flat_map of Boost " SYNCMAP_BENCHMARK_BOOST_VERSION),
#endif
#ifdef SYNCMAP_BENCHMARK_TBB_VERSION
        QStringLiteral("TBB: tbb::concurrent_hash_map of TBB " SYNCMAP_BENCHMARK_TBB_VERSION),
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
        QStringLiteral("libcuckoo: libcuckoo::cuckoohash_map of libcuckoo " //
                       SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION),
#endif
#ifdef SYNCMAP_BENCHMARK_LIBCDS_VERSION
        QStringLiteral("libcds: cds::container::SplitListMap of libcds " //
                       SYNCMAP_BENCHMARK_LIBCDS_VERSION),
#endif
    };
}

QStringList missingContenders()
{
    return {
#ifndef SYNCMAP_BENCHMARK_BOOST_VERSION
        QStringLiteral("boost: no Boost 1.83 or newer was found"),
#endif
#ifndef SYNCMAP_BENCHMARK_TBB_VERSION
        QStringLiteral("TBB: not found"),
#endif
#ifndef SYNCMAP_BENCHMARK_LIBCUCKOO_VERSION
        QStringLiteral("libcuckoo: not found"),
#endif
#ifndef SYNCMAP_BENCHMARK_LIBCDS_VERSION
        QStringLiteral("libcds: not found"),
#endif
    };
}

} // namespace Benchmark
