// SPDX-License-Identifier: MIT
#include "shownsource.h"

#include "../source/sourceregistry.h"
#include "emptysource.h"

#include <SyncMap/private/object/value/value.h>

using namespace SyncMapInternal;

ShownSource::ShownSource(const SyncCacheObject *object, std::shared_ptr<NewsBell> bell)
    : m_object(object), m_bell(std::move(bell))
{
}

ShownSource::SourcePointer ShownSource::toRead()
{
    static const auto nothing = std::make_shared<EmptySource>();
    return isWaiting() ? nothing : makeIfNone();
}

ShownSource::SourcePointer ShownSource::toWrite()
{
    return makeIfNone();
}

bool ShownSource::isWaiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_isWaiting && !m_shown;
}

bool ShownSource::complete()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_isWaiting, false);
}

void ShownSource::wait()
{
    const std::lock_guard lock(m_mutex);
    m_isWaiting = true;
}

void ShownSource::show(SourcePointer source)
{
    source->observe(m_bell);
    const std::lock_guard lock(m_mutex);
    m_shown = std::move(source);
}

bool ShownSource::renew()
{
    SourcePointer old; // ends outside of the lock
    const std::lock_guard lock(m_mutex);
    old.swap(m_shown);
    return bool(old);
}

QString ShownSource::name() const
{
    const std::lock_guard lock(m_mutex);
    return m_name;
}

bool ShownSource::setName(const QString &name)
{
    const std::lock_guard lock(m_mutex);
    if (m_name == name)
        return false;
    m_name = name;
    return true;
}

CacheSource::Numbers ShownSource::numbers() const
{
    SourcePointer source;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_shown)
            return m_settings.numbers();
        source = m_shown;
    }
    return source->numbers();
}

ShownSource::SourcePointer ShownSource::makeIfNone()
{
    QString warning; // is told to others, outside of the lock
    SourcePointer source;
    {
        const std::lock_guard lock(m_mutex);
        if (!m_shown) {
            m_shown = makeLocked(&warning);
            m_shown->observe(m_bell);
        }
        source = m_shown;
    }
    if (!warning.isEmpty())
        warnAt(m_object, warning);
    return source;
}

ShownSource::SourcePointer ShownSource::makeLocked(QString *warning) const
{
    using Own = SyncCacheObject::Cache;
    SourceRegistry *registry = SourceRegistry::instance();
    if (m_name.isEmpty() || !registry)
        return std::make_shared<TypedSource<Own>>(m_settings.makeCache());
    for (std::shared_ptr<Own> own;;) {
        if (const auto make = registry->find(m_name)) {
            SourcePointer source = make();
            if (source->identity() != own.get() && m_settings.differFrom(source->numbers())) {
                *warning = QStringLiteral("the cache \"%1\" exists, with other bounds, which stay")
                                   .arg(m_name);
            }
            return source;
        }
        own = m_settings.makeCache();
        const auto make = [own] { return std::make_shared<TypedSource<Own>>(own); };
        registry->publish(m_name, own.get(), make); // or somebody else was faster
    }
}
