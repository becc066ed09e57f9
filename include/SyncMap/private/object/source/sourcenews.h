// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/map/observer.h>
#include <SyncMap/private/object/news/news.h>

#include <QtCore/qlist.h>
#include <QtCore/qstring.h>

#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// Which keys have changed. In the object's thread.
class SourceNews
{
public:
    // From now on, changes are noted, and the bell is rung. Once.
    virtual void observe(const std::shared_ptr<NewsBell> &bell) = 0;

    struct Events // that are of no key alone
    {
        bool isCleared = false;
        bool isAnyChanged = false; // which keys is not known
        bool isLoaderOther = false;
    };
    // The news of before this call is a round: it is taken before what comes later, in steps.
    virtual Events beginRound() = 0;

    struct News
    {
        QList<std::pair<QString, MapChange>> keys; // each once
        qsizetype count = 0; // of keys, also if they are not wanted
    };
    enum class Keys : quint8 { Wanted, Unwanted };
    virtual News takeNews(qsizetype most, Keys keys) = 0;
    // After each step: those of its keys that are at \a places come first with the next one.
    virtual void giveBackNews(const QList<qsizetype> &places) = 0;
    virtual bool isRoundOver() = 0;

protected:
    SourceNews() = default;
    Q_DISABLE_COPY_MOVE(SourceNews)
    ~SourceNews() = default;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
