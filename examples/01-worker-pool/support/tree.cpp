// SPDX-License-Identifier: MIT

#include "tree.h"

#include "interrupt.h"
#include "problems.h"
#include "text.h"

#include <algorithm>

namespace fs = std::filesystem;

namespace {

bool isWithin(const fs::path &path, const fs::path &directory)
{
    return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first
            == directory.end();
}

void addLink(const fs::path &link, Tree &tree, Problems &problems)
{
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    const fs::file_status status = error ? fs::file_status() : fs::status(target, error);
    if (error == std::errc::no_such_file_or_directory)
        problems.report(Problem::Dangling, link);
    else if (error)
        problems.report(link, error);
    else if (fs::is_regular_file(status))
        tree.names.push_back(link);
    else if (!fs::is_directory(status))
        problems.report(Problem::Special, link);
    else if (isWithin(link, target))
        problems.report(Problem::Circle, link);
    else
        ++tree.directoryLinks;
}

// Two requests for the whole tree at the same time, one from either end: what one of them has had
// read, the other one finds.
std::vector<size_t> twoRequests(size_t names)
{
    std::vector<size_t> questions;
    questions.reserve(2 * names);
    for (size_t i = 0; i < names; ++i) {
        questions.push_back(i);
        questions.push_back(names - 1 - i);
    }
    return questions;
}

} // namespace

Tree listTree(const fs::path &root, Problems &problems, std::error_code &error)
{
    Tree tree;
    // Canonical once here, all paths below are: only real directories are entered, never links.
    // A list instead of recursion, since nobody promises how deep a tree may be.
    std::vector<fs::path> pending = { fs::canonical(root, error) };
    while (!error && !pending.empty() && !interrupted()) {
        const fs::path directory = std::move(pending.back());
        pending.pop_back();

        std::error_code failure;
        fs::directory_iterator entry(directory, failure);
        for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
            const fs::path &path = entry->path();
            std::error_code unknown;
            const fs::file_status status = entry->symlink_status(unknown);
            if (!isUtf8(path.filename()))
                problems.report(Problem::NotUtf8, path);
            if (unknown)
                problems.report(path, unknown);
            else if (fs::is_regular_file(status))
                tree.names.push_back(path);
            else if (fs::is_symlink(status))
                addLink(path, tree, problems);
            else if (fs::is_directory(status))
                pending.push_back(path);
            else
                problems.report(Problem::Special, path);
        }
        if (failure && tree.directories == 0)
            error = failure;
        else if (failure)
            problems.report(directory, failure);
        ++tree.directories;
    }
    std::sort(tree.names.begin(), tree.names.end(),
              [](const fs::path &a, const fs::path &b) { return a.native() < b.native(); });
    tree.questions = twoRequests(tree.names.size());
    return tree;
}
