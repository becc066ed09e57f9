// SPDX-License-Identifier: MIT

// The service that the search example asks, from a client that need not mean it well.

#include "starservice.h"

#include <QtCore/qjsonarray.h>
#include <QtCore/qjsondocument.h>
#include <QtCore/qjsonobject.h>
#include <QtNetwork/qtcpsocket.h>
#include <QtTest/qtest.h>

namespace {

QByteArray get(const QByteArray &target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: stars\r\n\r\n";
}

int statusOf(const QByteArray &answer)
{
    return answer.startsWith("HTTP/1.1 ") ? answer.mid(9, 3).toInt() : -1;
}

QJsonArray starsOf(const QByteArray &answer)
{
    const QByteArray body = answer.mid(answer.indexOf("\r\n\r\n") + 4);
    return QJsonDocument::fromJson(body).array();
}

} // namespace

class tst_StarService : public QObject
{
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void allAreFoundByNothingBrightestFirst();
    void namesThatBeginWithTheTextComeFirst();
    void constellationsAreFoundInAnyCase();
    void whatFailsFailsEachTime();
    void eachTenthAnswerFails();
    void whatIsNotUnderstoodIsRefused_data();
    void whatIsNotUnderstoodIsRefused();
    void aRequestMayComeInPieces();
    void anEndlessRequestIsRefused();
    void aClientMayGoBeforeTheAnswer();

private:
    QByteArray ask(const QByteArrayList &pieces);
    QByteArray ask(const QByteArray &request) { return ask(QByteArrayList { request }); }

    std::unique_ptr<StarService> m_service;
};

void tst_StarService::init()
{
    m_service = std::make_unique<StarService>();
    QVERIFY(!m_service->url().isEmpty());
}

void tst_StarService::cleanup()
{
    m_service.reset();
}

// All that comes until the service ends the connection.
QByteArray tst_StarService::ask(const QByteArrayList &pieces)
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_service->serverPort());
    for (const QByteArray &piece : pieces) {
        socket.write(piece);
        QCoreApplication::processEvents();
        if (!QTest::qWaitFor([&] { return socket.bytesToWrite() == 0; }))
            return "was not read";
    }
    if (!QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; }))
        return "was not answered";
    return socket.readAll();
}

void tst_StarService::allAreFoundByNothingBrightestFirst()
{
    const QByteArray answer = ask(get("/stars?q="));
    QCOMPARE(statusOf(answer), 200);
    const QJsonArray stars = starsOf(answer);
    QVERIFY(stars.size() > 200);
    QCOMPARE(stars[0][u"name"].toString(), QStringLiteral("Sirius"));
    for (qsizetype i = 1; i < stars.size(); ++i)
        QVERIFY(stars[i - 1][u"magnitude"].toDouble() <= stars[i][u"magnitude"].toDouble());
}

void tst_StarService::namesThatBeginWithTheTextComeFirst()
{
    const QJsonArray stars = starsOf(ask(get("/stars?q=mi")));
    QCOMPARE(stars[0][u"name"].toString(), QStringLiteral("Mimosa"));
    bool begins = true;
    for (const auto &star : stars) {
        const bool thisBegins = star[u"name"].toString().startsWith(QLatin1String("Mi"));
        QVERIFY(begins || !thisBegins);
        begins = thisBegins;
    }
    QVERIFY(!begins);
}

void tst_StarService::constellationsAreFoundInAnyCase()
{
    const QJsonArray stars = starsOf(ask(get("/stars?q=BO%C3%96TES")));
    QVERIFY(!stars.isEmpty());
    for (const auto &star : stars)
        QCOMPARE(star[u"constellation"].toString(), QStringLiteral("Boötes"));
    QVERIFY(starsOf(ask(get("/stars?q=canis%20major"))).size() > 3);
    QCOMPARE(statusOf(ask(get("/stars?q=xyzzy"))), 200);
}

void tst_StarService::whatFailsFailsEachTime()
{
    QCOMPARE(statusOf(ask(get("/stars?q=an%20Error"))), 503);
    QCOMPARE(statusOf(ask(get("/stars?q=an%20Error"))), 503);
}

void tst_StarService::eachTenthAnswerFails()
{
    for (int i = 1; i <= 11; ++i)
        QCOMPARE(statusOf(ask(get("/stars?q=vega"))), i == 10 ? 503 : 200);
}

void tst_StarService::whatIsNotUnderstoodIsRefused_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &request, int status) {
        QTest::newRow(name) << request << status;
    };
    row("nothing", "\r\n\r\n", 400);
    row("a greeting", "hello\r\n\r\n", 400);
    row("no version", "GET /stars?q=a\r\n\r\n", 400);
    row("another protocol", "GET /stars?q=a SMTP/1.0\r\n\r\n", 400);
    row("too many words", "GET /stars?q=a b HTTP/1.1\r\n\r\n", 400);
    row("no path", "GET stars?q=a HTTP/1.1\r\n\r\n", 400);
    row("another machine", get("//elsewhere/stars?q=a"), 400);
    row("no such code", get("/stars?q=%zz"), 400);
    row("zeros", QByteArray(100, '\0') + "\r\n\r\n", 400);
    row("no text", get("/stars"), 400);
    row("another text", get("/stars?p=a"), 400);
    row("another method", "POST /stars?q=a HTTP/1.1\r\n\r\n", 405);
    row("another path", get("/planets?q=a"), 404);
}

void tst_StarService::whatIsNotUnderstoodIsRefused()
{
    QFETCH(const QByteArray, request);
    QFETCH(const int, status);
    const QByteArray answer = ask(request);
    QCOMPARE(statusOf(answer), status);
    QVERIFY(answer.contains("{\"error\":\"")); // says why
}

void tst_StarService::aRequestMayComeInPieces()
{
    QByteArrayList letters;
    for (const char letter : get("/stars?q=vega"))
        letters.append(QByteArray(1, letter));
    const QByteArray answer = ask(letters);
    QCOMPARE(statusOf(answer), 200);
    QCOMPARE(starsOf(answer).size(), 1);
}

void tst_StarService::anEndlessRequestIsRefused()
{
    QCOMPARE(statusOf(ask("GET /" + QByteArray(8192 - 5, 'a'))), 431);
}

void tst_StarService::aClientMayGoBeforeTheAnswer()
{
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, m_service->serverPort());
        socket.write(get("/stars?q=vega"));
        QTRY_COMPARE(socket.bytesToWrite(), 0);
        socket.abort();
    }
    QCOMPARE(statusOf(ask(get("/stars?q=vega"))), 200);
    QTRY_COMPARE(m_service->findChildren<QTcpSocket *>().size(), 0);
}

QTEST_GUILESS_MAIN(tst_StarService)
#include "tst_starservice.moc"
