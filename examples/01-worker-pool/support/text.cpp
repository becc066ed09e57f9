// SPDX-License-Identifier: MIT

#include "text.h"

#include <QtCore/qlocale.h>
#include <QtCore/qstring.h>

namespace {

QByteArray nativeBytes(const std::filesystem::path &path)
{
#ifdef Q_OS_WIN
    return QString::fromStdWString(path.native()).toUtf8();
#else
    return QByteArray::fromStdString(path.native());
#endif
}

} // namespace

bool isUtf8(const std::filesystem::path &path)
{
    return nativeBytes(path).isValidUtf8();
}

QByteArray printable(const std::filesystem::path &path)
{
    const QByteArray bytes = nativeBytes(path);
    const bool utf8 = bytes.isValidUtf8();
    const auto characters = (utf8 ? QString::fromUtf8(bytes) : QString::fromLatin1(bytes)).toUcs4();

    QByteArray text;
    for (const char32_t character : characters) {
        if (QChar::isPrint(character) && (utf8 || character < 0x80))
            text += QString::fromUcs4(&character, 1).toUtf8();
        else
            text += (utf8 ? "\\u" : "\\x")
                    + QByteArray::number(character, 16).rightJustified(2, '0');
    }
    return text;
}

QByteArray grouped(qint64 number)
{
    return QLocale(QLocale::English).toString(number).toLatin1();
}

QByteArray grouped(double number, int decimals)
{
    return QLocale(QLocale::English).toString(number, 'f', decimals).toLatin1();
}

QByteArray counted(qint64 number, const char *one, const char *many)
{
    return grouped(number) + ' ' + (number == 1 ? one : many);
}
