// SPDX-License-Identifier: MIT
//
// The numbers of a SyncCacheObject, and what bounds them.
#include "synccacheobject_p.h"

#include "flush/emission.h"

#include <climits>

using namespace SyncMapInternal;

namespace {

using Time = CacheSource::Time;

} // namespace

qsizetype SyncCacheObject::count() const
{
    return qsizetype(d->source()->size());
}

qsizetype SyncCacheObject::maxCost() const
{
    return qsizetype(d->numbers().maxCost);
}

void SyncCacheObject::setMaxCost(double maxCost)
{
    d->assertItsThread();
    if (!isLimit(maxCost)) {
        warnAt(this, QStringLiteral("maxCost must be -1, 0 or more"));
        return;
    }
    const qint64 bound = toBound(maxCost);
    const bool isOther = bound != d->shown.numbers().maxCost;
    const auto source = d->shown.set([bound](Settings &settings) { settings.maxCost = bound; });
    if (source && isOther)
        source->setMaxCost(bound);
    if (isOther)
        Q_EMIT maxCostChanged();
}

qsizetype SyncCacheObject::maxBytes() const
{
    return qsizetype(d->numbers().maxBytes);
}

void SyncCacheObject::setMaxBytes(double maxBytes)
{
    d->assertItsThread();
    if (!isLimit(maxBytes)) {
        warnAt(this, QStringLiteral("maxBytes must be -1, 0 or more"));
        return;
    }
    const qint64 bound = toBound(maxBytes);
    const auto numbers = d->shown.numbers();
    const auto source = d->shown.set([bound](Settings &settings) { settings.maxBytes = bound; });
    if (bound == numbers.maxBytes)
        return;
    // What is there was not weighed.
    if (source && !numbers.weighsBytes) {
        warnAt(this, QStringLiteral("maxBytes must be set before the cache is used"));
        return;
    }
    if (source)
        source->setMaxCost(bound);
    const Emission emission(this);
    emission.tell(&SyncCacheObject::maxBytesChanged);
    emission.tell(&SyncCacheObject::maxCostChanged);
}

qsizetype SyncCacheObject::totalCost() const
{
    return qsizetype(d->numbers().totalCost);
}

quint64 SyncCacheObject::hits() const
{
    return d->numbers().hits;
}

quint64 SyncCacheObject::misses() const
{
    return d->numbers().misses;
}

double SyncCacheObject::hitRatio() const
{
    const auto numbers = d->numbers();
    const double reads = double(numbers.hits) + double(numbers.misses);
    return reads > 0 ? double(numbers.hits) / reads : 0;
}

int SyncCacheObject::loadingCount() const
{
    return int(d->numbers().loading);
}

std::chrono::milliseconds SyncCacheObject::timeToLiveAsDuration() const
{
    return d->numbers().timeToLive;
}

double SyncCacheObject::timeToLive() const
{
    return fromSpan(timeToLiveAsDuration());
}

void SyncCacheObject::setTimeToLive(double milliseconds)
{
    d->setTime(Time::ToLive, milliseconds, "timeToLive", &SyncCacheObject::timeToLiveChanged);
}

void SyncCacheObject::setTimeToLive(std::chrono::milliseconds span)
{
    d->setTime(Time::ToLive, qMax(span, std::chrono::milliseconds::zero()),
               &SyncCacheObject::timeToLiveChanged);
}

std::chrono::milliseconds SyncCacheObject::timeToIdleAsDuration() const
{
    return d->numbers().timeToIdle;
}

double SyncCacheObject::timeToIdle() const
{
    return fromSpan(timeToIdleAsDuration());
}

void SyncCacheObject::setTimeToIdle(double milliseconds)
{
    d->setTime(Time::ToIdle, milliseconds, "timeToIdle", &SyncCacheObject::timeToIdleChanged);
}

void SyncCacheObject::setTimeToIdle(std::chrono::milliseconds span)
{
    d->setTime(Time::ToIdle, qMax(span, std::chrono::milliseconds::zero()),
               &SyncCacheObject::timeToIdleChanged);
}

std::chrono::milliseconds SyncCacheObject::staleTimeAsDuration() const
{
    return d->numbers().staleTime;
}

double SyncCacheObject::staleTime() const
{
    return fromSpan(staleTimeAsDuration());
}

void SyncCacheObject::setStaleTime(double milliseconds)
{
    d->setTime(Time::Stale, milliseconds, "staleTime", &SyncCacheObject::staleTimeChanged);
}

void SyncCacheObject::setStaleTime(std::chrono::milliseconds span)
{
    d->setTime(Time::Stale, qMax(span, std::chrono::milliseconds::zero()),
               &SyncCacheObject::staleTimeChanged);
}

std::chrono::milliseconds SyncCacheObject::errorTimeToLiveAsDuration() const
{
    return d->numbers().errorTimeToLive;
}

double SyncCacheObject::errorTimeToLive() const
{
    return fromSpan(errorTimeToLiveAsDuration());
}

void SyncCacheObject::setErrorTimeToLive(double milliseconds)
{
    d->setTime(Time::ErrorToLive, milliseconds, "errorTimeToLive",
               &SyncCacheObject::errorTimeToLiveChanged);
}

void SyncCacheObject::setErrorTimeToLive(std::chrono::milliseconds span)
{
    d->setTime(Time::ErrorToLive, qMax(span, std::chrono::milliseconds::zero()),
               &SyncCacheObject::errorTimeToLiveChanged);
}

void SyncCacheObjectPrivate::setTime(Source::Time time, double milliseconds, const char *itsName,
                                     void (SyncCacheObject::*changed)())
{
    if (isLimit(milliseconds))
        setTime(time, toSpan(milliseconds), changed);
    else
        warnAt(q, QStringLiteral("%1 must be -1, 0 or more").arg(QLatin1String(itsName)));
}

void SyncCacheObjectPrivate::setTime(Source::Time time, std::chrono::milliseconds span,
                                     void (SyncCacheObject::*changed)())
{
    assertItsThread();
    const bool isOther = span != shown.numbers().*Settings::timeOf(time);
    const auto itsSource =
            shown.set([&](Settings &settings) { settings.times[std::size_t(time)] = span; });
    if (!isOther)
        return;
    if (itsSource)
        itsSource->setTime(time, span);
    Q_EMIT(q->*changed)();
}

int SyncCacheObject::notifyInterval() const
{
    return d->notifyInterval;
}

void SyncCacheObject::setNotifyInterval(int milliseconds)
{
    d->assertItsThread();
    if (milliseconds < -1) {
        warnAt(this, QStringLiteral("notifyInterval must be -1, 0 or more"));
        return;
    }
    if (d->notifyInterval == milliseconds)
        return;
    d->notifyInterval = milliseconds;
    d->timer.stop();
    d->shownNumbers.pollAnew();
    const Emission emission(this);
    d->answerBell(); // there may be news that waited for the old interval
    emission.tell(&SyncCacheObject::notifyIntervalChanged);
}

void SyncCacheObject::setNotifyInterval(std::chrono::milliseconds span)
{
    setNotifyInterval(int(qBound(qint64(-1), qint64(span.count()), qint64(INT_MAX))));
}

double SyncCacheObject::revision() const
{
    return d->revision;
}
