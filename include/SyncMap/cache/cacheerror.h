// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>
#include <QtCore/qstring.h>
#ifndef QT_NO_EXCEPTIONS
#  include <QtCore/qexception.h>
#endif

#include <optional>
#include <utility>

/*!
    \class SyncCacheError
    \inmodule SyncMap
    \brief Why a load ended without a value.

    Where there are exceptions it is a QException: the futures of SyncCache::getOrLoad() throw it
    from \c result().
*/
class SyncCacheError
#ifndef QT_NO_EXCEPTIONS
    : public QException
#endif
{
public:
    enum Code {
        NoError,
        KeyNotFound, //!< the loader found that there is no such thing, or there is no loader
        RecursiveLoad, //!< the load would have waited for itself
        LoadFailed, //!< the loader failed
        Canceled, //!< all callers cancelled, or the pool was cleared
        CacheDestroyed,
        TimedOut, //!< SyncCache::load() did not wait any longer; the load goes on
    };

    SyncCacheError() = default;
    SyncCacheError(Code code, QString message)
        : m_code(code), m_message(std::move(message)), m_what(m_message.toUtf8())
    {
    }

    Code code() const noexcept { return m_code; }
    QString message() const { return m_message; }
    explicit operator bool() const noexcept { return m_code != NoError; }

#ifndef QT_NO_EXCEPTIONS
    void raise() const override
    {
        throw *this;
    }
    SyncCacheError *clone() const override
    {
        return new SyncCacheError(*this);
    }
    const char *what() const noexcept override
    {
        return m_what.constData();
    }
#endif

private:
    Code m_code = NoError;
    QString m_message;
    QByteArray m_what;
};

/*!
    \class SyncLoadResult
    \inmodule SyncMap
    \brief A value, or why there is none.
*/
template <typename T>
struct SyncLoadResult
{
    std::optional<T> value;
    SyncCacheError error;
};
