// SPDX-License-Identifier: MIT

#include "httprequest.h"

#include <QtCore/qlist.h>

namespace {

QByteArray reasonOf(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    default:
        return "Service Unavailable";
    }
}

} // namespace

std::optional<HttpRequest> HttpRequest::parse(const QByteArray &head)
{
    const QByteArrayList words = head.left(head.indexOf("\r\n")).split(' ');
    if (words.size() != 3 || words[0].isEmpty() || !words[1].startsWith('/')
        || !words[2].startsWith("HTTP/1."))
        return std::nullopt;
    const QUrl target = QUrl::fromEncoded(words[1], QUrl::StrictMode);
    if (!target.isValid() || !target.host().isEmpty())
        return std::nullopt;
    return HttpRequest { words[0], target };
}

QByteArray httpAnswer(int status, const QByteArray &json)
{
    return "HTTP/1.1 " + QByteArray::number(status) + ' ' + reasonOf(status)
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + QByteArray::number(json.size()) + "\r\nConnection: close\r\n\r\n" + json;
}
