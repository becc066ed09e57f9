// SPDX-License-Identifier: MIT
#include <SyncMap/object/synccachekeytext.h>

#include <cmath>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

// "-1.25e+02", as JavaScript writes it.
QString asInJavaScript(const QByteArray &scientific)
{
    const qsizetype mark = scientific.indexOf('e');
    QString digits = QString::fromLatin1(scientific.left(mark));
    const int point = scientific.mid(mark + 1).toInt() + 1; // before it are so many digits
    const QString sign = digits.startsWith(u'-') ? QStringLiteral("-") : QString();
    digits.remove(u'-').remove(u'.');
    while (digits.size() > 1 && digits.endsWith(u'0'))
        digits.chop(1);
    constexpr int longest = 21;
    if (point > longest || point <= -6) {
        QString text = sign + digits.left(1);
        if (digits.size() > 1)
            text += u'.' + digits.mid(1);
        text += point > 0 ? QStringLiteral("e+") : QStringLiteral("e-");
        return text + QString::number(std::abs(point - 1));
    }
    if (point <= 0)
        return sign + QStringLiteral("0.") + QString(-point, u'0') + digits;
    if (digits.size() <= point)
        return sign + digits + QString(point - digits.size(), u'0');
    return sign + digits.left(point) + u'.' + digits.mid(point);
}

QString textOfSpecial(double number)
{
    if (std::isnan(number))
        return QStringLiteral("NaN");
    return number > 0 ? QStringLiteral("Infinity") : QStringLiteral("-Infinity");
}

} // namespace

QString textOfNumber(double number)
{
    if (!std::isfinite(number))
        return textOfSpecial(number);
    if (number == 0)
        return QStringLiteral("0"); // -0 is the same key
    return asInJavaScript(QByteArray::number(number, 'e', QLocale::FloatingPointShortest));
}

QString textOfNumber(float number)
{
    if (!std::isfinite(number))
        return textOfSpecial(double(number));
    if (number == 0)
        return QStringLiteral("0");
    constexpr int enough = 8; // digits behind the first
    QByteArray text;
    for (int digits = 0; digits <= enough; ++digits) {
        text = QByteArray::number(double(number), 'e', digits);
        if (text.toFloat() == number)
            break;
    }
    return asInJavaScript(text);
}

std::optional<double> numberOfText(const QString &text)
{
    if (text == u"Infinity" || text == u"-Infinity")
        return text == u"Infinity" ? HUGE_VAL : -HUGE_VAL;
    bool isNumber = false;
    const double number = text.toDouble(&isNumber);
    if (!isNumber || std::isnan(number))
        return std::nullopt;
    return number;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
