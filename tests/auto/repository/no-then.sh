#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# no-then.sh ROOT: the library continues no future and waits in none of Qt's waiting classes but
# QMutex. In Qt 6.4, QFuture::then() that races with the end of the future runs its continuation
# twice; and ThreadSanitizer cannot follow the others inside a Qt that was built without it.

set -euo pipefail
cd "$1"
failed=0

# A SyncCacheLoadContext has an onCanceled() of its own, with a context object, and is called a load.
if grep -rnE '(\.|->)(then|onFailed|onCanceled)[[:space:]]*\(' include src qml |
    grep -vE '[lL]oad\.onCanceled\(this, '; then
    printf 'A future is continued: pass a context object instead.\n'
    failed=1
fi
if grep -rnE '\b(QWaitCondition|QSemaphore|QReadWriteLock|QRecursiveMutex)\b' include src \
    --include='*.h' --include='*.cpp'; then
    printf 'Use QMutex, with std::condition_variable_any to wait.\n'
    failed=1
fi
exit $failed
