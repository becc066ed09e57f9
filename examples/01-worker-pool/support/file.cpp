// SPDX-License-Identifier: MIT

#include "file.h"

#include "interrupt.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qfile.h>

#include <algorithm>
#include <cerrno>

#ifdef Q_OS_WIN
#  include <QtCore/qt_windows.h>
#else
#  include <fcntl.h>
#  include <sys/stat.h>
#endif

namespace {

constexpr qint64 chunkSize = 65'536; // fits on the stack of any pool thread

std::error_code lastError()
{
#ifdef Q_OS_WIN
    return { int(GetLastError()), std::system_category() };
#else
    return { errno, std::generic_category() };
#endif
}

// QFile takes names as text, which would lose those that are not UTF-8: such a name goes to the
// system as the bytes that it is. On Windows names are UTF-16, and QFile keeps them as they are.
bool openForReading(QFile &file, const std::filesystem::path &path, std::error_code &error)
{
#ifdef Q_OS_WIN
    file.setFileName(QString::fromStdWString(path.native()));
    const bool opened = file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
#else
    // Should a pipe have taken the file's place, O_NONBLOCK keeps us from waiting for its writer.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const bool opened = descriptor >= 0
            && file.open(descriptor, QIODevice::ReadOnly | QIODevice::Unbuffered,
                         QFileDevice::AutoCloseHandle);
#endif
    if (!opened)
        error = lastError();
    return opened;
}

} // namespace

#ifdef Q_OS_WIN
std::optional<FileIdentity> identify(const std::filesystem::path &path, std::error_code &error)
{
    const HANDLE handle =
            CreateFileW(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    BY_HANDLE_FILE_INFORMATION info;
    const bool known = handle != INVALID_HANDLE_VALUE && GetFileInformationByHandle(handle, &info);
    if (!known)
        error = lastError();
    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
    if (!known)
        return std::nullopt;
    const auto join = [](DWORD high, DWORD low) { return quint64(high) << 32 | low; };
    return FileIdentity { info.dwVolumeSerialNumber, join(info.nFileIndexHigh, info.nFileIndexLow),
                          qint64(join(info.nFileSizeHigh, info.nFileSizeLow)),
                          qint64(join(info.ftLastWriteTime.dwHighDateTime,
                                      info.ftLastWriteTime.dwLowDateTime)) };
}
#else
std::optional<FileIdentity> identify(const std::filesystem::path &path, std::error_code &error)
{
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) {
        error = lastError();
        return std::nullopt;
    }
#  ifdef Q_OS_DARWIN
    const timespec &modified = info.st_mtimespec;
#  else
    const timespec &modified = info.st_mtim;
#  endif
    return FileIdentity { quint64(info.st_dev), quint64(info.st_ino), qint64(info.st_size),
                          qint64(modified.tv_sec) * 1'000'000'000 + modified.tv_nsec };
}
#endif

std::optional<Digest> hashContent(const std::filesystem::path &path, const FileIdentity &identity,
                                  std::error_code &error)
{
    QFile file;
    if (!openForReading(file, path, error))
        return std::nullopt;

    // No further than the promised size: a log that grows faster than we read has an end, too.
    QCryptographicHash hash(QCryptographicHash::Blake2b_256);
    std::array<char, chunkSize> chunk;
    for (qint64 left = identity.size; left > 0;) {
        const qint64 count = file.read(chunk.data(), std::min(left, chunkSize));
        if (interrupted())
            error = std::make_error_code(std::errc::operation_canceled);
        else if (count < 0)
            error = std::make_error_code(std::errc::io_error);
        else if (count == 0)
            error = std::make_error_code(std::errc::text_file_busy);
        if (error)
            return std::nullopt;
        hash.addData({ chunk.data(), qsizetype(count) });
        left -= count;
    }

    const std::optional<FileIdentity> now = identify(path, error);
    if (now && !(*now == identity))
        error = std::make_error_code(std::errc::text_file_busy);
    if (error)
        return std::nullopt;

    Digest digest;
    const QByteArray result = hash.result();
    std::copy(result.begin(), result.end(), digest.begin());
    return digest;
}
