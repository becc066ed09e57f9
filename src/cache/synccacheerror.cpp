// SPDX-License-Identifier: MIT
#include <SyncMap/cache/synccacheerror.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/weight/weight.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qdebug.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qstringlist.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A text of the library's own is translated when somebody reads it, and not when the error is made:
// that may be in any thread, beside the end of the application, which has the translations.
struct CacheErrorData : QSharedData
{
    CacheErrorData(SyncCacheError::Code itsCode, const QString &itsMessage)
        : code(itsCode), message(itsMessage), what(itsMessage.toUtf8())
    {
    }
    CacheErrorData(SyncCacheError::Code itsCode, const char *itsText, QStringList itsArguments)
        : code(itsCode),
          text(itsText),
          arguments(std::move(itsArguments)),
          // Of a text that is complete without an allocation: it may be needed where there is no memory.
          what(arguments.isEmpty() ? QByteArray::fromRawData(text, qsizetype(qstrlen(text)))
                                   : with(QString::fromLatin1(text)).toUtf8())
    {
    }

    QString with(QString itsMessage) const
    {
        for (const QString &argument : arguments)
            itsMessage = itsMessage.arg(argument);
        return itsMessage;
    }
    QString translated() const
    {
        return text ? with(QCoreApplication::translate("SyncCacheError", text)) : message;
    }

    const SyncCacheError::Code code;
    const char *const text = nullptr; // of the library
    const QStringList arguments;
    const QString message; // of somebody else
    const QByteArray what;
    std::exception_ptr cause;
};

