// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>

#include <QtCore/qdebug.h>
#include <QtCore/qtypeinfo.h>

#include <optional>
#include <type_traits>
#include <utility>

/*!
    \class SyncCacheLoadResult
    \inmodule SyncMap
    \brief A value, or why there is none.
*/
template <typename T>
struct SyncCacheLoadResult
{
    std::optional<T> value; //!< what was loaded, or was there; nullopt after a failure
    SyncCacheError error; //!< why there is no value; no error if there is one

    /*! Returns true if there is a value. */
    bool hasValue() const noexcept { return value.has_value(); }
    /*! Returns true if there is a value, as of std::expected. */
    explicit operator bool() const noexcept { return hasValue(); }
    /*! The value, or else \a other, as of std::expected. */
    template <typename U>
    // NOLINTNEXTLINE(readability-identifier-naming): as of std::expected
    T value_or(U &&other) const
    {
        return value.value_or(std::forward<U>(other));
    }
};

/*! \relates SyncCacheLoadResult */
template <typename T, std::enable_if_t<QTypeTraits::has_operator_equal_v<T>, bool> = true>
bool operator==(const SyncCacheLoadResult<T> &a, const SyncCacheLoadResult<T> &b)
{
    return a.value == b.value && a.error == b.error;
}
/*! \relates SyncCacheLoadResult */
template <typename T, std::enable_if_t<QTypeTraits::has_operator_equal_v<T>, bool> = true>
bool operator!=(const SyncCacheLoadResult<T> &a, const SyncCacheLoadResult<T> &b)
{
    return !(a == b);
}

#ifndef QT_NO_DEBUG_STREAM
/*! \relates SyncCacheLoadResult */
template <typename T, std::enable_if_t<QTypeTraits::has_ostream_operator_v<QDebug, T>, bool> = true>
QDebug operator<<(QDebug debug, const SyncCacheLoadResult<T> &result)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncCacheLoadResult(";
    if (result.value)
        debug << *result.value;
    else
        debug << result.error;
    debug << ')';
    return debug;
}
#endif

#if SYNCMAP_DEPRECATED_SINCE(1, 0) // the name before 1.0
template <typename T>
using SyncLoadResult = SyncCacheLoadResult<T>;
#endif
