// SPDX-License-Identifier: MIT

// Loaders that answer later: QNetworkAccessManager and a server of this process.

#include "loading.h"
#include "validatedcache.h"

#include <QtCore/qfuturewatcher.h>
#include <QtCore/qthread.h>
#include <QtNetwork/qnetworkaccessmanager.h>
#include <QtNetwork/qnetworkreply.h>
#include <QtNetwork/qtcpserver.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace Qt::StringLiterals;

using Context = SyncCacheLoadContext<QByteArray>;
using Cache = ValidatedCache<QString, QByteArray>;

namespace {

// Answers GET /name with the name, /missing with 404, /known with 304, and /never not at all.
class Server : public QTcpServer
{
public:
    Server()
    {
        connect(this, &QTcpServer::newConnection, this, &Server::serve);
        if (!listen(QHostAddress::LocalHost))
            qFatal("no port of this machine is free");
    }

    QUrl url(const QString &name) const
    {
        return QUrl(u"http://127.0.0.1:%1/%2"_s.arg(serverPort()).arg(name));
    }

    int requests = 0;
    int disconnected = 0;
    int connections = 0; // that are open

private:
    void serve()
    {
        QTcpSocket *socket = nextPendingConnection();
        ++connections;
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
            ++disconnected;
            --connections;
            socket->deleteLater();
        });
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
            const QByteArray request = socket->readAll();
            if (!request.startsWith("GET /"))
                return;
            ++requests;
            const QByteArray name = request.mid(5, request.indexOf(' ', 5) - 5);
            if (name == "never")
                return;
            const QByteArray status = name == "missing" ? "404 Not Found"
                    : name == "known"                   ? "304 Not Modified"
                                                        : "200 OK";
            const QByteArray body = name == "known" ? QByteArray() : name;
            socket->write("HTTP/1.1 " + status
                          + "\r\nContent-Length: " + QByteArray::number(body.size())
                          + "\r\nConnection: close\r\n\r\n" + body);
            socket->disconnectFromHost();
        });
    }
};

} // namespace

class tst_NetworkLoads : public QObject
{
    Q_OBJECT

private:
    Server m_server;
    std::unique_ptr<QNetworkAccessManager> m_network;

    void fetchWith(Cache &cache)
    {
        cache.setLoader(m_network.get(), [this](const QString &name, const Context &request) {
            QCOMPARE(QThread::currentThread(), thread());
            QNetworkReply *reply = m_network->get(QNetworkRequest(m_server.url(name)));
            request.onCanceled(reply, [reply] { reply->abort(); });
            QObject::connect(reply, &QNetworkReply::downloadProgress, reply,
                             [request](qint64 received, qint64 total) {
                                 if (total > 0)
                                     request.setProgressValue(int(received * 100 / total));
                             });
            QObject::connect(reply, &QNetworkReply::finished, reply, [reply, request] {
                const int status =
                        reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
                if (status == 404)
                    request.absent();
                else if (status == 304)
                    request.notModified();
                else if (reply->error() != QNetworkReply::NoError)
                    request.fail(reply->errorString());
                else
                    request.finish(reply->readAll());
                reply->deleteLater();
            });
        });
    }

private Q_SLOTS:
    void init()
    {
        m_network = std::make_unique<QNetworkAccessManager>();
        m_server.requests = 0;
        m_server.disconnected = 0;
    }
    void cleanup()
    {
        m_network.reset();
        QTRY_COMPARE(m_server.connections, 0); // the next test counts its own
    }

