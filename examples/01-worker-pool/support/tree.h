// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qglobal.h>

#include <filesystem>
#include <system_error>
#include <vector>

class Problems;

// The files below a directory. Their names stay in the file system's own encoding, whatever it is.
struct Tree
{
    std::vector<std::filesystem::path> names; // of regular files, and of links to such
    std::vector<size_t> questions; // indexes into names, in the order in which they are asked for
    qint64 directories = 0;
    qint64 directoryLinks =
            0; // not followed: what they lead to is listed by its own name, or outside
};

// Sets error if the root cannot be read; what is wrong further down is a problem, and reported.
Tree listTree(const std::filesystem::path &root, Problems &problems, std::error_code &error);
