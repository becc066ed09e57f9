// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#if defined(SYNCMAP_STATIC)
#  define SYNCMAP_EXPORT
#elif defined(SYNCMAP_BUILDING)
#  define SYNCMAP_EXPORT Q_DECL_EXPORT
#else
#  define SYNCMAP_EXPORT Q_DECL_IMPORT
#endif

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
