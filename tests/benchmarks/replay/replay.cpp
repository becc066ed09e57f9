// SPDX-License-Identifier: MIT
#include "replay.h"

#include <SyncMap/SyncCache>
#include <SyncMap/private/cache/policy/policy.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <thread>
#include <unordered_map>

using SyncMapInternal::EntryHook;
using SyncMapInternal::EvictionPolicy;
using SyncMapInternal::LoadTimes;

namespace {

struct Closer
{
    void operator()(std::FILE *file) const
    {
        if (file != stdin)
            std::fclose(file);
    }
};

// Every bit of the key reaches every bit of it (the finaliser of MurmurHash3).
quint64 mixed(quint64 key)
{
    key = (key ^ (key >> 33)) * Q_UINT64_C(0xff51afd7ed558ccd);
    key = (key ^ (key >> 33)) * Q_UINT64_C(0xc4ceb9fe1a85ec53);
    return key ^ (key >> 33);
}

double millisecondsOf(quint64 key)
{
    const double fraction = double(mixed(~key) >> 11) / double(Q_UINT64_C(1) << 53);
    return std::pow(1000.0, fraction);
}

struct Held : EntryHook
{
    quint64 key = 0;
};

} // namespace

Trace readTrace(const QString &name)
{
    Trace trace;
    const std::unique_ptr<std::FILE, Closer> file(
            name == u"-" ? stdin : std::fopen(name.toLocal8Bit().constData(), "r"));
    unsigned long long key = 0;
    while (file && std::fscanf(file.get(), "%llu", &key) == 1)
        trace.push_back(key);
    return trace;
}

// As the reference has them: four octaves from 964 on, one key in eight is twice the largest of these.
qint64 costOf(quint64 key, Costs costs)
{
    if (costs == Costs::Alike)
        return 1;
    const quint64 top = (key * Q_UINT64_C(0x9e3779b97f4a7c15)) >> 58;
    const int octave = top % 32 / 4 == 0 ? 4 : int(top % 4);
    return Q_INT64_C(964) << octave;
}

Replayed replay(const Trace &trace, const Setting &setting)
{
    SyncCache<quint64, quint64> cache(qsizetype(setting.bound() * setting.factor));
    if (setting.ghostShare > 0)
        cache.setMaxPolicyBytes(qsizetype(setting.bound() / setting.ghostShare));
    std::atomic<std::size_t> next { 0 };
    std::atomic<quint64> hits { 0 };
    const auto work = [&] {
        quint64 own = 0;
        for (std::size_t i = next++; i < trace.size(); i = next++) {
            const quint64 key = trace[i];
            if (cache.find(key))
                ++own;
            else
                cache.insert(key, i, qsizetype(costOf(key, setting.costs) * setting.factor));
        }
        hits += own;
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < setting.threads; ++i)
        threads.emplace_back(work);
    work();
    for (std::thread &thread : threads)
        thread.join();
    if (!cache.isConsistent())
        qFatal("replay: the cache is not consistent");
    return { double(hits) / double(trace.size()),
             double(cache.statistics().policyBytes) / double(qMax<qsizetype>(cache.size(), 1)) };
}

double waitingRatio(const Trace &trace, const Setting &setting, bool keepsSlowLoads)
{
    EvictionPolicy policy;
    policy.setCapacity(setting.bound());
    policy.setKeepsSlowLoads(keepsSlowLoads);
    std::unordered_map<quint64, std::unique_ptr<Held>> entries;
    double waited = 0;
    double all = 0;
    for (const quint64 key : trace) {
        const double time = millisecondsOf(key);
        all += time;
        std::unique_ptr<Held> &entry = entries[key];
        if (entry) {
            policy.used(*entry);
            continue;
        }
        waited += time;
        entry = std::make_unique<Held>();
        entry->key = key;
        entry->hash = mixed(key);
        entry->cost = costOf(key, setting.costs);
        entry->loadClass = LoadTimes::classOf(qint64(time * 1e6));
        if (entry->cost > setting.bound()) {
            entries.erase(key);
            continue;
        }
        policy.added(*entry);
        while (policy.cost() > quint64(setting.bound())) {
            const auto victim = static_cast<Held *>(policy.victim(entry.get()));
            policy.evicted(*victim, EvictionPolicy::Why::NoRoom);
            entries.erase(quint64(victim->key));
        }
    }
    return waited / all;
}
