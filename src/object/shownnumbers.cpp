// SPDX-License-Identifier: MIT
#include "shownnumbers.h"

#include "synccacheobject_p.h"

#include <QtCore/qmetaobject.h>

#include <algorithm>

using namespace SyncMapInternal;

namespace {

using Object = SyncCacheObject;
using ShownSignal = void (Object::*)();
using IsOther = bool (*)(const CacheSource::Numbers &, const CacheSource::Numbers &);

template <auto member>
bool isOther(const CacheSource::Numbers &a, const CacheSource::Numbers &b)
{
    return a.*member != b.*member;
}

using N = CacheSource::Numbers;
constexpr std::pair<ShownSignal, IsOther> theNumbers[] = {
    { &Object::countChanged, isOther<&N::count> },
    { &Object::maxCostChanged, isOther<&N::maxCost> },
    { &Object::maxBytesChanged, isOther<&N::maxBytes> },
    { &Object::totalCostChanged, isOther<&N::totalCost> },
    { &Object::hitsChanged, isOther<&N::hits> },
    { &Object::missesChanged, isOther<&N::misses> },
    { &Object::hitRatioChanged,
      [](const N &a, const N &b) { return a.hits != b.hits || a.misses != b.misses; } },
    { &Object::loadingChanged, isOther<&N::loading> },
    { &Object::timeToLiveChanged, isOther<&N::timeToLive> },
    { &Object::timeToIdleChanged, isOther<&N::timeToIdle> },
    { &Object::staleTimeChanged, isOther<&N::staleTime> },
    { &Object::errorTimeToLiveChanged, isOther<&N::errorTimeToLive> },
};

constexpr int PollInterval = 250; // milliseconds

} // namespace

bool ShownNumbers::isTheirs(const QMetaMethod &signal)
{
    return std::any_of(std::begin(theNumbers), std::end(theNumbers), [&signal](const auto &one) {
        return QMetaMethod::fromSignal(one.first) == signal;
    });
}

void ShownNumbers::connected()
{
    m_seen.append(d->numbers());
    if (!m_timer.isActive())
        pollAnew();
}

void ShownNumbers::pollAnew()
{
    if (d->notifyInterval < 0 || m_seen.isEmpty())
        m_timer.stop();
    else
        m_timer.start(std::max(d->notifyInterval, PollInterval), Qt::CoarseTimer, d->q);
}

void ShownNumbers::tell()
{
    if (m_seen.isEmpty())
        return;
    const bool isAnybody =
            std::any_of(std::begin(theNumbers), std::end(theNumbers),
                        [this](const auto &one) { return d->isConnected(one.first); });
    if (!isAnybody) {
        m_seen.clear();
        m_timer.stop();
        return;
    }
    const N now = d->numbers();
    const auto seen = std::exchange(m_seen, { now });
    const QPointer<Object> alive(d->q);
    SyncCacheObject *const object = d->q; // this may go with it
    for (const auto &[signal, isOther] : theNumbers) {
        const auto isNews = [&now, isOther = isOther](const N &one) { return isOther(one, now); };
        if (alive && std::any_of(seen.cbegin(), seen.cend(), isNews))
            Q_EMIT(object->*signal)();
    }
}
