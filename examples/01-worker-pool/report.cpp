// SPDX-License-Identifier: MIT

#include "report.h"

#include "support/text.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace {

constexpr size_t namesPerGroup = 5;
constexpr int messagesPerProblem = 5;

// Different files with the same content. Further names of one file waste nothing and do not count.
struct Group
{
    qint64 size = 0;
    std::vector<size_t> names;

    qint64 wasted() const { return size * qint64(names.size() - 1); }
};

std::vector<Group> findDuplicates(const Scan<SyncMap> &scan)
{
    std::map<Digest, Group> byContent;
    scan.map.forEach([&](const FileIdentity &identity, const FileResult &result) {
        Group &group = byContent[result.digest];
        group.size = identity.size;
        group.names.push_back(result.name);
    });

    std::vector<Group> groups;
    for (auto &[digest, group] : byContent) {
        std::sort(group.names.begin(), group.names.end());
        if (group.wasted() > 0)
            groups.push_back(std::move(group));
    }
    std::sort(groups.begin(), groups.end(), [](const Group &a, const Group &b) {
        return a.wasted() != b.wasted() ? a.wasted() > b.wasted() : a.names < b.names;
    });
    return groups;
}

void printRow(const char *title, qint64 number, const QByteArray &note = {})
{
    std::printf("  %-22s %16s%s\n", title, grouped(number).constData(),
                note.isEmpty() ? "" : ("  " + note).constData());
}

void printGroup(const Group &group, const Tree &tree)
{
    std::printf("\n  %s files of %s bytes\n", grouped(qint64(group.names.size())).constData(),
                grouped(group.size).constData());
    const size_t shown = std::min(group.names.size(), namesPerGroup);
    for (size_t i = 0; i < shown; ++i)
        std::printf("    %s\n", printable(tree.names[group.names[i]]).constData());
    if (shown < group.names.size())
        std::printf("    and %s more\n", grouped(qint64(group.names.size() - shown)).constData());
}

void printProblems(const Problems::Found &found)
{
    std::map<Problem, qint64> counts;
    for (const auto &[key, why] : found) {
        const auto &[problem, path] = key;
        if (++counts[problem] > messagesPerProblem)
            continue;
        std::fprintf(stderr, "worker-pool: %s: %s%s\n", title(problem), printable(path).constData(),
                     why.isEmpty() ? "" : (" (" + why + ')').constData());
    }
    printRow("Problems", qint64(found.size()));
    for (const auto &[problem, count] : counts)
        printRow((QByteArray("  ") + title(problem)).constData(), count);
}

} // namespace

void printResults(const Tree &tree, const Scan<SyncMap> &scan, const Problems &problems, int groups)
{
    const std::vector<Group> duplicates = findDuplicates(scan);
    qint64 copies = 0;
    qint64 wasted = 0;
    for (const Group &group : duplicates) {
        copies += qint64(group.names.size()) - 1;
        wasted += group.wasted();
    }

    printRow("Files", qint64(tree.names.size()),
             "names in " + counted(tree.directories, "directory", "directories"));
    if (tree.directoryLinks > 0)
        printRow("  linked directories", tree.directoryLinks, "not followed");
    printRow("Bytes", scan.bytes, "read and hashed");
    printRow("Look-ups", qint64(tree.questions.size()), "two requests for the tree at once");
    printRow("  hits", scan.hits, grouped(scan.foreignHits) + " read by another worker");
    printRow("  misses", scan.misses, grouped(scan.readTwice) + " missed by two workers at once");
    printRow("Duplicates", copies, "in " + counted(qint64(duplicates.size()), "group", "groups"));
    printRow("  bytes wasted", wasted);
    printProblems(problems.found());

    for (size_t i = 0; i < std::min(duplicates.size(), size_t(groups)); ++i)
        printGroup(duplicates[i], tree);
}

void printContests(const std::vector<Contest> &contests)
{
    const size_t runs = contests.front().lockedHash.size();
    if (runs == 0)
        return; // interrupted before anything was measured
    std::printf("\n  %-26s %15s  %20s  %9s\n",
                ("Median of " + counted(qint64(runs), "run", "runs")).constData(), "SyncMap",
                "QHash+QReadWriteLock", "ratio");
    for (const Contest &contest : contests) {
        if (contest.syncMap.empty() || contest.lockedHash.empty())
            continue; // interrupted before this one
        const char *const unit = contest.isRate ? " M/s" : " ms ";
        std::printf("  %-26s %15s  %20s  %9s\n", contest.title.constData(),
                    (grouped(median(contest.syncMap), 1) + unit).constData(),
                    (grouped(median(contest.lockedHash), 1) + unit).constData(),
                    grouped(contest.ratio(), 2).constData());
    }
    std::puts("\n  A ratio above 1 says that SyncMap is faster. Reading is mostly hashing, asking\n"
              "  again mostly the file system's work; the last line is that of the maps alone.");
#ifndef NDEBUG
    std::puts("\n  This is a debug build: its times say nothing about either of the maps.");
#endif
}
