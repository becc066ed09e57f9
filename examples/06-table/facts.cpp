// SPDX-License-Identifier: MIT

#include "facts.h"

#include <QtCore/qcryptographichash.h>
#include <QtCore/qfile.h>
#include <QtCore/qfileinfo.h>

#include <algorithm>

std::optional<Facts> readFacts(const QString &path, QString *why,
                               const std::function<bool()> &isCanceled)
{
    Facts facts;
    facts.modified = QFileInfo(path).lastModified();
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        *why = file.errorString();
        return std::nullopt;
    }
    QCryptographicHash hash(QCryptographicHash::Sha256);
    while (!file.atEnd()) {
        if (isCanceled())
            return std::nullopt;
        constexpr qint64 most = 1 << 20; // so that a file of one line does not fill the memory
        const QByteArray line = file.readLine(most);
        if (line.contains('\0')) {
            *why = QStringLiteral("it is no text");
            return std::nullopt;
        }
        hash.addData(line);
        ++facts.lines;
        facts.bytes += line.size();
        const QString text = QString::fromUtf8(line.endsWith('\n') ? line.chopped(1) : line);
        facts.longest = std::max(facts.longest, int(text.size()));
    }
    facts.checksum = QString::fromLatin1(hash.result().toHex().left(12));
    return facts;
}
