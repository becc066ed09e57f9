// SPDX-License-Identifier: MIT
#include "precompiledcache.h"

TESTS_INSTANTIATE(template, int, int)
TESTS_INSTANTIATE(template, QString, QVariant)