    // Workers block in load() and in result(), this thread waits for a callback and a watcher.
    void allWhoAskShareOneRequest()
    {
        Cache cache(100);
        fetchWith(cache);
        std::atomic<int> right { 0 };
        QFutureWatcher<QByteArray> watcher;
        watcher.setFuture(cache.getOrLoad(u"page"_s));
        cache.getOrLoad(u"page"_s, this, [&right](const SyncCacheLoadResult<QByteArray> &result) {
            right += result.value == QByteArray("page");
        });
        std::vector<std::thread> workers;
        for (int i = 0; i < 4; ++i) {
            workers.emplace_back([&, i] {
                const QByteArray value = i % 2 ? cache.getOrLoad(u"page"_s).result()
                                               : cache.load(u"page"_s).value.value_or("none");
                right += value == "page";
            });
        }
        QTRY_COMPARE(right.load(), 5);
        for (std::thread &worker : workers)
            worker.join();
        QTRY_VERIFY(watcher.isFinished());
        QCOMPARE(watcher.result(), QByteArray("page"));
        QCOMPARE(watcher.progressValue(), 100);
        QCOMPARE(m_server.requests, 1);
        QVERIFY(cache.waitForDone(QDeadlineTimer(0)));
    }

    void anErrorOfTheServerReachesItsCallers()
    {
        Cache cache(100);
        fetchWith(cache);
        QFuture<QByteArray> missing = cache.getOrLoad(u"missing"_s);
        QTRY_VERIFY(missing.isFinished());
        QCOMPARE(errorOf(missing).code(), SyncCacheError::KeyNotFound);
        m_server.close();
        QFuture<QByteArray> refused = cache.getOrLoad(u"page"_s);
        QTRY_VERIFY(refused.isFinished());
        QCOMPARE(errorOf(refused).code(), SyncCacheError::LoadFailed);
        QVERIFY(!errorOf(refused).message().isEmpty());
        QVERIFY(m_server.listen(QHostAddress::LocalHost));
    }

    void whatTheServerHasNotChangedStays()
    {
        Cache cache(100);
        fetchWith(cache);
        cache.insert(u"known"_s, "old");
        cache.invalidate(u"known"_s);
        QFuture<QByteArray> refreshed = cache.refresh(u"known"_s);
        QTRY_VERIFY(refreshed.isFinished());
        QCOMPARE(refreshed.result(), QByteArray("old"));
        QCOMPARE(cache.getOrLoad(u"known"_s).result(), QByteArray("old"));
        QCOMPARE(m_server.requests, 1); // fresh again
    }

    void cancellingAbortsTheRequest()
    {
        Cache cache(100);
        fetchWith(cache);
        QFuture<QByteArray> first = cache.getOrLoad(u"never"_s);
        QFuture<QByteArray> second = cache.getOrLoad(u"never"_s);
        QTRY_COMPARE(m_server.requests, 1);
        first.cancel();
        second.cancel();
        QTRY_COMPARE(m_server.disconnected, 1);
        QTRY_VERIFY(first.isFinished() && second.isFinished());
        QVERIFY(!cache.contains(u"never"_s));
    }

    void aManagerThatIsDestroyedFailsItsLoads()
    {
        Cache cache(100);
        fetchWith(cache);
        QFuture<QByteArray> future = cache.getOrLoad(u"never"_s);
        QTRY_COMPARE(m_server.requests, 1);
        m_network.reset();
        QTRY_VERIFY(future.isFinished());
        QCOMPARE(errorOf(future).code(), SyncCacheError::LoadFailed);
        // Nobody is there to load, and nobody waits for ever.
        QTRY_VERIFY(cache.getOrLoad(u"page"_s).isFinished());
        QVERIFY(cache.waitForDone());
    }

    void aCacheThatIsDestroyedAnswersAtOnce()
    {
        auto cache = std::make_unique<Cache>(100);
        fetchWith(*cache);
        QFuture<QByteArray> future = cache->getOrLoad(u"never"_s);
        QTRY_COMPARE(m_server.requests, 1);
        cache.reset();
        QCOMPARE(errorOf(future).code(), SyncCacheError::CacheDestroyed);
        QTRY_COMPARE(m_server.disconnected, 1); // and the request is given up
    }
};

QTEST_GUILESS_MAIN(tst_NetworkLoads)

#include "tst_networkloads.moc"
