// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/loading/loadbase.h>
#include <SyncMap/private/cache/loading/loadedoptions.h>
#include <SyncMap/private/cache/loading/unanswered.h>

#include <QtCore/qmetatype.h>

#include <functional>
#include <memory>
#include <optional>

QT_FORWARD_DECLARE_CLASS(QObject)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// What a loader can do to its load, whatever the type of the keys.
template <typename T>
class LoadPort : public Unanswered
{
public:
    LoadPort() = default;
    Q_DISABLE_COPY_MOVE(LoadPort)
    ~LoadPort() override = default;

    enum class Answer : quint8 { Value, NotModified, Absent, Failure };

    virtual std::shared_ptr<LoadBase> load() const = 0;
    virtual bool isCanceled() = 0;
    virtual void whenCanceled(QObject *context, std::function<void()> f) = 0;
    virtual void setProgressRange(int minimum, int maximum) = 0;
    virtual void setProgress(int value) = 0;
    virtual void change(const std::function<void(LoadedOptions &)> &f) = 0;
    virtual void answer(Answer answer, std::optional<T> value, const SyncCacheError &error) = 0;
    virtual bool isAnswered() const = 0;
    // False if such a key cannot be one of the cache's.
    virtual bool insertOther(QMetaType type, const void *key, const T &value) = 0;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