SyncCacheError CacheErrors::make(SyncCacheError::Code code, const char *text, QStringList arguments)
{
    return SyncCacheError(new CacheErrorData(code, text, std::move(arguments)));
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal

using SyncMapInternal::CacheErrorData;

namespace {

const char *textOf(SyncCacheError::Code code)
{
    switch (code) {
    case SyncCacheError::NoError:
        break;
    case SyncCacheError::KeyNotFound:
        return QT_TRANSLATE_NOOP("SyncCacheError", "there is no such thing");
    case SyncCacheError::RecursiveLoad:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the load would have waited for itself");
    case SyncCacheError::LoadFailed:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the load failed");
    case SyncCacheError::Canceled:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the load was canceled");
    case SyncCacheError::CacheDestroyed:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the cache has been destroyed");
    case SyncCacheError::TimedOut:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the load takes longer than its caller waits");
    case SyncCacheError::FileError:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the file could not be read or written");
    case SyncCacheError::FormatError:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the file is damaged");
    case SyncCacheError::NotKept:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the cache cannot keep the value");
    case SyncCacheError::WriteFailed:
        return QT_TRANSLATE_NOOP("SyncCacheError", "the write has failed");
    }
    return "";
}

// One of each: an error without a text of its own needs no memory. Never destroyed, since destructors
// of other static objects may need them; and they keep nothing that would be lost with a plugin that
// is unloaded.
class PlainErrors
{
    using Plain = SyncMapInternal::CacheErrors::Plain;

public:
    PlainErrors()
    {
        for (std::size_t i = 1; i < Codes; ++i) {
            const auto code = SyncCacheError::Code(i);
            make(i, code, textOf(code));
        }
        const auto makePlain = [this](Plain which, SyncCacheError::Code code, const char *text) {
            make(Codes + std::size_t(which), code, text);
        };
        makePlain(Plain::OutOfMemory, SyncCacheError::LoadFailed,
                  QT_TRANSLATE_NOOP("SyncCacheError", "out of memory"));
        makePlain(Plain::NoLoader, SyncCacheError::KeyNotFound,
                  QT_TRANSLATE_NOOP("SyncCacheError",
                                    "the key is not in the cache, and no loader is set"));
        makePlain(Plain::NoAnswer, SyncCacheError::LoadFailed,
                  QT_TRANSLATE_NOOP("SyncCacheError", "the loader ended without an answer"));
        makePlain(Plain::ContextGone, SyncCacheError::LoadFailed,
                  QT_TRANSLATE_NOOP("SyncCacheError", "the context of the loader has gone"));
        makePlain(Plain::NothingToRenew, SyncCacheError::KeyNotFound,
                  QT_TRANSLATE_NOOP("SyncCacheError", "not modified, but the old value has gone"));
        makePlain(Plain::TooDeep, SyncCacheError::RecursiveLoad,
                  QT_TRANSLATE_NOOP("SyncCacheError", "too many loaders run one within another"));
    }
    CacheErrorData *of(SyncCacheError::Code code) noexcept
    {
        const auto i = std::size_t(code);
        return i == 0 || i >= Codes ? nullptr : at(i);
    }
    CacheErrorData *plain(Plain which) noexcept { return at(Codes + std::size_t(which)); }

private:
    static constexpr std::size_t Codes = SyncCacheError::WriteFailed + 1;
    static constexpr std::size_t Count = Codes + std::size_t(Plain::TooDeep) + 1;

    void make(std::size_t i, SyncCacheError::Code code, const char *text)
    {
        auto *data = new (&m_data[i]) CacheErrorData(code, text, {});
        data->ref.ref();
    }
    CacheErrorData *at(std::size_t i) noexcept
    {
        return reinterpret_cast<CacheErrorData *>(&m_data[i]);
    }

    struct Place
    {
        alignas(CacheErrorData) std::byte bytes[sizeof(CacheErrorData)];
    };
    std::array<Place, Count> m_data;
};

PlainErrors &plainErrors() noexcept
{
    static PlainErrors errors;
    return errors;
}
CacheErrorData *plainError(SyncCacheError::Code code) noexcept
{
    PlainErrors &errors = plainErrors();
    return errors.of(code);
}

} // namespace

SyncCacheError SyncMapInternal::CacheErrors::plain(Plain which) noexcept
{
    return CacheErrors::of(plainErrors().plain(which));
}

quint64 SyncMapInternal::CacheErrors::bytesOf(const SyncCacheError &error) noexcept
{
    constexpr quint64 thrown = 256;
    const CacheErrorData *data = error.m_data.constData();
    if (!data || (data->text && data->arguments.isEmpty() && !data->cause))
        return 0;
    ByteCount sum { sizeof(CacheErrorData) + AllocationBytes + (data->cause ? thrown : 0), 0 };
    sum += measure(data->arguments);
    sum += measure(data->message);
    sum += measure(data->what);
    return sum.assumed();
}

SyncCacheError::SyncCacheError() noexcept = default;
SyncCacheError::SyncCacheError(Code code) noexcept : SyncCacheError(plainError(code)) { }
SyncCacheError::SyncCacheError(Code code, const QString &message)
    : m_data(code == NoError ? nullptr : new CacheErrorData(code, message))
{
}
SyncCacheError::SyncCacheError(CacheErrorData *data) noexcept : m_data(data) { }
SyncCacheError::SyncCacheError(const SyncCacheError &other) noexcept = default;
SyncCacheError::SyncCacheError(SyncCacheError &&other) noexcept = default;
SyncCacheError &SyncCacheError::operator=(const SyncCacheError &other) noexcept = default;
SyncCacheError &SyncCacheError::operator=(SyncCacheError &&other) noexcept = default;
SyncCacheError::~SyncCacheError() = default;

SyncCacheError::Code SyncCacheError::code() const noexcept
{
    return m_data ? m_data->code : NoError;
}

QString SyncCacheError::message() const
{
    return m_data ? m_data->translated() : QString();
}

const char *SyncCacheError::what() const noexcept
{
    return m_data ? m_data->what.constData() : "";
}

std::exception_ptr SyncCacheError::cause() const noexcept
{
    return m_data ? m_data->cause : nullptr;
}

bool operator==(const SyncCacheError &a, const SyncCacheError &b) noexcept
{
    return a.m_data == b.m_data
            || (a.m_data && b.m_data && a.m_data->code == b.m_data->code
                && a.m_data->what == b.m_data->what);
}

QDebug operator<<(QDebug debug, const SyncCacheError &error)
{
    const QDebugStateSaver saver(debug);
    debug.nospace() << "SyncCacheError("
                    << QMetaEnum::fromType<SyncCacheError::Code>().valueToKey(error.code());
    if (error)
        debug << ", " << error.message();
    return debug << ')';
}

#ifndef QT_NO_EXCEPTIONS

void SyncCacheError::raise() const
{
    throw SyncCacheException(*this);
}

SyncCacheException *SyncCacheError::clone() const
{
    return new SyncCacheException(*this);
}

SyncCacheException::SyncCacheException(const SyncCacheError &error) : SyncCacheError(error) { }
SyncCacheException::SyncCacheException(const SyncCacheException &other) = default;
SyncCacheException::~SyncCacheException() = default;

void SyncCacheException::raise() const
{
    throw *this;
}

SyncCacheException *SyncCacheException::clone() const
{
    return new SyncCacheException(*this);
}

const char *SyncCacheException::what() const noexcept
{
    return SyncCacheError::what();
}

#endif

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

#ifndef QT_NO_EXCEPTIONS

// A loader that throws "no error" has failed all the same.
SyncCacheError failureOf(const SyncCacheError &thrown)
{
    return thrown.isError() ? thrown : SyncCacheError(SyncCacheError::LoadFailed);
}

SyncCacheError causedByCurrent(std::unique_ptr<CacheErrorData> data)
{
    data->cause = std::current_exception();
    return CacheErrors::of(data.release());
}

SyncCacheError describeCurrent()
{
    try {
        throw;
    } catch (const SyncCacheException &thrown) {
        SyncCacheError error = failureOf(thrown);
        if (typeid(thrown) == typeid(SyncCacheException))
            return error;
        // One of the user's, which is to arrive as such.
        return causedByCurrent(std::make_unique<CacheErrorData>(error.code(), error.message()));
    } catch (const SyncCacheError &thrown) {
        return failureOf(thrown);
    } catch (const std::exception &thrown) {
        return causedByCurrent(std::make_unique<CacheErrorData>(SyncCacheError::LoadFailed,
                                                                QString::fromUtf8(thrown.what())));
    } catch (...) {
        return causedByCurrent(std::make_unique<CacheErrorData>(
                SyncCacheError::LoadFailed,
                QT_TRANSLATE_NOOP("SyncCacheError",
                                  "something was thrown that is no std::exception"),
                QStringList()));
    }
}

#endif

} // namespace

SyncCacheError currentError() noexcept
{
#ifndef QT_NO_EXCEPTIONS
    try {
        return describeCurrent();
    } catch (...) {
    }
#endif
    return CacheErrors::plain(CacheErrors::Plain::OutOfMemory);
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
