// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/loading/loadcontext.h>
#include <SyncMap/cache/removal/removal.h>

#include <QtCore/qhash.h>
#include <QtCore/qlist.h>

#include <functional>
#include <memory>
#include <type_traits>

namespace SyncMapInternal {

// A loader in one of its forms. Loads that are under way share it, so that it may be replaced.
template <typename Key, typename T>
struct Loader
{
    // In a thread of a pool; the value is the answer, unless the context was given one before.
    std::function<T(const Key &, SyncLoadContext<T> &)> direct;
    // In the courier's thread, answered through the context, now or later.
    std::shared_ptr<Courier> courier;
    std::function<void(const Key &, SyncLoadContext<T>)> deferred;

    template <typename Function>
    static std::shared_ptr<const Loader> make(Function f)
    {
        auto loader = std::make_shared<Loader>();
        if constexpr (std::is_invocable_v<Function &, const Key &, SyncLoadContext<T> &>) {
            loader->direct = [f = std::move(f)](const Key &key,
                                                SyncLoadContext<T> &context) mutable -> T {
                return f(key, context);
            };
        } else {
            static_assert(std::is_invocable_v<Function &, const Key &>,
                          "A loader is T(const Key &) or T(const Key &, SyncLoadContext<T> &)");
            loader->direct = [f = std::move(f)](const Key &key, SyncLoadContext<T> &) mutable -> T {
                return f(key);
            };
        }
        return loader;
    }

    template <typename Function>
    static std::shared_ptr<const Loader> make(QObject *context, Function f)
    {
        static_assert(std::is_invocable_v<Function &, const Key &, SyncLoadContext<T>>,
                      "A loader with a context is void(const Key &, SyncLoadContext<T>)");
        auto loader = std::make_shared<Loader>();
        loader->courier = std::make_shared<Courier>(context);
        loader->deferred = std::move(f);
        return loader;
    }
};

template <typename Key, typename T>
using BulkLoader = std::function<QHash<Key, T>(const QList<Key> &)>;

} // namespace SyncMapInternal
