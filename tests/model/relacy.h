// SPDX-License-Identifier: MIT
#pragma once

// The parts of Relacy that the models use. Its own <relacy/relacy.hpp> defines new, delete, assert
// and the names of the memory orders as macros, which the headers under test would not survive.
// Qt comes first: Relacy defines a macro that is called $.
#include <QtCore/qatomic.h>
#include <QtCore/qhash.h>
#include <QtCore/qlist.h>
#include <QtCore/qmutex.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#if defined(__GNUC__)
#  pragma GCC system_header
#endif

#include <relacy/base.hpp>
#include <relacy/context.hpp>
#include <relacy/context_base_impl.hpp>

#include <relacy/atomic.hpp>
#include <relacy/atomic_fence.hpp>
#include <relacy/var.hpp>

#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/mutex.hpp>
#include <relacy/stdlib/semaphore.hpp>
#include <relacy/test_suite.hpp>

#undef $
