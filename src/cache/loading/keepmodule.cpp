// SPDX-License-Identifier: MIT
#include "keepmodule.h"

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#ifdef Q_OS_WIN
#  include <QtCore/qt_windows.h>
#elif defined(Q_OS_UNIX)
#  include <dlfcn.h>
#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// Its address is in the module.
[[maybe_unused]] const char inModule = 0;

} // namespace

void keepModule() noexcept
{
#ifdef Q_OS_WIN
    HMODULE module = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       reinterpret_cast<LPCWSTR>(&inModule), &module);
#elif defined(RTLD_NODELETE) && defined(RTLD_NOLOAD)
    Dl_info info;
    if (dladdr(&inModule, &info) != 0 && info.dli_fname)
        (void)dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
