// SPDX-License-Identifier: MIT

#include "starservice.h"

#include "httprequest.h"
#include "stars.h"

#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtCore/qtimer.h>
#include <QtCore/qurlquery.h>
#include <QtNetwork/qtcpsocket.h>

#include <chrono>

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 10s; // with a client that is slow to ask, or to go
constexpr quint64 searchesPerFailure = 10;

// What else it says is not read.
void stopListening(QTcpSocket *client)
{
    QObject::disconnect(client, &QTcpSocket::readyRead, nullptr, nullptr);
}

void answer(QTcpSocket *client, int status, const QByteArray &json)
{
    stopListening(client);
    client->write(httpAnswer(status, json));
    client->disconnectFromHost();
}

void refuse(QTcpSocket *client, int status, const char *why)
{
    const QJsonObject problem { { QStringLiteral("error"), QString::fromLatin1(why) } };
    answer(client, status, QJsonDocument(problem).toJson(QJsonDocument::Compact));
}

// The same for the same text.
std::chrono::milliseconds latencyOf(const QString &text)
{
    return 100ms + std::chrono::milliseconds(qChecksum(text.toUtf8()) % 301);
}

} // namespace

StarService::StarService(QObject *parent) : QTcpServer(parent)
{
    connect(this, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket *client = nextPendingConnection())
            serve(client);
    });
    listen(QHostAddress::LocalHost); // any port that is free
}

QUrl StarService::url() const
{
    return isListening() ? QUrl(QStringLiteral("http://127.0.0.1:%1/stars").arg(serverPort()))
                         : QUrl();
}

void StarService::serve(QTcpSocket *client)
{
    connect(client, &QTcpSocket::disconnected, client, &QObject::deleteLater);
    connect(client, &QTcpSocket::readyRead, this, [this, client] { read(client); });
    client->setReadBufferSize(HttpRequest::MaxBytes);
    QTimer::singleShot(patience, client, &QTcpSocket::abort);
}

void StarService::read(QTcpSocket *client)
{
    const QByteArray bytes = client->peek(HttpRequest::MaxBytes);
    if (!HttpRequest::isWhole(bytes)) {
        if (bytes.size() == HttpRequest::MaxBytes)
            refuse(client, 431, "the request is too long");
        return;
    }
    const auto request = HttpRequest::parse(bytes);
    if (!request)
        return refuse(client, 400, "this is no request of HTTP/1.1");
    if (request->method != "GET")
        return refuse(client, 405, "GET is all there is");
    if (request->target.path() != QLatin1String("/stars"))
        return refuse(client, 404, "/stars is all there is");
    const QUrlQuery query(request->target);
    if (!query.hasQueryItem(QStringLiteral("q")))
        return refuse(client, 400, "q is missing");
    stopListening(client);
    search(client, query.queryItemValue(QStringLiteral("q"), QUrl::FullyDecoded));
}

void StarService::search(QTcpSocket *client, const QString &text)
{
    const bool fails = ++m_searches % searchesPerFailure == 0
            || text.contains(QLatin1String("error"), Qt::CaseInsensitive);
    QTimer::singleShot(latencyOf(text), client, [client, text, fails] {
        if (fails)
            return refuse(client, 503, "try again");
        const QJsonDocument found(findStars(text));
        answer(client, 200, found.toJson(QJsonDocument::Compact));
    });
}
