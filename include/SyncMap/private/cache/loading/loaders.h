// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheloadcontext.h>
#include <SyncMap/private/cache/removal/removal.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qhash.h>
#include <QtCore/qlist.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which loader a failure is of. Functions of one type with the same content are one loader, however
// often they are handed over; where the content cannot be compared, as that of a std::function, each
// that is handed over is another one.
struct LoaderIdentity
{
    const void *type = nullptr;
    QByteArray content;

    template <typename Function>
    static LoaderIdentity of(const Function &f)
    {
        if constexpr (std::is_empty_v<Function>) {
            return { &tag<Function>, {} };
        } else if constexpr (std::is_trivially_copyable_v<Function>) {
            // Padding may differ, and then it is another one: which is tried once more.
            return { &tag<Function>,
                     QByteArray(reinterpret_cast<const char *>(&f), int(sizeof(Function))) };
        } else {
            static std::atomic<quint64> count { 0 };
            const quint64 number = count.fetch_add(1, std::memory_order_relaxed);
            return { &tag<Function>,
                     QByteArray(reinterpret_cast<const char *>(&number), int(sizeof(number))) };
        }
    }

    friend bool operator==(const LoaderIdentity &a, const LoaderIdentity &b) noexcept
    {
        return a.type == b.type && a.content == b.content;
    }

private:
    template <typename Function>
    static inline const char tag = 0;
};

// T(const Key &), or T(const Key &, context).
template <typename Key, typename T, typename Function>
inline constexpr bool isLoader =
        std::is_invocable_r_v<
                T, Function &,
                const Key
                        &> || std::is_invocable_r_v<T, Function &, const Key &, LoadContext<Key, T> &>;
// void(const Key &, context).
template <typename Key, typename T, typename Function>
inline constexpr bool isDeferredLoader =
        std::is_invocable_v<Function &, const Key &, LoadContext<Key, T> &>;
template <typename Key, typename T, typename Function>
inline constexpr bool isBulkLoader =
        std::is_invocable_r_v<QHash<Key, T>, Function &, const QList<Key> &>;

// A loader in one of its forms. Loads that are under way share it, so that it may be replaced.
template <typename Key, typename T>
struct Loader
{
    using Context = LoadContext<Key, T>;

    // In a thread of a pool; the value is the answer, unless the context was given one before.
    // Without one the context was.
    std::function<std::optional<T>(const Key &, Context &)> direct;
    // In the courier's thread, answered through the context, now or later.
    std::shared_ptr<Courier> courier;
    std::function<void(const Key &, Context)> deferred;
    // It may store other keys than its own.
    bool mayInsert = false;
    LoaderIdentity identity;

    template <typename Function>
    static std::shared_ptr<const Loader> make(Function f)
    {
        static_assert(
                isLoader<Key, T, Function>,
                "A loader is T(const Key &) or T(const Key &, const SyncCacheLoadContext<T> &)");
        auto loader = std::make_shared<Loader>();
        loader->identity = LoaderIdentity::of(f);
        if constexpr (std::is_invocable_r_v<T, Function &, const Key &, Context &>) {
            loader->mayInsert = true;
            loader->direct = [f = std::move(f)](const Key &key, Context &context) mutable {
                return std::optional<T>(std::in_place, f(key, context));
            };
        } else {
            loader->direct = [f = std::move(f)](const Key &key, Context &) mutable {
                return std::optional<T>(std::in_place, f(key));
            };
        }
        return loader;
    }

    template <typename Function>
    static std::shared_ptr<const Loader> make(QObject *context, Function f)
    {
        static_assert(
                isDeferredLoader<Key, T, Function>,
                "A loader with a context is void(const Key &, const SyncCacheLoadContext<T> &)");
        auto loader = std::make_shared<Loader>();
        loader->identity = LoaderIdentity::of(f);
        loader->courier = std::make_shared<Courier>(context);
        loader->courier->watchThread();
        loader->mayInsert = true;
        loader->deferred = std::move(f);
        return loader;
    }
};

// Loads many at once.
template <typename Key, typename T>
struct BulkLoader
{
    std::function<QHash<Key, T>(const QList<Key> &)> load;
    LoaderIdentity identity;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
