// SPDX-License-Identifier: MIT
#include "optionsof.h"

#include <SyncMap/cache/synccacheentryoptions.h>
#include <SyncMap/private/object/value/javascriptnumber.h>
#include <SyncMap/private/object/value/plainvalue.h>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

std::optional<SyncCacheEntryOptions> optionsOf(const QVariantMap &record, QString *why)
{
    SyncCacheEntryOptions result;
    for (auto it = record.cbegin(); it != record.cend(); ++it) {
        const QString &option = it.key();
        bool isNumber = true;
        if (option == u"cost") {
            const double cost = it->toDouble(&isNumber);
            if (!isNumber || !isCost(cost)) {
                *why = QStringLiteral("its cost must be a number, and not negative");
                return std::nullopt;
            }
            result.setCost(toCost(cost));
        } else if (option == u"timeToLive") {
            const double milliseconds = it->toDouble(&isNumber);
            if (!isNumber || !isLimit(milliseconds)) {
                *why = QStringLiteral("its timeToLive must be a number, and -1, 0 or more");
                return std::nullopt;
            }
            result.setTimeToLive(toSpan(milliseconds));
        } else if (option == u"pinned") {
            result.setPinned(it->toBool());
        } else if (option == u"tags") {
            const std::optional<QVariant> tags = toPlain(*it, why);
            result.setTags(tags ? tags->toStringList() : QStringList());
        } else {
            *why = QStringLiteral("there is no option \"%1\"").arg(option);
            return std::nullopt;
        }
    }
    return result;
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
