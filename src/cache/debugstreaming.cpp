// SPDX-License-Identifier: MIT
#include <SyncMap/cache/synccacheentryinfo.h>
#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/cache/synccacheloadoptions.h>
#include <SyncMap/cache/synccacheremovalcause.h>
#include <SyncMap/cache/synccachetrimlevel.h>

#include <QtCore/qdebug.h>
#include <QtCore/qthreadpool.h>

#include <utility>

// What the values of a cache's interface look like in a debugger's output: the type, and in it what
// was said, or differs from the default.

namespace {

// Name and value pairs, with a comma between two.
class Members
{
public:
    Members(QDebug &debug, const char *type) : m_saver(debug), m_debug(debug)
    {
        m_debug.nospace() << type << '(';
    }
    Q_DISABLE_COPY_MOVE(Members)
    ~Members() = default;

    template <typename T>
    void add(const char *name, const T &value)
    {
        begin(name);
        m_debug << ' ' << value;
    }
    void add(const char *name, std::chrono::milliseconds span)
    {
        begin(name);
        if (span == SyncCacheForever)
            m_debug << " for ever";
        else
            m_debug << ' ' << qint64(span.count()) << " ms";
    }
    void add(const char *name, const QStringList &texts)
    {
        begin(name);
        const char *before = " (";
        for (const QString &text : texts) {
            m_debug << before << text;
            before = ", ";
        }
        m_debug << (texts.isEmpty() ? " ()" : ")");
    }
    // A copy, for who returns a parameter moves it before it is done with it here.
    QDebug end()
    {
        m_debug << ')';
        return m_debug;
    }
    void begin(const char *name)
    {
        m_debug << (m_isFirst ? "" : ", ") << name;
        m_isFirst = false;
    }

private:
    QDebugStateSaver m_saver;
    QDebug &m_debug;
    bool m_isFirst = true;
};

template <std::size_t Count>
QDebug writeEnum(QDebug debug, const char *type, const char *const (&names)[Count], quint8 value)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << type << "::";
    if (value < Count)
        debug << names[value];
    else
        debug << int(value);
    return debug;
}

} // namespace

QDebug operator<<(QDebug debug, SyncCacheRemovalCause cause)
{
    constexpr const char *names[] = { "Explicit", "Replaced",    "Expired",
                                      "Evicted",  "Invalidated", "Trimmed" };
    return writeEnum(std::move(debug), "SyncCacheRemovalCause", names, quint8(cause));
}

QDebug operator<<(QDebug debug, SyncCacheTrimLevel level)
{
    constexpr const char *names[] = { "Expired", "Light", "Moderate", "Complete" };
    return writeEnum(std::move(debug), "SyncCacheTrimLevel", names, quint8(level));
}

QDebug operator<<(QDebug debug, SyncCachePoolUse use)
{
    constexpr const char *names[] = { "AnyThread", "OwnThreadsOnly" };
    return writeEnum(std::move(debug), "SyncCachePoolUse", names, quint8(use));
}

QDebug operator<<(QDebug debug, const SyncCacheEntryOptions &options)
{
    Members members(debug, "SyncCacheEntryOptions");
    if (options.cost)
        members.add("cost", *options.cost);
    if (options.timeToLive)
        members.add("time to live", *options.timeToLive);
    if (options.resetsTimeToLive)
        members.begin("the cache's time to live");
    if (options.pinned)
        members.add("pinned", *options.pinned);
    if (options.tags)
        members.add("tags", *options.tags);
    return members.end();
}

QDebug operator<<(QDebug debug, const SyncCacheEntryInfo &info)
{
    Members members(debug, "SyncCacheEntryInfo");
    members.add("cost", info.cost);
    members.add("age", info.age);
    if (info.timeToLiveLeft != SyncCacheForever)
        members.add(info.hasOwnTimeToLive ? "own time to live" : "time to live",
                    info.timeToLiveLeft);
    if (info.timeToIdleLeft != SyncCacheForever)
        members.add("time to idle", info.timeToIdleLeft);
    if (info.stale)
        members.begin("stale");
    else if (info.staleTimeLeft != SyncCacheForever)
        members.add("stale in", info.staleTimeLeft);
    if (info.pinned)
        members.begin("pinned");
    if (!info.tags.isEmpty())
        members.add("tags", info.tags);
    return members.end();
}

QDebug operator<<(QDebug debug, const SyncCacheLoadOptions &options)
{
    Members members(debug, "SyncCacheLoadOptions");
    if (options.pool) {
        members.add("pool", options.pool);
        members.add("for", options.poolUse);
    }
    if (options.priority != 0)
        members.add("priority", options.priority);
    return members.end();
}
