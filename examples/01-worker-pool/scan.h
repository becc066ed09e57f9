// SPDX-License-Identifier: MIT

// THE SYNCMAP PART: worker threads share what they learn about files through one map. Each file is
// read by the worker that comes first, all others find the answer, and nobody waits for anybody.

#pragma once

#include "support/counter.h"
#include "support/file.h"
#include "support/interrupt.h"
#include "support/problems.h"
#include "support/tree.h"

#include <SyncMap/SyncMap>

#include <QtConcurrent/qtconcurrentmap.h>
#include <QtCore/qthread.h>
#include <QtCore/qthreadpool.h>

struct FileResult
{
    Digest digest;
    size_t name; // by which the file was first come upon: an index into Tree::names
    Qt::HANDLE reader; // the thread that read it
};

template <template <typename Key, typename T> class Map> // SyncMap; LockedHash for the comparison
class Scan
{
public:
    explicit Scan(const Tree &tree, Problems &problems) : m_tree(tree), m_problems(problems) { }

    Counter hits;
    Counter foreignHits; // found what another thread had read
    Counter misses;
    Counter readTwice; // two threads missed the same file at the same moment
    Counter bytes;

    Map<FileIdentity, FileResult> map;

    // Called by any number of workers at the same time.
    void ask(size_t name)
    {
        const std::filesystem::path &path = m_tree.names[name];
        std::error_code error;
        const std::optional<FileIdentity> identity = identify(path, error);
        if (!identity)
            return m_problems.report(path, error);

        const Qt::HANDLE self = QThread::currentThreadId();
        if (const std::optional<FileResult> known = map.find(*identity)) {
            hits += 1;
            foreignHits += known->reader != self;
            return;
        }

        misses += 1;
        const std::optional<Digest> digest = hashContent(path, *identity, error);
        if (!digest)
            return m_problems.report(path, error);

        bytes += identity->size;
        readTwice += !map.tryInsert(*identity, { *digest, name, self }).inserted;
    }

    QFuture<void> askAll(QThreadPool &pool)
    {
        return QtConcurrent::map(&pool, m_tree.questions, [this](size_t name) {
            if (!interrupted())
                ask(name);
        });
    }

private:
    const Tree &m_tree;
    Problems &m_problems;
};
