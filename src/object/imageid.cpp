// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/imageid.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

namespace {

constexpr QLatin1String VersionMark { "?v=" };

QString encoded(const QString &text)
{
    return QString::fromLatin1(QUrl::toPercentEncoding(text));
}

int hexDigitOf(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = char(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// QByteArray::fromPercentEncoding() makes something of "% o", too.
QString decoded(const QString &text)
{
    const QByteArray in = text.toUtf8();
    QByteArray out;
    out.reserve(in.size());
    for (qsizetype i = 0; i < in.size(); ++i) {
        const bool isCode = in[i] == '%' && i + 2 < in.size() && hexDigitOf(in[i + 1]) >= 0
                && hexDigitOf(in[i + 2]) >= 0;
        if (isCode) {
            out += char(hexDigitOf(in[i + 1]) * 16 + hexDigitOf(in[i + 2]));
            i += 2;
        } else {
            out += in[i];
        }
    }
    return QString::fromUtf8(out);
}

// Cuts \a mark and the number behind it off.
bool takeVersion(QString &id, QLatin1String mark, quint64 *version)
{
    const qsizetype at = id.lastIndexOf(mark);
    const QStringView number = QStringView(id).mid(at < 0 ? id.size() : at + mark.size());
    const bool isNumber = !number.isEmpty()
            && std::all_of(number.cbegin(), number.cend(),
                           [](QChar c) { return c >= u'0' && c <= u'9'; });
    if (!isNumber)
        return false;
    *version = number.toULongLong();
    id.truncate(at);
    return true;
}

} // namespace

QUrl imageUrlOf(const QString &name, const QString &key)
{
    return QUrl(
            QStringLiteral("image://%1/%2/%3").arg(ImageProviderId, encoded(name), encoded(key)));
}

QUrl imageUrlOfVersion(QUrl url, quint64 version)
{
    url.setQuery(VersionMark.mid(1) + QString::number(version));
    return url;
}

ImageId imageIdOfKey(QString id)
{
    ImageId result;
    (void)takeVersion(id, VersionMark, &result.version);
    result.key = decoded(id);
    return result;
}

ImageId imageIdOfNameAndKey(QString id)
{
    ImageId result;
    quint64 fragment = 0;
    (void)takeVersion(id, QLatin1String("#"), &fragment);
    (void)takeVersion(id, VersionMark, &result.version);
    const qsizetype slash = id.indexOf(u'/');
    result.name = decoded(id.left(slash));
    if (slash >= 0)
        result.key = decoded(id.mid(slash + 1));
    return result;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
