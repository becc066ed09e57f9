// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <functional>
#include <type_traits>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Sentences for whoever develops the application. Under no lock: a message handler may use the cache.

// A weigher was set, and no bound in its unit.
SYNCMAP_EXPORT void reportDefaultBound() noexcept;

SYNCMAP_EXPORT void reportNothing(const char *function, const char *what) noexcept;

// True, with a sentence in debug builds, if something that \a function needs is missing.
inline bool isMissing(bool isThere, [[maybe_unused]] const char *function,
                      [[maybe_unused]] const char *what) noexcept
{
    if (Q_LIKELY(isThere))
        return false;
#ifndef QT_NO_DEBUG
    reportNothing(function, what);
#endif
    return true;
}

template <typename Function>
inline constexpr bool mayBeEmpty =
        std::is_pointer_v<
                Function> || std::is_member_pointer_v<Function> || std::is_null_pointer_v<Function>;
template <typename Signature>
inline constexpr bool mayBeEmpty<std::function<Signature>> = true;

// A function that there is none of: a null pointer, or an empty std::function.
template <typename Function>
constexpr bool isEmptyFunction([[maybe_unused]] const Function &f) noexcept
{
    if constexpr (mayBeEmpty<Function>)
        return f == nullptr;
    else
        return false;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
