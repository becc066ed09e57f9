// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qurl.h>

#include <optional>

// The head of a request of HTTP/1.x, as far as a small service wants to know it.
struct HttpRequest
{
    QByteArray method;
    QUrl target; // a path, and perhaps a query

    static constexpr qsizetype MaxBytes = 8192;

    // The end of the head is there.
    static bool isWhole(const QByteArray &bytes) { return bytes.contains("\r\n\r\n"); }
    // Nullopt if it is no such request.
    static std::optional<HttpRequest> parse(const QByteArray &head);
};

// An answer of a body in JSON, after which the connection ends.
QByteArray httpAnswer(int status, const QByteArray &json);
