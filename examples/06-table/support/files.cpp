// SPDX-License-Identifier: MIT

#include "files.h"

#include <QtCore/qdiriterator.h>

#include <algorithm>
#include <utility>

QStringList filesBelow(const QDir &folder)
{
    constexpr qsizetype most = 100'000;
    QStringList files;
    QDirIterator tree(folder.path(), QDir::Files | QDir::NoSymLinks, QDirIterator::Subdirectories);
    while (tree.hasNext() && files.size() < most)
        files.append(folder.relativeFilePath(tree.next()));
    std::sort(files.begin(), files.end());
    return files;
}

Watch::Watch(std::function<void()> look)
    : m_thread([this, look = std::move(look)] {
          constexpr int period = 1000; // milliseconds
          while (!m_end.tryAcquire(1, period))
              look();
      })
{
}

Watch::~Watch()
{
    m_end.release();
    m_thread.join();
}
