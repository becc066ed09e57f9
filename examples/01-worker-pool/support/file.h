// SPDX-License-Identifier: MIT

// The file system's view of one file: what it is, and what is in it.

#pragma once

#include <QtCore/qhashfunctions.h>

#include <array>
#include <filesystem>
#include <optional>
#include <system_error>

// Two names with equal identities are the same file with the same content: links share device and
// inode, and a file that was written to has another size or time, so that its old digest is never
// the answer for its new content.
struct FileIdentity
{
    quint64 device = 0;
    quint64 inode = 0;
    qint64 size = 0;
    qint64 modified = 0; // by the file system's clock, in its own finest unit

    friend bool operator==(const FileIdentity &a, const FileIdentity &b) noexcept
    {
        return a.inode == b.inode && a.device == b.device && a.size == b.size
                && a.modified == b.modified;
    }
    friend size_t qHash(const FileIdentity &id, size_t seed = 0) noexcept
    {
        return qHashMulti(seed, id.device, id.inode, id.size, id.modified);
    }
};

using Digest = std::array<char, 32>;

// Follows links. Asks the file system only: the file is not opened.
std::optional<FileIdentity> identify(const std::filesystem::path &path, std::error_code &error);

// Reads the file in chunks. Content that changes meanwhile has no digest, but the error
// std::errc::text_file_busy; when the user interrupts, it is std::errc::operation_canceled.
std::optional<Digest> hashContent(const std::filesystem::path &path, const FileIdentity &identity,
                                  std::error_code &error);
