// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qurl.h>
#include <QtNetwork/qtcpserver.h>

// A REST service of this machine that stands in for one far away: GET /stars?q=TEXT answers with
// findStars(TEXT) as JSON, after 100 to 400 ms. Each tenth answer, and any to a TEXT with "error"
// in it, is a 503. What it does not understand gets a 4xx; one request per connection.
class StarService : public QTcpServer
{
public:
    explicit StarService(QObject *parent = nullptr);

    QUrl url() const; // of the stars; empty if it could not start, see errorString()

private:
    void serve(QTcpSocket *client);
    void read(QTcpSocket *client);
    void search(QTcpSocket *client, const QString &text);

    quint64 m_searches = 0;
};
