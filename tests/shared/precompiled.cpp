// SPDX-License-Identifier: MIT
#include "precompiled.h"
