// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qobjectdefs.h>
#include <QtCore/qshareddata.h>
#include <QtCore/qstring.h>
#include <QtCore/qstringlist.h>
#ifndef QT_NO_EXCEPTIONS
#  include <QtCore/qexception.h>
#endif

#include <exception>
#include <optional>
#include <utility>

QT_FORWARD_DECLARE_CLASS(QDebug)

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {
struct CacheErrorData;
struct CacheErrors;
} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

class SyncCacheException;

/*!
    \class SyncCacheError
    \inmodule SyncMap
    \reentrant
    \brief Why there is no value: a code to decide by, a text to show, and what was thrown.

    A value like any other, implicitly shared, and the same in modules that are compiled without
    exceptions. Where there are exceptions, the futures of SyncCache::getOrLoad() throw a
    SyncCacheException, which is one and a QException, too; what a loader threw arrives as it was
    thrown. Loaders may throw either.
*/
class SYNCMAP_EXPORT SyncCacheError
{
    Q_GADGET
public:
    //! May grow: have a default where you switch over it.
    enum Code : int {
        NoError, //!< nothing went wrong
        KeyNotFound, //!< the loader found that there is no such thing, or there is no loader
        RecursiveLoad, //!< the load would have waited for itself
        LoadFailed, //!< the loader failed
        Canceled, //!< all callers cancelled, the pool was cleared, or too many loads were queued
        CacheDestroyed, //!< the cache has gone
        TimedOut, //!< SyncCache::load() did not wait any longer; the load goes on
        FileError, //!< a file could not be read or written
        FormatError, //!< a file is damaged, or of another kind
        NotKept, //!< a value was written that the cache cannot keep
        WriteFailed, //!< a value was written, and what was to confirm it has failed
    };
    Q_ENUM(Code)

    /*! No error. */
    SyncCacheError() noexcept;
    /*! With the library's text for \a code, which message() translates in the context SyncCacheError. */
    explicit SyncCacheError(Code code) noexcept;
    /*! An error \a code, with \a message as its text, which is shown as it is. */
    SyncCacheError(Code code, const QString &message);
    SyncCacheError(const SyncCacheError &other) noexcept;
    SyncCacheError(SyncCacheError &&other) noexcept;
    SyncCacheError &operator=(const SyncCacheError &other) noexcept;
    SyncCacheError &operator=(SyncCacheError &&other) noexcept;
    ~SyncCacheError();
    void swap(SyncCacheError &other) noexcept { m_data.swap(other.m_data); }

    /*! What went wrong, to decide by; NoError if nothing did. */
    Code code() const noexcept;
    /*! What went wrong, to show; empty if nothing did. */
    QString message() const;
    /*! The same as message(), as it is called elsewhere in Qt. */
    QString errorString() const { return message(); }
    /*! Its text as UTF-8, not translated; valid as long as this error, or a copy of it. */
    const char *what() const noexcept;

    /*! Returns true unless the code is NoError. */
    bool isError() const noexcept { return m_data.constData(); }
    /*! Returns true for an error, as isError(). */
    explicit operator bool() const noexcept { return isError(); }

    /*! What the loader threw, if that was no SyncCacheError; null without exceptions. */
    std::exception_ptr cause() const noexcept;

#ifndef QT_NO_EXCEPTIONS
    /*! Throws it, as a SyncCacheException. */
    [[noreturn]] void raise() const;
    /*! A new exception, as QException::clone(). */
    SyncCacheException *clone() const;
#endif

private:
    friend SYNCMAP_EXPORT bool operator==(const SyncCacheError &a,
                                          const SyncCacheError &b) noexcept;
    friend bool operator!=(const SyncCacheError &a, const SyncCacheError &b) noexcept
    {
        return !(a == b);
    }
    friend void swap(SyncCacheError &a, SyncCacheError &b) noexcept
    {
        a.swap(b);
    }
    friend struct SyncMapInternal::CacheErrors;

    explicit SyncCacheError(SyncMapInternal::CacheErrorData *data) noexcept;

    // Null for no error.
    QExplicitlySharedDataPointer<SyncMapInternal::CacheErrorData> m_data;
};

/*! Returns true if \a a and \a b have equal codes and texts; what was thrown does not count. */
SYNCMAP_EXPORT bool operator==(const SyncCacheError &a, const SyncCacheError &b) noexcept;
SYNCMAP_EXPORT QDebug operator<<(QDebug debug, const SyncCacheError &error);

#ifndef QT_NO_EXCEPTIONS

/*!
    \class SyncCacheException
    \inmodule SyncMap
    \brief A SyncCacheError that is thrown: what futures of a SyncCache throw from \c result().

    Can be caught as a SyncCacheError, a QException and a \c std::exception.
*/
class SYNCMAP_EXPORT SyncCacheException : public QException, public SyncCacheError
{
public:
    /*! One that carries \a error. */
    explicit SyncCacheException(const SyncCacheError &error);
    SyncCacheException(const SyncCacheException &other);
    SyncCacheException &operator=(const SyncCacheException &) = delete;
    ~SyncCacheException() override;

    /*! What it carries: itself, as a value. */
    SyncCacheError error() const { return *this; }

    [[noreturn]] void raise() const override;
    SyncCacheException *clone() const override;
    const char *what() const noexcept override;
};

#endif
