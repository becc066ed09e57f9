// SPDX-License-Identifier: MIT
//
// What most tests of caches have in common, for builds with precompiled headers: beside what is
// parsed, what the caches that most of them have are made of. That is compiled once, in
// precompiledcache.cpp. A test includes what it needs as if this were not there.

#ifndef TESTS_PRECOMPILEDCACHE_H
#define TESTS_PRECOMPILEDCACHE_H

#include <precompiled.h>

#include <SyncMap/SyncCache>

#include <QtCore/qstring.h>
#include <QtCore/qvariant.h>

#define TESTS_INSTANTIATE(INSTANTIATION, Key, T) \
  INSTANTIATION class SyncMapInternal::CacheCore<Key, T>; \
  INSTANTIATION class SyncMapInternal::Loads<Key, T, SyncMapInternal::CacheCore<Key, T>>; \
  INSTANTIATION class SyncCache<Key, T>;

TESTS_INSTANTIATE(extern template, int, int)
TESTS_INSTANTIATE(extern template, QString, QVariant)

#endif
