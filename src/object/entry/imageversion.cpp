// SPDX-License-Identifier: MIT
#include "imageversion.h"

#include <SyncMap/private/object/imageid.h>
#include <SyncMap/private/object/value/value.h>

#include <QtCore/qmutex.h>

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

quint64 drawNumber() noexcept
{
    static std::atomic<quint64> last { 0 };
    return last.fetch_add(1, std::memory_order_relaxed) + 1; // relaxed: a number
}

// As long as somebody shows them: by their numbers, and of each URL without a version the latest.
class ShownImages
{
public:
    using Shown = ImageVersion::Shown;

    static ShownImages &instance()
    {
        static ShownImages *const all = new ShownImages; // never destroyed: entries may be static
        return *all;
    }

    std::shared_ptr<const Shown> find(quint64 number)
    {
        const std::lock_guard lock(m_mutex);
        return findLocked(number);
    }

    // The one that is known, if it has the same value.
    std::shared_ptr<const Shown> share(const QUrl &url, const QVariant &value, quint64 number)
    {
        const QString text = url.toString(QUrl::FullyEncoded);
        std::shared_ptr<const Shown> known;
        {
            const std::lock_guard lock(m_mutex);
            const auto found = m_latest.find(text);
            if (found != m_latest.end())
                known = findLocked(found->second);
        }
        if (known && isSameValue(known->value, value))
            return known;
        const auto forget = [this, text, number](const Shown *shown) {
            delete shown;
            const std::lock_guard lock(m_mutex);
            m_shown.erase(number);
            const auto latest = m_latest.find(text);
            if (latest != m_latest.end() && latest->second == number)
                m_latest.erase(latest);
        };
        std::shared_ptr<const Shown> fresh(new Shown { value, imageUrlOfVersion(url, number) },
                                           forget);
        const std::lock_guard lock(m_mutex);
        m_shown[number] = fresh;
        m_latest[text] = number;
        return fresh;
    }

private:
    std::shared_ptr<const Shown> findLocked(quint64 number) const
    {
        const auto found = m_shown.find(number);
        return found == m_shown.end() ? nullptr : found->second.lock();
    }

    QMutex m_mutex;
    std::unordered_map<quint64, std::weak_ptr<const Shown>> m_shown;
    std::unordered_map<QString, quint64> m_latest;
};

} // namespace

ImageVersion::ImageVersion(QString cacheName, QString key)
    : m_number(drawNumber()), m_cacheName(std::move(cacheName)), m_key(std::move(key))
{
}

QUrl ImageVersion::urlOf(const QVariant &value) const
{
    if (m_cacheName.isEmpty())
        return {};
    if (!m_shown) {
        const QUrl url = imageUrlOf(m_cacheName, m_key);
        m_shown = ShownImages::instance().share(url, value, m_number);
    }
    return m_shown->url;
}

bool ImageVersion::isUrlOther(const ImageVersion &before, const QVariant &valueBefore,
                              const ImageVersion &now, const QVariant &value)
{
    const bool hadUrl = valueBefore.isValid() && !before.m_cacheName.isEmpty();
    const bool hasUrl = value.isValid() && !now.m_cacheName.isEmpty();
    if (!hadUrl || !hasUrl || before == now)
        return hadUrl != hasUrl;
    if (before.m_shown)
        return before.m_shown->url != now.urlOf(value);
    return before.m_cacheName != now.m_cacheName || before.m_key != now.m_key
            || !isSameValue(valueBefore, value);
}

QVariant shownImage(const ImageId &id)
{
    const auto shown = ShownImages::instance().find(id.version);
    const bool isIt =
            shown && shown->url == imageUrlOfVersion(imageUrlOf(id.name, id.key), id.version);
    return isIt ? shown->value : QVariant();
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
