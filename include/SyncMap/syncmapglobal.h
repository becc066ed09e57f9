// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapversion.h>

#include <QtCore/qglobal.h>

#if defined(SYNCMAP_STATIC)
#  define SYNCMAP_EXPORT
#elif defined(SYNCMAP_BUILDING)
#  define SYNCMAP_EXPORT Q_DECL_EXPORT
#else
#  define SYNCMAP_EXPORT Q_DECL_IMPORT
#endif

// What is deprecated since a version is declared unless SYNCMAP_DISABLE_DEPRECATED_UP_TO is defined as
// that version or a later one, as SYNCMAP_VERSION_CHECK() writes it. It stays for two minor versions,
// and until the next major one.
#ifndef SYNCMAP_DISABLE_DEPRECATED_UP_TO
#  define SYNCMAP_DISABLE_DEPRECATED_UP_TO 0
#endif
#define SYNCMAP_DEPRECATED_SINCE(major, minor) \
  (SYNCMAP_VERSION_CHECK(major, minor, 0) > SYNCMAP_DISABLE_DEPRECATED_UP_TO)

// One per module, never merged with another module's at load time.
#if defined(__GNUC__) && !defined(_WIN32)
#  define SYNCMAP_MODULE_LOCAL __attribute__((visibility("hidden")))
#else
#  define SYNCMAP_MODULE_LOCAL
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define SYNCMAP_SANITIZED 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#    define SYNCMAP_SANITIZED 1
#  endif
#endif
#ifndef SYNCMAP_SANITIZED
#  define SYNCMAP_SANITIZED 0
#endif

/*!
    \relates SyncMap
    Returns the version of the library that runs, as qVersion() does that of Qt; that of the headers is
    SYNCMAP_VERSION_STR.
*/
SYNCMAP_EXPORT const char *syncMapVersion() noexcept;

namespace SyncMapInternal {
// Under one name in all versions.
SYNCMAP_EXPORT bool isBuiltFor(int version, const char *text) noexcept;
} // namespace SyncMapInternal

/*!
    \relates SyncMap
    Returns true if the library that runs has the binary interface of the headers that the caller was
    compiled with: that is, the same major and minor version. If not, a warning says which they are.
    SyncCacheObject::publish() and wrap() ask it.
*/
inline bool syncMapFits() noexcept
{
    return SyncMapInternal::isBuiltFor(SYNCMAP_VERSION, SYNCMAP_VERSION_STR);
}
