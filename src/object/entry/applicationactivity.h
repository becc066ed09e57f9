// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qmutex.h>
#include <QtCore/qobject.h>

#include <atomic>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Whether somebody works with the application. One that has an interface tells by its signal
// applicationStateChanged(), which is found by name, since this library knows Qt Core alone: it is not
// active before it says so, but where the library was loaded into one that runs, and cannot know. One
// without an interface always is.
class ApplicationActivity : public QObject
{
    Q_OBJECT

public:
    // There is one for the process, which is never destroyed.
    static ApplicationActivity *instance();

    // Any thread.
    bool isActive() const noexcept
    {
        // relaxed: a hint; who connects is told of what is different.
        return m_isActive.load(std::memory_order_relaxed);
    }

    // In the application's thread.
    void applicationBegins();

Q_SIGNALS:
    // In the application's thread.
    void changed(bool isActive);

private:
    Q_SLOT void follow(Qt::ApplicationState state);
    bool connectToApplication();

    QMutex m_mutex;
    QMetaObject::Connection m_told;
    std::atomic<bool> m_isActive { true };
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
