// SPDX-License-Identifier: MIT
#include "snippets.h"

#include <SyncMap/SyncCache>

#include <QtCore/qcache.h>
#include <QtCore/qmutex.h>
#include <QtTest/qtest.h>

namespace {

struct Document
{
    QString text;
};

Document parse(const QString &path)
{
    return { QStringLiteral("parsed ") + path };
}

//! [qcache]
class Documents
{
public:
    Document document(const QString &path)
    {
        QMutexLocker locker(&m_mutex);
        if (const Document *found = m_cache.object(path))
            return *found; // a copy: it may be deleted at any time
        locker.unlock();
        // Maybe in two threads at once:
        auto parsed = std::make_unique<Document>(parse(path));
        const Document result = *parsed;
        locker.relock();
        m_cache.insert(path, parsed.release(), result.text.size());
        return result;
    }

private:
    QMutex m_mutex;
    QCache<QString, Document> m_cache { 1000000 };
};
//! [qcache]

//! [synccache]
class SyncDocuments
{
public:
    SyncDocuments()
    {
        m_cache.setWeigher([](const QString &, const Document &document) {
            const qsizetype size = document.text.size();
            return size;
        });
        m_cache.setLoader(&parse); // runs once, however many ask
    }
    Document document(const QString &path) { return *m_cache.load(path).value; }

private:
    SyncCache<QString, Document> m_cache { 1000000 };
};
//! [synccache]

} // namespace

void comeFromQCache()
{
    const QString path = QStringLiteral("a.txt");
    Documents before;
    SyncDocuments after;
    QCOMPARE(before.document(path).text, after.document(path).text);
    QCOMPARE(before.document(path).text, QStringLiteral("parsed a.txt"));

    QCache<QString, Document> old(10);
    //! [old]
    old.insert(path, new Document { QStringLiteral("x") }, 3);
    if (Document *found = old.object(path))
        found->text += u'y'; // changed where it lies
    delete old.take(path);
    //! [old]
    QVERIFY(old.isEmpty());

    SyncCache<QString, Document> cache(10);
    //! [new]
    cache.insert(path, Document { QStringLiteral("x") }, 3);
    cache.compute(path, [](const Document *found) -> std::optional<Document> {
        return found ? std::optional(Document { found->text + u'y' }) : std::nullopt;
    });
    const std::optional<Document> taken = cache.take(path);
    //! [new]
    QCOMPARE(taken->text, QStringLiteral("xy"));
}
