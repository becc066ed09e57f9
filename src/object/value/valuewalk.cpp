// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/value/valuewalk.h>

#include <algorithm>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

std::nullopt_t ValueWalk::refuse(const QString &what, const QString &rule)
{
    *m_why = isAtTop() ? what + u' ' + rule
                       : QStringLiteral("%1 is %2, which %3").arg(pathText(), what, rule);
    return std::nullopt;
}

std::nullopt_t ValueWalk::refusePlace(const QString &rule)
{
    *m_why = (isAtTop() ? QStringLiteral("it") : pathText()) + u' ' + rule;
    return std::nullopt;
}

QString ValueWalk::pathText() const
{
    constexpr std::size_t longest = 12;
    QString text;
    for (std::size_t i = 0; i < std::min(m_path.size(), longest); ++i) {
        const Place &place = m_path[i];
        if (place.index != Named) {
            text += QStringLiteral("[%1]").arg(place.index);
            continue;
        }
        if (!text.isEmpty())
            text += u'.';
        text += place.name;
    }
    return m_path.size() > longest ? text + u'…' : text;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
