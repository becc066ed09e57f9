// SPDX-License-Identifier: MIT
#include <SyncMap/syncmapglobal.h>

#include <QtCore/qlogging.h>

const char *syncMapVersion() noexcept
{
    return SYNCMAP_VERSION_STR;
}

namespace SyncMapInternal {

bool isBuiltFor(int version, const char *text) noexcept
{
    constexpr int ownInterface = SYNCMAP_VERSION >> 8;
    if (version >> 8 == ownInterface)
        return true;
    qWarning(
            "SyncMap: a part of this program was compiled with the headers of version %s, and runs "
            "with the library of version %s. They share nothing. Compile both with one minor version.",
            text, SYNCMAP_VERSION_STR);
    return false;
}

} // namespace SyncMapInternal
