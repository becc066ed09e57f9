// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/news/newsbell.h>

#include <QtCore/qcoreapplication.h>

#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

void NewsBell::close() noexcept
{
    const std::lock_guard lock(m_mutex);
    m_receiver = nullptr;
}

QEvent::Type NewsBell::eventType() noexcept
{
    static const int type = QEvent::registerEventType();
    return QEvent::Type(type);
}

void NewsBell::post() noexcept
{
    // relaxed: of several that find it silent, one posts; nothing else is handed over.
    if (m_isRung.exchange(true, std::memory_order_relaxed))
        return;
    QT_TRY
    {
        auto event = std::make_unique<QEvent>(eventType());
        const std::lock_guard lock(m_mutex);
        if (m_receiver)
            QCoreApplication::postEvent(m_receiver, event.release());
    }
    QT_CATCH(...)
    {
        m_isRung.store(false, std::memory_order_relaxed);
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
