// SPDX-License-Identifier: MIT
#include "applicationactivity.h"

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qthread.h>

#include <mutex>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

ApplicationActivity &theActivity()
{
    static auto *const activity = new ApplicationActivity;
    return *activity;
}

void watchApplication()
{
    theActivity().applicationBegins();
}

} // namespace

Q_COREAPP_STARTUP_FUNCTION(watchApplication)

ApplicationActivity *ApplicationActivity::instance()
{
    ApplicationActivity &activity = theActivity();
    // The signal of a class that is derived from QCoreApplication is not there when that begins.
    const QCoreApplication *const application = QCoreApplication::instance();
    if (application && application->thread() == QThread::currentThread())
        (void)activity.connectToApplication();
    return &activity;
}

void ApplicationActivity::applicationBegins()
{
    const bool isTold = connectToApplication();
    // relaxed: as above.
    m_isActive.store(!isTold || !QCoreApplication::startingUp(), std::memory_order_relaxed);
}

// False if it does not tell.
bool ApplicationActivity::connectToApplication()
{
    const std::lock_guard lock(m_mutex);
    if (m_told)
        return true;
    const QCoreApplication *const application = QCoreApplication::instance();
    if (application->metaObject()->indexOfSignal("applicationStateChanged(Qt::ApplicationState)")
        < 0)
        return false;
    // Direct: this lives in whichever thread has asked first.
    m_told = connect(application, SIGNAL(applicationStateChanged(Qt::ApplicationState)), this,
                     SLOT(follow(Qt::ApplicationState)), Qt::DirectConnection);
    return bool(m_told);
}

void ApplicationActivity::follow(Qt::ApplicationState state)
{
    const bool isActive = state == Qt::ApplicationActive;
    // relaxed: as above.
    if (m_isActive.exchange(isActive, std::memory_order_relaxed) != isActive)
        Q_EMIT changed(isActive);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
