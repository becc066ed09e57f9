// SPDX-License-Identifier: MIT

// Many workers ask one cache for the word counts of files: popular files often, others now and
// then. The cache loads what it does not hold, each file once however many ask, and stays within
// its bound in bytes.

#include <SyncMap/SyncCache>

#include <QtCore>

#include <random>

using Words = QHash<QByteArray, int>;

static Words countWords(const QString &path, SyncCacheLoadContext<Words> &load)
{
    QFile file(path);
    Words words;
    if (!file.open(QIODevice::ReadOnly)) {
        load.fail(file.errorString()); // reaches all who wait for this file
        return words;
    }
    const QList<QByteArray> text = file.readAll().simplified().split(' ');
    for (const QByteArray &word : text) {
        if (load.isCanceled()) // nobody waits any more
            break;
        ++words[word];
    }
    return words;
}

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QString root = QCoreApplication::arguments().value(1, QStringLiteral("/usr/include"));
    QStringList files;
    QDirIterator tree(root, QDir::Files, QDirIterator::Subdirectories);
    while (tree.hasNext() && files.size() < 2000)
        files.append(tree.next());
    if (files.isEmpty())
        qFatal("There are no files in %s.", qPrintable(root));

    SyncCache<QString, Words> cache;
    cache.setMaxBytes(8 << 20); // 8 MiB
    cache.setLoader(countWords);
    cache.setErrorTimeToLive(std::chrono::seconds(10));

    QThreadPool workers;
    std::atomic<qint64> wordCount { 0 };
    for (int worker = 0; worker < 8; ++worker) {
        workers.start([&, worker] {
            std::mt19937 random(unsigned(worker) + 1);
            std::exponential_distribution<> popularity(8.0);
            for (int i = 0; i < 2000; ++i) {
                const auto index = qsizetype(double(files.size()) * popularity(random));
                const QString &file = files.at(index % files.size());
                if (const auto result = cache.load(file); result.value)
                    wordCount += result.value->size();
                if (i % 10 == 0) // and what is likely to be asked for next
                    cache.getOrLoad(files.at((index + 1) % files.size()));
            }
        });
    }
    workers.waitForDone();
    cache.waitForDone();

    const SyncCacheStatistics done = cache.statistics();
    qInfo() << files.size() << "files," << done.hits + done.misses << "requests by 8 workers,"
            << wordCount.load() << "words";
    qInfo() << done.loads << "loads," << done.coalescedLoads << "joined a load under way,"
            << done.loadFailures << "failed";
    qInfo().nospace() << qRound(done.hitRatio() * 1000) / 10.0 << " % hits, "
                      << done.removals(SyncCacheRemovalCause::Evicted) << " evictions, "
                      << cache.totalCost() / 1024 << " of " << cache.maxCost() / 1024 << " KiB in "
                      << cache.size() << " entries";
    return cache.totalCost() <= cache.maxCost() ? 0 : 1;
}
